"""Smooth calibration error (smECE): kernel smoothing in place of bins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .forecasts import Cells, coarse, distinct
from .interval import FloatArray

FLOOR = 0.001
"""Smallest bandwidth that is tried."""


class SmoothError(NamedTuple):
    """The error, between 0 and 1, and the bandwidth it was found at."""

    value: float
    bandwidth: float


def smooth_error(probabilities: ArrayLike, labels: ArrayLike) -> SmoothError:
    """∫|Σ(y-p)K_σ(p, t)|dt / ∫ΣK_σ(p, t)dt, K_σ the Gaussian kernel reflected at 0 and 1.

    The bandwidth is the one that equals its error, found by ten bisections: no choice is left to the user. The
    value is biased upwards, see :func:`smooth_null_mean`. The grid, its rounding and the 1e-4 that is added to
    the density are those of Apple's relplot 1.0, so that the figures agree.

    Args:
        probabilities: p, shape (n,), within [0, 1]; without rows the error is 0.
        labels: y, shape (n,), 0 or 1.

    Błasiok & Nakkiran (2023), arXiv 2309.12236.
    """
    return _search(distinct(probabilities, labels))


def smooth_null_mean(
    probabilities: ArrayLike, labels: ArrayLike, rng: np.random.Generator, *, replicates: int = 50
) -> float:
    """Mean :func:`smooth_error` of samples y ~ Bern(p), on at most 2048 cells: what a calibrated model would show."""
    cells = coarse(probabilities, labels)
    return float(np.mean([_search(cells._replace(positives=drawn)).value for drawn in cells.draw(replicates, rng)]))


def _search(cells: Cells) -> SmoothError:
    if cells.n.size == 0:
        return SmoothError(0.0, FLOOR)
    low, high = 0.0, 1.0  # the error at bandwidth 1 is at most 1
    for _ in range(10):
        middle = (low + high) / 2
        wider = middle < FLOOR or middle < _error(cells, middle)
        low, high = (middle, high) if wider else (low, middle)
    return SmoothError(_error(cells, high), high)


def _error(cells: Cells, bandwidth: float) -> float:
    """The error at one bandwidth: on a grid of its own, read off at evenly spaced points."""
    nodes = max(2000, round(20 / bandwidth)) // 2 + 1
    at = np.linspace(0, 1, max(round(10 / bandwidth), 200))
    residuals, density = (
        np.interp(at, np.linspace(0, 1, nodes), _convolve(_to_grid(cells.p, mass, nodes), bandwidth))
        for mass in (cells.n * cells.p - cells.positives, cells.n)
    )
    return float(np.abs(residuals).sum() / (density + 1e-4).sum())


def _to_grid(p: FloatArray, mass: FloatArray, nodes: int) -> FloatArray:
    """Each mass shared between the two nodes beside it."""
    below = np.clip((p * (nodes - 1)).astype(np.intp), 0, nodes - 2)
    part = p * (nodes - 1) - below
    return np.asarray(
        np.bincount(below, (1 - part) * mass, nodes) + np.bincount(below + 1, part * mass, nodes), np.float64
    )


def _convolve(values: FloatArray, bandwidth: float) -> FloatArray:
    from scipy.fft import irfft, next_fast_len, rfft  # scipy.signal takes a second to import

    nodes = values.size
    distance = np.linspace(-0.5, 0.5, nodes)
    kernel = np.exp(-(distance**2) / (2 * bandwidth**2)) / (np.sqrt(2 * np.pi) * bandwidth)
    reflected = np.concatenate([values[:0:-1], values, values[-2::-1]])
    size = next_fast_len(reflected.size, real=True)  # what wraps around falls on places that are not used
    start = nodes - 1 + nodes // 2
    return np.asarray(irfft(rfft(reflected, size) * rfft(kernel, size), size)[start : start + nodes])
