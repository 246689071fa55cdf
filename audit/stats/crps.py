"""Continuous ranked probability score (CRPS) per row: how far a predictive distribution is from the outcome."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray


def crps_normal(outcomes: ArrayLike, means: ArrayLike, deviations: ArrayLike) -> FloatArray:
    """σ(z(2Φ(z) - 1) + 2φ(z) - 1/sqrt(π)), z = (y-μ)/σ, in units of y, at least 0; |y - μ| where σ = 0.

    Args:
        outcomes: y, any shape; the three broadcast.
        means: μ.
        deviations: σ, at least 0.

    Gneiting & Raftery (2007), JASA 102:359, section 4.2 (with the sign that makes lower better).
    """
    from scipy.special import ndtr

    y, mu, sigma = np.broadcast_arrays(*(np.asarray(of, np.float64) for of in (outcomes, means, deviations)))
    z = (y - mu) / np.where(sigma > 0, sigma, 1.0)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    score = sigma * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))
    return np.asarray(np.where(sigma > 0, score, np.abs(y - mu)))


def crps_ensemble(outcomes: ArrayLike, members: ArrayLike, *, fair: bool = True) -> FloatArray:
    """Mean |xᵢ-y| - Σᵢⱼ|xᵢ-xⱼ|/(2m(m-1)), in units of y, shape (...).

    The fair score (may be negative) expects what the distribution the members come from would get; with
    ``fair=False`` the divisor is 2m², the score of the ensemble itself. With one member it is |x - y|.

    Args:
        outcomes: y, shape (...).
        members: x, shape (..., m).
        fair: divide by m(m-1) instead of m².

    Ferro (2014), Q. J. R. Meteorol. Soc. 140:1917; Gneiting & Raftery (2007), section 4.2.
    """
    y, x = np.asarray(outcomes, np.float64), np.sort(np.asarray(members, np.float64), axis=-1)
    m = x.shape[-1]
    pairs = ((2 * np.arange(m) - m + 1) * x).sum(-1)  # Σ |xᵢ-xⱼ| over i < j
    divisor = m * max(m - 1, 1) if fair else m * m
    return np.asarray(np.abs(x - y[..., None]).mean(-1) - pairs / divisor)
