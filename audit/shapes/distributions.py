"""Comparisons of whole distributions of scores between groups, and of scores across groups."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ..slices import FloatArray, IntArray, Slices
from ..stats import auroc, distributions
from ..stats.combine import mover_difference
from ..stats.interval import Interval
from .base import MINIMUM_CLASS, MINIMUM_ROWS, BoolArray, Statistic
from .compare import Comparison
from .sides import Sides


@dataclass(frozen=True)
class OfScores(Comparison):
    """A comparison of scores ``(n,)`` with those of the reference; of the rest, where the plan names no group.

    Raises:
        NotAssessed: the reference is the best group, which distributions do not have.
    """

    scores: FloatArray
    slices: Slices | None = None
    best: None = None
    word: str = ""

    def on(self, slices: Slices, rng: np.random.Generator) -> OfScores:
        return replace(self, slices=slices)

    def rows(self, place: int) -> IntArray:
        """Row numbers of a slice."""
        assert self.slices is not None
        return self.slices.select(int(place))

    def pairs(self, sides: Sides) -> list[tuple[IntArray, IntArray]]:
        """Row numbers of each slice and of its reference."""
        if isinstance(sides.reference, int):
            other = np.full_like(sides.each, sides.each[sides.reference])
        elif sides.reference == "rest" and sides.rest is not None:
            other = sides.rest
        else:
            other = np.full_like(sides.each, sides.whole)
        return [(self.rows(one), self.rows(two)) for one, two in zip(sides.each, other, strict=True)]


@dataclass(frozen=True)
class Distance(OfScores):
    """Greatest (``ks``) or mean (Wasserstein) distance of two distribution functions of scores in [0, 1]."""

    ks: bool = True

    def of(self, sides: Sides) -> tuple[Statistic, list[int | None]]:
        pairs = self.pairs(sides)
        found = [distributions.distances(self.scores[one], self.scores[two])[0 if self.ks else 1] for one, two in pairs]
        sizes = np.array([(len(one), len(two)) for one, two in pairs], dtype=np.float64)
        return Distances(np.array(found), sizes[:, 0], sizes[:, 1]), [None]


@dataclass(frozen=True)
class Distances(Statistic):
    """Distances, and the rows on both sides."""

    value: FloatArray
    n: FloatArray
    m: FloatArray
    unit = "distance"

    def interval(self, level: float) -> Interval:
        return distributions.within_bands(self.value, self.n, self.m, level)

    @property
    def method(self) -> list[str]:
        return ["two-bands"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"n": self.n, "reference_n": self.m}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(np.minimum(self.n, self.m) < MINIMUM_ROWS)


@dataclass(frozen=True)
class CrossArea(OfScores):
    """xAUC difference: area of the slice's positives over the reference's negatives, less that of the reverse."""

    labels: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def apart(self) -> bool:
        return True

    def of(self, sides: Sides) -> tuple[Statistic, list[int | None]]:
        found = [(*self._area(one, two), *self._area(two, one)) for one, two in self.pairs(sides)]
        return CrossAreas(np.array(found)), [None]

    def _area(self, high: IntArray, low: IntArray) -> tuple[float, float, int, int]:
        """Area and variance of positives among rows ``high`` over negatives among ``low``, and how many there are."""
        up, down = self.scores[high][self.labels[high] == 1], self.scores[low][self.labels[low] == 0]
        area, variance = auroc.delong(np.concatenate([up, down]), np.arange(len(up) + len(down)) < len(up))
        return float(area), float(variance), len(up), len(down)


class CrossAreas(Statistic):
    """Two areas over four disjoint sets of rows, which are independent; the difference by MOVER."""

    unit = "difference"

    def __init__(self, areas: FloatArray) -> None:
        """``areas``: area, variance, positives and negatives, of the slice and of the reference, ``(L, 8)``."""
        self._one, self._two = areas[:, :4].T, areas[:, 4:].T
        self.value = self._one[0] - self._two[0]
        self.n = np.asarray(areas[:, [2, 3, 6, 7]].sum(axis=1))

    def interval(self, level: float) -> Interval:
        sides = [np.where(np.isnan(side), 0.5, side) for side in (self._one, self._two)]
        one, two = (auroc.auroc_interval(side[0], side[1], side[2], side[3], level) for side in sides)
        return mover_difference(sides[0][0], sides[1][0], one, two)

    @property
    def method(self) -> list[str]:
        return ["mover-difference"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        keys = ("area", "delong_variance", "positives", "negatives")
        shown = dict(zip(keys, self._one, strict=True))
        return {**shown, **{f"reversed_{key}": side for key, side in zip(keys, self._two, strict=True)}}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(np.min([*self._one[2:], *self._two[2:]], axis=0) < MINIMUM_CLASS)
