"""How far predicted probabilities are from observed frequencies, in 15 bins of equal width."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, Slices
from ..stats import binning, calibration, multiclass
from ..stats.binning import Bins
from ..stats.interval import Interval
from .base import MINIMUM_CLASS, BoolArray, RowStatistic, Statistic


class SlicedBins(Statistic):
    """Sums per slice, half and bin, from which a calibration error is made; at least 0."""

    name: ClassVar[str]

    def __init__(self, bins: Bins) -> None:
        """``bins``: sums of shape ``(S, 2, bins)``."""
        self.bins = bins
        self.n = bins.n.sum(axis=(-1, -2))
        self.value = np.where(self.n > 0, np.maximum(self.point(bins), 0), np.nan)

    @staticmethod
    @abstractmethod
    def point(bins: Bins) -> FloatArray:
        """The estimate."""

    @property
    def positives(self) -> FloatArray:
        """Rows with label 1."""
        return np.asarray(self.bins.sum_y.sum(axis=(-1, -2)))

    @property
    def method(self) -> list[str]:
        return [self.name] * len(self.n)

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(np.minimum(self.positives, self.n - self.positives) < MINIMUM_CLASS)

    @property
    def degenerate(self) -> BoolArray:
        return self.bins.moments().pure


class ExpectedError(SlicedBins):
    """Debiased ECE; a lower bound by cross-fitted signs, an upper one by Jensen."""

    unit = "probability"
    name = "debiased-ece"

    @staticmethod
    def point(bins: Bins) -> FloatArray:
        return calibration.expected_error(bins)

    def interval(self, level: float) -> Interval:
        return calibration.expected_error_interval(self.bins, level)

    @property
    def counts(self) -> dict[str, FloatArray]:
        plain, null = calibration.plug_in_error(self.bins), calibration.null_mean(self.bins)
        mean, variance = calibration.signed_gap(self.bins)
        return {
            "rows": self.n,
            "positives": self.positives,
            "plug_in": plain,
            "plug_in_if_calibrated": null,
            "bias_taken_off": plain - self.value,
            "signed_mean": mean,
            "signed_variance": variance,
            "squared": calibration.squared_error(self.bins),
            "squared_variance": calibration.squared_error_variance(self.bins),
        }


class SquaredError(SlicedBins):
    """Debiased squared calibration error, its limits by the delta method with a chi-square term."""

    unit = "squared probability"
    name = "debiased-squares"

    @staticmethod
    def point(bins: Bins) -> FloatArray:
        return calibration.squared_error(bins)

    def interval(self, level: float) -> Interval:
        return calibration.squared_error_interval(self.bins, level)

    @property
    def counts(self) -> dict[str, FloatArray]:
        m = self.bins.moments()
        uncut, plain = calibration.squared_error(self.bins), (m.share * m.gap**2).sum(-1)
        variance = calibration.squared_error_variance(self.bins)
        return {"rows": self.n, "positives": self.positives, "uncut": uncut, "variance": variance, "plug_in": plain}


@dataclass(frozen=True)
class Binned(RowStatistic):
    """A calibration error, or another function of bins, of probabilities ``(n,)`` against labels ``(n,)`` in {0, 1}."""

    probabilities: FloatArray
    labels: npt.NDArray[Any]
    of: Callable[[Bins], Statistic]

    def by(self, slices: Slices, rng: np.random.Generator) -> Statistic:
        return self.of(sliced_bins(self.probabilities, self.labels, slices, rng))


@dataclass(frozen=True)
class CalibrationError(Binned):
    """Expected calibration error of probabilities ``(n,)`` against labels ``(n,)`` in {0, 1}."""

    of: Callable[[Bins], Statistic] = ExpectedError


def sliced_bins(probabilities: FloatArray, labels: npt.NDArray[Any], slices: Slices, rng: np.random.Generator) -> Bins:
    """Sums per slice, half and bin, ``(S, 2, bins)``."""
    halves = binning.assign_halves(len(labels), rng)
    per_cell = binning.bin_cells(probabilities, labels, halves, slices.cell, slices.cells)
    return Bins(*(slices.total_of(sums) for sums in per_cell))


class SlicedClasses(Statistic):
    """Mean over the classes of a calibration error; limits of the classes at the Bonferroni level, averaged."""

    def __init__(self, bins: Bins, of: type[SlicedBins]) -> None:
        """``bins``: sums of shape ``(S, K, 2, bins)``."""
        self._bins, self._mean = bins, MEANS[of]
        self.n = bins.n[:, 0].sum(axis=(-1, -2))
        self.value = np.where(self.n > 0, np.maximum(self._mean(bins, 0.95)[0], 0), np.nan)
        self.unit = of.unit  # type: ignore[misc]

    def interval(self, level: float) -> Interval:
        low, high = self._mean(self._bins, level)[1]
        return Interval(np.fmin(low, self.value), np.fmax(high, self.value))

    @property
    def method(self) -> list[str]:
        return ["mean-of-classes"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        smallest = self._bins.sum_y.sum(axis=(-1, -2)).min(axis=1)
        return {"rows": self.n, "rows_of_smallest_class": smallest}

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self._bins.moments().pure.all(axis=-1))


MEANS: dict[type[SlicedBins], Callable[[Bins, float], tuple[FloatArray, Interval]]] = {
    ExpectedError: multiclass.classwise_error,
    SquaredError: multiclass.classwise_squared_error,
}
