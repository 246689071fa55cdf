"""Changes of one feature each: what they do alone says which of them to try on top of others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..slices import FloatArray, IntArray
from .asking import Answer, Asker, joined
from .grid import Grid

RANDOM = 4
"""One in so many of the changes that are tried again is drawn at random, whatever it did alone."""


@dataclass(frozen=True)
class Singles:
    """Candidate changes of rows, sorted by row: ``row``, ``place`` of the feature, ``value``, and ``rank``.

    ``rank``: how many changes of the same feature of the same row did better alone.
    """

    row: IntArray
    place: IntArray
    value: FloatArray
    rank: IntArray
    margin: FloatArray

    def promising(self, row: IntArray, width: int, rng: np.random.Generator) -> tuple[IntArray, IntArray, FloatArray]:
        """For states of rows ``row``: state, feature and value of up to ``width`` changes of each.

        The best of each feature come first, then the second best, and so on, but for some that are drawn at random.
        """
        live = np.flatnonzero(np.isin(self.row, row))
        lucky = np.where(rng.random(len(live)) < 1 / RANDOM, rng.integers(0, 3, len(live)), self.rank[live])
        live, lucky = live[lucky < width], lucky[lucky < width]
        order = live[np.lexsort([rng.random(len(live)), self.margin[live], lucky, self.row[live]])]
        sorted_ = self.row[order]
        kept = order[np.arange(len(order)) - np.searchsorted(sorted_, sorted_) < width]
        return self._for(row, kept)

    def random(self, row: IntArray, most: int, rng: np.random.Generator) -> tuple[IntArray, IntArray, FloatArray]:
        """For states of rows ``row``: state, feature and value of changes of up to ``most`` features of each."""
        state, place, value = self._for(row, np.arange(len(self.row)))
        shuffled = rng.permutation(len(state))
        width = int(place.max(initial=0)) + 1
        _, first = np.unique(state[shuffled] * width + place[shuffled], return_index=True)
        one_each = rng.permutation(shuffled[first])
        one_each = one_each[np.argsort(state[one_each], kind="stable")]
        rank = np.arange(len(one_each)) - np.searchsorted(state[one_each], state[one_each])
        chosen = one_each[rank < rng.integers(1, most + 1, len(row))[state[one_each]]]
        return state[chosen], place[chosen], value[chosen]

    def _for(self, row: IntArray, kept: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        start, end = (np.searchsorted(self.row[kept], row, side) for side in ("left", "right"))
        count = end - start
        state = np.repeat(np.arange(len(row)), count)
        at = kept[np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(start, count)]
        return state, self.place[at], self.value[at]


def first_round(asker: Asker, grid: Grid, rows: IntArray) -> tuple[Answer, Singles]:
    """Every candidate value of every feature of the rows, alone."""
    at, place, value = grid.candidates(asker.of[rows])
    order = np.argsort(at, kind="stable")
    row, place, value = rows[at[order]], place[order], value[order]
    margin = np.full(len(row), np.inf)
    parts = []
    for i in range(0, max(1, len(row)), asker.most):
        chunk = slice(i, i + asker.most)
        vectors = asker.of[row[chunk]].copy()
        vectors[np.arange(len(vectors)), place[chunk]] = value[chunk]
        part = asker.ask(row[chunk], vectors)
        margin[part.source + i] = part.margin
        parts.append(replace(part, source=part.source + i))
    order = np.lexsort([margin, place, row])
    group = row[order] * (int(place.max(initial=0)) + 1) + place[order]
    rank = np.empty(len(row), dtype=np.int64)
    rank[order] = np.arange(len(row)) - np.searchsorted(group, group)
    return joined(parts), Singles(row, place, value, rank, margin)
