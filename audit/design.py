"""The sampling design: weights and clusters of the rows, and how much they tell beside independent rows.

Every rate and mean is a ratio of totals over clusters; rows that are only weighted are clusters of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .slices import FloatArray, IntArray, Slices
from .stats.clusters import ClusterSums
from .stats.content import by_content

CHUNK = 2_000_000
"""Numbers in the tables of the clusters that are held at once."""

Rates = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""Hits and trials ``(..., S)`` of tables of counts ``(..., S, K, K)``; both linear in the counts."""


@dataclass(frozen=True)
class Design:
    """``weight`` of each row, shape ``(n,)``; ``cluster`` of each row as a number from 0, or None."""

    weight: FloatArray
    cluster: IntArray | None = None

    def __str__(self) -> str:
        """Such as ``weights of 0.2 to 3, 400 clusters``."""
        low, high = float(self.weight.min()), float(self.weight.max())
        weights = [] if low == high == 1 else [f"weights of {low:.3g} to {high:.3g}"]
        clusters = [] if self.cluster is None else [f"{int(self.cluster.max()) + 1:,} clusters"]
        return ", ".join(weights + clusters)

    def of_rows(self, slices: Slices, values: FloatArray, trials: FloatArray | None = None) -> ClusterSums:
        """Sums for the mean of a value per row, or for its ratio to ``trials`` per row, ``(S,)`` each."""
        w = self.weight
        hits, sizes = w * values, w if trials is None else w * trials
        if self.cluster is None:
            parts = [(sizes > 0).astype(float), hits, sizes, hits**2, hits * sizes, sizes**2, w * sizes]
            return ClusterSums(*(slices.sum(part) for part in parts))
        found = _Sums(len(slices.labels))
        for rows, of in self._chunks(slices.cells):
            place, size = of * slices.cells + slices.cell[rows], (int(of.max()) + 1) * slices.cells
            y, m = (_added(place, x[rows], size).reshape(-1, slices.cells) for x in (hits, sizes))
            found.add(slices.total(y), slices.total(m))
        return found.sums(slices.sum(w * sizes))

    def of_counts(self, slices: Slices, code: IntArray, kinds: int, rates: Rates) -> ClusterSums:
        """Sums for a rate of counts, ``(S,)`` each; ``code`` says which of ``kinds`` squared counts a row adds to."""
        w = self.weight

        def at(weight: FloatArray) -> tuple[FloatArray, FloatArray]:
            return rates(slices.total_of(slices.count(code, kinds * kinds, weight).reshape(-1, kinds, kinds)))

        hits2, trials2 = at(w * w)
        if self.cluster is None:
            (hits, trials), (_, rows) = at(w), at((w > 0).astype(float))
            return ClusterSums(rows, hits, trials, hits2, hits2, trials2, trials2)
        found = _Sums(len(slices.labels))
        for chosen, of in self._chunks(slices.cells * kinds * kinds):
            place = (of * slices.cells + slices.cell[chosen]) * kinds * kinds + code[chosen]
            size = (int(of.max()) + 1) * slices.cells * kinds * kinds
            tables = _added(place, w[chosen], size).reshape(-1, slices.cells, kinds, kinds)
            found.add(*rates(slices.total_of(tables)))
        return found.sums(trials2)

    def at(self, rows: IntArray) -> Design:
        """Of some of the rows, in the order of ``rows``."""
        return Design(self.weight[rows], None if self.cluster is None else self.cluster[rows])

    def grouped(self, rng: np.random.Generator, most: int = 1000) -> Design:
        """The same with more than ``most`` clusters put together at random: groups of clusters are independent as well.

        Wolter (2007), Introduction to Variance Estimation, 2nd edition, chapter 2.
        """
        if self.cluster is None or int(self.cluster.max()) < most:
            return self
        return replace(self, cluster=(rng.permutation(int(self.cluster.max()) + 1) % most)[self.cluster])

    def halves(self, rng: np.random.Generator, *columns: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Which rows are in one half, drawn at random: of the clusters, or of rows that hold ``columns``, ``(n,)``."""
        n = len(self.weight)
        groups = self.cluster
        if groups is None:
            groups = np.empty(n, np.int64)
            groups[by_content(self.weight, *columns)] = np.arange(n)
        found: npt.NDArray[np.bool_] = (rng.permutation(int(groups.max()) + 1) % 2 == 0)[groups]
        return found

    def tables(self, slices: Slices, code: IntArray, kinds: int) -> FloatArray:
        """Weighted counts of every cluster and slice, ``(G, S, K, K)``."""
        assert self.cluster is not None
        groups = int(self.cluster.max()) + 1
        place = (self.cluster * slices.cells + slices.cell) * kinds * kinds + code
        flat = _added(place, self.weight, groups * slices.cells * kinds * kinds)
        return slices.total_of(flat.reshape(groups, slices.cells, kinds, kinds))

    def _chunks(self, width: int) -> Iterator[tuple[IntArray, IntArray]]:
        """Row numbers and their clusters, counted from 0, of a few clusters at a time."""
        assert self.cluster is not None
        order = np.argsort(self.cluster, kind="stable")
        sorted_clusters = self.cluster[order]
        step = max(CHUNK // width, 1)
        for first in range(0, int(sorted_clusters[-1]) + 1, step):
            start, stop = np.searchsorted(sorted_clusters, [first, first + step])
            if stop > start:
                yield order[start:stop], sorted_clusters[start:stop] - first


class _Sums:
    """Adds up what :class:`ClusterSums` needs, cluster by cluster."""

    def __init__(self, slices: int) -> None:
        self._parts = np.zeros((6, slices))

    def add(self, y: FloatArray, m: FloatArray) -> None:
        for part, values in zip(self._parts, ((m > 0).astype(float), y, m, y * y, y * m, m * m), strict=True):
            part += values.sum(axis=0)

    def sums(self, squares: FloatArray) -> ClusterSums:
        clusters, y, m, yy, ym, mm = self._parts
        return ClusterSums(clusters, y, m, yy, ym, mm, squares)


def _added(place: IntArray, weight: FloatArray, size: int) -> FloatArray:
    return np.asarray(np.bincount(place, weight, size), dtype=np.float64)
