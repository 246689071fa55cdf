"""Values per query: how well a model ranks the items of each, averaged over queries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, IntArray, Slices
from ..stats import retrieval
from .base import RowStatistic
from .rates import Proportion
from .rows import SlicedMean


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

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedMean:
        n, total, squares = self.sums(slices)
        return SlicedMean(n=n, total=total, centre=0.0, shifted=total, squares=squares, range=(0.0, 1.0), unit="")

    def sums(self, slices: Slices) -> FloatArray:
        """Number of queries, sum and sum of squares of their values, ``(3, S)``."""
        found = np.zeros((3, len(slices.labels)))
        for partition in slices.partitions:
            local = slices.within(partition)[slices.cell] + 1
            kinds = len(partition.slices) + 1
            pairs, items = np.unique(self.queries * kinds + local, return_inverse=True)
            values = self.function(self.relevance, self.scores, items, len(pairs))
            for row, power in zip(found, range(3), strict=True):
                row[partition.slices] = np.bincount(pairs % kinds, values**power, kinds)[1:]
        return found


@dataclass(frozen=True)
class QueryOutcomes(RowStatistic):
    """Share of the queries whose value is 1, for functions that give 0 or 1; slices as in :class:`PerQuery`."""

    values: PerQuery

    def by(self, slices: Slices, rng: np.random.Generator) -> Proportion:
        n, total, _ = self.values.sums(slices)
        return Proportion(total, n)
