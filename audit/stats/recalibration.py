"""Calibration intercept and slope: logistic recalibration of the predicted log-odds."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray

TINY = 1e-12
"""Probabilities are moved this far from 0 and 1, so that their log-odds are finite."""


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
    rows = Sample.of_rows(logits(probabilities), labels)
    a, a_se, a_ok = intercept(rows)
    b, b_se, b_ok = slope(rows)
    return Recalibration(a, a_se, b, b_se, a_ok, b_ok)


class Sample(NamedTuple):
    """How many positive and negative rows there are at each log-odds x, shape (P,) each."""

    x: FloatArray
    positives: FloatArray
    negatives: FloatArray

    @classmethod
    def of_rows(cls, x: FloatArray, labels: ArrayLike) -> Sample:
        """Every row by itself."""
        y = np.asarray(labels, np.float64)
        return cls(x, y, 1 - y)


def logits(probabilities: ArrayLike) -> FloatArray:
    """Log-odds ln(p/(1 - p)), within ±27.6."""
    p = np.clip(np.asarray(probabilities, np.float64), TINY, 1 - TINY)
    p /= 1 - p
    return np.asarray(np.log(p))


def intercept(sample: Sample) -> tuple[float, float, bool]:
    """The intercept of :func:`recalibration` alone: value, standard error, and whether it was found."""
    return _fit([np.ones_like(sample.x)], sample, sample.x)


def slope(sample: Sample) -> tuple[float, float, bool]:
    """The slope of :func:`recalibration` alone: value, standard error, and whether it was found."""
    return _fit([sample.x, np.ones_like(sample.x)], sample, np.zeros_like(sample.x))


def weighted_recalibration(
    probabilities: ArrayLike, labels: ArrayLike, weights: ArrayLike, which: Literal["intercept", "slope"]
) -> tuple[float, FloatArray]:
    """Intercept or slope of :func:`recalibration` of weighted rows, and what each row adds to it: H⁻¹x·w(y - μ).

    Args:
        probabilities: p, shape (n,), within [0, 1].
        labels: y, shape (n,), 0 or 1.
        weights: shape (n,), above 0.
        which: of the two.

    Returns:
        The coefficient and an array of shape (n,) that sums to 0; NaN and NaNs where there is none.

    Binder (1983), Int. Stat. Rev. 51:279, section 4.
    """
    at, y, w = logits(probabilities), np.asarray(labels, np.float64), np.asarray(weights, np.float64)
    one, sample = np.ones_like(at), Sample(at, w * y, w * (1 - y))
    x, offset = ([one], at) if which == "intercept" else ([at, one], np.zeros_like(at))
    beta = None if _separated(sample, constant=len(x) == 1) else _newton(x, sample, offset)
    if beta is None:
        return float("nan"), np.full(len(y), np.nan)
    mu = _probabilities(x, offset, beta)
    bread = np.linalg.inv(_gram(x, w * mu * (1 - mu)))[0]
    return float(beta[0]), np.asarray(sum(b * column for b, column in zip(bread, x, strict=True)) * w * (y - mu))


def _fit(x: list[FloatArray], sample: Sample, offset: FloatArray) -> tuple[float, float, bool]:
    """First coefficient, its standard error, and whether Newton's method reached the maximum."""
    found = None if _separated(sample, constant=len(x) == 1) else _newton(x, sample, offset)
    if found is None:
        return float("nan"), float("nan"), False
    return float(found[0]), _standard_error(x, sample, offset, found), True


def _newton(x: list[FloatArray], sample: Sample, offset: FloatArray) -> FloatArray | None:
    """Newton's method from 0; None where it finds no maximum."""
    beta, n = np.zeros(len(x)), sample.positives + sample.negatives
    for _ in range(100):
        mu = _probabilities(x, offset, beta)
        hessian = _gram(x, n * mu * (1 - mu))
        if not np.isfinite(hessian).all() or np.linalg.cond(hessian) > 1e14:
            return None
        residual = sample.positives - n * mu
        step = np.linalg.solve(hessian, np.array([float((column * residual).sum()) for column in x]))
        beta = beta + step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < 1e-9:
            return beta
    return None


def _separated(sample: Sample, *, constant: bool) -> bool:
    """Whether no finite maximum exists: one label only, or a constant or separating predictor."""
    one, zero = sample.x[sample.positives > 0], sample.x[sample.negatives > 0]
    if not (one.size and zero.size):
        return True
    return not constant and bool(one.min() >= zero.max() or one.max() <= zero.min())


def _probabilities(x: list[FloatArray], offset: FloatArray, beta: FloatArray) -> FloatArray:
    from scipy.special import expit

    return np.asarray(expit(sum((b * column for b, column in zip(beta, x, strict=True)), offset)))


def _standard_error(x: list[FloatArray], sample: Sample, offset: FloatArray, beta: FloatArray) -> float:
    mu = _probabilities(x, offset, beta)
    squares = sample.positives * (1 - mu) ** 2 + sample.negatives * mu**2
    bread, meat = np.linalg.inv(_gram(x, (sample.positives + sample.negatives) * mu * (1 - mu))), _gram(x, squares)
    return float(np.sqrt((bread @ meat @ bread)[0, 0]))


def _gram(x: list[FloatArray], weights: FloatArray) -> FloatArray:
    """Σ w x xᵀ. Not by BLAS, whose order of summation, and so the last digit, depends on its threads."""
    found = np.empty((len(x), len(x)))
    for i, one in enumerate(x):
        weighted = weights * one
        for j in range(i, len(x)):
            found[i, j] = found[j, i] = (weighted * x[j]).sum()
    return found
