"""Intervals for a sum, a difference, a minimum or a greatest difference of several parameters, from the intervals of each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, Interval

IntervalAt = Callable[[float], Interval]
"""Intervals of k parameters, stacked along axis 0, at the level asked for; each tail at most (1 - level)/2."""


def mover_sum(estimates: ArrayLike, lows: ArrayLike, highs: ArrayLike, weights: ArrayLike) -> Interval:
    """Interval for Σ wᵢθᵢ of independent estimates, from the limits of each (MOVER).

    low = Σwᵢθ̂ᵢ - sqrt(Σ (wᵢθ̂ᵢ - smaller of wᵢlᵢ, wᵢuᵢ)²), and likewise high with the greater.

    Args:
        estimates: shape (k, ...).
        lows: lower limits, the same shape.
        highs: upper limits.
        weights: known numbers, shape (k,).

    Zou & Donner (2008), Stat. Med. 27:1693.
    """
    theta, low, high = (np.asarray(values, np.float64) for values in (estimates, lows, highs))
    w = np.asarray(weights, np.float64).reshape(-1, *[1] * (theta.ndim - 1))
    down = np.minimum(w * low, w * high) - w * theta
    up = np.maximum(w * low, w * high) - w * theta
    total = (w * theta).sum(0)
    return Interval(np.asarray(total - np.sqrt((down**2).sum(0))), np.asarray(total + np.sqrt((up**2).sum(0))))


def mover_difference(
    first: ArrayLike, second: ArrayLike, limits: Interval, other_limits: Interval, correlation: ArrayLike = 0.0
) -> Interval:
    """Interval for θ₁ - θ₂ from the limits (l, u) of each, whose estimates may be correlated (square-and-add).

    low = θ̂₁ - θ̂₂ - sqrt((θ̂₁-l₁)² - 2ρ(θ̂₁-l₁)(u₂-θ̂₂) + (u₂-θ̂₂)²), and likewise high with (u₁-θ̂₁) and (θ̂₂-l₂).

    Args:
        first: θ̂₁; all broadcast.
        second: θ̂₂.
        limits: interval for θ₁.
        other_limits: interval for θ₂.
        correlation: ρ of the two estimates.

    Zou (2007), Psychol. Methods 12:399, equation 15; Newcombe (1998c), Stat. Med. 17:2635, method 10.
    """
    one, two, rho = (np.asarray(values, np.float64) for values in (first, second, correlation))
    low = one - two - _third_side(one - limits.low, other_limits.high - two, rho)
    high = one - two + _third_side(limits.high - one, two - other_limits.low, rho)
    return Interval(np.asarray(low), np.asarray(high))


def minimum(interval_at: IntervalAt, level: float = 0.95) -> Interval:
    """Interval for θ = minᵢ θᵢ: low = minᵢ Lᵢ at ``level``, high = minᵢ Uᵢ at the Bonferroni level 1 - α/k.

    Proof. Let θ = θⱼ. low > θ needs Lⱼ > θⱼ, so its probability is at most α/2, uncorrected. high < θ needs
    some Uᵢ < θ <= θᵢ, so its probability is at most k·α/2k = α/2. No assumption on dependence.

    A ratio to the most selected group, p_g/maxₕ pₕ, is a minimum over h; the lowest of them is a minimum over
    all ordered pairs. So the choice of that group from the data is covered too.

    Args:
        interval_at: intervals of the k parameters at a level.
        level: two-sided confidence level of the result.
    """
    plain = interval_at(level)
    strict = interval_at(1 - (1 - level) / plain.low.shape[0])
    return Interval(np.asarray(plain.low.min(0)), np.asarray(strict.high.min(0)))


def maximum_absolute(interval_at: IntervalAt, level: float = 0.95) -> Interval:
    """Interval for θ = maxᵢ |θᵢ|: high = maxᵢ max(|Lᵢ|, |Uᵢ|) at ``level``, low = maxᵢ max(Lᵢ, -Uᵢ, 0) at 1 - α/2k.

    Proof. Let θ = |θⱼ|, say θⱼ >= 0. high < θ needs Uⱼ < θⱼ, so its probability is at most α/2, uncorrected.
    low > θ needs some Lᵢ > θ >= θᵢ or Uᵢ < -θ <= θᵢ: two tails each, so at level 1 - α/2k at most k·α/2k = α/2.

    Args:
        interval_at: intervals of the k parameters at a level.
        level: two-sided confidence level of the result.
    """
    plain = interval_at(level)
    strict = interval_at(1 - (1 - level) / (2 * plain.low.shape[0]))
    low = np.maximum(np.maximum(strict.low, -strict.high), 0.0).max(0)
    return Interval(np.asarray(low), np.asarray(np.maximum(np.abs(plain.low), np.abs(plain.high)).max(0)))


def mean_absolute(interval_at: IntervalAt, level: float = 0.95) -> Interval:
    """Interval for the mean of |θᵢ|: the means of the limits of each |θᵢ| at the Bonferroni level 1 - α/k.

    Of θ in [L, U] the absolute value lies in [max(L, -U, 0), max(|L|, |U|)], with no more error than [L, U] has.

    Args:
        interval_at: intervals of the k parameters at a level.
        level: two-sided confidence level of the result.
    """
    k = interval_at(level).low.shape[0]
    low, high = interval_at(1 - (1 - level) / k)
    least, most = np.maximum(np.maximum(low, -high), 0.0), np.maximum(np.abs(low), np.abs(high))
    return Interval(np.asarray(least.mean(0)), np.asarray(most.mean(0)))


def _third_side(a: FloatArray, b: FloatArray, cosine: FloatArray) -> FloatArray:
    """Of a triangle with these two sides and the cosine between them; infinite where one of them is."""
    finite = np.isfinite(a) & np.isfinite(b)
    a, b = np.where(finite, a, 0.0), np.where(finite, b, 0.0)
    return np.where(finite, np.sqrt(np.maximum(a * a - 2 * cosine * a * b + b * b, 0)), np.inf)
