"""What is known of the distance from each row to the nearest point with another decision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray

BoolArray = npt.NDArray[np.bool_]


@dataclass
class Distances:
    """Bounds of that distance, in units of eps.

    ``lower``: no point closer than this has another decision, ``(n,)``. ``points``: one that does have it, ``(n, m)``, NaN
    where none is known; it counts only after the model itself was asked about it. ``finished``: whether the search ended
    by itself, and not at a time limit, ``(n,)``.
    """

    lower: FloatArray
    points: FloatArray
    finished: BoolArray

    @classmethod
    def unknown(cls, points: FloatArray) -> Distances:
        """Nothing is known yet of these points."""
        n = len(points)
        return cls(np.zeros(n), np.full(points.shape, np.nan), np.ones(n, dtype=bool))


def sizes(changes: FloatArray, scale: FloatArray, norm: float) -> FloatArray:
    """Size of each change ``(..., m)`` in units of eps: its ``norm`` (1, 2 or inf) after division by ``scale``."""
    return np.asarray(np.linalg.norm(changes / scale, ord=norm, axis=-1))
