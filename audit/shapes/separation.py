"""How far the scores of both classes lie apart: the Kolmogorov-Smirnov distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray, Slices
from ..stats import difference
from ..stats.interval import Interval
from ..stats.linearised import ratio_of_totals, spread, t_quantile
from ..stats.scores import merge
from .base import MINIMUM_CLASS, MINIMUM_ROWS, BoolArray, RowStatistic, Statistic
from .linearised import effective_classes, weighted_rows
from .ranked import Ranked, ranked, weighted_counts

CELLS = 512

GRID = 64
"""Scores at which distances of weighted or clustered rows are bounded."""


@dataclass(frozen=True)
class Separation(RowStatistic):
    """Kolmogorov-Smirnov distance of the scores ``(n,)`` of rows with label 1 and label 0."""

    scores: FloatArray
    labels: IntArray

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedSeparation | DesignedSeparation:
        if slices.design is not None:
            return DesignedSeparation(self, slices, rng)
        found = [_one(one, rng) for one in ranked(self.scores, self.labels, slices)]
        return SlicedSeparation(*(np.array(part) for part in zip(*found, strict=True)))


class DesignedSeparation(Statistic):
    """The same of weighted or clustered rows: half of the clusters choose a score, the others measure there."""

    designed = True

    def __init__(self, of: Separation, slices: Slices, rng: np.random.Generator) -> None:
        """``of``: scores and labels per row."""
        assert slices.design is not None
        size = len(slices.labels)
        first = slices.design.halves(rng, of.scores, of.labels, slices.cell)
        self.value, self.n, self._classes = np.full(size, np.nan), np.zeros(size), np.zeros((2, size))
        self._honest, self._each = np.zeros((3, size)), np.zeros((3, GRID, size))
        self._honest[2], self._each[2] = 1, 1
        for place, rows, weights, own in weighted_rows(slices):
            scores, y = of.scores[rows], of.labels[rows]
            self._classes[:, place] = effective_classes(y, weights)
            self.n[place] = len(rows) if own is None else len(np.unique(own))
            if not 0 < y.sum() < len(y):
                continue
            self.value[place] = abs(_furthest(scores, y, weights)[0])
            low = np.zeros(len(rows), dtype=bool)
            for half in (first[rows], ~first[rows]):
                gap, at = _furthest(scores[~half], y[~half], weights[~half])
                low[half] = (scores[half] <= at) == (gap <= 0)
            self._honest[:, place] = _gap(low, y, weights, own)
            for k, at in enumerate(np.quantile(scores, np.arange(1, GRID + 1) / (GRID + 1), method="inverted_cdf")):
                self._each[:, k, place] = _gap(scores <= at, y, weights, own)

    def interval(self, level: float) -> Interval:
        gap, error, freedom = self._honest
        low = np.clip(gap - t_quantile(freedom, level) * error, 0, np.nan_to_num(self.value))
        gap, error, freedom = self._each
        high = (np.abs(gap) + t_quantile(freedom, level) * error).max(axis=0)
        high = np.clip(np.maximum(high, np.nan_to_num(self.value)), 0, 1)
        unknown = np.isnan(self.value) | (self._honest[1] <= 0)
        return Interval(np.where(unknown, 0.0, low), np.where(unknown, 1.0, high))

    @property
    def method(self) -> list[str]:
        return ["cross-fitted-linearised"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        negatives, positives = self._classes
        return {"clusters": self.n, "effective_positives": positives, "effective_negatives": negatives}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray((self._classes.min(axis=0) < MINIMUM_CLASS) | (self.n < MINIMUM_ROWS))

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self._honest[1] <= 0)


def _furthest(scores: FloatArray, labels: IntArray, weights: FloatArray) -> tuple[float, float]:
    """Greatest gap of the distribution functions, positives less negatives, and its score; 0 with one class only."""
    counts = weighted_counts(scores, labels, weights)
    if not all(of.any() for of in counts):
        return 0.0, -np.inf
    gaps = _gaps(np.stack([of.cumsum() / of.sum() for of in counts]))
    best = int(np.abs(gaps).argmax())
    return float(gaps[best]), float(np.unique(scores)[best])


def _gap(low: BoolArray, labels: IntArray, weights: FloatArray, cluster: IntArray | None) -> tuple[float, float, float]:
    """Share of low rows among negatives less that among positives, its standard error and degrees of freedom."""
    parts = [ratio_of_totals(weights * low * (labels == k), weights * (labels == k)) for k in (0, 1)]
    found = spread(parts[0][1] - parts[1][1], weights, cluster)
    return parts[0][0] - parts[1][0], float(found.error), float(found.freedom)


def _one(counts: Ranked, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    sizes = np.array([counts.positives.sum(), counts.negatives.sum()], dtype=np.float64)
    if not sizes.all():
        return np.array(np.nan), np.zeros((2, CELLS)), np.zeros(2), sizes
    exact = np.abs(_gaps(np.stack([of.cumsum() for of in counts]))).max()
    cells = np.stack(merge(np.asarray(counts.positives, float), np.asarray(counts.negatives, float), CELLS))
    half = rng.binomial(cells.astype(np.int64), 0.5).astype(np.float64)
    halves = [part.cumsum(axis=1) for part in (half, cells - half)]
    below = _picked(halves[0], halves[1]) + _picked(halves[1], halves[0])
    return exact, cells.cumsum(axis=1), below, sizes


def _picked(here: FloatArray, there: FloatArray) -> FloatArray:
    """Rows of each class ``here`` on the low side (or high side) of the score that separates best ``there``."""
    gaps = _gaps(there)
    best = int(np.argmax(np.abs(gaps)))
    return np.asarray(here[:, best] if gaps[best] <= 0 else here[:, -1] - here[:, best])


def _gaps(below: FloatArray) -> FloatArray:
    """Distribution function of the positives minus that of the negatives, from cumulated counts ``(2, k)``."""
    total = np.maximum(below[:, -1:], 1)
    return np.asarray(below[0] / total[0] - below[1] / total[1])


@dataclass(frozen=True)
class SlicedSeparation(Statistic):
    """Distance, cumulated counts of both classes ``(S, 2, cells)``, and those below a score that other rows chose.

    The distance D = max over t of |F₁(t) - F₀(t)| is chosen by the data, which biases it upwards. So the lower limit is
    that of the difference at scores chosen on one random half of the rows and measured on the other: no fixed score can
    have a larger one than D. The upper limit is the greatest over t of the upper limits: it holds whenever that at the
    true maximum does.
    """

    value: FloatArray
    below: FloatArray
    crossed: FloatArray
    sizes: FloatArray

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return np.asarray(self.sizes.sum(axis=1))

    def interval(self, level: float) -> Interval:
        positives, negatives = self.sizes.T
        honest = difference.newcombe(self.crossed[:, 1], negatives, self.crossed[:, 0], positives, level)
        ends = difference.newcombe(self.below[:, 1], negatives[:, None], self.below[:, 0], positives[:, None], level)
        reach = np.maximum(ends.high, -ends.low).max(axis=1)
        value = np.nan_to_num(self.value)
        undefined = np.isnan(self.value)
        low, high = np.clip(honest.low, 0, value), np.clip(np.maximum(reach, value), 0, 1)
        return Interval(np.where(undefined, 0.0, low), np.where(undefined, 1.0, high))

    @property
    def method(self) -> list[str]:
        return ["cross-fitted-newcombe"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        positives, negatives = self.sizes.T
        return {"positives": positives, "negatives": negatives}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(self.sizes.min(axis=1) < MINIMUM_CLASS)

    @property
    def degenerate(self) -> BoolArray:
        return (self.value <= 0) | (self.value >= 1)
