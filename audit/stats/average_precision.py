"""Average precision: its value, variance and interval, from one sort and without resampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, Interval


def average_precision(positives: ArrayLike, negatives: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Average precision Σ pⱼ·precisionⱼ/n₊ over the thresholds j, and its variance by the infinitesimal jackknife.

    precisionⱼ = T/(T + F) of the rows at score j or above. One more row at score i changes the value by
    (precisionᵢ - AP + Σ_{j<=i} pⱼFⱼ/(Tⱼ+Fⱼ)²)/n₊ if it is positive, by -Σ_{j<=i} pⱼTⱼ/(Tⱼ+Fⱼ)²/n₊ if negative;
    the variance is the sum of the squared changes over all rows, times n₊/(n₊ - 1).

    Args:
        positives: counts (or weights) at each distinct score, in rising order of the score, shape (..., K).
        negatives: the same shape.

    Returns:
        Both of shape (...). Without a positive there is no value: NaN, and variance 0.

    Value as in Manning, Raghavan & Schütze (2008), section 8.4, not interpolated; variance by Efron (1982), The Jackknife,
    chapter 6, with derivatives of our own.
    """
    pos, neg = _with_positives(np.asarray(positives, np.float64), np.asarray(negatives, np.float64))
    n_pos = np.asarray(pos.sum(-1))
    value, gain, loss = _changes(pos, neg)
    squares = (pos * gain**2 + neg * loss**2).sum(-1)
    variance = squares * n_pos / np.maximum(n_pos - 1, 1)
    return np.where(n_pos > 0, value, np.nan), np.where(n_pos > 0, variance, 0.0)


def weighted_average_precision(scores: ArrayLike, labels: ArrayLike, weights: ArrayLike) -> tuple[float, FloatArray]:
    """Average precision of weighted rows, and what each row adds to it: its weight times the change given above.

    Args:
        scores: shape (n,), greater for positives.
        labels: shape (n,), true for positives.
        weights: shape (n,), above 0.

    Returns:
        The value and an array of shape (n,) that sums to 0; NaN and NaNs without a positive.
    """
    _, place = np.unique(np.asarray(scores), return_inverse=True)
    positive, w = np.asarray(labels, bool), np.asarray(weights, np.float64)
    if not positive.any():
        return float("nan"), np.full(len(w), np.nan)
    size = int(place.max()) + 1
    counts = (np.bincount(place[of], w[of], size).astype(np.float64) for of in (positive, ~positive))
    value, gain, loss = _changes(*counts)
    return float(value), w * np.where(positive, gain[place], -loss[place])


def _changes(pos: FloatArray, neg: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Value, and by how much one more positive raises and one more negative lowers it, at each score."""
    size = np.maximum(pos.sum(-1), 1e-100)[..., None]
    hits, calls = _from_top(pos), np.maximum(_from_top(pos + neg), 1e-100)
    precision = hits / calls
    value = np.asarray((pos * precision).sum(-1)) / size[..., 0]
    gain = (precision - value[..., None] + (pos * (calls - hits) / calls**2).cumsum(-1)) / size
    return value, gain, (pos * precision / calls).cumsum(-1) / size


def average_precision_interval(
    value: ArrayLike, variance: ArrayLike, n_pos: ArrayLike, level: float = 0.95
) -> Interval:
    """Logit ± t·sqrt(variance)/(AP(1 - AP)) with n₊ - 1 degrees of freedom, mapped back.

    Where the variance is 0 (every positive outranks every negative) the limits are those of the exact interval of
    n₊ hits among n₊, (α/2)^(1/n₊) and 1. (0, 1) with fewer than two positives.

    The logit as Boyd, Eng & Page (2013), ECML PKDD, section 3.1, propose; its coverage is measured in the tests.
    """
    from scipy.special import expit, logit, stdtrit

    a, v, n = np.broadcast_arrays(*(np.asarray(array, np.float64) for array in (value, variance, n_pos)))
    usable = (a > 0) & (a < 1) & (v > 0) & (n > 1)
    inside = np.where(usable, a, 0.5)
    quantile = stdtrit(np.maximum(n - 1, 1), (1 + level) / 2)
    half = quantile * np.sqrt(np.where(usable, v, 0.0)) / (inside * (1 - inside))
    perfect = np.where((a == 1) & (n > 1), ((1 - level) / 2) ** (1 / np.maximum(n, 1)), 0.0)
    low, high = expit(logit(inside) - half), expit(logit(inside) + half)
    return Interval(np.where(usable, low, perfect), np.where(usable, high, 1.0))


def _with_positives(pos: FloatArray, neg: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The same with each negative at the next lower score of any positive: its threshold is all that matters of it."""
    starts = np.flatnonzero(pos.reshape(-1, pos.shape[-1]).any(axis=0))
    if not len(starts):
        return pos, neg
    return pos[..., starts], np.add.reduceat(neg, starts, axis=-1)


def _from_top(counts: FloatArray) -> FloatArray:
    return np.asarray(counts[..., ::-1].cumsum(-1)[..., ::-1])
