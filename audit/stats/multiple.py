"""Adjusted p-values for a family of tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import FloatArray


def holm(p_values: ArrayLike) -> FloatArray:
    """Step-down Bonferroni: running maximum of (m - i + 1)·p₍ᵢ₎, at most 1. Family-wise error under any dependence.

    Args:
        p_values: shape (m,).

    Holm (1979), Scand. J. Stat. 6:65.
    """
    p, order = _sorted(p_values)
    return _restore(np.maximum.accumulate(p * np.arange(p.size, 0, -1)), order)


def benjamini_hochberg(p_values: ArrayLike) -> FloatArray:
    """Step-up: running minimum from the greatest of p₍ᵢ₎·m/i. False discovery rate under positive dependence.

    Args:
        p_values: shape (m,).

    Benjamini & Hochberg (1995), JRSS B 57:289.
    """
    p, order = _sorted(p_values)
    scaled = p * (p.size / np.arange(1, p.size + 1))
    return _restore(np.minimum.accumulate(scaled[::-1])[::-1], order)


def _sorted(p_values: ArrayLike) -> tuple[FloatArray, NDArray[np.intp]]:
    p = np.asarray(p_values, np.float64)
    if p.ndim != 1 or not np.all((p >= 0) & (p <= 1)):
        raise ValueError(f"p_values: expected one row of numbers from 0 to 1, got {p_values!r}")
    order = np.argsort(p, kind="stable")
    return p[order], order


def _restore(ordered: FloatArray, order: NDArray[np.intp]) -> FloatArray:
    adjusted = np.empty_like(ordered)
    adjusted[order] = np.minimum(ordered, 1.0)
    return adjusted
