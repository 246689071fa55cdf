"""What every test of a hypothesis returns, and how a statistic becomes a p-value."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray


class Significance(NamedTuple):
    """Test statistic and p-value; without rows, or where the statistic cannot tell, (0, 1); never NaN."""

    statistic: float
    p_value: float


def two_sided_z(deviation: float, variance: float) -> Significance:
    """Test of z = deviation/sqrt(variance) against N(0, 1), both tails; (±inf, 0) where no deviation can be."""
    from scipy.special import ndtr

    if variance > 0:
        z = deviation / variance**0.5
        return Significance(float(z), float(2 * ndtr(-abs(z))))
    return Significance(0.0, 1.0) if deviation == 0 else Significance(float(np.copysign(np.inf, deviation)), 0.0)


def chi_square(statistic: float, df: int) -> Significance:
    """P(χ²_df >= statistic); with df = 0 the statistic can only be 0, or infinite where the impossible was seen."""
    from scipy.special import chdtrc

    if df == 0 or np.isinf(statistic):
        return Significance(float(statistic), 1.0 if statistic == 0 else 0.0)
    return Significance(float(statistic), float(chdtrc(df, statistic)))


def monte_carlo(observed: ArrayLike, replicates: FloatArray) -> FloatArray:
    """(1 + how many replicates reach the observed value)/(B + 1): valid for any B, never 0.

    Args:
        observed: shape (...).
        replicates: of the same statistic under the hypothesis, shape (B,), compared with every observed value.

    Davison & Hinkley (1997), Bootstrap Methods, eq. 4.11; Phipson & Smyth (2010), doi:10.2202/1544-6115.1585.
    """
    value = np.asarray(observed, np.float64)
    reach = np.where(np.isfinite(value), value - 1e-9 * np.abs(value), value)  # equal but for rounding counts as equal
    below = np.searchsorted(np.sort(replicates), reach, side="left")
    return np.asarray((1 + replicates.size - below) / (replicates.size + 1))
