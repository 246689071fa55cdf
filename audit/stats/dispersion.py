"""Are predicted standard deviations of the right size: the mean of z², a test of equivalence to 1, and size by size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, Interval
from .mean import student_t
from .skewed import Shape, hall, shape


class Dispersion(NamedTuple):
    """Mean z²: 1 is perfect, more is overconfident, less underconfident; without rows (1, (0, inf), 1)."""

    value: float
    interval: Interval
    equivalence_p: float
    """Of the test that the mean lies outside [1 - margin, 1 + margin]: small means that it lies inside."""


def squared_z(outcomes: ArrayLike, means: ArrayLike, deviations: ArrayLike) -> FloatArray:
    """((y - μ)/σ)² for each row; where σ = 0: 0 if y = μ, else infinite."""
    gap, sigma = np.broadcast_arrays(
        np.abs(np.asarray(outcomes, np.float64) - np.asarray(means, np.float64)), np.asarray(deviations, np.float64)
    )
    z = gap / np.where(sigma > 0, sigma, 1.0)
    return np.asarray(np.where(sigma > 0, z**2, np.where(gap > 0, np.inf, 0.0)))


def dispersion(squares: ArrayLike, level: float = 0.95, *, margin: float = 0.1) -> Dispersion:
    """Mean of z² with its t interval, and two one-sided t tests (TOST) of equivalence to 1.

    Args:
        squares: z², shape (n,), as :func:`squared_z`; with an infinite one the result is (inf, (0, inf), 1).
        level: two-sided confidence level.
        margin: how far from 1 the mean may be and still count as equivalent.

    Levi et al. (2022), Sensors 22:5540 (variance calibration); Schuirmann (1987), J. Pharmacokinet. Biopharm. 15:657.
    """
    z2 = np.asarray(squares, np.float64)
    if z2.size == 0 or not np.isfinite(z2).all():
        return Dispersion(float(z2.mean()) if z2.size else 1.0, Interval(np.array(0.0), np.array(np.inf)), 1.0)
    interval = student_t(z2.size, z2.sum(), (z2**2).sum(), level, lower=0)
    error = float(z2.std(ddof=1) / np.sqrt(z2.size)) if z2.size > 1 else 0.0
    mean = float(z2.mean())
    return Dispersion(mean, interval, tost(mean, error, 1 - margin, 1 + margin, z2.size - 1))


def tost(estimate: float, standard_error: float, low: float, high: float, df: float) -> float:
    """p-value of equivalence: the larger of P(T >= (θ̂-low)/se) and P(T >= (high-θ̂)/se), T Student's t.

    It is at most α exactly when the 1-2α interval lies within (low, high). 1 where there is no standard error.
    """
    from scipy.special import stdtr

    if standard_error <= 0 or df < 1:
        return 1.0
    return float(stdtr(df, -min(estimate - low, high - estimate) / standard_error))


class Group(NamedTuple):
    """Rows of about the same predicted deviation: the shape of their squared errors, in units of the mean square of σ."""

    squares: Shape

    @property
    def ratio(self) -> float:
        """Root mean squared error over root mean square of the deviations; 1 is right."""
        return float(np.sqrt(self.squares.mean))


def groups(errors: ArrayLike, deviations: ArrayLike, *, count: int = 10) -> list[Group]:
    """At most ``count`` groups of nearly equal size, in order of σ; equal deviations stay together.

    Raises:
        ValueError: a deviation is not above 0.
    """
    e, sigma = np.asarray(errors, np.float64), np.asarray(deviations, np.float64)
    if not np.all(sigma > 0):
        raise ValueError("deviations: expected numbers above 0")
    if not e.size:
        return []
    edges = np.quantile(sigma, np.arange(1, count) / count)
    place = np.searchsorted(edges, sigma, side="right")
    found = []
    for k in np.unique(place):
        here = place == k
        square = e[here] ** 2 / np.mean(sigma[here] ** 2) - 1
        moved = shape(square.size, square.sum(), (square**2).sum(), (square**3).sum())
        found.append(Group(moved._replace(mean=moved.mean + 1)))
    return found


def normalised_error(found: list[Group]) -> float:
    """ENCE = mean over the groups of |1 - RMSE/RMS(σ)|, at least 0; NaN without a group. Levi et al. (2022), Sensors 22:5540."""
    return float(np.mean([abs(1 - one.ratio) for one in found])) if found else float("nan")


def normalised_error_interval(found: list[Group], level: float = 0.95) -> Interval:
    """Mean of the limits of every |1 - ratio| at the level 1 - (1 - ``level``)/groups, so that all hold at once.

    A ratio's limits are the roots of Hall's for its mean square; infinite above where the squares are all equal. (0, inf)
    without a group.
    """
    if not found:
        return Interval(np.array(0.0), np.array(np.inf))
    each = 1 - (1 - level) / len(found)
    low, high = np.sqrt([hall(one.squares, each, lower=0) for one in found]).reshape(-1, 2).T - 1
    nearest = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(np.abs(low), np.abs(high)))
    return Interval(np.asarray(nearest.mean()), np.asarray(np.maximum(np.abs(low), np.abs(high)).mean()))
