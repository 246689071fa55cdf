"""Logistic recalibration of predicted probabilities, and observed over expected positives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, Slices
from ..stats import interval, recalibration
from ..stats.interval import Interval
from ..stats.observed_expected import observed_expected_interval
from .base import MINIMUM_CLASS, BoolArray, RowStatistic, Statistic, divide
from .ordered import rows_of


@dataclass(frozen=True)
class Recalibration(RowStatistic):
    """Intercept or slope of the logistic recalibration of probabilities ``(n,)`` against labels ``(n,)``."""

    probabilities: FloatArray
    labels: npt.NDArray[np.int64]
    which: Literal["intercept", "slope"]

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedFit:
        found = {place: self._fit(rows) for place, rows in rows_of(slices)}
        columns = zip(*(found[place] for place in range(len(slices.labels))), strict=True)
        return SlicedFit(*(np.array(column, dtype=float) for column in columns))

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


@dataclass(frozen=True)
class ObservedExpected(RowStatistic):
    """Positives among the labels ``(n,)`` over the sum of the probabilities ``(n,)``."""

    probabilities: FloatArray
    labels: npt.NDArray[np.int64]

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedEvents:
        return SlicedEvents(slices.rows.astype(float), slices.sum(self.labels), slices.sum(self.probabilities))


@dataclass(frozen=True)
class SlicedEvents(Statistic):
    """Rows, observed and expected positives; Garwood's exact Poisson limits."""

    n: FloatArray
    observed: FloatArray
    expected: FloatArray
    unit = "ratio"

    @property
    def value(self) -> FloatArray:  # type: ignore[override]
        return divide(self.observed, self.expected)

    def interval(self, level: float) -> Interval:
        return observed_expected_interval(self.observed, self.expected, level)

    @property
    def method(self) -> list[str]:
        return ["garwood"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"observed": self.observed, "expected": self.expected}

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self.observed == 0)
