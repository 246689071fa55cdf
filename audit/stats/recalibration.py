"""Calibration intercept and slope: logistic recalibration of the predicted log-odds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray

TINY = 1e-12
"""Probabilities are moved this far from 0 and 1, so that their log-odds are finite."""

WARM = 10_000
"""Rows that the first steps of a large fit are taken on."""


class Recalibration(NamedTuple):
    """Fitted values with sandwich standard errors; where a fit failed, its value and error are NaN."""

    intercept: float
    intercept_se: float
    slope: float
    slope_se: float
    intercept_converged: bool
    slope_converged: bool


def recalibration(probabilities: ArrayLike, labels: ArrayLike) -> Recalibration:
    """Calibration in the large and the calibration slope.

    Slope b from logit P(y) = a + b·logit p; intercept a from logit P(y) = a + logit p, the slope held at 1.
    Newton's method; standard errors from the sandwich H⁻¹(Σ x xᵀ(y-μ)²)H⁻¹ (HC0). Perfect: 0 and 1.
    The slope has no value when p is constant or separates the labels, neither has one with a single label.

    Args:
        probabilities: p, shape (n,), within [0, 1].
        labels: y, shape (n,), 0 or 1.

    Cox (1958), Biometrika 45:562; Van Calster et al. (2016), J. Clin. Epidemiol. 74:167; White (1982).
    """
    a, a_se, a_ok = intercept(probabilities, labels)
    b, b_se, b_ok = slope(probabilities, labels)
    return Recalibration(a, a_se, b, b_se, a_ok, b_ok)


def intercept(probabilities: ArrayLike, labels: ArrayLike) -> tuple[float, float, bool]:
    """The intercept of :func:`recalibration` alone: value, standard error, and whether it was found."""
    x = _logits(probabilities)
    return _fit([np.ones_like(x)], np.asarray(labels, np.float64), x)


def slope(probabilities: ArrayLike, labels: ArrayLike) -> tuple[float, float, bool]:
    """The slope of :func:`recalibration` alone: value, standard error, and whether it was found."""
    x = _logits(probabilities)
    return _fit([x, np.ones_like(x)], np.asarray(labels, np.float64), np.zeros_like(x))


def _logits(probabilities: ArrayLike) -> FloatArray:
    from scipy.special import logit

    return np.asarray(logit(np.clip(np.asarray(probabilities, np.float64), TINY, 1 - TINY)))


def _fit(x: list[FloatArray], y: FloatArray, offset: FloatArray) -> tuple[float, float, bool]:
    """First coefficient, its standard error, and whether Newton's method reached the maximum."""
    failed = (float("nan"), float("nan"), False)
    if _separated(x, y):
        return failed
    beta = np.zeros(len(x))
    if y.size > 4 * WARM:  # a start near the end, from a few rows, saves most steps over all of them
        some = slice(None, None, y.size // WARM)
        start = _fit_from([np.ascontiguousarray(column[some]) for column in x], y[some], offset[some], beta)
        beta = beta if start is None else start
    found = _fit_from(x, y, offset, beta)
    return failed if found is None else (float(found[0]), _standard_error(x, y, offset, found), True)


def _fit_from(x: list[FloatArray], y: FloatArray, offset: FloatArray, beta: FloatArray) -> FloatArray | None:
    """Newton's method from ``beta``; None where it finds no maximum."""
    for _ in range(100):
        mu = _probabilities(x, offset, beta)
        hessian = _gram(x, mu * (1 - mu))
        if not np.isfinite(hessian).all() or np.linalg.cond(hessian) > 1e14:
            return None
        residual = y - mu
        step = np.linalg.solve(hessian, np.array([float((column * residual).sum()) for column in x]))
        beta = beta + step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < 1e-9:
            return beta
    return None


def _separated(x: list[FloatArray], y: FloatArray) -> bool:
    """Whether no finite maximum exists: one label only, or a constant or separating predictor."""
    if y.size == 0 or y.min() == y.max():
        return True
    if len(x) == 1:
        return False
    one, zero = x[0][y == 1], x[0][y == 0]
    return bool(one.min() >= zero.max() or one.max() <= zero.min())


def _probabilities(x: list[FloatArray], offset: FloatArray, beta: FloatArray) -> FloatArray:
    from scipy.special import expit

    return np.asarray(expit(sum((b * column for b, column in zip(beta, x, strict=True)), offset)))


def _standard_error(x: list[FloatArray], y: FloatArray, offset: FloatArray, beta: FloatArray) -> float:
    mu = _probabilities(x, offset, beta)
    bread, meat = np.linalg.inv(_gram(x, mu * (1 - mu))), _gram(x, (y - mu) ** 2)
    return float(np.sqrt((bread @ meat @ bread)[0, 0]))


def _gram(x: list[FloatArray], weights: FloatArray) -> FloatArray:
    """Σ w x xᵀ. Not by BLAS, whose order of summation, and so the last digit, depends on its threads."""
    found = np.empty((len(x), len(x)))
    for i, one in enumerate(x):
        weighted = weights * one
        for j in range(i, len(x)):
            found[i, j] = found[j, i] = (weighted * x[j]).sum()
    return found
