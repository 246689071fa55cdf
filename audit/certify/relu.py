"""Small ReLU networks: the distance to another decision, first bounded, then exact by mixed-integer programming."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..slices import FloatArray, IntArray
from .clock import Clock
from .network_program import solve
from .networks import Ball, Network, interval_bounds, linear_bounds
from .results import Distances, sizes

HALVINGS = 12
"""Steps of the search for the greatest eps that linear bounds certify."""
STEPS = 20
"""Gradient steps of the search for a counterexample that narrows the program."""
ROUNDING = 1e-6
PUSH = (0.0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
"""How far past a solution of the program, which lies on the boundary, it is looked for a point beyond it."""


def relu(
    network: Network,
    points: FloatArray,
    labels: IntArray,
    *,
    scale: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    norm: float,
    most: float,
    exact: bool,
    clock: Clock,
) -> Distances:
    """Distances up to ``most``; a lower bound of ``most`` says that nothing within it has another decision.

    Linear bounds certify what they can; gradient steps look for a counterexample; between the two a mixed-integer program
    decides (norm inf only; for others what bounds leave open stays so). In real arithmetic: rounding within the network
    is left out.
    """
    found = Distances.unknown(points)

    for row in range(len(points)):
        mine = network.of(np.array([row]))
        mine = mine.against(
            int(labels[row]), np.array([k for k in range(len(network.weights[-1])) if k != labels[row]])
        )

        def make(eps: float, row: int = row) -> Ball:
            return Ball(points[[row]], np.array([eps]), scale, lower, upper, norm)

        clock.start_row()
        found.lower[row] = certified(mine, make(most), exact=exact)
        if found.lower[row] >= most:
            continue
        point = descend(mine, make(most))
        if point is not None:
            found.points[row] = point
        if not np.isinf(norm) or (point is not None and not exact):
            found.finished[row] = point is not None
            continue
        _search(found, row, mine, make, most, exact, clock)
    return found


def _search(
    found: Distances, row: int, network: Network, make: Callable[[float], Ball], most: float, exact: bool, clock: Clock
) -> None:
    """The program for each rival, within the nearest counterexample so far."""
    lowest = np.inf
    for rival in range(len(network.weights[-1])):
        within = make(most)
        if not np.isnan(found.points[row]).any():
            within = make(min(most, float(sizes(found.points[row] - within.points[0], within.scale, np.inf))))
        mine = network.only(rival)
        bounds = linear_bounds(mine, within)
        if bounds[-1][0][0, 0] > 0:
            lowest = min(lowest, float(within.eps[0]))
            continue
        answer = solve(mine, within, bounds, float(found.lower[row]), exact, clock.left())
        found.finished[row] &= answer.finished
        lowest = min(lowest, answer.lower)
        beyond = None if answer.point is None else _beyond(mine, within, answer.point)
        if beyond is not None:
            found.points[row] = beyond
            if not exact:
                return
    found.lower[row] = max(found.lower[row], lowest)


def certified(network: Network, ball: Ball, *, exact: bool = True) -> float:
    """The greatest eps up to that of ``ball`` (one row) that linear bounds certify; without ``exact`` 0 or all of it."""

    def holds(eps: float) -> bool:
        smaller = Ball(ball.points, np.array([eps]), ball.scale, ball.lower, ball.upper, ball.norm)
        if (interval_bounds(network, smaller)[-1][0] > 0).all() and np.isinf(ball.norm):
            return True
        return bool((linear_bounds(network, smaller)[-1][0] > 0).all())

    low, high = 0.0, float(ball.eps[0])
    if holds(high):
        return high
    for _ in range(HALVINGS if exact else 0):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def descend(network: Network, ball: Ball) -> FloatArray | None:
    """A counterexample near the row, by signed gradient steps and then halving the way to it; None if there is none."""
    start, low, high = ball.points[0], *(side[0] for side in ball.box)
    best: FloatArray | None = None
    for rival in range(len(network.weights[-1])):
        towards = -np.eye(len(network.weights[-1]))[[rival]]
        point = start.copy()
        for step in range(STEPS):
            slope = network.gradient(point[None], towards)[0]
            move = _steepest(slope, ball.scale, ball.norm)
            point = np.clip(point + 2 * ball.eps[0] * move / (step + 2), low, high)
            size = float(sizes(point - start, ball.scale, ball.norm))
            point = start + (point - start) * min(1.0, float(ball.eps[0]) / size if size else 1.0)
            if _falls(network, point):
                point = _halved(network, start, point)
                nearer = best is None or sizes(point - start, ball.scale, ball.norm) < sizes(
                    best - start, ball.scale, ball.norm
                )
                best = point if nearer else best
    return best


def _steepest(slope: FloatArray, scale: FloatArray, norm: float) -> FloatArray:
    """The change of size 1 that gains most: signs for inf, the gradient itself for 2, one input for 1."""
    gain = slope * scale
    if np.isinf(norm):
        return np.asarray(np.sign(gain) * scale)
    if norm == 2:
        return np.asarray(gain / max(float(np.linalg.norm(gain)), 1e-300) * scale)
    return np.asarray(np.where(np.arange(len(gain)) == np.argmax(np.abs(gain)), np.sign(gain), 0.0) * scale)


def _falls(network: Network, point: FloatArray) -> bool:
    """Whether a lead is lost by more than the rounding of a network in single precision."""
    before = network.before(point[None])
    terms = np.abs(np.maximum(before[-2], 0) if len(before) > 1 else point[None]) @ np.abs(network.weights[-1]).T
    return bool((before[-1] < -ROUNDING * terms).any())


def _halved(network: Network, start: FloatArray, point: FloatArray) -> FloatArray:
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if _falls(network, start + middle * (point - start)) else (middle, high)
    return start + high * (point - start)


def _beyond(network: Network, ball: Ball, point: FloatArray) -> FloatArray | None:
    """The first point past the solution that the network itself decides otherwise, within the ball."""
    low, high = (side[0] for side in ball.box)
    uphill = _steepest(network.gradient(point[None], -np.ones((1, 1)))[0], ball.scale, ball.norm)
    size = float(sizes(point - ball.points[0], ball.scale, ball.norm))
    for push in PUSH:
        moved = np.clip(point + (point - ball.points[0]) * push + uphill * push * size, low, high)
        if _falls(network, moved):
            return np.asarray(moved)
    return None
