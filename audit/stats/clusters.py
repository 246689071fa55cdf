"""Rates and means of rows that are clustered, weighted, or both: every quantity is a ratio of cluster totals.

A cluster holds y = Σ w·x over its rows and m = Σ w. Rows that are only weighted are clusters of one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, Interval, normal_quantile
from .proportion import clopper_pearson


class ClusterSums(NamedTuple):
    """What the intervals need of G clusters, each of shape (...)."""

    clusters: FloatArray
    y: FloatArray
    m: FloatArray
    yy: FloatArray
    ym: FloatArray
    mm: FloatArray
    ww: FloatArray
    """Σw² over the rows."""

    @property
    def ratio(self) -> FloatArray:
        """R = Σy/Σm, the rate or mean; NaN without weight."""
        return np.asarray(self.y / np.where(self.m > 0, self.m, np.nan))

    @property
    def effective_clusters(self) -> FloatArray:
        """(Σm)²/Σm²: how many clusters of equal size would weigh as much. Kish (1965), Survey Sampling, section 11.7."""
        return np.asarray(self.m**2 / np.where(self.mm > 0, self.mm, 1.0))

    @property
    def effective_rows(self) -> FloatArray:
        """(Σw)²/Σw²: how many rows of equal weight would weigh as much, clusters left aside."""
        return np.asarray(self.m**2 / np.where(self.ww > 0, self.ww, 1.0))

    @property
    def variance(self) -> FloatArray:
        """Of R, linearised: G/(G-1)·Σ(y - Rm)²/(Σm)²; infinite with fewer than two clusters.

        Cochran (1977), Sampling Techniques, 3rd edition, equation 9A.12 without finite population correction.
        """
        r = np.nan_to_num(self.ratio)
        squares = self.yy - 2 * r * self.ym + r**2 * self.mm
        squares = np.where(squares > 1e-13 * (self.yy + r**2 * self.mm), squares, 0.0)
        several = (self.clusters > 1) & (self.m > 0)
        factor = self.clusters / np.maximum(self.clusters - 1, 1)
        return np.where(several, factor * squares / np.where(several, self.m, 1.0) ** 2, np.inf)


def cluster_sums(y: ArrayLike, m: ArrayLike, squares: ArrayLike | None = None) -> ClusterSums:
    """Sums over the last axis; clusters without weight do not count.

    Args:
        y: weighted total of each cluster, shape (..., G).
        m: its weight, or number of rows, the same shape.
        squares: Σw² over its rows, the same shape; ``m`` itself without weights, m² (the default) for clusters of one.

    Raises:
        ValueError: a weight is negative or not finite.
    """
    total, size = np.broadcast_arrays(np.asarray(y, np.float64), np.asarray(m, np.float64))
    if not np.all((size >= 0) & (size < np.inf)):
        raise ValueError("m: expected weights that are finite and not negative")
    ww = size**2 if squares is None else np.asarray(squares, np.float64)
    parts = (size > 0, total, size, total**2, total * size, size**2, ww)
    return ClusterSums(*(np.asarray(part.sum(-1), np.float64) for part in parts))


def effective_trials(sums: ClusterSums) -> FloatArray:
    """Independent rows that would show a rate R as precisely: R(1-R)/V, at most the effective rows.

    Where R is 0 or 1 it is the effective clusters. The design effect is the number of rows over this one.
    The limit is for few hits, where V is often too small: 200 rows of very unequal weights and a rate of 5 % were
    covered in 91 % without it, in 99 % with it.

    Kish (1965), section 8.2.
    """
    r, variance = np.nan_to_num(sums.ratio), sums.variance
    inner = (variance > 0) & np.isfinite(variance) & (r > 0) & (r < 1)
    trials = np.minimum(r * (1 - r) / np.where(inner, variance, 1.0), sums.effective_rows)
    return np.where(inner, trials, sums.effective_clusters)


def rate_interval(sums: ClusterSums, level: float = 0.95) -> Interval:
    """Clopper-Pearson's for R on n* = effective trials · (z/t)² trials, t with G - 1 degrees of freedom.

    Where no or every row hits there is no variance: the exact interval on the effective clusters, as if all
    rows of a cluster were one. (0, 1) with fewer than two clusters.

    Korn & Graubard (1998), Surv. Methodol. 24:193, section 2.
    """
    from scipy.special import stdtrit

    r = np.clip(np.nan_to_num(sums.ratio), 0, 1)
    quantile = stdtrit(np.maximum(sums.clusters - 1, 1), (1 + level) / 2)
    shrink = np.where((r > 0) & (r < 1), (normal_quantile(level) / quantile) ** 2, 1.0)
    trials = np.where(sums.clusters > 1, effective_trials(sums) * shrink, 0.0)
    return clopper_pearson(r * trials, trials, level)


def mean_interval(sums: ClusterSums, level: float = 0.95, *, lower: float = -np.inf, upper: float = np.inf) -> Interval:
    """R ± t·sqrt(V) with G - 1 degrees of freedom, within the range [lower, upper] of the values.

    Where V is 0 or unknown Hoeffding's bound takes its place, R ± (upper - lower)·sqrt(ln(2/α)·Σm²/2)/Σm: infinite
    where no range is known. Without weight: the range. Cochran (1977), section 6.3; Hoeffding (1963), theorem 2.
    """
    from scipy.special import stdtrit

    normal_quantile(level)
    r, variance, one = np.nan_to_num(sums.ratio), sums.variance, np.maximum(sums.effective_clusters, 1)
    usable = (variance > 0) & np.isfinite(variance)
    quantile = stdtrit(np.maximum(sums.clusters - 1, 1), (1 + level) / 2)
    bound = (upper - lower) * np.sqrt(np.log(2 / (1 - level)) / (2 * one))
    half = np.where(usable, quantile * np.sqrt(np.where(usable, variance, 0.0)), bound)
    half = np.where(sums.m > 0, half, np.inf)
    return Interval(r - half, r + half).clip(lower, upper)


def resample_clusters(sums: ArrayLike, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Totals of G clusters drawn with replacement, shape (replicates, ...).

    Args:
        sums: one set of sufficient sums per cluster, shape (G, ...).
        replicates: how many, B.
        rng: the same state gives the same totals.

    Davison & Hinkley (1997), Bootstrap Methods and their Application, section 3.8 (strategy 1).
    """
    table = np.asarray(sums, np.float64)
    totals = np.zeros((replicates, *table.shape[1:]))
    size = table.shape[0]
    for replicate in range(replicates if size else 0):
        times = np.bincount(rng.integers(0, size, size), minlength=size)
        totals[replicate] = np.tensordot(times, table, 1)
    return totals
