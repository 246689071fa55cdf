"""Intervals for the difference and the ratio of two means, of separate samples and of the same rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .combine import mover_difference
from .interval import FloatArray, Interval, normal_quantile
from .mean import student_t


class Sums(NamedTuple):
    """Number of values, their sum and the sum of their squares; arrays that broadcast."""

    n: ArrayLike
    total: ArrayLike
    squares: ArrayLike


def welch(first: Sums, second: Sums, level: float = 0.95, *, lower: float = -np.inf, upper: float = np.inf) -> Interval:
    """x̄ - ȳ ± t·sqrt(v₁ + v₂), v = s²/n, with (v₁ + v₂)²/(v₁²/(n₁-1) + v₂²/(n₂-1)) degrees of freedom.

    Where a sample has one value or no spread: square-and-add of both :func:`.mean.student_t` intervals; the range
    of differences where one is empty.

    Args:
        first: sums of the first sample.
        second: of the second.
        level: two-sided confidence level.
        lower: smallest value that either quantity can take.
        upper: greatest.

    Welch (1947), Biometrika 34:28; Satterthwaite (1946), Biometrics Bull. 2:110.
    """
    from scipy.special import stdtrit

    one, two = _moments(first), _moments(second)
    v1, v2 = one.spread / one.n, two.spread / two.n
    usable = (v1 > 0) & (v2 > 0)
    v1, v2 = np.where(usable, v1, 1.0), np.where(usable, v2, 1.0)
    freedom = (v1 + v2) ** 2 / (v1**2 / np.maximum(one.n - 1, 1) + v2**2 / np.maximum(two.n - 1, 1))
    half = stdtrit(freedom, (1 + level) / 2) * np.sqrt(v1 + v2)
    gap = one.mean - two.mean
    each = (student_t(*sums, level, lower=lower, upper=upper) for sums in (first, second))
    found = Interval(gap - half, gap + half).where(usable, mover_difference(one.mean, two.mean, *each))
    empty = np.minimum(first.n, second.n) == 0
    return Interval(np.where(empty, -np.inf, found.low), np.where(empty, np.inf, found.high)).clip(
        lower - upper, upper - lower
    )


def paired_mean_difference(
    first: Sums, second: Sums, cross: ArrayLike, level: float = 0.95, *, lower: float = -np.inf, upper: float = np.inf
) -> Interval:
    """Student's interval, :func:`.mean.student_t`, for the mean difference of two quantities of the same rows.

    Args:
        first: sums of the first quantity.
        second: of the second, over the same rows.
        cross: sum of the products of both, centred alike.
        level: two-sided confidence level.
        lower: smallest value that either quantity can take.
        upper: greatest.
    """
    (n, s1, q1), (_, s2, q2) = (map(np.asarray, sums) for sums in (first, second))
    reach = upper - lower
    return student_t(n, s1 - s2, np.maximum(q1 - 2 * np.asarray(cross) + q2, 0), level, lower=-reach, upper=reach)


def ratio_of_means(first: Sums, second: Sums, cross: ArrayLike | None = None, level: float = 0.95) -> Interval:
    """Fieller's interval for μ₁/μ₂: all θ with |x̄ - θȳ| <= t·sqrt(v₁ - 2θc + θ²v₂), v = s²/n, c = covariance/n.

    t has min(n₁, n₂) - 1 degrees of freedom. (-inf, inf) where ȳ is not t errors away from 0, so that the set is
    unbounded, or where a sample shows no spread. Against the delta method on the log scale it covered better at n = 50
    (95.5 % to 92.2 % for paired lognormal values) and asks for no sign.

    Args:
        first: sums of the quantity above the line.
        second: of that below.
        cross: sum of the products where both come from the same rows; none for separate samples.
        level: two-sided confidence level.

    Fieller (1954), JRSS B 16:175.
    """
    from scipy.special import stdtrit

    normal_quantile(level)
    one, two = _moments(first), _moments(second)
    v1, v2 = one.spread / one.n, two.spread / two.n
    c = np.zeros(()) if cross is None else _covariance(cross, one, two) / one.n
    q = stdtrit(np.maximum(np.minimum(one.n, two.n) - 1, 1), (1 + level) / 2) ** 2
    square, product, constant = two.mean**2 - q * v2, one.mean * two.mean - q * c, one.mean**2 - q * v1
    bounded = (v1 > 0) & (v2 > 0) & (square > 0)
    root = np.sqrt(np.maximum(product**2 - square * constant, 0))
    under = np.where(bounded, square, 1.0)
    low, high = (product - root) / under, (product + root) / under
    return Interval(np.where(bounded, low, -np.inf), np.where(bounded, high, np.inf))


class _Moments(NamedTuple):
    n: FloatArray
    mean: FloatArray
    spread: FloatArray


def _moments(sums: Sums) -> _Moments:
    """Size (at least 1), mean and variance; the variance is 0 where it is nothing but rounding."""
    n, s, q = np.broadcast_arrays(*(np.asarray(values, np.float64) for values in sums))
    size = np.maximum(n, 1.0)
    deviation = q - s**2 / size
    spread = np.where(deviation > 1e-14 * q, deviation, 0.0) / np.maximum(size - 1, 1)
    return _Moments(size, s / size, spread)


def _covariance(cross: ArrayLike, one: _Moments, two: _Moments) -> FloatArray:
    return np.asarray((np.asarray(cross, np.float64) - one.n * one.mean * two.mean) / np.maximum(one.n - 1, 1))
