"""How well scores rank the items of each query: NDCG, average precision, reciprocal rank, hits.

Items are rows of three flat arrays of shape (n,): relevance, score, and the query as a number from 0 to Q - 1, in any
order. Every function returns one value per query, shape (Q,): NaN for a query without items. Queries are independent
of each other, items of a query are not; so intervals are for means over queries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import FloatArray

IntArray = NDArray[np.int64]

Function = Callable[[ArrayLike, ArrayLike, IntArray, int], FloatArray]
"""Relevance, scores, queries and their number to one value per query."""


def ndcg(relevance: ArrayLike, scores: ArrayLike, queries: IntArray, count: int, *, k: int | None = None) -> FloatArray:
    """Σ relevance / log2(1 + rank) over the k best-scored items, divided by its greatest possible value; in [0, 1].

    Items of equal score share the mean of their discounts, as if in random order. 0 for a query where nothing is
    relevant. Relevance must not be negative; graded relevance enters as it is.

    Järvelin & Kekäläinen (2002), ACM TOIS 20:422; ties as in McSherry & Najork (2008), ECIR, section 3.
    """
    gain = np.asarray(relevance, np.float64)
    if np.any(gain < 0):
        raise ValueError("relevance: expected numbers of at least 0")
    got, best = (_discounted(gain, _Ranks.of(by, queries, count), count, k) for by in (np.asarray(scores), gain))
    return _by_query(_over(got, best), queries, count)


def average_precision(relevance: ArrayLike, scores: ArrayLike, queries: IntArray, count: int) -> FloatArray:
    """Mean over the relevant items (relevance above 0) of the share of relevant ones at or above their score; in [0, 1].

    0 for a query where nothing is relevant. Its mean over queries is MAP. Manning, Raghavan & Schütze (2008), 8.8.
    """
    relevant = np.asarray(relevance) > 0
    ranks = _Ranks.of(np.asarray(scores), queries, count)
    precision = _over(ranks.up_to(relevant), ranks.last)
    total, found = (np.bincount(queries, weights, count) for weights in (precision * relevant, relevant))
    return _by_query(_over(np.asarray(total, np.float64), np.asarray(found, np.float64)), queries, count)


def reciprocal_rank(relevance: ArrayLike, scores: ArrayLike, queries: IntArray, count: int) -> FloatArray:
    """1 / rank of the best-scored relevant item, in [0, 1]; 0 where nothing is relevant.

    Items of equal score share the last of their ranks, so that equal scores for all are worth nothing.

    Voorhees (1999), TREC-8.
    """
    return _by_query(_over(np.ones(count), _first(relevance, scores, queries, count)), queries, count)


def hit(relevance: ArrayLike, scores: ArrayLike, queries: IntArray, count: int, *, k: int = 10) -> FloatArray:
    """1 where a relevant item is among the k best-scored, else 0; ties as in :func:`reciprocal_rank`."""
    return _by_query((_first(relevance, scores, queries, count) <= k).astype(np.float64), queries, count)


class _Ranks(NamedTuple):
    """Ranks of items within their query, from 1; equal scores have a range of them."""

    order: IntArray
    block: IntArray
    """Which run of equal scores of one query an item is in, in the order of rank."""
    first: FloatArray
    last: FloatArray
    queries: IntArray

    @classmethod
    def of(cls, scores: NDArray[np.generic], queries: IntArray, count: int) -> _Ranks:
        order = np.lexsort((-np.asarray(scores, np.float64), queries))
        s, q = np.asarray(scores)[order], queries[order]
        new = np.ones(len(s), dtype=bool)
        new[1:] = (s[1:] != s[:-1]) | (q[1:] != q[:-1])
        block = np.empty(len(s), dtype=np.int64)
        block[order] = np.cumsum(new) - 1
        starts = np.flatnonzero(new)
        before = (np.cumsum(np.bincount(queries, minlength=count)) - np.bincount(queries, minlength=count))[queries]
        ends = np.append(starts[1:], len(s))
        return cls(order, block, starts[block] - before + 1.0, ends[block] - before + 0.0, queries)

    def up_to(self, marked: NDArray[np.bool_]) -> FloatArray:
        """How many marked items of the query rank as high as this one or higher."""
        running = np.cumsum(marked[self.order])
        at = np.cumsum(np.bincount(self.block))[self.block]
        earlier = at - self.last.astype(np.int64)
        padded = np.concatenate([[0], running])
        return np.asarray(padded[at] - padded[earlier], np.float64)


def _discounted(gain: FloatArray, ranks: _Ranks, count: int, k: int | None) -> FloatArray:
    """Discounted gain of each query; items that tie share the mean of their discounts."""
    most = int(ranks.last.max(initial=0))
    discount = 1 / np.log2(np.arange(most) + 2.0)
    discount[k if k is not None else most :] = 0
    running = np.concatenate([[0.0], np.cumsum(discount)])
    first, last = ranks.first.astype(np.int64), ranks.last.astype(np.int64)
    mean = (running[last] - running[first - 1]) / (last - first + 1)
    return np.asarray(np.bincount(ranks.queries, gain * mean, count), np.float64)


def _first(relevance: ArrayLike, scores: ArrayLike, queries: IntArray, count: int) -> FloatArray:
    """Rank of the best-scored relevant item of each query; infinite where there is none."""
    rank = np.where(np.asarray(relevance) > 0, _Ranks.of(np.asarray(scores), queries, count).last, np.inf)
    best = np.full(count, np.inf)
    np.minimum.at(best, queries, rank)
    return best


def _over(above: FloatArray, under: FloatArray) -> FloatArray:
    return np.divide(above, under, out=np.zeros(above.shape), where=under > 0)


def _by_query(values: FloatArray, queries: IntArray, count: int) -> FloatArray:
    return np.asarray(np.where(np.bincount(queries, minlength=count) > 0, values, np.nan))
