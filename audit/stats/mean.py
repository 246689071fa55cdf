"""Interval for a mean, from three sums."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import BoolArray, FloatArray, Interval, normal_quantile


def student_t(
    n: ArrayLike,
    total: ArrayLike,
    total_of_squares: ArrayLike,
    level: float = 0.95,
    *,
    lower: float = -np.inf,
    upper: float = np.inf,
) -> Interval:
    """x̄ ± t·s/sqrt(n) with n - 1 degrees of freedom, within the range [lower, upper] of the values.

    Where n = 1 or all values are equal, s says nothing and Hoeffding's bound takes its place:
    x̄ ± (upper - lower)·sqrt(ln(2/α)/2n), infinite where no range is known. Where n = 0: the range.

    Args:
        n: number of values; the three broadcast.
        total: their sum.
        total_of_squares: the sum of their squares; centre the values first where |mean| exceeds 1e5 deviations.
        level: two-sided confidence level.
        lower: smallest value that the quantity can take.
        upper: greatest.

    Student (1908), Biometrika 6:1; Hoeffding (1963), JASA 58:13, theorem 2.
    """
    from scipy.special import stdtrit

    normal_quantile(level)
    size, mean, spread, flat = _moments(n, total, total_of_squares)
    quantile = stdtrit(np.maximum(size - 1, 1), (1 + level) / 2)
    bound = (upper - lower) * np.sqrt(np.log(2 / (1 - level)) / (2 * size))
    half = np.where(flat, bound, quantile * np.sqrt(spread / size))
    half = np.where(np.asarray(n) == 0, np.inf, half)
    return Interval(mean - half, mean + half).clip(lower, upper)


def student_t_method(n: ArrayLike, total: ArrayLike, total_of_squares: ArrayLike) -> NDArray[np.str_]:
    """Name of the interval that :func:`student_t` uses: ``student-t`` or ``hoeffding``."""
    return np.where(_moments(n, total, total_of_squares)[3], "hoeffding", "student-t")


def _moments(
    n: ArrayLike, total: ArrayLike, squares: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, BoolArray]:
    """Size (at least 1), mean, variance, and where the latter is nothing but rounding."""
    size, s, ss = np.broadcast_arrays(*(np.asarray(sums, np.float64) for sums in (n, total, squares)))
    divisor = np.maximum(size, 1.0)
    deviation = ss - s**2 / divisor
    variance = np.maximum(deviation, 0) / np.maximum(size - 1, 1)
    return divisor, s / divisor, variance, np.asarray((size < 2) | (deviation <= 1e-14 * ss))
