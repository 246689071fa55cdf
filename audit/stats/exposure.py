"""What a ranking gives to the items of each query: ranks, exposure, places at the top, and how groups share them."""

from __future__ import annotations

import numpy as np

from .interval import FloatArray
from .retrieval import IntArray


def ranks(scores: FloatArray, queries: IntArray) -> FloatArray:
    """Rank of each item within its query, from 1 for the greatest score; equal scores share the mean of their ranks.

    Args:
        scores: shape (n,).
        queries: from 0, the same shape.
    """
    order = np.lexsort((-scores, queries))
    query, score = queries[order], scores[order]
    fresh = np.diff(query, prepend=-1) != 0
    tie = np.cumsum(fresh | (np.diff(score, prepend=np.nan) != 0)) - 1
    place = np.arange(len(order)) - np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0)) + 1
    found = np.empty(len(order))
    found[order] = (np.bincount(tie, place) / np.bincount(tie))[tie]
    return found


def relative_exposure(ranks: FloatArray, queries: IntArray) -> FloatArray:
    """1/log2(1 + rank) of each item, divided by the mean of its query.

    Singh & Joachims (2018), KDD, section 3.1.
    """
    return _relative(1 / np.log2(1 + ranks), queries)


def relative_top(ranks: FloatArray, queries: IntArray, k: int) -> FloatArray:
    """Whether an item is among the k first of its query, divided by the share of items that are; ties count in part.

    Geyik, Ambler & Kenthapadi (2019), KDD, equation 1.
    """
    # Items that share ranks a..b with mean rank r and k between them: there is no telling which of them are shown.
    return _relative(_within(ranks, queries, k), queries)


def _within(ranks: FloatArray, queries: IntArray, k: int) -> FloatArray:
    _, tie, size = np.unique(np.column_stack([queries, ranks]), axis=0, return_inverse=True, return_counts=True)
    width = size[tie.ravel()]
    return np.asarray(np.clip((k - (ranks - (width + 1) / 2)) / width, 0, 1))


def _relative(values: FloatArray, queries: IntArray) -> FloatArray:
    mean = np.bincount(queries, values) / np.maximum(np.bincount(queries), 1)
    return np.asarray(values / mean[queries])


def ndkl(groups: IntArray, order: IntArray, queries: IntArray) -> float:
    """Mean over queries of Σᵢ d_KL(shares among the first i | shares in the query)/log2(1 + i) / Σᵢ 1/log2(1 + i).

    Args:
        groups: group of each item from 0, shape (n,).
        order: item numbers, query by query, best first.
        queries: query of each item from 0, shape (n,).

    Geyik, Ambler & Kenthapadi (2019), KDD, equation 4.
    """
    kinds = int(groups.max()) + 1
    member = np.eye(kinds)[groups[order]]
    starts = np.flatnonzero(np.diff(queries[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(order)))
    cumulated = member.cumsum(axis=0)
    before = np.repeat(cumulated[starts] - member[starts], sizes, axis=0)
    place = np.arange(len(order)) - np.repeat(starts, sizes) + 1
    shares = (cumulated - before) / place[:, None]
    whole = np.repeat(np.add.reduceat(member, starts) / sizes[:, None], sizes, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        divergence = np.where(shares > 0, shares * np.log(shares / whole), 0.0).sum(axis=1)
    weight = 1 / np.log2(1 + place)
    return float(np.mean(np.add.reduceat(weight * divergence, starts) / np.add.reduceat(weight, starts)))
