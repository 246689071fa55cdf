"""Intervals for the ratio of two independent proportions (impact ratio, relative risk)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, Interval, counts, normal_quantile
from .proportion import rate

REACH = 45.0
"""Limits are sought between exp(-REACH) and exp(REACH), far beyond what countable data can give."""


def koopman(
    hits: ArrayLike, trials: ArrayLike, other_hits: ArrayLike, other_trials: ArrayLike, level: float = 0.95
) -> Interval:
    """Score interval for θ = p₁/p₂: all θ that the score test does not reject.

    Solves |p̂₁ - θp̂₂| = z·sqrt(p̃₁(1-p̃₁)/n₁ + θ²p̃₂(1-p̃₂)/n₂) by bisection on log θ, where p̃₁ = θp̃₂ is the
    maximum likelihood estimate under θ (Koopman's statistic in the form of Gart & Nam). Low is 0 exactly when
    x₁ = 0, high is infinite exactly when x₂ = 0.

    Args:
        hits: x₁; the four counts broadcast.
        trials: n₁.
        other_hits: x₂.
        other_trials: n₂; where n₁ or n₂ is 0 the interval is (0, inf).
        level: two-sided confidence level.

    Koopman (1984), Biometrics 40:513; Gart & Nam (1988), Biometrics 44:323.
    """
    arrays = np.broadcast_arrays(*counts(hits, trials), *counts(other_hits, other_trials))
    x1, n1, x2, n2 = (np.where((arrays[1] > 0) & (arrays[3] > 0), array, 0.0) for array in arrays)
    z = normal_quantile(level)
    low = np.where(x1 > 0, _lower(x1, n1, x2, n2, z), 0.0)
    high = np.where(x2 > 0, 1 / _lower(x2, n2, x1, n1, z), np.inf)
    return Interval(low, high)


def katz(
    hits: ArrayLike, trials: ArrayLike, other_hits: ArrayLike, other_trials: ArrayLike, level: float = 0.95
) -> Interval:
    """Log interval for p₁/p₂: exp(ln(p̂₁/p̂₂) ± z·sqrt(1/x₁ - 1/n₁ + 1/x₂ - 1/n₂)).

    Where that has no value or no width (a count of 0, or all trials hit on both sides) it is :func:`koopman`'s.
    Arguments as there. Katz, Baptista, Azen & Pike (1978), Biometrics 34:469, method C.
    """
    x1, n1, x2, n2 = np.broadcast_arrays(*counts(hits, trials), *counts(other_hits, other_trials))
    usable = (x1 > 0) & (x2 > 0) & (x1 + x2 < n1 + n2)
    a, m, b, n = (np.where(usable, count, 1.0) for count in (x1, n1, x2, n2))
    centre = np.log(a * n / (b * m))
    half = normal_quantile(level) * np.sqrt(1 / a - 1 / m + 1 / b - 1 / n)
    return Interval(np.exp(centre - half), np.exp(centre + half)).where(usable, koopman(x1, n1, x2, n2, level))


def _lower(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, z: float) -> FloatArray:
    """Lower limit: where p̂₁ - θp̂₂ - z·se(θ), positive below it and negative above, changes its sign."""
    below, above = np.full(x1.shape, -REACH), np.full(x1.shape, REACH)
    for _ in range(58):
        middle = (below + above) / 2
        theta = np.exp(middle)
        under = rate(x1, n1) - theta * rate(x2, n2) > z * _standard_error(x1, n1, x2, n2, theta)
        below, above = np.where(under, middle, below), np.where(under, above, middle)
    return np.asarray(np.exp((below + above) / 2))


def _standard_error(x1: FloatArray, n1: FloatArray, x2: FloatArray, n2: FloatArray, theta: FloatArray) -> FloatArray:
    linear = theta * (n1 + x2) + x1 + n2
    root = np.sqrt(np.maximum(linear**2 - 4 * theta * (n1 + n2) * (x1 + x2), 0))
    p2 = 2 * (x1 + x2) / np.maximum(linear + root, 1e-300)
    p1 = np.minimum(theta * p2, 1.0)
    one, two = p1 * (1 - p1) / np.maximum(n1, 1), theta**2 * p2 * (1 - np.minimum(p2, 1.0)) / np.maximum(n2, 1)
    return np.asarray(np.sqrt(one + two))
