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
"""Cells with less null variance Σp(1-p) are left out: their z is too far from normal to share one maximum."""

FINE = 4
"""Parts of a bin that are drawn separately."""


class Multicalibration(NamedTuple):
    """The worst cell and all cells, the latter of shape (groups, bins); 0 and p-value 1 where a cell is left out."""

    worst: Significance
    """Greatest |z| and its family-wise p-value."""
    group: int
    """Where the worst cell is; -1 when every cell is left out."""
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
    """Greatest value over (group, bin) of |Σ(y-p)|/sqrt(Σp(1-p)), against its law when y ~ Bern(p) (single-step max-T).

    Groups may overlap. Rows that are in the same groups and the same quarter of a bin are drawn together from one
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
    keep = variance >= LEAST
    scale = np.where(keep, np.sqrt(np.maximum(variance, LEAST)), np.inf)
    peaks = np.array(
        [np.abs(cells @ (rng.binomial(n, mean) - n * mean) / scale).max(initial=0) for _ in range(replicates)]
    )
    return _result(cells @ (positives - total), size, scale, peaks, (len(groups), bins))


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


def _result(
    observed: FloatArray, size: FloatArray, scale: FloatArray, peaks: FloatArray, shape: tuple[int, int]
) -> Multicalibration:
    z = observed / scale
    adjusted = np.where(np.isfinite(scale), monte_carlo(np.abs(z), peaks), 1.0)
    worst = int(np.abs(z).argmax()) if np.isfinite(scale).any() else -1
    group, column = divmod(worst, shape[1]) if worst >= 0 else (-1, -1)
    found = Significance(float(abs(z[worst])), float(adjusted[worst])) if worst >= 0 else Significance(0.0, 1.0)
    gap = observed / np.maximum(size, 1)
    return Multicalibration(found, group, column, gap.reshape(shape), z.reshape(shape), adjusted.reshape(shape))
