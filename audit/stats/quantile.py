"""Intervals for a quantile and a bound for the maximum, from order statistics alone: exact for any distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import FloatArray, Interval, normal_quantile


def quantile_interval(
    ordered: ArrayLike, share: float = 0.5, level: float = 0.95, *, lower: float = -np.inf, upper: float = np.inf
) -> Interval:
    """Interval for the ``share`` quantile ξ, the median by default: [X₍l₎, X₍u₎], exact for any distribution.

    l is the greatest and u the least rank with P(B < l) <= α/2 and P(B >= u) <= α/2, B ~ Binomial(n, share).
    With too few rows for such a rank the end of the range takes its place. Where all values between two ranks are
    tied the quantile is known, and the interval has no width.

    Args:
        ordered: values in rising order along the last axis, shape (..., n).
        share: which quantile, between 0 and 1.
        level: two-sided confidence level.
        lower: smallest value that the quantity can take.
        upper: greatest.

    Conover (1999), Practical Nonparametric Statistics, 3rd edition, section 3.2; David & Nagaraja (2003), section 7.1.
    """
    values = np.asarray(ordered, np.float64)
    low, high = quantile_ranks(values.shape[-1], share, level)
    ends = [np.full((*values.shape[:-1], 1), end) for end in (lower, upper)]
    padded = np.concatenate([ends[0], values, ends[1]], axis=-1)
    return Interval(padded[..., int(low)], padded[..., int(high)])


def quantile_ranks(
    n: ArrayLike, share: float = 0.5, level: float = 0.95
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The ranks l and u of :func:`quantile_interval` for n rows, counted from 1; 0 and n + 1 where there is none.

    Raises:
        ValueError: ``share`` or ``level`` not between 0 and 1.
    """
    from scipy.stats import binom

    normal_quantile(level)
    if not 0 < share < 1:
        raise ValueError(f"share: expected a number between 0 and 1, got {share!r}")
    size, tail = np.asarray(n), (1 - level) / 2
    low = np.maximum(binom.ppf(tail, size, share), 0)
    low = np.where(binom.cdf(low, size, share) <= tail, low + 1, low)
    high = np.maximum(binom.isf(tail, size, share), 0) + 1
    return low.astype(np.int64), np.minimum(high, size + 1).astype(np.int64)


def weighted_quantile(values: ArrayLike, weights: ArrayLike, share: float) -> float:
    """Least value with ``share`` of the weight at or below it; where that is met exactly, the mean of it and the next.

    With equal weights and share 1/2 the usual median; with whole weights the quantile of rows repeated so often.

    Args:
        values: shape (n,), n > 0.
        weights: above 0, shape (n,).
        share: between 0 and 1.

    Hyndman & Fan (1996), Am. Stat. 50:361, definition 2, with weights.
    """
    x, w = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    order = np.argsort(x, kind="stable")
    total = np.cumsum(w[order])
    low, high = (np.searchsorted(total, share * total[-1] * (1 + side)) for side in (-1e-12, 1e-12))
    ends = x[order[np.minimum([low, high], len(x) - 1)]]
    return float(ends[0] + (ends[1] - ends[0]) / 2)


def weighted_quantile_interval(
    values: ArrayLike,
    weights: ArrayLike,
    effective: float,
    share: float = 0.5,
    level: float = 0.95,
    *,
    lower: float = -np.inf,
    upper: float = np.inf,
) -> tuple[float, float]:
    """Limits of :func:`weighted_quantile`: as :func:`quantile_interval`, ranks l and u of ``effective`` rows, taken as
    the shares l/n* and u/n* of the weight.

    Woodruff (1952), JASA 47:635, with the exact limits of the share in place of normal ones.
    """
    x, w = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    order, size = np.argsort(x, kind="stable"), int(effective + 1e-9)
    total = np.cumsum(w[order]) / w.sum()
    low, high = (int(rank) for rank in quantile_ranks(size, share, level))
    at = [x[order[min(int(np.searchsorted(total, rank / max(size, 1) - 1e-12)), len(x) - 1)]] for rank in (low, high)]
    return float(at[0]) if low >= 1 else lower, float(at[1]) if high <= size else upper


def exceedance(n: ArrayLike, level: float = 0.95) -> FloatArray:
    """Greatest share of future rows that may exceed the maximum of n: 1 - (1 - level)^(1/n), 1 where n = 0.

    The one-sided tolerance bound of the sample maximum; there is no interval for the maximum itself.

    Wilks (1941), Ann. Math. Stat. 12:91.
    """
    normal_quantile(level)
    size = np.asarray(n, np.float64)
    return np.asarray(np.where(size > 0, -np.expm1(np.log1p(-level) / np.maximum(size, 1)), 1.0))
