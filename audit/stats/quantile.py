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


def exceedance(n: ArrayLike, level: float = 0.95) -> FloatArray:
    """Greatest share of future rows that may exceed the maximum of n: 1 - (1 - level)^(1/n), 1 where n = 0.

    The one-sided tolerance bound of the sample maximum; there is no interval for the maximum itself.

    Wilks (1941), Ann. Math. Stat. 12:91.
    """
    normal_quantile(level)
    size = np.asarray(n, np.float64)
    return np.asarray(np.where(size > 0, -np.expm1(np.log1p(-level) / np.maximum(size, 1)), 1.0))
