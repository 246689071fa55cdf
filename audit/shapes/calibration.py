"""Logistic recalibration of predicted probabilities, and observed over expected positives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, IntArray, Slices
from ..stats import condensed, interval, recalibration
from ..stats.condensed import Condensed
from ..stats.interval import Interval
from ..stats.linearised import LOG, plain, ratio_of_totals
from ..stats.observed_expected import observed_expected_interval
from ..stats.recalibration import Sample
from .base import MINIMUM_CLASS, BoolArray, RowStatistic, Statistic, divide, rows_of
from .linearised import Linearised, linearised
from .ranked import remembered

MANY = 20_000
"""Rows from which on a fit takes weighted points in place of them."""


@dataclass(frozen=True)
class Recalibration(RowStatistic):
    """Intercept or slope of the logistic recalibration of probabilities ``(n,)`` against labels ``(n,)``."""

    probabilities: FloatArray
    labels: npt.NDArray[np.int64]
    which: Literal["intercept", "slope"]

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedFit | Linearised:
        if slices.design is not None:
            return linearised(slices, self._weighted, plain(), "logit", labels=self.labels)
        positives = slices.sum(self.labels)
        value, error = np.full(len(positives), np.nan), np.full(len(positives), np.nan)
        quick = dict(self._quick(slices))
        left = set(np.flatnonzero(slices.rows).tolist()) - set(quick)
        rows = (
            (place, Sample.of_rows(recalibration.logits(self.probabilities[of]), self.labels[of]))
            for place, of in rows_of(slices, left)
        )
        for place, (found, deviation, _) in chain(quick.items(), ((place, self._fit(of)) for place, of in rows)):
            value[place], error[place] = found, deviation
        return SlicedFit(value, error, positives, slices.rows - positives)

    def _quick(self, slices: Slices) -> Iterator[tuple[int, tuple[float, float, bool]]]:
        """The fits of slices in which weighted points stand for many rows each."""
        if len(self.labels) < max(MANY, slices.cells * MANY // 10):
            return
        whole = remembered(_condensed, self.probabilities, self.labels, slices)
        for place in np.flatnonzero(slices.rows > 4 * len(whole.x)):
            sample = whole.sample(slices.members[place])
            fit = None if sample is None else self._fit(sample)
            if fit is not None and (self.which == "intercept" or abs(fit[0]) <= condensed.STEEPEST):
                yield int(place), fit

    def _fit(self, sample: Sample) -> tuple[float, float, bool]:
        return recalibration.intercept(sample) if self.which == "intercept" else recalibration.slope(sample)

    def _weighted(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        return recalibration.weighted_recalibration(self.probabilities[rows], self.labels[rows], weights, self.which)


def _condensed(probabilities: FloatArray, labels: npt.NDArray[np.int64], slices: Slices) -> Condensed:
    return Condensed(recalibration.logits(probabilities), labels, slices.cell, slices.cells)


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

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedEvents | Linearised:
        if slices.design is not None:
            return linearised(slices, self._weighted, LOG, "ratio")
        return SlicedEvents(slices.rows.astype(float), slices.sum(self.labels), slices.sum(self.probabilities))

    def _weighted(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        return ratio_of_totals(weights * self.labels[rows], weights * self.probabilities[rows])


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
