"""Predicted quantiles and intervals of a number: losses per row, and the test of their hit rate.

Coverage of an interval is a proportion (:mod:`.proportion`), mean width and mean loss are means (:mod:`.mean`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray
from .significance import Significance, chi_square


def pinball(outcomes: ArrayLike, quantiles: ArrayLike, tau: float) -> FloatArray:
    """(τ - 1[y < q])·(y - q) for each row, at least 0; take the mean. Koenker & Bassett (1978), Econometrica 46:33.

    Args:
        outcomes: y.
        quantiles: q, predicted τ-quantile; broadcasts.
        tau: τ in (0, 1).
    """
    _probability("tau", tau)
    gap = np.asarray(outcomes, np.float64) - np.asarray(quantiles, np.float64)
    return np.asarray(np.where(gap < 0, tau - 1, tau) * gap)


def interval_score(outcomes: ArrayLike, lows: ArrayLike, highs: ArrayLike, alpha: float) -> FloatArray:
    """(u-l) + (2/α)(l-y)₊ + (2/α)(y-u)₊ for each row (Winkler score), lower is better; take the mean.

    Args:
        outcomes: y.
        lows: l, lower end of the central 1-α prediction interval; broadcasts.
        highs: u, upper end.
        alpha: α in (0, 1).

    Winkler (1972), JASA 67:187; Gneiting & Raftery (2007), JASA 102:359, eq. 43.
    """
    _probability("alpha", alpha)
    y, low, high = (np.asarray(of, np.float64) for of in (outcomes, lows, highs))
    return np.asarray(high - low + (np.maximum(low - y, 0) + np.maximum(y - high, 0)) * 2 / alpha)


def kupiec(hits: int, trials: int, tau: float) -> Significance:
    """Likelihood ratio -2ln[τˣ(1-τ)ⁿ⁻ˣ / (x/n)ˣ(1-x/n)ⁿ⁻ˣ] against χ²₁: is the hit rate τ? Two-sided.

    Args:
        hits: x, outcomes at or below their predicted τ-quantile (or within their interval).
        trials: n; with 0 the result is (0, 1).
        tau: τ in (0, 1).

    Kupiec (1995), J. Derivatives 3(2):73, proportion-of-failures test.
    """
    from scipy.special import xlogy

    _probability("tau", tau)
    misses, rate = trials - hits, hits / max(trials, 1)
    ratio = xlogy(hits, rate) + xlogy(misses, 1 - rate) - xlogy(hits, tau) - xlogy(misses, 1 - tau)
    return chi_square(max(2 * float(ratio), 0.0) if trials else 0.0, 1)


def _probability(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name}: expected a number between 0 and 1, got {value!r}")
