"""How well predictions f agree with targets y: R², explained variance, Pearson's and Lin's correlation, from power sums.

All four come from five means, of y, e = y - f, y², ye and e²; their covariance needs powers up to the fourth, and nothing
is assumed of the distribution. (Fisher's interval for r, which assumes the normal one, covers 69 % of skewed data.)
"""

from __future__ import annotations

from math import comb
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import BoolArray, FloatArray, Interval, normal_quantile

ORDERS = [(1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]
"""Powers of y and e whose means the statistics are functions of."""


class Delta(NamedTuple):
    """Estimate (NaN where undefined), standard error (0 where the rows tell nothing of it) and number of rows."""

    value: FloatArray
    error: FloatArray
    n: FloatArray
    slopes: FloatArray = np.zeros(0)
    """Of the estimate along the means of (y, e, y², ye, e²) about those of y and e, shape (..., 5)."""


def power_sums(
    targets: ArrayLike,
    predictions: ArrayLike,
    cell: NDArray[np.integer[Any]],
    cells: int,
    weights: ArrayLike | None = None,
) -> FloatArray:
    """Σ yⁱeʲ for i + j <= 4 in each cell, shape (cells, 5, 5); 0 above that. They add up over disjoint cells.

    Take the mean of all targets off both first and divide both by their standard deviation: no statistic here
    changes by it, and the fourth powers stay exact.

    Args:
        targets: y, shape (n,).
        predictions: f, shape (n,); e = y - f.
        cell: whose a row is, shape (n,).
        cells: how many.
        weights: of the rows, shape (n,); 1 without.
    """
    w = 1.0 if weights is None else np.asarray(weights, np.float64)
    y = np.asarray(targets, np.float64)
    e = y - np.asarray(predictions, np.float64)
    sums = np.zeros((cells, 5, 5))
    for i in range(5):
        for j in range(5 - i):
            sums[:, i, j] = np.bincount(cell, w * y**i * e**j, cells)
    return sums


def r_squared(sums: FloatArray) -> Delta:
    """R² = 1 - mean e²/v_y, at most 1. Sums as :func:`power_sums`; NaN where all targets are equal."""
    m = _Central.of(sums)
    return _unexplained(m, m.bias)


def explained_variance(sums: FloatArray) -> Delta:
    """1 - v_e/v_y, at most 1: R² of predictions whose mean error is taken off."""
    m = _Central.of(sums)
    return _unexplained(m, np.zeros_like(m.bias))


def concordance(sums: FloatArray) -> Delta:
    """Lin's concordance 2c/(v_y + v_f + ē²) = 1 - mean e²/(v_y + v_f + ē²), c the covariance of y and f; within [-1, 1].

    Lin (1989), Biometrics 45:255, equation 2.
    """
    m = _Central.of(sums)
    square = m.v_e + m.bias**2
    under = m.v_y + m.v_f + m.bias**2
    under = np.where(under > 0, under, np.nan)
    part, turn = 1 / under - square / under**2, square / under**2
    return _delta(m, 1 - square / under, [0 * part, -2 * m.bias * part, 2 * turn, -2 * turn, -part], m.exact)


def pearson(sums: FloatArray) -> Delta:
    """Pearson's r = c/sqrt(v_y·v_f), within [-1, 1]; NaN where all targets or predictions are equal.

    Cramér (1946), Mathematical Methods of Statistics, 27.7 and 28.4.
    """
    m = _Central.of(sums)
    v_y, v_f = (np.where(v > 0, v, np.nan) for v in (m.v_y, m.v_f))
    scale = np.sqrt(v_y * v_f)
    r = (m.v_y - m.c) / scale
    one, two = r / (2 * v_y), r / (2 * v_f)
    slopes = [0 * r, 0 * r, 1 / scale - one - two, 2 * two - 1 / scale, -two]
    return _delta(m, r, slopes, m.exact & (m.v_f > 1e-5 * m.v_y))


def influence(estimate: Delta, targets: ArrayLike, predictions: ArrayLike, weights: ArrayLike) -> FloatArray:
    """Of each row on an estimate from the :func:`power_sums` of all, shape (n,), weighted mean 0.

    Args:
        estimate: of all rows, each part of shape ().
        targets: y, shape (n,).
        predictions: f, shape (n,).
        weights: shape (n,).
    """
    w = np.asarray(weights, np.float64) / np.sum(weights)
    y = np.asarray(targets, np.float64)
    e = y - np.asarray(predictions, np.float64)
    y, e = y - float((w * y).sum()), e - float((w * e).sum())
    found = sum(slope * y**i * e**j for slope, (i, j) in zip(estimate.slopes, ORDERS, strict=True))
    return np.asarray(found - (w * found).sum())


def within_one(estimate: Delta, level: float = 0.95) -> Interval:
    """tanh(artanh θ ± t·se/(1 - θ²)), for correlations; (-1, 1) without spread. Fisher (1921), Metron 1:3."""
    value, half = _scaled(estimate, 1 - np.where(np.abs(estimate.value) < 1, estimate.value, 0) ** 2, level)
    usable = (half > 0) & (np.abs(value) < 1)
    centre = np.arctanh(np.where(usable, value, 0.0))
    return Interval(np.where(usable, np.tanh(centre - half), -1.0), np.where(usable, np.tanh(centre + half), 1.0))


def below_one(estimate: Delta, level: float = 0.95) -> Interval:
    """1 - (1 - θ)·exp(± t·se/(1 - θ)), for R², where 1 - θ is a ratio of means above 0; (-inf, 1) without spread."""
    rest = 1 - np.where(estimate.value < 1, estimate.value, 0)
    value, half = _scaled(estimate, rest, level)
    usable = (half > 0) & (value < 1)
    low, high = 1 - rest * np.exp(half), 1 - rest * np.exp(-half)
    return Interval(np.where(usable, low, -np.inf), np.where(usable, high, 1.0))


class _Central(NamedTuple):
    """Moments of (y, e) about their means, shape (..., 5, 5), and those that the statistics use, shape (...)."""

    n: FloatArray
    all: FloatArray
    bias: FloatArray
    v_y: FloatArray
    v_e: FloatArray
    v_f: FloatArray
    c: FloatArray
    """Covariance of y and e."""
    exact: BoolArray
    """Whether y's fourth powers are more than rounding: its spread is above 1/1000 of its distance from 0."""

    @classmethod
    def of(cls, sums: FloatArray) -> _Central:
        n = np.maximum(sums[..., 0, 0], 1)
        raw = sums / n[..., None, None]
        central = _shift(-raw[..., 1, 0]) @ raw @ np.swapaxes(_shift(-raw[..., 0, 1]), -1, -2)
        square, v_e, c = raw[..., 2, 0], np.maximum(central[..., 0, 2], 0), central[..., 1, 1]
        v_y = np.where(central[..., 2, 0] > 1e-12 * square, central[..., 2, 0], 0.0)
        v_f = v_y - 2 * c + v_e
        v_f = np.where(v_f > 1e-12 * (v_y + v_e), v_f, 0.0)
        return cls(sums[..., 0, 0], central, raw[..., 0, 1], v_y, v_e, v_f, c, np.asarray(v_y > 1e-6 * square))


def _shift(by: FloatArray) -> FloatArray:
    """Matrix (..., 5, 5) from the powers of x to those of x + by."""
    matrix = np.zeros((*by.shape, 5, 5))
    for i in range(5):
        for a in range(i + 1):
            matrix[..., i, a] = comb(i, a) * by ** (i - a)
    return matrix


def _unexplained(m: _Central, bias: FloatArray) -> Delta:
    v_y = np.where(m.v_y > 0, m.v_y, np.nan)
    share = (m.v_e + bias**2) / v_y
    return _delta(m, 1 - share, [0 * share, -2 * bias / v_y, share / v_y, 0 * share, -1 / v_y], m.exact)


def _delta(m: _Central, value: FloatArray, slopes: list[FloatArray], exact: BoolArray) -> Delta:
    """se² = gᵀΣg/(n - 1), where g holds the slopes along the five moments and Σ their covariance per row."""
    gradient, covariance = np.stack(slopes, -1), _covariance(m.all)
    spread = np.einsum("...i,...ij,...j->...", gradient, covariance, gradient)
    rounding = 1e-13 * np.einsum("...i,...ii->...", gradient**2, covariance)
    usable = exact & (m.n > 2) & (spread > rounding)
    return Delta(value, np.sqrt(np.where(usable, spread, 0.0) / np.maximum(m.n - 1, 1)), m.n, gradient)


def _covariance(central: FloatArray) -> FloatArray:
    """Covariance of (y, e, y², ye, e²) about the means, shape (..., 5, 5)."""
    rows = [
        [central[..., i + k, j + q] - central[..., i, j] * central[..., k, q] for k, q in ORDERS] for i, j in ORDERS
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def _scaled(estimate: Delta, derivative: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Value, and half-width on the scale of the transformation.

    Degrees of freedom are 2(n - 1)/(κ - 1), those of an estimated variance (Satterthwaite 1946), with the kurtosis κ = 15
    of a squared normal deviate, since squares are what the standard error averages. It adds 1 point of coverage at n = 200.
    """
    from scipy.special import stdtrit

    normal_quantile(level)
    quantile = stdtrit(np.maximum((estimate.n - 1) / 7, 1), (1 + level) / 2)
    return estimate.value, np.asarray(quantile * estimate.error / derivative)
