"""Observed over expected events: calibration in the large as a ratio."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, Interval, normal_quantile


def observed_expected(observed: ArrayLike, expected: ArrayLike) -> FloatArray:
    """O/E, from 0 to infinity, 1 when perfect; 1 where both are 0, infinite where only E is.

    Args:
        observed: O = Σy, any shape.
        expected: E = Σp; broadcasts.
    """
    o, e = np.broadcast_arrays(np.asarray(observed, np.float64), np.asarray(expected, np.float64))
    ratio = o / np.where(e > 0, e, 1.0)
    return np.asarray(np.where(e > 0, ratio, np.where(o > 0, np.inf, 1.0)))


def observed_expected_interval(observed: ArrayLike, expected: ArrayLike, level: float = 0.95) -> Interval:
    """Exact Poisson limits of O, χ²(α/2; 2O)/2 and χ²(1-α/2; 2O+2)/2, divided by E; (0, inf) where E = 0.

    The number of positives spreads less than a Poisson number, so this covers at least ``level``; much more
    when events are common. Arguments as :func:`observed_expected`.

    Garwood (1936), Biometrika 28:437.
    """
    from scipy.special import gammaincinv

    normal_quantile(level)
    o, e = np.broadcast_arrays(np.asarray(observed, np.float64), np.asarray(expected, np.float64))
    tail = (1 - level) / 2
    size = np.where(e > 0, e, 1.0)
    low = np.where(o > 0, gammaincinv(np.maximum(o, 1e-300), tail), 0.0) / size
    limits = Interval(np.asarray(low), np.asarray(gammaincinv(o + 1, 1 - tail) / size))
    return limits.where(np.asarray(e > 0), Interval(np.zeros(e.shape), np.full(e.shape, np.inf)))
