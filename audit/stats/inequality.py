"""Inequality of a benefit between people: generalized entropy indices."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray


def generalized_entropy(benefits: ArrayLike, weights: ArrayLike, alpha: float = 2.0) -> FloatArray:
    """Σ w((b/μ)^α - 1) / (Σw·α(α - 1)), μ the weighted mean; 0 where all benefits are equal.

    α = 1 is Theil's index, mean (b/μ)·ln(b/μ), with 0·ln 0 = 0; α = 2 half the squared coefficient of variation.
    NaN where the mean or the weight is 0.

    Args:
        benefits: b >= 0, shape (k,): the values that occur; or (..., k).
        weights: how often each occurs, shape (..., k).
        alpha: above 0; greater values weigh large benefits more.

    Speicher et al. (2018), KDD, equation 3; Shorrocks (1980), Econometrica 48:613.
    """
    from scipy.special import xlogy

    if not alpha > 0:
        raise ValueError(f"alpha: expected a number above 0, got {alpha}")
    b, w = np.broadcast_arrays(np.asarray(benefits, np.float64), np.asarray(weights, np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        total = w.sum(-1)
        r = b / ((w * b).sum(-1) / total)[..., None]
        parts = xlogy(r, r) if alpha == 1 else (r**alpha - 1) / (alpha * (alpha - 1))
        return np.asarray((w * parts).sum(-1) / total)
