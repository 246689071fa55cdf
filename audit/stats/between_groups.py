"""How much calibration differs between groups: the greatest difference of any two, and a test that there is none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .binning import Bins
from .calibration import squared_error, squared_error_interval
from .combine import maximum_absolute, mover_sum
from .interval import FloatArray, Interval, wald
from .significance import Significance, chi_square


class GreatestDifference(NamedTuple):
    """maxᵢⱼ |θᵢ - θⱼ|, its interval, and the two groups; with fewer than two groups 0, (0, inf) and (-1, -1)."""

    value: float
    interval: Interval
    groups: tuple[int, int]


def greatest_difference(values: ArrayLike, standard_errors: ArrayLike, level: float = 0.95) -> GreatestDifference:
    """Of independent, roughly normal estimates, such as calibration intercepts or slopes of disjoint groups.

    Wald intervals of all pairs, joined by :func:`.combine.maximum_absolute`.

    Args:
        values: shape (groups,); a group without a finite value or standard error is left out.
        standard_errors: the same shape.
        level: two-sided confidence level.
    """
    theta, error = np.asarray(values, np.float64), np.asarray(standard_errors, np.float64)
    found = np.flatnonzero(np.isfinite(theta) & np.isfinite(error))
    one, two = (found[side] for side in np.triu_indices(found.size, 1))
    if one.size == 0:
        return GreatestDifference(0.0, Interval(np.array(0.0), np.array(np.inf)), (-1, -1))
    difference, spread = theta[one] - theta[two], np.hypot(error[one], error[two])
    interval = maximum_absolute(lambda at: wald(difference, spread, at), level)
    worst = int(np.abs(difference).argmax())
    return GreatestDifference(float(np.abs(difference[worst])), interval, (int(one[worst]), int(two[worst])))


def greatest_squared_error_difference(bins: Bins, level: float = 0.95) -> GreatestDifference:
    """Of the debiased squared calibration errors of disjoint groups, in [0, 1].

    :func:`.calibration.squared_error_interval` of each, the difference of two by MOVER, all pairs joined by
    :func:`.combine.maximum_absolute`.

    Args:
        bins: sums of shape (groups, 2, bins).
        level: two-sided confidence level.
    """
    values = squared_error(bins)
    one, two = np.triu_indices(values.size, 1)
    if one.size == 0:
        return GreatestDifference(0.0, Interval(np.array(0.0), np.array(1.0)), (-1, -1))

    def interval_at(at: float) -> Interval:
        limits = squared_error_interval(bins, at)
        clipped = np.maximum(values, 0)  # the limits are those of a quantity that is not negative
        theta, low, high = (np.stack([of[one], of[two]]) for of in (clipped, *limits))
        return mover_sum(theta, low, high, [1, -1])

    difference = np.abs(values[one] - values[two])
    worst = int(difference.argmax())
    return GreatestDifference(
        float(difference[worst]), maximum_absolute(interval_at, level).clip(0, 1), (int(one[worst]), int(two[worst]))
    )


def heterogeneity(values: ArrayLike, standard_errors: ArrayLike) -> Significance:
    """Q = Σ(θᵢ - θ̄)²/seᵢ² with θ̄ weighted by 1/seᵢ², against χ² with groups - 1 degrees of freedom.

    Tests that independent estimates share one value. Groups without a finite value or positive finite standard
    error are left out.

    Args:
        values: shape (groups,).
        standard_errors: the same shape.

    Cochran (1954), Biometrics 10:101.
    """
    theta, error = np.asarray(values, np.float64), np.asarray(standard_errors, np.float64)
    use = np.isfinite(theta) & np.isfinite(error) & (error > 0)
    if use.sum() < 2:
        return Significance(0.0, 1.0)
    weight: FloatArray = error[use] ** -2
    mean = (weight * theta[use]).sum() / weight.sum()
    return chi_square(float((weight * (theta[use] - mean) ** 2).sum()), int(use.sum()) - 1)
