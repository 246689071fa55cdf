"""The bootstrap of a function of counts: rows are resampled through their cells, never one by one.

A bootstrap sample of n rows changes a table of counts exactly as one multinomial draw does, so the cost is
that of the table, not of the data.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from .interval import BoolArray, FloatArray, Interval, normal_quantile

Statistic = Callable[[FloatArray], FloatArray]
"""Function of stacked tables: (B, cells...) to (B, ...); NaN where it has no value."""


def resample(cells: ArrayLike, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Multinomial(n, cells/n) draws over all cells jointly, shape (replicates, cells...). Efron (1979)."""
    table = np.asarray(cells, np.float64)
    n = round(float(table.sum()))
    if n == 0:
        return np.zeros((replicates, *table.shape))
    draws = rng.multinomial(n, table.ravel() / table.sum(), size=replicates)
    return draws.astype(np.float64).reshape(replicates, *table.shape)


def dirichlet(cells: ArrayLike, replicates: int, rng: np.random.Generator) -> FloatArray:
    """n·Dirichlet(cells + c) draws, shape (replicates, cells...): the posterior under a symmetric prior.

    Every cell is positive in every draw, so it shows the spread where :func:`resample` repeats an empty cell.
    c = 1/2 up to four cells (Jeffreys), beyond that 2/cells, lest the prior outweigh the rows of a large table.
    """
    table = np.asarray(cells, np.float64)
    shares = rng.dirichlet(table.ravel() + min(0.5, 2 / table.size), size=replicates)
    return np.asarray(max(float(table.sum()), 1.0) * shares.reshape(replicates, *table.shape))


