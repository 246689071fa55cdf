"""Squared kernel calibration error (SKCE) of binary or multiclass probabilities, without bins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import FloatArray, Interval, normal_quantile
from .significance import Significance

BLOCK = 32
"""Rows in a block: more see more, but leave fewer blocks for the central limit theorem."""


class KernelError(NamedTuple):
    """Unbiased estimate (so it can be negative), its interval, and the one-sided test of calibration."""

    value: float
    interval: Interval
    test: Significance


def kernel_error(
    probabilities: ArrayLike,
    labels: ArrayLike,
    rng: np.random.Generator,
    level: float = 0.95,
    *,
    bandwidth: float = 0.2,
    block: int = BLOCK,
) -> KernelError:
    """Mean over i != j in a block of k(pᵢ, pⱼ)·(eᵢ-pᵢ)·(eⱼ-pⱼ), then over disjoint random blocks; 0 when calibrated.

    e is the one-hot label and k(p, q) = exp(-‖p-q‖/bandwidth) with the total variation distance ‖p-q‖ = Σ|p-q|/2.
    Blocks are independent, so their mean is nearly normal: interval estimate ± t·s/sqrt(blocks), cut at 0 below;
    p-value of the upper tail, too large rather than too small as the blocks are skewed. Rows beyond the last whole
    block are not used. Fewer than two blocks: the interval is (0, 2) and the p-value 1.

    Args:
        probabilities: shape (n,) for P(y = 1), or (n, K) with rows that sum to 1.
        labels: shape (n,), the class 0 ... K-1.
        rng: shuffles the rows into blocks, whatever their order.
        level: two-sided confidence level.
        bandwidth: of the kernel, fixed in advance.
        block: rows in a block, at least 2.

    Widmann, Lindsten & Zachariah (2019), NeurIPS, where the blocks are pairs; larger blocks: Zaremba, Gretton &
    Blaschko (2013), NeurIPS.
    """
    return of_blocks(kernel_blocks(probabilities, labels, rng, bandwidth=bandwidth, block=block), level)


def kernel_blocks(
    probabilities: ArrayLike,
    labels: ArrayLike,
    rng: np.random.Generator,
    *,
    bandwidth: float = 0.2,
    block: int = BLOCK,
) -> FloatArray:
    """The estimate of each block, shape (n // block,); arguments as of :func:`kernel_error`."""
    p = np.asarray(probabilities, np.float64)
    p = np.column_stack([1 - p, p]) if p.ndim == 1 else p
    y = np.asarray(labels, np.intp)
    residual = np.eye(p.shape[1])[y] - p
    # Not by hashes: the blocks of answers that differ by a rounding error must be the same.
    order = np.lexsort((*p.T, p[np.arange(len(p)), y], y))
    order = order[rng.permutation(len(p))][: len(p) // block * block].reshape(-1, block)
    return np.concatenate([_blocks(p[rows], residual[rows], bandwidth) for rows in _chunks(order)])


def _blocks(p: FloatArray, residual: FloatArray, bandwidth: float) -> FloatArray:
    """U-statistic of each block; p and residual of shape (blocks, block, K)."""
    distance = np.abs(p[:, :, None] - p[:, None, :]).sum(-1) / 2
    terms = np.exp(-distance / bandwidth) * (residual @ residual.swapaxes(1, 2))
    size = p.shape[1]
    return np.asarray((terms.sum((1, 2)) - np.einsum("bii->b", terms)) / (size * (size - 1)))


def _chunks(order: NDArray[np.intp], blocks: int = 4096) -> list[NDArray[np.intp]]:
    return [order[start : start + blocks] for start in range(0, max(len(order), 1), blocks)]


def of_blocks(values: FloatArray, level: float = 0.95) -> KernelError:
    """Estimate, interval and test of independent blocks ``(B,)``."""
    from scipy.special import stdtr, stdtrit

    normal_quantile(level)
    mean = float(values.mean()) if values.size else 0.0
    error = float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else 0.0
    if error <= 1e-12 * abs(mean):  # no spread to judge by
        return KernelError(mean, Interval(np.array(0.0), np.array(2.0)), Significance(0.0, 1.0))
    half = stdtrit(values.size - 1, (1 + level) / 2) * error
    low, high = Interval(np.array(mean - half), np.array(mean + half)).clip(0, 2)
    high = np.maximum(high, error)  # the estimate may be so far below 0 that both limits are 0
    return KernelError(
        mean, Interval(low, high), Significance(mean / error, float(stdtr(values.size - 1, -mean / error)))
    )
