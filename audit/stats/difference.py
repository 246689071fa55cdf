"""Intervals for the difference of two proportions, of separate samples and of one paired sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, Interval, counts
from .proportion import rate, wilson


def newcombe(
    hits: ArrayLike, trials: ArrayLike, other_hits: ArrayLike, other_trials: ArrayLike, level: float = 0.95
) -> Interval:
    """Hybrid score interval for p₁ - p₂ of two independent samples.

    With Wilson limits (l, u) of each: low = d - sqrt((p₁-l₁)² + (u₂-p₂)²), high = d + sqrt((u₁-p₁)² + (p₂-l₂)²).

    Args:
        hits: x₁; the four counts broadcast.
        trials: n₁.
        other_hits: x₂.
        other_trials: n₂; where n₁ or n₂ is 0 the interval is (-1, 1).
        level: two-sided confidence level.

    Newcombe (1998b), Stat. Med. 17:873, method 10.
    """
    return _square_and_add(*counts(hits, trials), *counts(other_hits, other_trials), np.float64(0), level)


def newcombe_paired(
    both: ArrayLike, first: ArrayLike, second: ArrayLike, neither: ArrayLike, level: float = 0.95
) -> Interval:
    """Hybrid score interval for p₁ - p₂ on the same n rows: :func:`newcombe` with the correlation φ taken off.

    δ² = (p₁-l₁)² - 2φ(p₁-l₁)(u₂-p₂) + (u₂-p₂)², and φ = (ad - bc)/sqrt((a+b)(c+d)(a+c)(b+d)) with ad - bc
    replaced by max(ad - bc - n/2, 0) where it is positive; φ = 0 where a margin is 0.

    Args:
        both: a, rows that hit in both; the four counts broadcast.
        first: b, rows that hit in the first only.
        second: c, rows that hit in the second only.
        neither: d; where a+b+c+d is 0 the interval is (-1, 1).
        level: two-sided confidence level.

    Newcombe (1998c), Stat. Med. 17:2635, method 10.
    """
    a, b, c, d = (np.asarray(count, np.float64) for count in (both, first, second, neither))
    n = a + b + c + d
    excess = a * d - b * c
    excess = np.where(excess > 0, np.maximum(excess - n / 2, 0), excess)
    scale = np.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    phi = np.where(scale > 0, excess / np.where(scale > 0, scale, 1), 0.0)
    return _square_and_add(*counts(a + b, n), *counts(a + c, n), phi, level)


def _square_and_add(
    x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, phi: FloatArray | np.float64, level: float
) -> Interval:
    p1, p2, one, two = rate(x1, n1), rate(x2, n2), wilson(x1, n1, level), wilson(x2, n2, level)
    low = p1 - p2 - _distance(p1 - one.low, two.high - p2, phi)
    high = p1 - p2 + _distance(one.high - p1, p2 - two.low, phi)
    empty = (n1 == 0) | (n2 == 0)
    return Interval(np.where(empty, -1.0, low), np.where(empty, 1.0, high)).clip(-1, 1)


def _distance(a: FloatArray, b: FloatArray, phi: FloatArray | np.float64) -> FloatArray:
    return np.asarray(np.sqrt(np.maximum(a * a - 2 * phi * a * b + b * b, 0)))
