"""How well predictions f agree with targets y: R², explained variance, Pearson's and Lin's correlation, from power sums.

All four come from the five means of y, f, y², yf and f²; their covariance needs powers up to the fourth, and nothing
is assumed of the distribution. (Fisher's interval for r, which assumes the normal one, covers 69 % of skewed data.)
"""

from __future__ import annotations

from math import comb
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import BoolArray, FloatArray, Interval, normal_quantile

ORDERS = [(1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]
"""Powers of y and f whose means the statistics are functions of."""


class Delta(NamedTuple):
    """Estimate (NaN where undefined), standard error (0 where the rows tell nothing of it) and number of rows."""

    value: FloatArray
    error: FloatArray
    n: FloatArray


def power_sums(targets: ArrayLike, predictions: ArrayLike, cell: NDArray[np.integer[Any]], cells: int) -> FloatArray:
    """Σ yⁱfʲ for i + j <= 4 in each cell, shape (cells, 5, 5); 0 above that. They add up over disjoint cells.

    Take the mean of all targets off both and divide both by their standard deviation first: no statistic here
    changes by it, and the fourth powers stay exact.

    Args:
        targets: y, shape (n,).
        predictions: f, shape (n,).
        cell: whose a row is, shape (n,).
        cells: how many.
    """
    y, f = np.asarray(targets, np.float64), np.asarray(predictions, np.float64)
    sums = np.zeros((cells, 5, 5))
    for i in range(5):
        for j in range(5 - i):
            sums[:, i, j] = np.bincount(cell, y**i * f**j, cells)
    return sums


def pearson(sums: FloatArray) -> Delta:
    """Pearson's r = c/sqrt(v_y·v_f), within [-1, 1]. Sums as :func:`power_sums`; Cramér (1946), 27.7 and 28.4."""
    m = _Central.of(sums)
    v_y, v_f = (np.where(v > 0, v, np.nan) for v in (m.v_y, m.v_f))
    scale = np.sqrt(v_y * v_f)
    r = m.c / scale
    none = np.zeros_like(r)
    return _delta(m, r, [none, none, -r / (2 * v_y), 1 / scale, -r / (2 * v_f)], m.exact_y & m.exact_f)


def concordance(sums: FloatArray) -> Delta:
    """Lin's concordance 2c/(v_y + v_f + (ȳ - f̄)²), within [-1, 1]. Lin (1989), Biometrics 45:255, equation 2."""
    m = _Central.of(sums)
    under = m.v_y + m.v_f + m.bias**2
    under = np.where(under > 0, under, np.nan)
    value, turn = 2 * m.c / under, -2 * m.c / under**2
    return _delta(m, value, [2 * m.bias * turn, -2 * m.bias * turn, turn, 2 / under, turn], m.exact_y)


def r_squared(sums: FloatArray) -> Delta:
    """R² = 1 - mean (y - f)²/v_y, at most 1."""
    m = _Central.of(sums)
    return _unexplained(m, m.bias)


def explained_variance(sums: FloatArray) -> Delta:
    """1 - var(y - f)/v_y, at most 1: R² of predictions whose mean error is taken off."""
    m = _Central.of(sums)
    return _unexplained(m, np.zeros_like(m.bias))


def within_one(estimate: Delta, level: float = 0.95) -> Interval:
    """tanh(artanh θ ± t·se/(1 - θ²)), for correlations; (-1, 1) without spread. Fisher (1921), Metron 1:3."""
    value, half = _scaled(estimate, 1 - np.where(np.abs(estimate.value) < 1, estimate.value, 0) ** 2, level)
    usable = (half > 0) & (np.abs(value) < 1)
    centre = np.arctanh(np.where(usable, value, 0.0))
    return Interval(np.where(usable, np.tanh(centre - half), -1.0), np.where(usable, np.tanh(centre + half), 1.0))


def below_one(estimate: Delta, level: float = 0.95) -> Interval:
    """1 - (1 - θ)·exp(± t·se/(1 - θ)), for R²: 1 - θ is a ratio of means above 0; (-inf, 1) without spread."""
    rest = 1 - np.where(estimate.value < 1, estimate.value, 0)
    value, half = _scaled(estimate, rest, level)
    usable = (half > 0) & (value < 1)
    low, high = 1 - rest * np.exp(half), 1 - rest * np.exp(-half)
    return Interval(np.where(usable, low, -np.inf), np.where(usable, high, 1.0))


class _Central(NamedTuple):
    """Moments about the means, shape (..., 5, 5), and those that the statistics use, shape (...)."""

    n: FloatArray
    all: FloatArray
    bias: FloatArray
    v_y: FloatArray
    v_f: FloatArray
    c: FloatArray
    exact_y: BoolArray
    """Whether fourth powers of y are more than rounding; not so where its spread is below 1/1000 of its distance from 0."""
    exact_f: BoolArray

    @classmethod
    def of(cls, sums: FloatArray) -> _Central:
        n = np.maximum(sums[..., 0, 0], 1)
        raw = sums / n[..., None, None]
        mean_y, mean_f = raw[..., 1, 0], raw[..., 0, 1]
        central = _shift(-mean_y) @ raw @ np.swapaxes(_shift(-mean_f), -1, -2)
        v_y, exact_y = _spread_of(central[..., 2, 0], raw[..., 2, 0])
        v_f, exact_f = _spread_of(central[..., 0, 2], raw[..., 0, 2])
        return cls(sums[..., 0, 0], central, mean_y - mean_f, v_y, v_f, central[..., 1, 1], exact_y, exact_f)


def _spread_of(variance: FloatArray, square: FloatArray) -> tuple[FloatArray, BoolArray]:
    """The variance, 0 where it is nothing but rounding, and whether its square too is more than that."""
    return np.where(variance > 1e-12 * square, variance, 0.0), np.asarray(variance > 1e-6 * square)


def _shift(by: FloatArray) -> FloatArray:
    """Matrix (..., 5, 5) from the powers of x to those of x + by."""
    matrix = np.zeros((*by.shape, 5, 5))
    for i in range(5):
        for a in range(i + 1):
            matrix[..., i, a] = comb(i, a) * by ** (i - a)
    return matrix


def _unexplained(m: _Central, bias: FloatArray) -> Delta:
    v_y = np.where(m.v_y > 0, m.v_y, np.nan)
    share = np.maximum(m.v_y + m.v_f - 2 * m.c + bias**2, 0) / v_y
    slopes = [-2 * bias / v_y, 2 * bias / v_y, (share - 1) / v_y, 2 / v_y, -1 / v_y]
    return _delta(m, 1 - share, slopes, m.exact_y)


def _delta(m: _Central, value: FloatArray, slopes: list[FloatArray], exact: BoolArray) -> Delta:
    """se² = gᵀΣg/(n - 1), where g holds the slopes along the five moments and Σ their covariance per row."""
    gradient = np.stack(slopes, -1)
    spread = np.einsum("...i,...ij,...j->...", gradient, _spread(m.all), gradient) / np.maximum(m.n - 1, 1)
    usable = exact & (m.n > 2) & (spread > 1e-24)
    return Delta(value, np.sqrt(np.where(usable, spread, 0.0)), m.n)


def _spread(central: FloatArray) -> FloatArray:
    """Covariance of (y, f, y², yf, f²) about the means, shape (..., 5, 5)."""
    rows = [[central[..., i + k, j + q] - central[..., i, j] * central[..., k, q] for k, q in ORDERS] for i, j in ORDERS]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def _scaled(estimate: Delta, derivative: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    from scipy.special import stdtrit

    normal_quantile(level)
    quantile = stdtrit(np.maximum(estimate.n - 1, 1), (1 + level) / 2)
    return estimate.value, np.asarray(quantile * estimate.error / derivative)
