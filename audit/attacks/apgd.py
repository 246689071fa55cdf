"""Auto-PGD: projected gradient ascent with momentum whose steps get shorter when they bring nothing.

Croce & Hein (2020b), arXiv:2003.01690, algorithm 1; for L1 Croce & Hein (2021), arXiv:2103.01208, algorithm 1: steps along the few largest
gradients. Rows that are fooled leave the batch at once.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ..shapes.base import BoolArray
from ..slices import IntArray
from .losses import Loss
from .norms import Norm, flat, per_row, project, scaled, start
from .surface import Array, Surface

MOMENTUM = 0.75
RISING = 0.75
"""A window of steps in which the loss rose less often than this halves the step size."""

SPARSER, SHORTER, SHORTEST = 1.5, 1.5, 10.0
"""L1: how much sparser steps get than the change, by what they get shorter, and at most."""


def apgd(
    surface: Surface,
    y: IntArray,
    eps: float,
    norm: Norm,
    rng: np.random.Generator,
    loss: Loss,
    *,
    targets: IntArray | None = None,
    iterations: int = 100,
    begin: Array | None = None,
) -> tuple[Array, BoolArray]:
    """Points within ``eps`` of ``surface.x``, and which of them are fooled, by the logits; fooled ones are where that was first seen.

    ``begin``: where it starts, in ball and box; default: at random. ``targets``: for targeted losses.
    """
    return _Run(surface, y, eps, norm, loss, y if targets is None else targets, iterations).run(
        start(surface.x, eps, norm, surface.low, surface.high, rng) if begin is None else begin
    )


def widening(
    surface: Surface,
    y: IntArray,
    eps: float,
    rng: np.random.Generator,
    loss: Loss,
    *,
    targets: IntArray | None = None,
    iterations: int = 100,
) -> tuple[Array, BoolArray]:
    """Auto-PGD for L1 that comes from balls of radius 3 eps and 2 eps, with 30, 30 and 40 % of the steps (2021, section 3.3)."""
    x = start(surface.x, 3 * eps, "L1", surface.low, surface.high, rng)
    for factor, share in ((3, 0.3), (2, 0.3), (1, 0.4)):
        x = project(x, surface.x, factor * eps, "L1", surface.low, surface.high)
        steps = max(1, round(share * iterations))
        run = _Run(surface, y, factor * eps, "L1", loss, y if targets is None else targets, steps)
        x, fooled = run.run(x, leave=factor == 1)
    return x, fooled


@dataclass
class _State:
    """What is known of the rows that are still in the batch."""

    centre: Array
    x: Array
    old: Array
    best: Array
    gradient: Array
    best_gradient: Array
    value: Array
    best_value: Array
    checked: Array
    rises: Array
    step: Array
    halved: Array
    density: Array
    changed: Array
    y: Array
    target: Array

    def keep(self, surface: Surface, rows: IntArray) -> None:
        """Those rows alone."""
        index = surface.array(rows, surface.xp.int64)
        for field in fields(self):
            setattr(self, field.name, surface.xp.take(getattr(self, field.name), index, axis=0))


class _Run:
    def __init__(
        self, surface: Surface, y: IntArray, eps: float, norm: Norm, loss: Loss, targets: IntArray, iterations: int
    ) -> None:
        self.all, self.eps, self.norm, self.loss, self.iterations = surface, eps, norm, loss, iterations
        self.y, self.targets = (surface.array(one, surface.xp.int64) for one in (y, targets))

    def run(self, begin: Array, *, leave: bool = True) -> tuple[Array, BoolArray]:
        """The best points; those that are fooled where ``leave`` lets them."""
        xp, surface = self.all.xp, self.all
        found, fooled = xp.asarray(begin, copy=True), np.zeros(len(surface), bool)
        if not len(surface):
            return found, fooled
        rows, state = np.arange(len(surface)), self._first(begin)
        window = max(int((0.04 if self.norm == "L1" else 0.22) * self.iterations), 1)
        since = 0
        logits, state.gradient = self._ask(surface, state, state.x)
        state.value = state.best_value = state.checked = self.loss(logits, state.y, state.target)[0]
        state.best_gradient = state.gradient
        for i in range(self.iterations + 1):
            if leave:
                won = surface.numpy(surface.decide(logits) != state.y)
                if won.any():
                    index = surface.array(rows[won], xp.int64)
                    found[index] = state.x[surface.array(np.flatnonzero(won), xp.int64)]
                    fooled[rows[won]] = True
                    rows = rows[~won]
                    if not len(rows):
                        return found, fooled
                    state.keep(surface, np.flatnonzero(~won))
                    surface = self.all.at(rows)
            if i == self.iterations:
                break
            self._step(state, surface, first=i == 0)
            last = i == self.iterations - 1
            if last and leave:
                logits = surface.logits(state.x)
            else:
                logits, state.gradient = self._ask(surface, state, state.x)
            self._remember(state, surface, self.loss(logits, state.y, state.target)[0])
            since += 1
            if since == window:
                self._check(state, surface, window)
                since = 0
                if self.norm != "L1":
                    shortest = max(int(0.06 * self.iterations), 1)
                    window = max(window - max(int(0.03 * self.iterations), 1), shortest)
        found[surface.array(rows, xp.int64)] = state.best
        return found, fooled

    def _first(self, begin: Array) -> _State:
        xp, n = self.all.xp, len(self.all)
        ones, zero = self.all.array(np.ones(n)), self.all.array(np.zeros(n))
        wide = xp.astype(zero, xp.float64)
        change = begin - self.all.x
        width = flat(begin).shape[1]
        moved = xp.sum(xp.astype(flat(change) != 0, zero.dtype), axis=1)
        still = not bool(xp.any(moved > 0))
        density = 0.2 * ones if still else moved / width / SPARSER
        return _State(
            self.all.x, begin, begin, begin, begin, begin, wide, wide, wide, zero,
            (1.0 if self.norm == "L1" else 2.0) * self.eps * ones, ones, density, width * ones if still else moved,
            self.y, self.targets,
        )  # fmt: skip

    def _ask(self, surface: Surface, state: _State, x: Array) -> tuple[Array, Array]:
        return surface.pullback(x, lambda z, part: self.loss(z, state.y[part], state.target[part])[1])

    def _project(self, x: Array, state: _State, surface: Surface) -> Array:
        return project(x, state.centre, self.eps, self.norm, surface.low, surface.high)

    def _step(self, state: _State, surface: Surface, *, first: bool) -> None:
        step = per_row(state.step, state.x)
        if self.norm == "L1":
            moved = self._project(state.x + step * self._sparse(state, surface), state, surface)
            state.old, state.x = state.x, moved
            return
        direction = surface.xp.sign(state.gradient) if self.norm == "Linf" else scaled(state.gradient, "L2")
        moved = self._project(state.x + step * direction, state, surface)
        share = 1.0 if first else MOMENTUM
        moved = self._project(state.x + share * (moved - state.x) + (1 - share) * (state.x - state.old), state, surface)
        state.old, state.x = state.x, moved

    def _sparse(self, state: _State, surface: Surface) -> Array:
        """Signs of the largest gradients, divided by their number."""
        xp, size_ = surface.xp, flat(state.gradient)
        sizes = xp.sort(xp.abs(size_), axis=1)
        width = sizes.shape[1]
        place = width - xp.astype(xp.clip(state.density * width, 1.0, float(width)), xp.int64)
        least = xp.take_along_axis(sizes, place[:, None], axis=1)
        signs = xp.sign(size_) * xp.astype(xp.abs(size_) >= least, size_.dtype)
        count = xp.sum(xp.abs(signs), axis=1, keepdims=True) + 1e-10
        return xp.reshape(signs / count, state.x.shape)

    def _remember(self, state: _State, surface: Surface, value: Array) -> None:
        xp = surface.xp
        state.rises = state.rises + xp.astype(value > state.value, state.rises.dtype)
        state.value = value
        better = value > state.best_value
        self._take(state, surface, better, ("best", "x"), ("best_gradient", "gradient"))
        state.best_value = xp.where(better, value, state.best_value)

    def _check(self, state: _State, surface: Surface, window: int) -> None:
        xp = surface.xp
        if self.norm == "L1":
            changed = xp.sum(xp.astype(flat(state.best - state.centre) != 0, state.step.dtype), axis=1)
            shrunk = changed / xp.where(state.changed > 0, state.changed, xp.ones_like(changed)) < 0.95
            state.density = changed / flat(state.x).shape[1] / SPARSER
            shorter = xp.clip(state.step / SHORTER, self.eps / SHORTEST, self.eps)
            state.step = xp.where(shrunk, xp.ones_like(shorter) * self.eps, shorter)
            state.changed = changed
            back = shrunk
        else:
            idle = (state.halved == 0) & (state.checked >= state.best_value)
            back = (state.rises <= RISING * window) | idle
            state.halved = xp.astype(back, state.step.dtype)
            state.checked = state.best_value
            state.step = xp.where(back, state.step / 2, state.step)
        self._take(state, surface, back, ("x", "best"), ("gradient", "best_gradient"))
        state.rises = state.rises * 0

    def _take(self, state: _State, surface: Surface, where: Array, *pairs: tuple[str, str]) -> None:
        for into, source in pairs:
            taken = getattr(state, source)
            setattr(state, into, surface.xp.where(per_row(where, taken), taken, getattr(state, into)))


def targets_of(logits: Any, y: IntArray) -> IntArray:
    """The other classes of each row, likeliest first, ``(n, K - 1)``; ``logits`` as numpy."""
    order = np.argsort(-np.asarray(logits, dtype=np.float64), axis=1, kind="stable")
    return np.asarray(order[order != y[:, None]].reshape(len(y), -1), dtype=np.int64)
