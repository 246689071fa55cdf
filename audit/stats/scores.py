"""The bootstrap of a statistic of ranked scores: rows get Poisson weights at the scores they hold, and no row is sorted twice.

A data set is two rows of counts, those of positives and of negatives at each distinct score in rising order.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, Interval, normal_quantile

RankStatistic = Callable[[FloatArray, FloatArray], FloatArray]
"""Function of weights of positives and negatives, (..., K) each, to (...); NaN where it has no value."""

EXACT_ROWS = 100_000
"""With more rows than this the replicates are drawn on cells of neighbouring scores."""

CELLS = 1024
BLOCK = 1 << 20
"""Weights drawn at a time; the result does not depend on it."""

UNIT = 1 << 16


def ranked_counts(scores: ArrayLike, labels: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Positives and negatives at each distinct score in rising order, shape (K,) each.

    Args:
        scores: shape (n,).
        labels: shape (n,), true for positives.
    """
    _, place = np.unique(np.asarray(scores), return_inverse=True)
    positive, size = np.asarray(labels, bool), int(place.max(initial=-1)) + 1
    both = [np.bincount(place[rows], minlength=size) for rows in (positive, ~positive)]
    return both[0].astype(np.float64), both[1].astype(np.float64)


def area(positives: FloatArray, negatives: FloatArray) -> FloatArray:
    """Area under the ROC curve, ties count one half; NaN where a class is empty."""
    below = negatives.cumsum(-1) - negatives / 2
    pairs = positives.sum(-1) * negatives.sum(-1)
    return np.asarray((positives * below).sum(-1) / np.where(pairs > 0, pairs, np.nan))


def precision_area(positives: FloatArray, negatives: FloatArray) -> FloatArray:
    """Average precision, as :func:`.average_precision.average_precision`; NaN without a positive."""
    hits, calls = _from_top(positives, negatives)
    total = hits[..., -1]
    return np.asarray(
        (positives[..., ::-1] * hits / np.maximum(calls, 1e-300)).sum(-1) / np.where(total > 0, total, np.nan)
    )


def kolmogorov_smirnov(positives: FloatArray, negatives: FloatArray) -> FloatArray:
    """Greatest difference of the two distribution functions; NaN where a class is empty."""
    shares = []
    for counts in (positives, negatives):
        total = counts.sum(-1, keepdims=True)
        shares.append(counts.cumsum(-1) / np.where(total > 0, total, np.nan))
    return np.asarray(np.abs(shares[0] - shares[1]).max(-1))


def recall_at_precision(positives: FloatArray, negatives: FloatArray, *, precision: float) -> FloatArray:
    """Greatest recall of a threshold whose precision is at least ``precision``, 0 if none has it; NaN without a positive."""
    hits, calls = _from_top(positives, negatives)
    enough = (hits >= precision * calls - 1e-9) & (calls > 0)
    return np.asarray(np.where(enough, hits, 0).max(-1) / np.where(hits[..., -1] > 0, hits[..., -1], np.nan))


def precision_at_recall(positives: FloatArray, negatives: FloatArray, *, recall: float) -> FloatArray:
    """Precision of the highest threshold whose recall is at least ``recall``; NaN without a positive."""
    hits, calls = _from_top(positives, negatives)
    total = np.where(hits[..., -1:] > 0, hits[..., -1:], np.nan)
    first = (hits >= recall * np.nan_to_num(total) - 1e-9).argmax(-1)[..., None]
    return np.asarray(np.take_along_axis(hits / np.maximum(calls, 1e-300) + 0 * total, first, -1)[..., 0])


