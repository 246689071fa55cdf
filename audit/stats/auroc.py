"""The area under the ROC curve: its value, DeLong variance and interval, from one sort."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import BoolArray, FloatArray, Interval, normal_quantile

SMALL_CLASS, EXTREME = 50, 0.97
"""DeLong's interval covers too little with fewer rows than this in a class, or nearer to 1 (or 0) than this."""


def delong(scores: ArrayLike, labels: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Area and DeLong variance of one sample; ties count one half. O(n log n).

    Args:
        scores: shape (n,), greater for positives.
        labels: shape (n,), true for positives.

    Returns:
        As :func:`delong_counts`.
    """
    _, place = np.unique(np.asarray(scores), return_inverse=True)
    positive = np.asarray(labels, bool)
    size = int(place.max(initial=-1)) + 1
    return delong_counts(np.bincount(place[positive], minlength=size), np.bincount(place[~positive], minlength=size))


def delong_counts(positives: ArrayLike, negatives: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Area and DeLong variance from the counts at each distinct score, in rising order of the score.

    Slices of one data set can share its sort: count each slice's rows at the distinct scores of the whole.
    The placement of a positive is the share of negatives below it plus half of those tied with it;
    area = mean placement, variance = s²(placements of positives)/n₊ + s²(placements of negatives)/n₋.

    Args:
        positives: shape (..., distinct scores).
        negatives: the same shape.

    Returns:
        Both of shape (...). With an empty class there is no area: NaN, and variance 0. The variance within
        a class of one row is put at its maximum A(1 - A).

    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837; by ranks as in Sun & Xu (2014), IEEE SPL 21:1389.
    """
    pos, neg = np.asarray(positives), np.asarray(negatives)
    n_pos, n_neg = pos.sum(-1, dtype=np.float64), neg.sum(-1, dtype=np.float64)
    placed = _placement(neg, n_neg)
    area = (pos * placed).sum(-1) / np.maximum(n_pos, 1)
    variance = _part(pos, placed, n_pos, area)
    placed = 1 - _placement(pos, n_pos)
    variance += _part(neg, placed, n_neg, area)
    empty = (n_pos == 0) | (n_neg == 0)
    return np.where(empty, np.nan, area), np.where(empty, 0.0, variance)


def weighted_area(scores: ArrayLike, labels: ArrayLike, weights: ArrayLike) -> tuple[float, FloatArray]:
    """Area of weighted rows, and what each row adds to it: w·(V - A)/Σw over its class, V its placement.

    Args:
        scores: shape (n,), greater for positives.
        labels: shape (n,), true for positives.
        weights: shape (n,), above 0.

    Returns:
        The area and an array of shape (n,) that sums to 0; NaN and NaNs with an empty class.

    Obuchowski (1997), Biometrics 53:567, whose variance is that of the sums of the latter over clusters.
    """
    _, place = np.unique(np.asarray(scores), return_inverse=True)
    positive, w = np.asarray(labels, bool), np.asarray(weights, np.float64)
    size = int(place.max(initial=-1)) + 1
    pos, neg = (np.bincount(place[of], w[of], size).astype(np.float64) for of in (positive, ~positive))
    totals = float(pos.sum()), float(neg.sum())
    if min(totals) == 0:
        return float("nan"), np.full(len(w), np.nan)
    above, below = _placement(neg, np.asarray(totals[1])), 1 - _placement(pos, np.asarray(totals[0]))
    area = float((pos * above).sum()) / totals[0]
    added = np.where(positive, (above[place] - area) / totals[0], (below[place] - area) / totals[1])
    return area, w * added


def effective_newcombe(
    auc: ArrayLike, variance: ArrayLike, n_pos: ArrayLike, n_neg: ArrayLike, level: float = 0.95
) -> Interval:
    """:func:`newcombe_auroc` of weighted or clustered rows: both classes shrunk alike until V(A) is ``variance``.

    Args:
        auc: A.
        variance: of A, which allows for the design; 0 where the rows tell nothing of it.
        n_pos: effective rows, the most that the class can count for.
        n_neg: likewise.
        level: two-sided confidence level.
    """
    a, v, m, n = np.broadcast_arrays(*(np.asarray(value, np.float64) for value in (auc, variance, n_pos, n_neg)))
    inside = np.where(np.isnan(a), 0.5, a)
    ideal = _variance(inside, np.maximum(m, 1), np.maximum(n, 1))
    share = np.where((v > 0) & (ideal > 0), np.minimum(ideal / np.where(v > 0, v, 1.0), 1.0), 1.0)
    return newcombe_auroc(a, m * share, n * share, level)


def logit_delong(auc: ArrayLike, variance: ArrayLike, level: float = 0.95) -> Interval:
    """Logit ± z·sqrt(variance)/(A(1 - A)), mapped back; (0, 1) where variance, A or 1 - A is 0.

    Pepe (2003), The Statistical Evaluation of Medical Tests, chapter 5; variance of :func:`delong`.
    """
    from scipy.special import expit, logit

    a, v = np.broadcast_arrays(np.asarray(auc, np.float64), np.asarray(variance, np.float64))
    usable = (a > 0) & (a < 1) & (v > 0)
    inside = np.where(usable, a, 0.5)
    half = normal_quantile(level) * np.sqrt(np.where(usable, v, 0.0)) / (inside * (1 - inside))
    low, high = expit(logit(inside) - half), expit(logit(inside) + half)
    return Interval(np.where(usable, low, 0.0), np.where(usable, high, 1.0))


def newcombe_auroc(auc: ArrayLike, n_pos: ArrayLike, n_neg: ArrayLike, level: float = 0.95) -> Interval:
    """Score-like interval: solves |A - θ| = z·sqrt(V(θ)) with the variance of Hanley & McNeil.

    V(θ) = θ(1-θ)/(n₊n₋) · (1 + N*(1-θ)/(2-θ) + N*θ/(1+θ)), N* = (n₊+n₋)/2 - 1. Needs no variance of the
    sample, so it holds where every positive outranks every negative. (0, 1) where a class is empty.

    Newcombe (2006), Stat. Med. 25:559, method 5.
    """
    a, m, n = np.broadcast_arrays(*(np.asarray(value, np.float64) for value in (auc, n_pos, n_neg)))
    empty = (m == 0) | (n == 0)
    a, m, n = np.where(empty, 0.5, a), np.maximum(m, 1), np.maximum(n, 1)
    z = normal_quantile(level)
    low, high = _lower(a, m, n, z), 1 - _lower(1 - a, m, n, z)
    return Interval(np.where(empty, 0.0, low), np.where(empty, 1.0, high))


def auroc_interval(
    auc: ArrayLike, variance: ArrayLike, n_pos: ArrayLike, n_neg: ArrayLike, level: float = 0.95
) -> Interval:
    """The house rule: logit DeLong; Newcombe's where a class has < 50 rows, A > 0.97 or < 0.03, or variance is 0."""
    use = _newcombe(auc, variance, n_pos, n_neg)
    return newcombe_auroc(auc, n_pos, n_neg, level).where(use, logit_delong(auc, variance, level))


def auroc_method(auc: ArrayLike, variance: ArrayLike, n_pos: ArrayLike, n_neg: ArrayLike) -> NDArray[np.str_]:
    """Name of the interval that :func:`auroc_interval` uses: ``newcombe-auroc`` or ``logit-delong``."""
    return np.where(_newcombe(auc, variance, n_pos, n_neg), "newcombe-auroc", "logit-delong")


def _newcombe(auc: ArrayLike, variance: ArrayLike, n_pos: ArrayLike, n_neg: ArrayLike) -> BoolArray:
    a = np.asarray(auc)
    few = np.minimum(np.asarray(n_pos), np.asarray(n_neg)) < SMALL_CLASS
    return np.asarray(few | ~(np.maximum(a, 1 - a) <= EXTREME) | (np.asarray(variance) <= 0))


def _placement(counts: NDArray[Any], total: FloatArray) -> FloatArray:
    """Share of ``counts`` below each score, plus half of those at it."""
    found = counts.cumsum(-1, dtype=np.float64)
    found -= counts / 2
    found /= np.maximum(total, 1)[..., None]
    return found


def _part(counts: NDArray[Any], placements: FloatArray, total: FloatArray, area: FloatArray) -> FloatArray:
    squares = (placements - area[..., None]) ** 2
    squares = (counts * squares).sum(-1)
    return np.asarray(np.where(total > 1, squares / np.maximum(total - 1, 1) / np.maximum(total, 1), area * (1 - area)))


def _lower(a: FloatArray, m: FloatArray, n: FloatArray, z: float) -> FloatArray:
    below, above = np.zeros(a.shape), a
    for _ in range(55):
        middle = (below + above) / 2
        under = a - middle > z * np.sqrt(_variance(middle, m, n))
        below, above = np.where(under, middle, below), np.where(under, above, middle)
    return np.asarray((below + above) / 2)


def _variance(theta: FloatArray, m: FloatArray, n: FloatArray) -> FloatArray:
    extra = (m + n) / 2 - 1
    return np.asarray(theta * (1 - theta) / (m * n) * (1 + extra * ((1 - theta) / (2 - theta) + theta / (1 + theta))))
