"""Multicalibration: calibration in every group and every range of the probability at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .forecasts import forecasts
from .interval import BoolArray, FloatArray
from .significance import Significance, monte_carlo

LEAST = 5.0
"""Least null variance Σp(1-p) that a z is divided by: the jumps of rare events would fill the maximum otherwise."""

FINE = 4
"""Parts of a bin that are drawn separately."""


class Multicalibration(NamedTuple):
    """The worst cell, and all cells, of shape (groups, bins); empty ones have 0 and p-value 1."""

    worst: Significance
    """Greatest |z| and its family-wise p-value."""
    group: int
    """Where the worst cell is; -1 when none deviates."""
    bin: int
    gap: FloatArray
    """Mean of y - p."""
    z: FloatArray
    adjusted_p: FloatArray


def multicalibration(
    probabilities: ArrayLike,
    labels: ArrayLike,
    groups: Sequence[ArrayLike],
    rng: np.random.Generator,
    *,
    bins: int = 10,
    replicates: int = 2000,
) -> Multicalibration:
    """Greatest value over (group, bin) of |z|, against its law when y ~ Bern(p) (single-step max-T).

    z = Σ(y-p)/sqrt(max(Σp(1-p), 5)) over the rows of a cell. Groups may overlap. Rows that are in the same groups and the same quarter of a bin are drawn together from one
    binomial, so the cost of a replicate does not grow with the data. That any cell of a calibrated model
    gets an adjusted p-value <= α has probability at most α.

    Args:
        probabilities: p, shape (n,), within [0, 1].
        labels: y, shape (n,), 0 or 1.
        groups: one boolean mask of shape (n,) for each group; include one of all rows for the whole.
        rng: source of the draws.
        bins: of equal width, half-open, the last one closed.
        replicates: samples drawn; the least p-value is 1/(replicates + 1).

    Hébert-Johnson, Kim, Reingold & Rothblum (2018), ICML; max-T: Westfall & Young (1993), Resampling-Based Multiple
    Testing.
    """
    p, y = forecasts(probabilities, labels)
    masks = np.array([np.asarray(group, bool) for group in groups], bool).reshape(len(groups), p.size)
    fine = np.searchsorted(np.linspace(0, 1, bins * FINE + 1)[1:-1], p, side="right")
    atom, members = _atoms(masks, fine)
    n = np.bincount(atom)
    positives, total = (np.bincount(atom, of) for of in (y, p))
    mean = np.clip(total / np.maximum(n, 1), 0, 1)
    cells = _membership(members[:, :-1].astype(bool), members[:, -1] // FINE, bins)
    variance, size = cells @ (n * mean * (1 - mean)), cells @ n
    scale = np.sqrt(np.maximum(variance, LEAST))
    peaks = np.array(
        [np.abs(cells @ (rng.binomial(n, mean) - n * mean) / scale).max(initial=0) for _ in range(replicates)]
    )
    excess = cells @ (positives - total)
    z = np.where(np.abs(excess) > 1e-9, excess, 0.0) / scale  # 1e-9: rounding is no deviation
    adjusted = monte_carlo(np.abs(z), peaks)
    at = int(np.abs(z).argmax()) if z.any() else -1
    group, column = divmod(at, bins) if at >= 0 else (-1, -1)
    worst = Significance(float(abs(z[at])), float(adjusted[at])) if at >= 0 else Significance(0.0, 1.0)
    gap, z, adjusted = (of.reshape(len(groups), bins) for of in (excess / np.maximum(size, 1), z, adjusted))
    return Multicalibration(worst, group, column, gap, z, adjusted)


def _atoms(masks: BoolArray, fine: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Code of each row, and what the rows of a code share: their groups (0 or 1) and, last, their fine bin."""
    packed = np.packbits(masks, axis=0).astype(np.intp)
    code = np.zeros(fine.size, np.intp)
    for column in (*packed, fine):
        _, code = np.unique(code * (int(column.max(initial=0)) + 1) + column, return_inverse=True)
    _, first = np.unique(code, return_index=True)
    return code, np.column_stack([masks[:, first].T, fine[first]])


def _membership(members: BoolArray, coarse: NDArray[np.intp], bins: int) -> FloatArray:
    """1 where an atom is in a cell, shape (groups * bins, atoms)."""
    within = np.arange(bins)[:, None] == coarse
    return np.asarray((members.T[:, None, :] & within).reshape(members.shape[1] * bins, len(members)), np.float64)
