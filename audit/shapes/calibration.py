"""How far predicted probabilities are from observed frequencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, Slices
from ..stats import binning, calibration, interval, recalibration
from ..stats.interval import Interval
from .base import MINIMUM_CLASS, BoolArray, RowStatistic, Statistic


@dataclass(frozen=True)
class CalibrationError(RowStatistic):
    """Expected calibration error of probabilities ``(n,)`` against labels ``(n,)`` in {0, 1}, 15 equal-width bins."""

    probabilities: FloatArray
    labels: npt.NDArray[np.int64]

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedBins:
        halves = binning.assign_halves(len(self.labels), rng)
        per_cell = binning.bin_cells(self.probabilities, self.labels, halves, slices.cell, slices.cells)
        return SlicedBins(binning.Bins(*(slices.total_of(sums) for sums in per_cell)))


class SlicedBins(Statistic):
    """Sums per slice, half and bin. Debiased estimate; a lower bound by cross-fitted signs, an upper one by Jensen."""

    unit = "probability"

    def __init__(self, bins: binning.Bins) -> None:
        """``bins``: sums of shape ``(S, 2, bins)``."""
        self._bins = bins
        self.n = bins.n.sum(axis=(-1, -2))
        self.value = np.where(self.n > 0, calibration.expected_error(bins), np.nan)

    def interval(self, level: float) -> Interval:
        return calibration.expected_error_interval(self._bins, level)

    @property
    def method(self) -> list[str]:
        return ["debiased-ece"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        positives = self._bins.sum_y.sum(axis=(-1, -2))
        plain, null = calibration.plug_in_error(self._bins), calibration.null_mean(self._bins)
        return {"rows": self.n, "positives": positives, "plug_in": plain, "plug_in_if_calibrated": null}

    @property
    def insufficient(self) -> BoolArray:
        positives = self._bins.sum_y.sum(axis=(-1, -2))
        return np.minimum(positives, self.n - positives) < MINIMUM_CLASS

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self._bins.moments().pure)


@dataclass(frozen=True)
class Recalibration(RowStatistic):
    """Intercept or slope of the logistic recalibration of probabilities ``(n,)`` against labels ``(n,)``."""

    probabilities: FloatArray
    labels: npt.NDArray[np.int64]
    which: Literal["intercept", "slope"]

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedFit:
        found = [self._fit(slices.select(s)) for s in range(len(slices.labels))]
        return SlicedFit(*(np.array(column, dtype=float) for column in zip(*found, strict=True)))

    def _fit(self, rows: npt.NDArray[np.int64]) -> tuple[float, float, float, float]:
        y = self.labels[rows]
        positives = float(y.sum())
        if not len(y):
            return np.nan, np.nan, 0.0, 0.0
        fit = recalibration.intercept if self.which == "intercept" else recalibration.slope
        value, error, _ = fit(self.probabilities[rows], y)
        return value, error, positives, float(len(y) - positives)


@dataclass(frozen=True)
class SlicedFit(Statistic):
    """A fitted coefficient with its sandwich standard error; normal interval."""

    value: FloatArray
    error: FloatArray
    positives: FloatArray
    negatives: FloatArray
    unit = "logit"

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return self.positives + self.negatives

    def interval(self, level: float) -> Interval:
        found = interval.wald(np.nan_to_num(self.value), np.nan_to_num(self.error, nan=np.inf), level)
        failed = np.isnan(self.value)
        return Interval(np.where(failed, -np.inf, found.low), np.where(failed, np.inf, found.high))

    @property
    def method(self) -> list[str]:
        return ["wald-sandwich"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"positives": self.positives, "negatives": self.negatives, "standard_error": self.error}

    @property
    def insufficient(self) -> BoolArray:
        return np.minimum(self.positives, self.negatives) < MINIMUM_CLASS
