"""How far two distributions of scores lie apart: greatest and mean distance, and between two ROC curves."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, Interval, normal_quantile

POINTS = 1001
"""False-positive rates at which two ROC curves are compared."""


def distances(first: ArrayLike, second: ArrayLike) -> tuple[float, float]:
    """Kolmogorov-Smirnov distance max |F - G| and Wasserstein-1 distance ∫|F - G| dt of two samples; NaN if one is empty.

    Args:
        first: shape (n,).
        second: shape (m,).

    Vallender (1974), Theory Probab. Appl. 18:784, for the integral.
    """
    a, b = np.sort(np.asarray(first, np.float64)), np.sort(np.asarray(second, np.float64))
    if not a.size or not b.size:
        return np.nan, np.nan
    t = np.sort(np.concatenate([a, b]))
    gap = np.abs(np.searchsorted(a, t, "right") / a.size - np.searchsorted(b, t, "right") / b.size)
    return float(gap.max()), float((gap[:-1] * np.diff(t)).sum())


def within_bands(
    distance: ArrayLike, n: ArrayLike, m: ArrayLike, level: float = 0.95, *, span: float = 1.0
) -> Interval:
    """Interval for the KS distance (``span`` 1) or the Wasserstein distance of scores in a range of length ``span``.

    Each distribution function lies within ε = sqrt(ln(4/α)/2n) of the empirical one with probability 1 - α/2, so the
    distance lies within (ε₁ + ε₂)·span of its estimate. Holds for any distributions, and for samples that overlap.

    Args:
        distance: the estimate; broadcasts with the sizes.
        n: size of the first sample.
        m: size of the second; where one is 0 the interval is (0, span).
        level: two-sided confidence level.
        span: length of the range of the scores.

    Massart (1990), Ann. Probab. 18:1269.
    """
    normal_quantile(level)
    d, one, two = np.broadcast_arrays(*(np.asarray(values, np.float64) for values in (distance, n, m)))
    with np.errstate(divide="ignore"):
        half = span * np.sqrt(np.log(4 / (1 - level)) / 2) * (1 / np.sqrt(one) + 1 / np.sqrt(two))
    known = np.isfinite(half) & np.isfinite(d)
    return Interval(np.where(known, d - half, 0.0), np.where(known, d + half, span)).clip(0.0, span)


def between_roc_curves(first: ArrayLike, second: ArrayLike) -> FloatArray:
    """ABROCA: area between two ROC curves, ∫|R₁(u) - R₂(u)| du, by the trapezoidal rule; NaN where a class is empty.

    Args:
        first: rows of each class at each of k scores in rising order, shape (..., 2, k), negatives first.
        second: the same of the other group, shape (2, k) or as ``first``.

    Gardner, Brooks & Baker (2019), doi:10.1145/3303772.3303791, equation 2.
    """
    one, two = np.broadcast_arrays(np.asarray(first, np.float64), np.asarray(second, np.float64))
    u = np.linspace(0, 1, POINTS)
    flat = [np.array([_curve(table, u) for table in of.reshape(-1, *of.shape[-2:])]) for of in (one, two)]
    areas = np.trapezoid(np.abs(flat[0] - flat[1]), u, axis=1)
    return np.asarray(areas.reshape(one.shape[:-2]))


def _curve(table: FloatArray, u: FloatArray) -> FloatArray:
    total = table.sum(axis=1)
    if not total.all():
        return np.full(u.shape, np.nan)
    negatives, positives = (np.concatenate([[0.0], part[::-1].cumsum()]) for part in table / total[:, None])
    return np.asarray(np.interp(u, negatives + 1e-12 * np.arange(negatives.size), positives))
