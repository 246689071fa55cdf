"""Interval for the odds ratio of two independent proportions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, Interval, counts, normal_quantile


def odds_ratio(
    hits: ArrayLike, trials: ArrayLike, other_hits: ArrayLike, other_trials: ArrayLike, level: float = 0.95
) -> Interval:
    """Score interval for ψ = p₁(1-p₂)/((1-p₁)p₂): all ψ that the score test does not reject.

    Under ψ the maximum likelihood estimate keeps the total x₁ + x₂ = x̃₁ + x̃₂, so the limits are sought in the fitted
    count x̃₁: |x₁ - x̃₁| = z·sqrt(N/(N-1)) / sqrt(1/x̃₁ + 1/(n₁-x̃₁) + 1/x̃₂ + 1/(n₂-x̃₂)), N = n₁ + n₂, by bisection;
    then ψ = x̃₁(n₂-x̃₂)/((n₁-x̃₁)x̃₂). Low is 0 exactly where x₁ = 0 or x₂ = n₂, high infinite where x₁ = n₁ or x₂ = 0.

    Args:
        hits: x₁; the four counts broadcast.
        trials: n₁.
        other_hits: x₂.
        other_trials: n₂; where n₁ or n₂ is 0, or all or none of the trials hit, the interval is (0, inf).
        level: two-sided confidence level.

    Cornfield (1956), Proc. 3rd Berkeley Symp. 4:135, without correction; with N/(N-1) as in Miettinen & Nurminen (1985),
    Stat. Med. 4:213.
    """
    x1, n1, x2, n2 = np.broadcast_arrays(*counts(hits, trials), *counts(other_hits, other_trials))
    total = x1 + x2
    unknown = (n1 == 0) | (n2 == 0) | (total == 0) | (total == n1 + n2)
    x1, n1, n2, total = (np.where(unknown, fill, of) for fill, of in ((1.0, x1), (2.0, n1), (2.0, n2), (2.0, total)))
    z = normal_quantile(level)
    low = _limit(x1, n1, n2, total, np.maximum(0.0, total - n2), z)
    high = _limit(x1, n1, n2, total, np.minimum(n1, total), z)
    return Interval(np.where(unknown, 0.0, low), np.where(unknown, np.inf, high))


def _limit(x: FloatArray, n1: FloatArray, n2: FloatArray, total: FloatArray, end: FloatArray, z: float) -> FloatArray:
    """Odds ratio at the fitted count between the observed one and the ``end`` of its range."""
    inside, outside = x.astype(np.float64), end.astype(np.float64)
    for _ in range(60):
        middle = (inside + outside) / 2
        accepted = (x - middle) ** 2 * (n1 + n2 - 1) / (n1 + n2) <= z * z / _information(middle, n1, n2, total)
        inside, outside = np.where(accepted, middle, inside), np.where(accepted, outside, middle)
    fitted = np.where(x == end, end, (inside + outside) / 2)
    under = (n1 - fitted) * (total - fitted)
    with np.errstate(divide="ignore"):
        return np.asarray(fitted * (n2 - total + fitted) / under)


def _information(fitted: FloatArray, n1: FloatArray, n2: FloatArray, total: FloatArray) -> FloatArray:
    cells = (fitted, n1 - fitted, total - fitted, n2 - total + fitted)
    with np.errstate(divide="ignore"):
        return np.asarray(sum(1 / np.maximum(cell, 0) for cell in cells))