def _from_top(positives: FloatArray, negatives: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Positives, and all rows, at or above each distinct score, from the highest on."""
    hits = positives[..., ::-1].cumsum(-1)
    return hits, hits + negatives[..., ::-1].cumsum(-1)


def bootstrap_scores(
    statistic: RankStatistic,
    positives: ArrayLike,
    negatives: ArrayLike,
    replicates: int,
    rng: np.random.Generator,
) -> tuple[float, FloatArray]:
    """The statistic and its replicates, shape (replicates,).

    c rows at one score draw Poisson(c) together, which is exact with ties. With more than ``EXACT_ROWS`` rows
    the scores are merged into ``CELLS`` neighbours of equal mass (:func:`merge`); the statistic itself stays exact,
    and each replicate is moved by what merging changes it.

    Args:
        statistic: of the counts and of stacked weights.
        positives: shape (K,), as :func:`ranked_counts`.
        negatives: the same.
        replicates: how many, B.
        rng: the same seed gives the same replicates.

    Poisson bootstrap: Hanley & MacGibbon (2006), Comput. Methods Programs Biomed. 83:57; Chamandy et al. (2012).
    """
    pos, neg = np.asarray(positives, np.float64), np.asarray(negatives, np.float64)
    exact, shift = float(statistic(pos, neg)), 0.0
    if pos.sum() + neg.sum() > EXACT_ROWS and pos.size > CELLS:
        pos, neg = merge(pos, neg)
        shift = exact - float(statistic(pos, neg))
    draw = _Weights(np.concatenate([pos, neg]), rng)
    drawn = np.empty(replicates)
    rows = max(BLOCK // max(2 * pos.size, 1), 1)
    for start in range(0, replicates, rows):
        weights = draw(min(rows, replicates - start))
        drawn[start : start + rows] = statistic(weights[:, : pos.size], weights[:, pos.size :])
    return exact, drawn + shift


def share_interval(value: ArrayLike, replicates: FloatArray, rows: ArrayLike, level: float = 0.95) -> Interval:
    """Percentiles of the replicates (B, ...) of a share v, widened to v + z·s, to logit v - z·s/(v(1 - v)), and at 0 or 1
    to the exact limit of 0 or all of ``rows``; (0, 1) where v is NaN.

    s is the standard deviation of the replicates. Percentiles alone put the lower limit too high where the data choose the
    threshold, and have no width where every replicate is 0 or 1. Its coverage is measured in the tests.
    """
    from scipy.special import expit, logit

    v, n = np.broadcast_arrays(np.asarray(value, np.float64), np.maximum(np.asarray(rows, np.float64), 1))
    undefined = np.isnan(v) | ~np.isfinite(replicates).all(0)
    drawn, v = np.where(undefined, 0.5, replicates), np.where(undefined, 0.5, v)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    inside, half = np.clip(v, 0.5 / n, 1 - 0.5 / n), normal_quantile(level) * drawn.std(0)
    edge = ((1 - level) / 2) ** (1 / n)
    low = np.minimum(low, np.where(v >= 1, edge, expit(logit(inside) - half / (inside * (1 - inside)))))
    high = np.maximum(np.maximum(high, np.minimum(v + half, 1)), np.where(v <= 0, 1 - edge, v))
    return Interval(np.where(undefined, 0.0, np.minimum(low, v)), np.where(undefined, 1.0, high))


def merge(positives: FloatArray, negatives: FloatArray, cells: int = CELLS) -> tuple[FloatArray, FloatArray]:
    """Counts of at most ``cells`` runs of neighbouring scores, each about the same share of both classes' sum.

    Each class weighs one half, so that a rare class is cut as finely as a frequent one.
    """
    mass = positives / max(positives.sum(), 1) + negatives / max(negatives.sum(), 1)
    middle = (mass.cumsum() - mass / 2) / max(mass.sum(), 1e-300)
    place = np.minimum((middle * cells).astype(np.intp), cells - 1)
    merged = np.bincount(place, positives, cells), np.bincount(place, negatives, cells)
    return merged[0].astype(np.float64), merged[1].astype(np.float64)


class _Weights:
    """Poisson draws for fixed means, row after row: single rows by a table look-up, ties by numpy."""

    def __init__(self, means: FloatArray, rng: np.random.Generator) -> None:
        self._shape, self._rngs = means.size, rng.spawn(2)
        self._single, self._tied = np.flatnonzero(means == 1), np.flatnonzero((means > 0) & (means != 1))
        self._means = means[self._tied]

    def __call__(self, rows: int) -> FloatArray:
        weights = np.zeros((rows, self._shape))
        weights[:, self._tied] = self._rngs[1].poisson(self._means, (rows, self._tied.size))
        words = self._rngs[0].integers(0, 2**64, (rows, -(-self._single.size // 4)), np.uint64)
        weights[:, self._single] = _table()[words.view(np.uint16)[:, : self._single.size]]
        return weights


def _table() -> FloatArray:
    """Quantiles of Poisson(1) at the middles of 2¹⁶ equal steps: mean 1, variance 0.99997."""
    from scipy.stats import poisson

    ends = np.rint(poisson.cdf(np.arange(12), 1) * UNIT)
    return np.searchsorted(ends, np.arange(UNIT), side="right").astype(np.float64)
