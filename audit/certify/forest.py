"""Trees as the boxes of their leaves; the exact distance to another decision of a single tree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray
from .results import BoolArray, Distances, sizes


@dataclass(frozen=True)
class Forest:
    """Trees whose leaves add up to the scores of the classes; the greatest score decides.

    Attributes:
        tree: which tree each leaf is of, ``(L,)``, from 0, in order.
        lower: least input that comes to the leaf, ``(L, m)``; boxes are closed, and made of numbers that a float can be.
        upper: greatest.
        value: what the leaf adds to each score, ``(L, K)``.
        base: scores before any tree, ``(K,)``.
        rank: at equal scores the class with the lowest rank is decided, ``(K,)``.
        quantum: all values are whole multiples of it, and so sums are exact; 0 where there is no such number.
    """

    tree: IntArray
    lower: FloatArray
    upper: FloatArray
    value: FloatArray
    base: FloatArray
    rank: IntArray
    quantum: float

    @property
    def trees(self) -> int:
        """How many trees there are."""
        return int(self.tree[-1]) + 1

    def threshold(self, label: int, rival: int, *, strict: bool = False) -> float:
        """How far the rival must be ahead, at least, to be decided.

        Where sums are not exact a tie may go either way by rounding: it counts as lost, with ``strict`` as held, where the
        margin is more than the solver leaves out.
        """
        if not self.quantum:
            return (1e-5 if strict else -1e-9) * max(float(np.abs(self.value).max()), 1e-300)
        return self.quantum / 2 * (1 if self.rank[label] < self.rank[rival] else -1)

    def decide(self, scores: FloatArray) -> IntArray:
        """The class of scores ``(..., K)``."""
        order = np.argsort(self.rank)
        return np.asarray(order[np.argmax(scores[..., order], axis=-1)])


@dataclass(frozen=True)
class Place:
    """Where a row may be moved. ``point``, ``lower``, ``upper``, ``scale``: ``(m,)``; ``leaves``: those that what is not
    moved leaves open, ``(L,)``.
    """

    point: FloatArray
    lower: FloatArray
    upper: FloatArray
    scale: FloatArray
    leaves: BoolArray

    def within(self, reach: float) -> tuple[FloatArray, FloatArray]:
        """Where each input may be, moved by ``reach`` at most; ``(m,)`` each."""
        way = reach * self.scale
        return np.maximum(self.lower, self.point - way), np.minimum(self.upper, self.point + way)

    def nearest(self, forest: Forest) -> FloatArray:
        """The nearest point of each leaf, ``(L, m)``."""
        return np.clip(self.point, forest.lower, forest.upper)

    def decided(self, forest: Forest, point: FloatArray) -> int:
        """The class of another point."""
        inside = ((point >= forest.lower) & (point <= forest.upper)).all(axis=1) & self.leaves
        return int(forest.decide(forest.base + forest.value[inside].sum(axis=0)))

    def distances(self, forest: Forest, norm: float) -> FloatArray:
        """Distance of each leaf, ``(L,)``; infinite where it is out of reach."""
        nearest = self.nearest(forest)
        within = ((nearest >= self.lower) & (nearest <= self.upper)).all(axis=1) & self.leaves
        return np.where(within, sizes(nearest - self.point, self.scale, norm), np.inf)


def single_tree(places: list[Place], forest: Forest, labels: IntArray, norm: float) -> Distances:
    """Least distance to the box of a leaf that decides otherwise; exact for every norm. One tree only."""
    found = Distances.unknown(np.stack([place.point for place in places]))
    decided = forest.decide(forest.base + forest.value)
    for row, place in enumerate(places):
        away = np.where(decided == labels[row], np.inf, place.distances(forest, norm))
        leaf = int(np.argmin(away))
        found.lower[row] = away[leaf]
        if np.isfinite(away[leaf]):
            found.points[row] = place.nearest(forest)[leaf]
    return found
