"""Fast adaptive boundary attack, targeted: from linearised boundary to boundary, with a pull back to the clean point.

Croce & Hein (2020a), arXiv:1907.02044, algorithm 1; targeted as in (2020b), section 4. It looks for the least change, and a row is
fooled once that is within ``eps``. Rows that are fooled leave the batch at once.
"""

from __future__ import annotations

import numpy as np

from ..shapes.base import BoolArray
from ..slices import IntArray
from .losses import targeted_margin
from .norms import Norm, flat, size, to_plane
from .surface import Array, Surface

BIAS, OVERSHOOT, BACK = 0.1, 1.05, 0.9
"""Most weight of the clean point, how far beyond the plane a step goes, and how much of a change is left after a success."""


def fab(
    surface: Surface, y: IntArray, eps: float, norm: Norm, *, targets: IntArray, iterations: int = 100
) -> tuple[Array, BoolArray]:
    """Points within ``eps`` of ``surface.x`` where they are fooled, else the clean ones; and which are, by the logits."""
    xp, all_ = surface.xp, surface
    found, fooled = xp.asarray(surface.x, copy=True), np.zeros(len(surface), bool)
    rows = np.arange(len(surface))
    truth, target = (all_.array(one, xp.int64) for one in (y, targets))
    x = surface.x
    for i in range(iterations + 1):
        if not len(rows):
            break
        logits, gradient = _pulled(surface, x, truth, target)
        crossed = surface.decide(logits) != truth
        near = crossed & (size(x - surface.x, norm) <= eps)
        won, out = surface.numpy(near), surface.numpy(crossed & ~near)
        if won.any():
            found[all_.array(rows[won], xp.int64)] = x[all_.array(np.flatnonzero(won), xp.int64)]
            fooled[rows[won]] = True
        if i == iterations:
            break
        if out.any():  # beyond the boundary, and too far: back towards the clean point, and look again
            index = all_.array(np.flatnonzero(out), xp.int64)
            centre = xp.take(surface.x, index, axis=0)
            nearer = centre + BACK * (xp.take(x, index, axis=0) - centre)
            x = xp.asarray(x, copy=True)
            x[index] = nearer
            again = _pulled(surface.at(out), nearer, xp.take(truth, index, axis=0), xp.take(target, index, axis=0))
            logits, gradient = xp.asarray(logits, copy=True), xp.asarray(gradient, copy=True)
            logits[index], gradient[index] = again
        left = all_.array(np.flatnonzero(~won), xp.int64)
        if won.any():
            rows, surface = rows[~won], surface.at(~won)
            x, truth, target, logits, gradient = (
                xp.take(one, left, axis=0) for one in (x, truth, target, logits, gradient)
            )
        if len(rows):
            x = _stepped(surface, x, targeted_margin(logits, truth, target)[0], gradient, norm)
    return found, fooled


def _pulled(surface: Surface, x: Array, y: Array, target: Array) -> tuple[Array, Array]:
    return surface.pullback(x, lambda z, part: targeted_margin(z, y[part], target[part])[1])


def _stepped(surface: Surface, x: Array, value: Array, gradient: Array, norm: Norm) -> Array:
    """To the planes where the linearised margin is zero, from here and from the clean point; the mean, weighted by distance."""
    xp = surface.xp
    rows, clean, normal = flat(x), flat(surface.x), flat(gradient)
    low, high = (xp.reshape(xp.broadcast_to(limit, x.shape), rows.shape) for limit in (surface.low, surface.high))
    offset = xp.sum(normal * rows, axis=1) - xp.astype(value, rows.dtype)
    here = to_plane(rows, normal, offset, norm, low, high)
    there = to_plane(clean, normal, offset, norm, low, high)
    one, two = (xp.clip(size(change, norm), 1e-8, None) for change in (here, there))
    weight = xp.clip(one / (one + two), 0.0, BIAS)[:, None]
    moved = (rows + OVERSHOOT * here) * (1 - weight) + (clean + OVERSHOOT * there) * weight
    return xp.reshape(xp.clip(moved, low, high), x.shape)
