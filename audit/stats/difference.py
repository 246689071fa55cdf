"""Intervals for the difference of two proportions, of separate samples and of one paired sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .combine import mover_difference
from .interval import FloatArray, Interval, counts, normal_quantile
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


def miettinen_nurminen(
    hits: ArrayLike, trials: ArrayLike, other_hits: ArrayLike, other_trials: ArrayLike, level: float = 0.95
) -> Interval:
    """Score interval for δ = p₁ - p₂: all δ that the score test does not reject.

    Solves |p̂₁ - p̂₂ - δ| = z·sqrt((p̃₁(1-p̃₁)/n₁ + p̃₂(1-p̃₂)/n₂)·N/(N-1)) by bisection, where N = n₁ + n₂ and
    p̃₁ = p̃₂ + δ is the maximum likelihood estimate under δ. Arguments as in :func:`newcombe`.

    Miettinen & Nurminen (1985), Stat. Med. 4:213, equations 8, 9 and appendix I.
    """
    arrays = np.broadcast_arrays(*counts(hits, trials), *counts(other_hits, other_trials))
    empty = (arrays[1] == 0) | (arrays[3] == 0)
    x1, n1, x2, n2 = (np.where(empty, 1.0, array) for array in arrays)
    z = normal_quantile(level)
    low, high = _score_limit(x1, n1, x2, n2, z), -_score_limit(x2, n2, x1, n1, z)
    return Interval(np.where(empty, -1.0, low), np.where(empty, 1.0, high))


def _square_and_add(
    x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, phi: FloatArray | np.float64, level: float
) -> Interval:
    limits = mover_difference(rate(x1, n1), rate(x2, n2), wilson(x1, n1, level), wilson(x2, n2, level), phi)
    empty = (n1 == 0) | (n2 == 0)
    return Interval(np.where(empty, -1.0, limits.low), np.where(empty, 1.0, limits.high)).clip(-1, 1)


def _score_limit(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, z: float) -> FloatArray:
    """Lower limit: where the score statistic, falling in δ, comes down to z."""
    estimate = x1 / n1 - x2 / n2
    below, above = np.full(x1.shape, -1.0), estimate
    for _ in range(48):
        middle = (below + above) / 2
        under = estimate - middle > z * _null_error(x1, n1, x2, n2, middle)
        below, above = np.where(under, middle, below), np.where(under, above, middle)
    return np.asarray((below + above) / 2)


def _null_error(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, delta: FloatArray) -> FloatArray:
    """Standard error at the maximum of the likelihood under δ, the middle root of a cubic in p₂."""
    n, x = n1 + n2, x1 + x2
    a = ((n1 + 2 * n2) * delta - n - x) / (3 * n)
    b = ((n2 * delta - n - 2 * x2) * delta + x) / n
    c = x2 * delta * (1 - delta) / n
    size = np.sqrt(np.maximum(a * a - b / 3, 0))
    half = a**3 - a * b / 2 + c / 2
    size = np.where(half < 0, -size, size)
    cosine = np.clip(half / np.where(size == 0, 1, size) ** 3, -1, 1)
    p2 = 2 * size * np.cos((np.pi + np.arccos(cosine)) / 3) - a
    p2 = np.clip(p2, np.maximum(-delta, 0), np.minimum(1 - delta, 1))
    p1 = np.clip(p2 + delta, 0, 1)
    return np.asarray(np.sqrt((p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * n / (n - 1)))
