"""Black-box estimation of label shift."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .interval import FloatArray

IntArray = NDArray[np.int64]


class Shifted(NamedTuple):
    """``weight`` and standard ``error`` of each class, ``(K,)``; condition number; p that predictions did not change."""

    weight: FloatArray
    error: FloatArray
    condition: float
    p_value: float


def black_box(told: IntArray, true: IntArray, target: IntArray, kinds: int) -> Shifted | None:
    """W = C⁻¹ μ with C[i, j] = P(told i, true j) in a labelled source and μ[i] = P(told i) in the target; None where C is singular.

    To first order w moves with a source row by -C⁻¹(w_y e_told - μ)/n and with a target row by C⁻¹(e_told - μ)/m, whose
    squares add up to the variance.

    Args:
        told: predicted classes of the source, (n,).
        true: its labels, (n,).
        target: predicted classes of the target, (m,).
        kinds: K.

    Lipton, Wang & Smola (2018), arXiv:1802.03916, section 4; the p-value is that of the chi-squared test that both samples of predictions are alike.
    """
    n, m = len(true), len(target)
    joint = np.bincount(told * kinds + true, minlength=kinds * kinds).reshape(kinds, kinds) / n
    after = np.bincount(target, minlength=kinds) / m
    condition = float(np.linalg.cond(joint))
    if not condition < 1e12:
        return None
    back = np.linalg.inv(joint)
    weight = back @ after
    squares = weight[None, :] ** 2 * joint  # of the source: E[w_y² 1(told i)] on the diagonal, off it 0
    source = np.diag(squares.sum(axis=1)) - np.outer(after, after)
    variance = back @ (source / n + (np.diag(after) - np.outer(after, after)) / m) @ back.T
    return Shifted(weight, np.sqrt(np.maximum(np.diag(variance), 0)), condition, _alike(told, target, kinds))


def _alike(told: IntArray, target: IntArray, kinds: int) -> float:
    from scipy.stats import chi2_contingency

    counts = np.array([np.bincount(told, minlength=kinds), np.bincount(target, minlength=kinds)])
    counts = counts[:, counts.sum(axis=0) > 0]
    return float(chi2_contingency(counts, correction=False).pvalue) if counts.shape[1] > 1 else 1.0
