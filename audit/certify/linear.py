"""Linear models: the exact distance to the nearest other class, in closed form, with limits of the inputs."""

from __future__ import annotations

import numpy as np

from ..slices import FloatArray, IntArray
from .results import Distances

BEYOND = 1e-7
"""How far past the boundary a counterexample is placed, as a share of its distance."""


def linear(
    points: FloatArray,
    scores: FloatArray,
    weights: FloatArray,
    labels: IntArray,
    *,
    scale: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    norm: float,
) -> Distances:
    """Distances of rows that are decided by the greatest of the scores z = z(x0) + W(x - x0).

    The nearest point where class k overtakes class y solves: least ||d|| with (w_y - w_k)·d = z_y - z_k within the
    limits; the distance is the least over k. Without limits that is (z_y - z_k)/||w_y - w_k||_q with 1/p + 1/q = 1.

    Args:
        points: ``(n, m)``.
        scores: of the points, ``(n, K)``; what is not moved is in them.
        weights: ``(K, m)``, of what is moved.
        labels: the class that is to stay, ``(n,)``; rows that are of another class have distance 0.
        scale: what one unit of eps is, ``(m,)``.
        lower: limits of the inputs, ``(m,)``, may be infinite.
        upper: likewise.
        norm: 1, 2 or inf.

    Hein & Andriushchenko (2017), NeurIPS, section 2; with limits by the KKT conditions, :func:`least`.
    """
    found = Distances.unknown(points)
    at = np.arange(len(points))
    found.lower[:] = np.inf
    for rival in range(len(weights)):
        gap = scores[at, labels] - scores[:, rival]
        towards = (weights[rival] - weights[labels]) * scale
        room = np.where(towards > 0, upper - points, points - lower).clip(0) / scale
        step = least(np.maximum(gap, 0), np.abs(towards), room, norm)
        size = np.where(labels == rival, np.inf, np.linalg.norm(step, ord=norm, axis=1))
        nearer = size < found.lower
        change = np.sign(towards[nearer]) * step[nearer] * (1 + BEYOND) * scale
        found.points[nearer] = np.clip(points[nearer] + change, lower, upper)
        found.lower[nearer] = size[nearer]
    return found


def least(gap: FloatArray, gains: FloatArray, room: FloatArray, norm: float) -> FloatArray:
    """The smallest ``d >= 0`` with ``gains·d = gap`` and ``d <= room``, ``(n, m)``; infinite where there is none.

    For the norms inf and 2 it is d = min(t·c, room) with c = 1 or c = gains, since at the optimum every coordinate that has
    room left moves at the same rate in the direction that the norm likes best; t follows from the sorted ends of the rooms.
    For norm 1 the coordinates with the greatest gains are used up first.

    Args:
        gap: 0 or more, ``(n,)``.
        gains: 0 or more, ``(n, m)``.
        room: 0 or more, may be infinite, ``(n, m)``.
        norm: 1, 2 or inf.
    """
    room = np.where(gains > 0, room, 0.0)
    if norm == 1:
        return _greedy(gap, gains, room)
    rate = gains if norm == 2 else np.ones_like(gains)
    ends = np.divide(room, rate, out=np.zeros_like(room), where=gains > 0)
    order = np.argsort(ends, axis=1)
    ends, slopes, filled = (np.take_along_axis(a, order, axis=1) for a in (ends, gains * rate, gains * room))
    before = _shifted(np.cumsum(np.where(np.isfinite(filled), filled, 0.0), axis=1))
    open_slopes = np.cumsum(slopes[:, ::-1], axis=1)[:, ::-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.maximum(gap[:, None] - before, 0) / open_slopes
    fits = (t <= ends) & (open_slopes > 0)
    possible = fits.any(axis=1) | (gap <= 0)
    chosen = np.where(fits.any(axis=1), t[np.arange(len(t)), np.argmax(fits, axis=1)], 0.0)
    return np.where(possible[:, None], np.minimum(chosen[:, None] * rate, room), np.inf)


def _greedy(gap: FloatArray, gains: FloatArray, room: FloatArray) -> FloatArray:
    order = np.argsort(-gains, axis=1, kind="stable")
    best, space = np.take_along_axis(gains, order, axis=1), np.take_along_axis(room, order, axis=1)
    with np.errstate(invalid="ignore"):
        filled = np.where(best > 0, best * space, 0.0)
    left = np.maximum(gap[:, None] - _shifted(np.cumsum(filled, axis=1)), 0)
    used = np.minimum(np.divide(left, best, out=np.zeros_like(best), where=best > 0), space)
    step = np.zeros_like(used)
    np.put_along_axis(step, order, used, axis=1)
    step[filled.sum(axis=1) < gap] = np.inf
    return step


def _shifted(sums: FloatArray) -> FloatArray:
    """Sums of what stands before each place."""
    return np.concatenate([np.zeros((len(sums), 1)), sums[:, :-1]], axis=1)
