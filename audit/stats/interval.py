"""What every interval function returns, and the checks that they share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Interval(NamedTuple):
    """Lower and upper limit, arrays of one shape (0-d for one number); never NaN, never of zero width."""

    low: FloatArray
    high: FloatArray

    def where(self, use: BoolArray, other: Interval) -> Interval:
        """These limits where ``use`` holds, those of ``other`` elsewhere."""
        return Interval(np.where(use, self.low, other.low), np.where(use, self.high, other.high))

    def clip(self, lower: ArrayLike, upper: ArrayLike) -> Interval:
        """Limits outside [lower, upper] moved onto its ends."""
        return Interval(np.asarray(np.clip(self.low, lower, upper)), np.asarray(np.clip(self.high, lower, upper)))


def normal_quantile(level: float) -> float:
    """Two-sided standard normal quantile: z with P(|Z| <= z) = ``level``, 1.96 for 0.95.

    Raises:
        ValueError: ``level`` outside (0, 1).
    """
    from scipy.special import ndtri

    if not 0 < level < 1:
        raise ValueError(f"level: expected a number between 0 and 1, got {level!r}")
    return float(-ndtri((1 - level) / 2))


def counts(hits: ArrayLike, trials: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both as float arrays of their common shape.

    Raises:
        ValueError: a count is not finite, negative, or there are more hits than trials.
    """
    x, n = np.broadcast_arrays(np.asarray(hits, np.float64), np.asarray(trials, np.float64))
    if not np.all((x >= 0) & (x <= n) & (n < np.inf)):
        raise ValueError(f"hits and trials: expected 0 <= hits <= trials, got {hits!r} and {trials!r}")
    return x, n


def wald(estimate: ArrayLike, standard_error: ArrayLike, level: float = 0.95) -> Interval:
    """Estimate ± z·se (Wald 1943), for estimators that are asymptotically normal on an unbounded scale."""
    centre, half = np.asarray(estimate, np.float64), normal_quantile(level) * np.asarray(standard_error, np.float64)
    return Interval(np.asarray(centre - half), np.asarray(centre + half))
