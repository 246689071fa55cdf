"""The nearest point where a ReLU network decides otherwise, as a mixed-integer program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray
from .networks import Ball, Bounds, Network
from .program import Program

AHEAD = 1e-3
"""How far ahead the rival is to be where only the decision at one eps is asked, as a share of the greatest lead bound."""


@dataclass(frozen=True)
class Found:
    """``lower``: no counterexample is nearer; ``point``: the solution, ``(m,)``; ``finished``: not by the clock."""

    lower: float
    point: FloatArray | None
    finished: bool


def solve(network: Network, ball: Ball, bounds: list[Bounds], least: float, exact: bool, seconds: float) -> Found:
    """One row, one rival: ``network`` gives the lead of the label, ``(1,)``; ``bounds`` hold within ``ball``; norm inf.

    A ReLU a = max(z, 0) that can be on either side (l < 0 < u) becomes a >= 0, a >= z, a <= u·s, a <= z - l(1 - s) with s
    binary. ``exact`` asks for the least distance b with a lead of 0 at most; else for any point, of which the lead of the
    rival is the greater the better up to a small share of its bound, so that it can be verified.

    Tjeng, Xiao & Tedrake (2019), ICLR, equations 6 to 11.
    """
    if seconds <= 0:
        return Found(least, None, False)
    eps = float(ball.eps[0])
    # Inputs are measured from the row in units of eps, so that all numbers of the program are of one size.
    point, unit = ball.points[0], ball.scale * eps
    low, high = ((side[0] - point) / unit for side in ball.box)
    program = Program()
    x = program.add(len(point), low, high)
    if exact:
        distance = program.add(1, least / eps, 1, cost=1.0)[0]
        for column in x:
            program.row([column, distance], [1, -1], -np.inf, 0)
            program.row([column, distance], [1, 1], 0, np.inf)
    network = Network(
        [network.weights[0] * unit, *network.weights[1:]],
        [network.biases[0] + network.weights[0] @ point, *network.biases[1:]],
    )
    inputs, weights = x, network.weights
    for layer in range(len(weights) - 1):
        bias = np.broadcast_to(network.biases[layer], bounds[layer][0].shape)[0]
        inputs, kept = _relu(program, inputs, weights[layer], bias, (bounds[layer][0][0], bounds[layer][1][0]))
        weights = [*weights[: layer + 1], weights[layer + 1][:, kept], *weights[layer + 2 :]]
    bias = float(np.broadcast_to(network.biases[-1], bounds[-1][0].shape)[0, 0])
    scale = float(np.abs(bounds[-1][0]).max())
    if exact:
        program.row(inputs, weights[-1][0], -np.inf, -bias)
    else:
        ahead = program.add(1, -np.inf, AHEAD * scale, cost=-1.0)[0]
        program.row([*inputs, ahead], [*weights[-1][0], 1.0], -np.inf, -bias)  # the lead is -ahead at most
    answer = program.solve(seconds)
    if answer.infeasible or (not exact and answer.bound > 1e-3 * AHEAD * scale):  # even the best keeps the label ahead
        return Found(eps, None, True)
    moved = (
        None
        if answer.x is None
        else np.clip(point + np.clip(answer.x[x], low, high) * unit, *(side[0] for side in ball.box))
    )
    return Found(max(least, answer.bound * eps * (1 - 1e-6)) if exact else least, moved, answer.finished)


def _relu(
    program: Program, inputs: IntArray, weight: FloatArray, bias: FloatArray, bounds: Bounds
) -> tuple[IntArray, IntArray]:
    """Variables of one hidden layer: their columns, and which units they are; the others are always 0."""
    low, high = bounds
    kept = np.flatnonzero(high > 0)
    columns = program.add(len(kept), 0, high[kept])
    for column, unit in zip(columns, kept, strict=True):
        if low[unit] >= 0:
            program.row([*inputs, column], [*weight[unit], -1], -bias[unit], -bias[unit])
            continue
        on = program.add(1, 0, 1, whole=True)[0]
        program.row([*inputs, column], [*weight[unit], -1], -np.inf, -bias[unit])
        program.row([column, on], [1, -high[unit]], -np.inf, 0)
        program.row([*inputs, column, on], [*-weight[unit], 1, -low[unit]], -np.inf, bias[unit] - low[unit])
    return columns, kept
