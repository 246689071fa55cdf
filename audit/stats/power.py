"""How many rows decide a question, and how small an effect the rows at hand can show.

a = z quantile of the error level, b = z quantile of the power. All arguments broadcast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, normal_quantile


def rows_for_rate(bound: ArrayLike, truth: ArrayLike, level: float = 0.95, *, power: float = 0.8) -> FloatArray:
    """Rows with which a rate of ``truth`` is shown to differ from ``bound``: ((a·sqrt(p₀q₀) + b·sqrt(p₁q₁))/(p₁ - p₀))².

    One-sided at (1 - level)/2, as a two-sided interval of that level decides; rounded up, infinite where both agree.

    Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, 3rd edition, equation 2.14, uncorrected.
    """
    p0, p1 = np.asarray(bound, np.float64), np.asarray(truth, np.float64)
    a, b = _quantiles(level, power)
    gap = np.abs(p1 - p0)
    root = (a * np.sqrt(p0 * (1 - p0)) + b * np.sqrt(p1 * (1 - p1))) / np.where(gap > 0, gap, 1.0)
    return np.asarray(np.where(gap > 0, np.ceil(np.maximum(root**2, 1)), np.inf))


def detectable_rate(bound: ArrayLike, n: ArrayLike, level: float = 0.95, *, power: float = 0.8) -> FloatArray:
    """Smallest rate above ``bound`` that n rows show to be above it: the p₁ with ``rows_for_rate(bound, p₁) = n``.

    1 where even that is not enough for the power. For a rate below p take 1 - detectable_rate(1 - p, n).
    """
    p0, size = np.broadcast_arrays(np.asarray(bound, np.float64), np.asarray(n, np.float64))
    a, b = _quantiles(level, power)
    below, above = p0, np.ones(p0.shape)
    for _ in range(55):
        middle = (below + above) / 2
        error = a * np.sqrt(p0 * (1 - p0)) + b * np.sqrt(middle * (1 - middle))
        short = (middle - p0) * np.sqrt(size) < error
        below, above = np.where(short, middle, below), np.where(short, above, middle)
    return np.asarray(above)


def detectable_difference(
    rate: ArrayLike, trials: ArrayLike, other_trials: ArrayLike, level: float = 0.95, *, power: float = 0.8
) -> FloatArray:
    """Smallest difference of two rates around ``rate`` that shows: (a + b)·sqrt(p(1-p)(1/n₁ + 1/n₂)), at most 1.

    Fleiss, Levin & Paik (2003), section 4.2, with both variances at the common rate.
    """
    p, m, n = (np.asarray(value, np.float64) for value in (rate, trials, other_trials))
    spread = np.sqrt(p * (1 - p) * (1 / np.maximum(m, 1e-300) + 1 / np.maximum(n, 1e-300)))
    return np.minimum(detectable_effect(spread, level, power=power), 1.0)


def detectable_effect(standard_error: ArrayLike, level: float = 0.95, *, power: float = 0.8) -> FloatArray:
    """Smallest distance from the bound that an estimate with this error shows: (a + b)·se.

    For a mean se = s/sqrt(n). From an interval of the same level: half its width times :func:`detectable_ratio`.
    """
    return np.asarray(sum(_quantiles(level, power)) * np.asarray(standard_error, np.float64))


def detectable_ratio(level: float = 0.95, *, power: float = 0.8) -> float:
    """Detectable effect over the half-width of an interval of the same level, (a + b)/a: 1.43 for 0.95 and 0.8."""
    a, b = _quantiles(level, power)
    return (a + b) / a


def _quantiles(level: float, power: float) -> tuple[float, float]:
    """A of the two-sided level and b of the power.

    Raises:
        ValueError: ``power`` is not between 0.5 and 1.
    """
    if not 0.5 < power < 1:
        raise ValueError(f"power: expected a number between 0.5 and 1, got {power!r}")
    return normal_quantile(level), normal_quantile(2 * power - 1)
