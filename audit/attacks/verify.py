"""Nothing that an attack claims counts before it was held against ball, box and a fresh prediction."""

from __future__ import annotations

import numpy as np

from ..shapes.base import BoolArray
from ..slices import IntArray
from .norms import Norm, size
from .surface import Array, Surface

SLACK = 1e-4
"""Of the radius, which rounding may take a change beyond."""


class InvalidAttack(AssertionError):
    """An attack left the ball or the box; its result is worth nothing."""


def verified(surface: Surface, x: Array, y: IntArray, claimed: BoolArray, eps: float, norm: Norm) -> BoolArray:
    """Which of the rows that an attack claims are fooled by a fresh prediction.

    Raises:
        InvalidAttack: a claimed row is outside of ball or box.
    """
    real = np.zeros(len(surface), bool)
    rows = np.flatnonzero(claimed)
    if len(rows):
        some, points = surface.at(rows), surface.xp.take(x, surface.array(rows, surface.xp.int64), axis=0)
        inside(some, points, eps, norm)
        real[rows] = some.predict(points) != y[rows]
    return real


def inside(surface: Surface, x: Array, eps: float, norm: Norm) -> None:
    """Refuse points outside of ball or box, save for rounding.

    Raises:
        InvalidAttack: how far the farthest is.
    """
    xp = surface.xp
    rounding = 8 * float(xp.finfo(surface.dtype).eps) * (float(xp.max(xp.abs(surface.x))) + eps)
    numbers = float(np.prod(surface.x.shape[1:]))
    far = surface.numpy(size(x - surface.x, norm))
    out = float(xp.max(xp.maximum(surface.low - x, x - surface.high)))
    allowed = eps * (1 + SLACK) + rounding * numbers ** {"Linf": 0, "L2": 0.5, "L1": 1}[norm]
    if not (far <= allowed).all() or not out <= rounding:
        raise InvalidAttack(
            f"an attack claims a change of {norm} size {far.max():.6g} where {eps:g} is allowed, and {max(out, 0):.3g} "
            "beyond the bounds; this is a bug of the attack"
        )
