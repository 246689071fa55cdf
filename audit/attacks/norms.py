"""Balls and boxes: sizes of changes, projections, steepest directions and random starts, row by row.

All functions take arrays ``(n, ...)`` of any namespace and return arrays of the same. ``low`` and ``high`` broadcast against them.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from array_api_compat import array_namespace, device

Array = Any
Norm = Literal["Linf", "L2", "L1"]

HALVINGS = 40
"""Of a bisection: twelve digits."""


def flat(x: Array) -> Array:
    """``(n, d)``."""
    return array_namespace(x).reshape(x, (x.shape[0], -1))


def per_row(values: Array, like: Array) -> Array:
    """``(n,)`` shaped so that it broadcasts against ``like``."""
    return array_namespace(values).reshape(values, (-1, *(1 for _ in like.shape[1:])))


def size(change: Array, norm: Norm) -> Array:
    """Norm of each row, ``(n,)``."""
    xp, rows = array_namespace(change), flat(change)
    if norm == "Linf":
        return xp.max(xp.abs(rows), axis=1)
    if norm == "L1":
        return xp.sum(xp.abs(rows), axis=1)
    return xp.sqrt(xp.sum(rows * rows, axis=1))


def scaled(change: Array, norm: Norm) -> Array:
    """Each row divided by its norm; rows of zeros stay so. First by the largest number, so that none is lost as too small."""
    xp = array_namespace(change)
    largest = per_row(xp.max(xp.abs(flat(change)), axis=1), change)
    safe = change / xp.where(largest > 0, largest, xp.ones_like(largest))
    length = per_row(size(safe, norm), change)
    return safe / xp.where(length > 0, length, xp.ones_like(length))


def project(x: Array, centre: Array, eps: float, norm: Norm, low: Array, high: Array) -> Array:
    """Into the ball of radius ``eps`` around ``centre``, which is in the box, and into the box.

    Linf and L1: the nearest point (L1: Croce & Hein 2021, arXiv:2103.01208, proposition 2.1: soft thresholding, clipped to the
    box, with the threshold at which the norm is ``eps``). L2: scaled to the ball, then clipped, as in Croce & Hein (2020b).
    """
    xp = array_namespace(x)
    if norm == "Linf":
        return xp.clip(xp.clip(x, centre - eps, centre + eps), low, high)
    if norm == "L2":
        change = x - centre
        length = size(change, norm)
        factor = xp.where(length > eps, eps / xp.where(length > 0, length, xp.ones_like(length)), xp.ones_like(length))
        return xp.clip(centre + change * per_row(factor, x), low, high)
    return centre + _into_l1(x - centre, eps, low - centre, high - centre)


def _into_l1(change: Array, eps: float, low: Array, high: Array) -> Array:
    xp = array_namespace(change)

    def at(threshold: Array) -> Array:
        shrunk = xp.sign(change) * xp.clip(xp.abs(change) - per_row(threshold, change), 0.0, None)
        return xp.clip(shrunk, low, high)

    over = size(change, "Linf")
    under = over * 0
    inside = size(at(under), "L1") <= eps
    for _ in range(HALVINGS):
        middle = (under + over) / 2
        large = size(at(middle), "L1") > eps
        under, over = xp.where(large, middle, under), xp.where(large, over, middle)
    return at(xp.where(inside, over * 0, over))


def start(like: Array, eps: float, norm: Norm, low: Array, high: Array, rng: np.random.Generator) -> Array:
    """A random point of the ball and the box around each row: on the sphere before it is clipped to the box."""
    xp = array_namespace(like)
    draw = rng.uniform(-1, 1, tuple(like.shape)) if norm == "Linf" else rng.standard_normal(tuple(like.shape))
    noise = xp.asarray(draw, dtype=like.dtype, device=device(like))
    if norm == "L1":
        return project(like + noise, like, eps, norm, low, high)
    return project(like + eps * scaled(noise, norm), like, eps, norm, low, high)


def to_plane(x: Array, normal: Array, offset: Array, norm: Norm, low: Array, high: Array) -> Array:
    """The change of each row to the nearest point of the box with ``<normal, z> = offset``; else the corner nearest to it.

    ``x`` in the box, ``(n, d)``, ``offset`` ``(n,)``. Croce & Hein (2020a), arXiv:1907.02044, section 2.2 and appendix A: along
    the path of nearest points the product is monotone, so that bisection finds the plane; for L1 the coordinates move to the
    wall in the order of ``|normal|``.
    """
    xp = array_namespace(x)
    gap = offset - xp.sum(normal * x, axis=1)
    towards = normal * xp.where(gap >= 0, xp.ones_like(gap), -xp.ones_like(gap))[:, None]
    gap = xp.abs(gap)
    room = xp.where(towards > 0, high - x, x - low) * xp.astype(towards != 0, x.dtype)
    weight = xp.abs(towards)
    if norm == "L1":
        order = xp.argsort(weight, axis=1, descending=True)
        reach = xp.take_along_axis(weight * room, order, axis=1)
        before = xp.cumulative_sum(reach, axis=1) - reach
        share = xp.clip((gap[:, None] - before) / xp.where(reach > 0, reach, xp.ones_like(reach)), 0.0, 1.0)
        moved = share * xp.take_along_axis(room, order, axis=1)
        back = xp.argsort(order, axis=1)
        return xp.sign(towards) * xp.take_along_axis(moved, back, axis=1)
    rate = xp.ones_like(weight) if norm == "Linf" else weight
    over = xp.max(
        xp.where(weight > 0, room / xp.where(weight > 0, rate, xp.ones_like(rate)), xp.zeros_like(room)), axis=1
    )
    under = over * 0
    for _ in range(HALVINGS):
        middle = (under + over) / 2
        short = xp.sum(weight * xp.minimum(room, middle[:, None] * rate), axis=1) < gap
        under, over = xp.where(short, middle, under), xp.where(short, over, middle)
    return xp.sign(towards) * xp.minimum(room, over[:, None] * rate)
