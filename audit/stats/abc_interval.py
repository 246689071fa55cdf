"""The bootstrap of a function of counts without resampling: for functions that are costly, some dozen calls in all."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .interval import FloatArray, normal_quantile

Statistic = Callable[[FloatArray], FloatArray]
"""Function of stacked shares of the cells: (B, C) to (B,); NaN where undefined."""

STEP = 1e-3
"""Of a share, for its derivative."""

KINK = 0.1
"""Difference of the slopes on both sides, in units of twice the steepest: of a smooth statistic near ``STEP``."""


class Abc(NamedTuple):
    """What the limits are made of: Efron's acceleration and bias correction, and the least favourable direction."""

    value: float
    shares: FloatArray
    direction: FloatArray
    acceleration: float
    correction: float
    flat: bool
    """The derivatives are zero, undefined or jump, and say nothing of the spread."""


def abc(statistic: Statistic, cells: FloatArray) -> Abc:
    """Approximate bootstrap confidence (ABC), non-parametric, over cells in place of rows.

    With p the shares of the filled cells and n rows: first and second derivatives t' and t'' of the statistic towards
    each cell; σ² = Σp·t'²/n; a = Σp·t'³/(6·n²·σ³); direction p·t'/(n·σ); the correction z₀ = Φ⁻¹(2Φ(a)Φ(-γ)) with
    γ = Σp·t''/(2nσ) - c, c half the second derivative along the direction, over σ. Second-order accurate, like BCa.

    Args:
        statistic: see :data:`Statistic`.
        cells: counts, shape (C,); not all zero.

    DiCiccio & Efron (1992), Biometrika 79:231; Efron & Tibshirani (1993), An Introduction to the Bootstrap, 22.6.
    """
    from scipy.special import ndtr, ndtri

    n = float(cells.sum())
    shares = np.asarray(cells, np.float64) / n
    filled = np.flatnonzero(shares)
    p = shares[filled]
    towards = (np.eye(len(shares))[filled] - shares) * (STEP * p)[:, None]
    value, *rest = statistic(np.concatenate([shares[None], shares + towards, shares - towards]))
    up, down = np.array(rest).reshape(2, len(filled))
    first, second = (up - down) / (2 * STEP * p), (up - 2 * value + down) / (STEP * p) ** 2
    spread = float(np.sqrt((p * first**2).sum() / n))
    smooth = np.abs(up - 2 * value + down).max() <= KINK * np.abs(up - down).max()
    if not (smooth and np.isfinite(spread) and spread > 1e-9 * max(abs(value), 1e-3)):
        return Abc(float(value), shares, np.zeros_like(shares), 0.0, 0.0, True)
    direction = np.zeros_like(shares)
    direction[filled] = p * first / (n * spread)
    acceleration = float((p * first**3).sum() / (6 * n**2 * spread**3))
    ahead, behind = statistic(_moved(shares, direction, np.array([0.1, -0.1])))
    curvature = (p * second).sum() / (2 * n * spread) - (ahead - 2 * value + behind) / (2 * spread * 0.1**2)
    correction = float(ndtri(np.clip(2 * ndtr(acceleration) * ndtr(-curvature), 1e-6, 1 - 1e-6)))
    return Abc(float(value), shares, direction, acceleration, correction if np.isfinite(correction) else 0.0, False)


def abc_limits(statistic: Statistic, found: Abc, level: float = 0.95) -> tuple[float, float]:
    """The statistic at p + λ·direction, λ = w/(1 - a·w)², w = z₀ ± z; widened to hold the value. Not for ``flat``."""
    w = found.correction + np.array([-1, 1]) * normal_quantile(level)
    low, high = statistic(_moved(found.shares, found.direction, w / np.maximum(1 - found.acceleration * w, 0.1) ** 2))
    return float(np.fmin(low, found.value)), float(np.fmax(high, found.value))


def _moved(shares: FloatArray, direction: FloatArray, by: FloatArray) -> FloatArray:
    moved = np.maximum(shares + by[:, None] * direction, 0)
    return np.asarray(moved / moved.sum(axis=1, keepdims=True))
