"""The nearest point where the leaves of a forest add up to another decision, as a mixed-integer program."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from ..slices import FloatArray, IntArray
from .forest import Forest
from .program import Program
from .results import BoolArray, sizes

if TYPE_CHECKING:
    from .ensembles import Rival

Answer = tuple[float, FloatArray | None, bool]
"""Lower bound of the distance; a point, if one was found; whether the search ended by itself."""


def solve(rival: Rival, forest: Forest, norm: float, least: float, reach: float, exact: bool, seconds: float) -> Answer:
    """Search between the distances ``least`` and ``reach``.

    Variables: the distance b, for each threshold T of an input whether x <= T (binary), for each leaf whether it is
    reached (its tree makes it binary). Constraints: one leaf per tree; a leaf needs its thresholds; x <= T implies
    x <= T' for T' > T; b is at least the way to the thresholds crossed; the leaves bring the rival what it needs.

    Kantchelian, Tygar & Joseph (2016), ICML, section 4.1; leaves are summed over each side of a threshold as in
    Mišić (2020), Operations Research 68:1605, which is tighter than one constraint per leaf.
    """
    if seconds <= 0:
        return least, None, False
    leaves = np.flatnonzero(rival.away <= reach)
    size = max(float(np.abs(rival.gain[leaves]).max()), 1e-300)
    program = Program()
    distance = program.add(1, least / reach, 1, cost=1.0 if exact else 0.0)[0]  # in units of reach
    column = program.add(len(leaves), 0, 1)
    _thresholds(program, rival, forest, leaves, column, distance, reach, norm)
    for tree in np.unique(forest.tree[leaves]):
        own = column[forest.tree[leaves] == tree]
        program.row(own, np.ones(len(own)), 1, 1)
    program.row(column, rival.gain[leaves] / size, rival.threshold / size, np.inf)
    answer = program.solve(seconds)
    if answer.infeasible:
        return reach, None, True
    point = None if answer.x is None else _point(answer.x[column] > 0.5, rival, forest, leaves)
    if point is None:
        return max(least, answer.bound * reach) if exact else least, None, answer.finished
    bound = max(least, answer.bound * reach) if exact else least
    far = float(sizes(point - rival.place.point, rival.place.scale, norm))
    if answer.finished and exact and abs(far - bound) <= 1e-5 * far:
        bound = far
    return bound, point, answer.finished


def _thresholds(
    program: Program,
    rival: Rival,
    forest: Forest,
    leaves: IntArray,
    column: IntArray,
    distance: int,
    reach: float,
    norm: float,
) -> None:
    """Thresholds within reach: their order, the way to them, and what each side of them leaves of every tree."""
    place, tree = rival.place, forest.tree[leaves]
    low, high = place.within(reach)
    ways: list[tuple[int, float]] = []
    for j in range(len(place.point)):
        ends, starts = forest.upper[leaves, j], np.nextafter(forest.lower[leaves, j], -np.inf)
        at = np.unique(np.concatenate([ends[ends < high[j]], starts[starts >= low[j]]]))
        if not len(at):
            continue
        below = program.add(len(at), 0, 1, whole=True)
        for first, second in itertools.pairwise(below):
            program.row([first, second], [1, -1], -np.inf, 0)
        for t, p in zip(at, below, strict=True):
            for one in np.unique(tree[(ends == t) | (starts == t)]):
                for group, side in ((ends <= t, 1.0), (starts >= t, -1.0)):
                    own = column[group & (tree == one)]
                    program.row([*own, p], [*np.ones(len(own)), -side], -np.inf, 0 if side > 0 else 1)
        ways += _ways(program, at, below, place.point[j], place.scale[j] * reach, distance, norm)
    if norm == 1 and ways:
        _sum(program, ways, distance)


def _ways(
    program: Program, at: FloatArray, below: IntArray, x: float, scale: float,
    distance: int, norm: float,
) -> list[tuple[int, float]]:  # fmt: skip
    """The way from ``x`` to the farthest threshold that is crossed, as a sum of steps between thresholds.

    Downwards a step counts if x <= T, upwards if not. For norm 1 the terms are returned, to be added up over inputs.
    """
    terms: list[tuple[int, float]] = []
    for mine, side in ((at < x, 1.0), (at >= x, -1.0)):
        places, columns = at[mine], below[mine]
        if side > 0:
            places, columns = places[::-1], columns[::-1]
        way = (x - places) / scale if side > 0 else (np.nextafter(places, np.inf) - x) / scale
        steps = np.diff(way, prepend=0.0) * side
        if len(steps) and norm == 1:
            terms += list(zip(columns.tolist(), steps.tolist(), strict=True))
        elif len(steps):
            constant = 0.0 if side > 0 else float(-steps.sum())
            program.row([*columns, distance], [*steps, -1], -np.inf, -constant)
    return terms


def _sum(program: Program, ways: list[tuple[int, float]], distance: int) -> None:
    constant = -sum(step for _, step in ways if step < 0)
    program.row([c for c, _ in ways] + [distance], [s for _, s in ways] + [-1], -np.inf, -constant)


def _point(chosen: BoolArray, rival: Rival, forest: Forest, leaves: IntArray) -> FloatArray | None:
    """The nearest point that all chosen leaves have in common."""
    own = leaves[chosen]
    if len(own) != forest.trees:
        return None
    lower = np.maximum(forest.lower[own].max(axis=0), rival.place.lower)
    upper = np.minimum(forest.upper[own].min(axis=0), rival.place.upper)
    return np.clip(rival.place.point, lower, upper) if (lower <= upper).all() else None
