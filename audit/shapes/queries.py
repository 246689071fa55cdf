"""Values per query: how well a model ranks the items of each, averaged over queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..design import Design
from ..errors import NotAssessed
from ..slices import FloatArray, IntArray, Slices
from ..stats import retrieval
from ..stats.clusters import ClusterSums, cluster_sums
from .base import RowStatistic
from .rates import Proportion, designed
from .rows import DesignedMean, SlicedMean


@dataclass(frozen=True)
class PerQuery(RowStatistic):
    """Mean over queries of a function of their items, from :mod:`assay.audit.stats.retrieval`; t interval over queries.

    A slice is measured as if its items were all there is: where an attribute belongs to the query, a slice is a set of
    queries; where it belongs to the item, the ranking among the items of that group is measured.
    """

    relevance: npt.NDArray[np.generic]
    scores: FloatArray
    queries: IntArray
    function: retrieval.Function

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedMean | DesignedMean:
        if slices.design is not None:
            return DesignedMean(self.designed_sums(slices, slices.design), (0.0, 1.0), "")
        n, total, squares = self.sums(slices)
        return SlicedMean(n=n, total=total, centre=0.0, shifted=total, squares=squares, range=(0.0, 1.0), unit="")

    def sums(self, slices: Slices) -> FloatArray:
        """Number of queries, sum and sum of squares of their values, ``(3, S)``."""
        found = np.zeros((3, len(slices.labels)))
        for places, of, values, _ in self._each(slices):
            for row, power in zip(found, range(3), strict=True):
                row[places] = np.bincount(of, values**power, len(places) + 1)[1:]
        return found

    def designed_sums(self, slices: Slices, design: Design) -> ClusterSums:
        """Likewise over clusters of queries; the weight of a query is the mean one of its items.

        Raises:
            NotAssessed: a query has items in several clusters.
        """
        cluster = self.queries if design.cluster is None else design.cluster
        if len(np.unique(np.stack([self.queries, cluster]), axis=1).T) > len(np.unique(self.queries)):
            raise NotAssessed("there are queries with items in several clusters")
        y, m, squares = np.zeros((3, len(slices.labels), int(cluster.max()) + 1))
        for places, of, values, items in self._each(slices):
            weights = np.bincount(items, design.weight) / np.bincount(items)
            own = np.zeros(len(values), dtype=np.int64)
            own[items] = cluster
            inside = of > 0
            at = places[of[inside] - 1], own[inside]
            for table, part in ((y, weights * values), (m, weights), (squares, weights**2)):
                np.add.at(table, at, part[inside])
        return cluster_sums(y, m, squares)

    def _each(self, slices: Slices) -> Iterator[tuple[IntArray, IntArray, FloatArray, IntArray]]:
        """Of every partition its slices; for each query in one, which it is (from 1, 0 for none) and its value; whose an item is."""
        for partition in slices.partitions:
            local = slices.within(partition)[slices.cell] + 1
            kinds = len(partition.slices) + 1
            pairs, items = np.unique(self.queries * kinds + local, return_inverse=True)
            yield partition.slices, pairs % kinds, self.function(self.relevance, self.scores, items, len(pairs)), items


@dataclass(frozen=True)
class QueryOutcomes(RowStatistic):
    """Share of the queries whose value is 1, for functions that give 0 or 1; slices as in :class:`PerQuery`."""

    values: PerQuery

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> Proportion:
        if slices.design is not None:
            return designed(self.values.designed_sums(slices, slices.design))
        n, total, _ = self.values.sums(slices)
        return Proportion(total, n)
