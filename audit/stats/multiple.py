"""Adjusted p-values for a family of tests, and intervals that hold together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import FloatArray, Interval, normal_quantile


def holm(p_values: ArrayLike, factors: ArrayLike | None = None) -> FloatArray:
    """Step-down Bonferroni: running maximum of (m - i + 1)·p₍ᵢ₎, at most 1. Family-wise error under any dependence.

    Args:
        p_values: shape (m,).
        factors: in place of m, m - 1, ..., 1, where fewer hypotheses can be wrongly rejected together; falling.

    Holm (1979), Scand. J. Stat. 6:65.
    """
    p, order = _sorted(p_values)
    return _restore(
        np.maximum.accumulate(p * (np.arange(p.size, 0, -1) if factors is None else np.asarray(factors))), order
    )


def benjamini_hochberg(p_values: ArrayLike) -> FloatArray:
    """Step-up: running minimum from the greatest of p₍ᵢ₎·m/i. False discovery rate under positive dependence.

    Args:
        p_values: shape (m,).

    Benjamini & Hochberg (1995), JRSS B 57:289.
    """
    p, order = _sorted(p_values)
    scaled = p * (p.size / np.arange(1, p.size + 1))
    return _restore(np.minimum.accumulate(scaled[::-1])[::-1], order)


def benjamini_yekutieli(p_values: ArrayLike) -> FloatArray:
    """:func:`benjamini_hochberg` times 1 + 1/2 + ... + 1/m: false discovery rate under any dependence.

    Benjamini & Yekutieli (2001), Ann. Stat. 29:1165, theorem 1.3.
    """
    adjusted = benjamini_hochberg(p_values)
    return np.asarray(np.minimum(adjusted * (1 / np.arange(1, adjusted.size + 1)).sum(), 1.0))


def max_t(
    estimates: ArrayLike,
    errors: ArrayLike,
    replicates: ArrayLike,
    replicate_errors: ArrayLike,
    level: float = 0.95,
) -> tuple[float, Interval]:
    """Critical value c and intervals θ̂ ± c·se that hold all parameters at once with probability ``level``.

    c is the ``level`` quantile over b of maxⱼ |θ*ⱼ - θ̂ⱼ|/se*ⱼ, and at least z of a single interval. The joint replicates
    carry the dependence, so kindred metrics cost less than Bonferroni's c; and the skewness, so small cells cost more.

    Args:
        estimates: θ̂, shape (m,).
        errors: standard errors, shape (m,), above 0: smooth counts (+½) where a rate can be 0 or 1.
        replicates: θ*, shape (B, m), drawn jointly; not finite where a replicate has no value, which says nothing.
        replicate_errors: se* of each replicate, computed as ``errors``, shape (B, m).
        level: simultaneous confidence level.

    Raises:
        ValueError: a standard error is not above 0.

    Westfall & Young (1993), Resampling-Based Multiple Testing, section 2.5 (single step, studentised).
    """
    theta, se, drawn, spread = (np.asarray(a, np.float64) for a in (estimates, errors, replicates, replicate_errors))
    if not (np.all(se > 0) and np.all(spread > 0)):
        raise ValueError("errors: expected standard errors above 0")
    c = critical(greatest(theta, drawn, spread), level)
    return c, Interval(theta - c * se, theta + c * se)


def greatest(estimates: FloatArray, replicates: FloatArray, replicate_errors: FloatArray) -> FloatArray:
    """maxⱼ |θ*ⱼ - θ̂ⱼ|/se*ⱼ of each replicate, shape (B,); arguments as of :func:`max_t`."""
    distance = np.abs(replicates - estimates) / replicate_errors
    return np.asarray(np.where(np.isfinite(distance), distance, 0.0).max(-1, initial=0.0))


def critical(distances: FloatArray, level: float) -> float:
    """The c of :func:`max_t` from the :func:`greatest` distances: the least one that (1 - level)(B + 1) - 1 of them exceed."""
    above = max(int((1 - level) * (distances.size + 1) + 1e-9) - 1, 0)
    return max(float(np.sort(distances)[::-1][above]), normal_quantile(level))


def max_t_p_values(distances: FloatArray, observed: ArrayLike) -> FloatArray:
    """Two-sided p-values of observed |t|, (m,), adjusted for all: (1 + replicates as great)/(1 + B), or that of one test.

    At most 1 - level where, and only where, the interval of :func:`max_t` leaves the hypothesis out.
    """
    from scipy.special import ndtr

    t = np.asarray(observed, np.float64)
    above = distances.size - np.searchsorted(np.sort(distances), t)
    return np.asarray(np.maximum((1 + above) / (1 + distances.size), 2 * ndtr(-np.maximum(t, 0))))


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
