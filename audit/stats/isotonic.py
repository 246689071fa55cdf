"""The CORP decomposition and reliability curve: calibration against the best monotone recalibration.

CORP: consistent, optimally binned, reproducible, by the pool-adjacent-violators algorithm (PAV).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .forecasts import Cells, coarse, distinct
from .interval import FloatArray, Interval, normal_quantile
from .significance import Significance, monte_carlo

REPLICATES = 999


class Corp(NamedTuple):
    """score = miscalibration - discrimination + uncertainty, all at least 0."""

    score: float
    """Brier score, mean (p - y)²."""
    miscalibration: float
    discrimination: float
    uncertainty: float


class ReliabilityCurve(NamedTuple):
    """Points of the curve in order of the probability, each of shape (k,)."""

    n: FloatArray
    p: FloatArray
    recalibrated: FloatArray
    """PAV estimate of P(y = 1 | p)."""
    band: Interval
    """Where the curve lies, point by point, when the model is calibrated."""


def corp(probabilities: ArrayLike, labels: ArrayLike) -> Corp:
    """MCB = S(p) - S(r), DSC = S(ȳ) - S(r), UNC = S(ȳ), S the Brier score and r the PAV recalibration of p.

    MCB is biased upwards: it is positive also for a calibrated model, see :func:`miscalibration_test`.

    Args:
        probabilities: p, shape (n,), within [0, 1]; without rows all parts are 0.
        labels: y, shape (n,), 0 or 1.

    Dimitriadis, Gneiting & Jordan (2021), PNAS 118(8) e2016191118.
    """
    cells = distinct(probabilities, labels)
    total = max(float(cells.n.sum()), 1.0)
    mean = float(cells.positives.sum()) / total
    noise = float((cells.n * cells.rate * (1 - cells.rate)).sum()) / total
    score = noise + float((cells.n * (cells.p - cells.rate) ** 2).sum()) / total
    best = noise + float((cells.n * (pav(cells) - cells.rate) ** 2).sum()) / total
    return Corp(score, max(score - best, 0.0), max(mean * (1 - mean) - best, 0.0), mean * (1 - mean))


def pav(cells: Cells) -> FloatArray:
    """The rising sequence nearest to the observed rates in weighted squares, shape (k,). Ayer et al. (1955)."""
    from scipy.optimize import isotonic_regression

    if cells.n.size == 0:
        return cells.n
    return np.asarray(isotonic_regression(cells.rate, weights=cells.n).x, np.float64)


def miscalibration_test(
    probabilities: ArrayLike, labels: ArrayLike, rng: np.random.Generator, *, replicates: int = REPLICATES
) -> Significance:
    """Is MCB larger than that of samples y ~ Bern(p)? Consistency resampling, on at most 2048 cells of equal mass.

    Args:
        probabilities: p, shape (n,), within [0, 1].
        labels: y, shape (n,), 0 or 1.
        rng: source of the draws.
        replicates: samples drawn; the least p-value is 1/(replicates + 1).

    Bröcker & Smith (2007), Weather Forecast. 22:651; Vaicenavicius et al. (2019), AISTATS.
    """
    cells = coarse(probabilities, labels)
    if cells.n.size == 0:
        return Significance(0.0, 1.0)
    null = [_miscalibration(cells._replace(positives=drawn)) for drawn in cells.draw(replicates, rng)]
    observed = _miscalibration(cells)
    return Significance(observed, float(monte_carlo(observed, np.array(null))))


def reliability_curve(
    probabilities: ArrayLike,
    labels: ArrayLike,
    rng: np.random.Generator,
    level: float = 0.95,
    *,
    replicates: int = REPLICATES,
) -> ReliabilityCurve:
    """The PAV curve of at most 2048 cells and its consistency band: quantiles over samples y ~ Bern(p).

    The band holds a calibrated model's curve with probability ``level`` at each point, not along the whole curve.
    Arguments and source as :func:`miscalibration_test` and :func:`corp`.
    """
    normal_quantile(level)
    cells = coarse(probabilities, labels)
    null = np.array([pav(cells._replace(positives=drawn)) for drawn in cells.draw(replicates, rng)])
    low, high = np.quantile(null, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return ReliabilityCurve(cells.n, cells.p, pav(cells), Interval(low, high))


def _miscalibration(cells: Cells) -> float:
    gaps = (cells.p - cells.rate) ** 2 - (pav(cells) - cells.rate) ** 2
    return float((cells.n * gaps).sum() / cells.n.sum())
