"""What ranking finds at the top: average precision, and lift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray, Slices
from ..stats import average_precision, ratio
from ..stats.interval import Interval
from ..stats.linearised import LOG, LOGIT
from .base import MINIMUM_CLASS, BoolArray, RowStatistic, Statistic, divide
from .linearised import Linearised, linearised
from .ranked import Ranked, ranked


@dataclass(frozen=True)
class AveragePrecision(RowStatistic):
    """Average precision of scores ``(n,)`` and labels ``(n,)`` in {0, 1}."""

    scores: FloatArray
    labels: IntArray

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedAveragePrecision | Linearised:
        if slices.design is not None:
            return linearised(slices, self._weighted, LOGIT, labels=self.labels)
        found = ranked(self.scores, self.labels, slices)
        values = np.array([average_precision.average_precision(*one) for one in found])
        sizes = np.array([(one.positives.sum(), one.negatives.sum()) for one in found], dtype=np.float64)
        return SlicedAveragePrecision(*values.T, *sizes.T)

    def _weighted(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        return average_precision.weighted_average_precision(self.scores[rows], self.labels[rows], weights)


@dataclass(frozen=True)
class SlicedAveragePrecision(Statistic):
    """Value, variance by the infinitesimal jackknife, and class counts; t interval on the logit scale."""

    value: FloatArray
    variance: FloatArray
    positives: FloatArray
    negatives: FloatArray

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return self.positives + self.negatives

    def interval(self, level: float) -> Interval:
        value = np.where(np.isnan(self.value), 0.5, self.value)
        found = average_precision.average_precision_interval(value, self.variance, self.positives, level)
        undefined = np.isnan(self.value)
        return Interval(np.where(undefined, 0.0, found.low), np.where(undefined, 1.0, found.high))

    @property
    def method(self) -> list[str]:
        return ["logit-jackknife"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        precisions = self.value * self.positives  # summed over the positive rows, each at its own score
        return {
            "sum_of_precisions": precisions,
            "positives": self.positives,
            "negatives": self.negatives,
            "variance": self.variance,
        }

    @property
    def insufficient(self) -> BoolArray:
        return np.minimum(self.positives, self.negatives) < MINIMUM_CLASS

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self.variance <= 0)


@dataclass(frozen=True)
class Lift(RowStatistic):
    """Share of positives among the ``share`` of rows with the highest scores, divided by that among all rows."""

    scores: FloatArray
    labels: IntArray
    share: float

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedLift | Linearised:
        if slices.design is not None:
            return linearised(slices, self._weighted, LOG, "ratio", labels=self.labels)
        found = [self._top(one) for one in ranked(self.scores, self.labels, slices)]
        return SlicedLift(*np.array(found, dtype=np.float64).T)

    def _top(self, counts: Ranked) -> tuple[int, int, int, int]:
        """Positives and rows of the top, and of the rest; rows that tie with the last one of the top belong to it."""
        hits, rows = (np.cumsum(of[::-1]) for of in (counts.positives, counts.positives + counts.negatives))
        if not len(rows):
            return 0, 0, 0, 0
        last = int(np.searchsorted(rows, np.ceil(self.share * rows[-1] - 1e-9)))
        return int(hits[last]), int(rows[last]), int(hits[-1] - hits[last]), int(rows[-1] - rows[last])

    def _weighted(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        """Rate of the top over that of all rows, and what each row adds to it; who is at the top is taken as fixed."""
        scores, y = self.scores[rows], self.labels[rows]
        order = np.argsort(-scores, kind="stable")
        last = np.searchsorted(np.cumsum(weights[order]), self.share * weights.sum() * (1 - 1e-12))
        top = scores >= scores[order[min(int(last), len(order) - 1)]]
        if top.all() or not y.any():
            return np.nan, np.full(len(rows), np.nan)
        inside, size = weights * top, float(weights.sum())
        one, all_rows = float(inside @ y / inside.sum()), float(weights @ y / size)
        return one / all_rows, (
            inside * (y - one) / inside.sum() - one / all_rows * weights * (y - all_rows) / size
        ) / all_rows


@dataclass(frozen=True)
class SlicedLift(Statistic):
    """Positives and rows of the top and of the rest.

    Lift = r/(s·r + 1 - s) with the share s of the top and the ratio r of the rates of positives in top and rest. It
    rises with r, so its interval is Koopman's of r, mapped. Who is at the top depends on scores alone and is taken as fixed.
    """

    top_hits: FloatArray
    top_trials: FloatArray
    rest_hits: FloatArray
    rest_trials: FloatArray
    unit = "ratio"

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return self.top_trials + self.rest_trials

    @property
    def value(self) -> FloatArray:  # type: ignore[override]
        rate = divide(self.top_hits, np.where(self.rest_trials > 0, self.top_trials, 0))
        return divide(rate, divide(self.top_hits + self.rest_hits, self.n))

    def interval(self, level: float) -> Interval:
        low, high = ratio.koopman(self.top_hits, self.top_trials, self.rest_hits, self.rest_trials, level)
        undefined = np.isnan(self.value)
        return Interval(np.where(undefined, 0.0, self._lift(low)), np.where(undefined, np.inf, self._lift(high)))

    def _lift(self, rates: FloatArray) -> FloatArray:
        share = divide(self.top_trials, self.n)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(1 / (share + (1 - share) / rates))

    @property
    def method(self) -> list[str]:
        return ["koopman"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return dict(vars(self))

    @property
    def insufficient(self) -> BoolArray:
        positives = self.top_hits + self.rest_hits
        return (np.minimum(positives, self.n - positives) < MINIMUM_CLASS) | (self.top_trials < MINIMUM_CLASS)

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray((self.top_hits == 0) | (self.rest_hits == 0))
