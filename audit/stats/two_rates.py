"""Tests that two independent rates are equal, as courts and guidelines use them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from .interval import FloatArray, counts


def pooled_z(hits: ArrayLike, trials: ArrayLike, other_hits: ArrayLike, other_trials: ArrayLike) -> FloatArray:
    """Difference of the rates in standard deviations: (p₁ - p₂) / sqrt(p(1-p)(1/n₁ + 1/n₂)), p = (x₁+x₂)/(n₁+n₂).

    0 where all or none are hit, or a group is empty. Castaneda v. Partida, 430 U.S. 482, 496 n. 17 (1977) and
    Hazelwood v. United States, 433 U.S. 299, 308 n. 14 (1977) look for more than two or three.

    Args:
        hits: x₁; the four counts broadcast.
        trials: n₁.
        other_hits: x₂.
        other_trials: n₂.
    """
    x1, n1, x2, n2 = np.broadcast_arrays(*counts(hits, trials), *counts(other_hits, other_trials))
    usable = (n1 > 0) & (n2 > 0) & (x1 + x2 > 0) & (x1 + x2 < n1 + n2)
    a, m, b, n = (np.where(usable, count, fill) for count, fill in ((x1, 1.0), (n1, 2.0), (x2, 1.0), (n2, 2.0)))
    pooled = (a + b) / (m + n)
    return np.where(usable, (a / m - b / n) / np.sqrt(pooled * (1 - pooled) * (1 / m + 1 / n)), 0.0)


def fisher(hits: int, trials: int, other_hits: int, other_trials: int) -> float:
    """Two-sided p-value of Fisher's exact test: all tables with these margins that are no more likely than this one.

    Fisher (1934), Statistical Methods for Research Workers, 5th ed., section 21.02; counts as in :func:`pooled_z`.
    """
    from scipy.stats import fisher_exact

    return float(fisher_exact(_table(hits, trials, other_hits, other_trials)).pvalue)


def mid_p(hits: ArrayLike, trials: ArrayLike, other_hits: ArrayLike, other_trials: ArrayLike) -> FloatArray:
    """Two-sided mid-p-value of Fisher's test: twice the smaller tail, which counts the observed table by half.

    Lancaster (1961), J. Am. Stat. Assoc. 56:223; arguments as in :func:`pooled_z`.
    """
    from scipy.stats import hypergeom

    x1, n1, x2, n2 = np.broadcast_arrays(*counts(hits, trials), *counts(other_hits, other_trials))
    half = hypergeom.pmf(x1, n1 + n2, x1 + x2, n1) / 2
    lower, upper = hypergeom.cdf(x1 - 1, n1 + n2, x1 + x2, n1), hypergeom.sf(x1, n1 + n2, x1 + x2, n1)
    return np.asarray(np.clip(2 * (np.minimum(lower, upper) + half), 0.0, 1.0), np.float64)


def boschloo(hits: int, trials: int, other_hits: int, other_trials: int) -> float:
    """Two-sided p-value of Boschloo's test: twice that of the smaller tail, which is never above Fisher's in that tail.

    Time grows with n₁·n₂. 1 where all or none are hit. Boschloo (1970), Stat. Neerl. 24:1; counts as in :func:`pooled_z`.
    """
    from scipy.stats import boschloo_exact

    if not 0 < hits + other_hits < trials + other_trials:
        return 1.0
    return float(np.clip(boschloo_exact(_table(hits, trials, other_hits, other_trials)).pvalue, 0.0, 1.0))


def _table(hits: int, trials: int, other_hits: int, other_trials: int) -> npt.NDArray[np.int64]:
    return np.array([[hits, other_hits], [trials - hits, other_trials - other_hits]], dtype=np.int64)
