"""How far the scores of both classes lie apart: the Kolmogorov-Smirnov distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray, Slices
from ..stats import difference
from ..stats.interval import Interval
from ..stats.scores import merge
from .base import MINIMUM_CLASS, BoolArray, RowStatistic, Statistic
from .ranked import Ranked, ranked

CELLS = 512


@dataclass(frozen=True)
class Separation(RowStatistic):
    """Kolmogorov-Smirnov distance of the scores ``(n,)`` of rows with label 1 and label 0."""

    scores: FloatArray
    labels: IntArray

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedSeparation:
        found = [_one(one, rng) for one in ranked(self.scores, self.labels, slices)]
        return SlicedSeparation(*(np.array(part) for part in zip(*found, strict=True)))


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