def jackknife(cells: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The tables with one row deleted, and how many rows give each: shapes (C, cells...) and (C,).

    Rows in one cell give the same table, so C is the number of filled cells, not of rows.
    """
    table = np.asarray(cells, np.float64)
    filled = np.flatnonzero(table.ravel() >= 1)
    one = np.zeros((filled.size, table.size))
    one[np.arange(filled.size), filled] = 1
    return table - one.reshape(filled.size, *table.shape), table.ravel()[filled]


def degenerate(replicates: FloatArray) -> BoolArray:
    """Where replicates (B, ...) tell nothing of the spread: one is not finite, or all are equal."""
    finite = np.isfinite(replicates).all(0)
    return np.asarray(~finite | (replicates.max(0) <= replicates.min(0)))


def percentile(theta_hat: ArrayLike, replicates: FloatArray, level: float = 0.95) -> Interval:
    """Quantiles (1 ± level)/2 of the replicates (B, ...), widened to hold the estimate. Efron (1981)."""
    normal_quantile(level)
    shape = replicates.shape[1:]
    tail = np.full(shape, (1 - level) / 2)
    return _quantiles(theta_hat, replicates, tail, 1 - tail)


def expanded_percentile(
    theta_hat: ArrayLike, replicates: FloatArray, units: ArrayLike, level: float = 0.95
) -> Interval:
    """:func:`percentile` with tails Φ(-t·sqrt(G/(G-1))), t with G - 1 degrees of freedom: as wide as Student's for a mean.

    Args:
        theta_hat: the estimate, shape (...).
        replicates: shape (B, ...).
        units: G that were resampled, shape (...).
        level: two-sided confidence level.

    Hesterberg (2015), Am. Stat. 69:371, section 3.3.
    """
    from scipy.special import ndtr, stdtrit

    normal_quantile(level)
    size = np.broadcast_to(np.maximum(np.asarray(units, np.float64), 2), replicates.shape[1:])
    tail = ndtr(-stdtrit(size - 1, (1 + level) / 2) * np.sqrt(size / (size - 1)))
    return _quantiles(theta_hat, replicates, tail, 1 - tail)


def bca(
    theta_hat: ArrayLike,
    replicates: FloatArray,
    jackknife_values: FloatArray,
    jackknife_weights: FloatArray,
    level: float = 0.95,
) -> Interval:
    """Bias-corrected and accelerated interval, widened to hold the estimate.

    Quantiles Φ(z₀ + (z₀ ± z)/(1 - a(z₀ ± z))) of the replicates; z₀ = Φ⁻¹(share of replicates below the
    estimate, ties half), a = Σw(v̄-v)³ / 6(Σw(v̄-v)²)^1.5 over the delete-one values v.

    Args:
        theta_hat: the estimate, shape (...).
        replicates: shape (B, ...); where :func:`degenerate` holds, the result has no meaning.
        jackknife_values: the statistic of :func:`jackknife`'s tables, shape (C, ...).
        jackknife_weights: rows behind each, shape (C,), or (C, ...) where they differ along the other axes.
        level: two-sided confidence level.

    Efron (1987), JASA 82:171; acceleration from the jackknife as in DiCiccio & Efron (1996), Stat. Sci. 11:189.
    """
    from scipy.special import ndtr, ndtri

    z, estimate = normal_quantile(level), np.asarray(theta_hat, np.float64)
    share = ((replicates < estimate).mean(0) + (replicates <= estimate).mean(0)) / 2
    edge = 0.5 / replicates.shape[0]
    z0, a = ndtri(np.clip(share, edge, 1 - edge)), _acceleration(jackknife_values, jackknife_weights)
    tails = [ndtr(z0 + (z0 + side) / np.maximum(1 - a * (z0 + side), 1e-12)) for side in (-z, z)]
    return _quantiles(estimate, replicates, *tails)


def hybrid(
    theta_hat: ArrayLike,
    replicates: FloatArray,
    posterior: FloatArray,
    jackknife_values: FloatArray,
    jackknife_weights: FloatArray,
    empty: ArrayLike,
    level: float = 0.95,
) -> Interval:
    """:func:`bca`, widened to hold the percentiles of the posterior where a cell is empty.

    An empty cell stays empty in every resample, so its uncertainty would go unseen (a recall of 6/6 with no width).
    Where the replicates or delete-one values are :func:`degenerate`, the percentiles stand alone.

    Args:
        theta_hat: the estimate, shape (...).
        replicates: the statistic of :func:`resample`'s tables, shape (B, ...).
        posterior: that of :func:`dirichlet`'s, shape (B, ...), finite.
        jackknife_values: as for :func:`bca`.
        jackknife_weights: as for :func:`bca`.
        empty: whether a cell behind the statistic holds no row, shape (...).
        level: two-sided confidence level.
    """
    bad = np.asarray(degenerate(replicates) | ~np.isfinite(jackknife_values).all(0))
    smooth = percentile(theta_hat, posterior, level)
    estimate, drawn, values = (np.where(bad, 0.0, of) for of in (theta_hat, replicates, jackknife_values))
    plain = bca(estimate, drawn, values, jackknife_weights, level)
    hull = Interval(np.minimum(plain.low, smooth.low), np.maximum(plain.high, smooth.high))
    return smooth.where(bad, hull.where(np.asarray(empty, bool), plain))


def bootstrap(
    statistic: Statistic, cells: ArrayLike, rng: np.random.Generator, level: float = 0.95, *, replicates: int = 2000
) -> Interval:
    """Interval for a function of counts, by :func:`hybrid`.

    Args:
        statistic: tables (B, cells...) to values (B, ...); division by zero inside it gives no warning.
        cells: the observed counts.
        rng: source of the draws; one seed gives one interval.
        level: two-sided confidence level.
        replicates: B.
    """
    table = np.asarray(cells, np.float64)
    deleted, weights = jackknife(table)
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate, drawn, posterior, values = (
            statistic(tables)
            for tables in (table[None], resample(table, replicates, rng), dirichlet(table, replicates, rng), deleted)
        )
    return hybrid(estimate[0], drawn, posterior, values, weights, (table == 0).any(), level)


def _acceleration(values: FloatArray, weights: FloatArray) -> FloatArray:
    w = weights.reshape(*weights.shape, *[1] * (values.ndim - weights.ndim))
    deviation = (w * values).sum(0) / np.maximum(w.sum(0), 1) - values
    square = (w * deviation**2).sum(0)
    cube = (w * deviation**3).sum(0)
    return np.asarray(cube / (6 * np.where(square > 0, square, np.inf) ** 1.5))


def _quantiles(theta_hat: ArrayLike, replicates: FloatArray, low: FloatArray, high: FloatArray) -> Interval:
    ordered, estimate = np.sort(replicates, axis=0), np.asarray(theta_hat, np.float64)
    limits = _interpolate(ordered, low), _interpolate(ordered, high)
    return Interval(np.fmin(limits[0], estimate), np.fmax(limits[1], estimate))


def _interpolate(ordered: FloatArray, share: FloatArray) -> FloatArray:
    """Quantile of type 7 with its own share for each column."""
    place = share * (ordered.shape[0] - 1)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, ordered.shape[0] - 1)
    left, right = (np.take_along_axis(ordered, at[None], 0)[0] for at in (below, above))
    return np.asarray(left + (right - left) * (place - below))
