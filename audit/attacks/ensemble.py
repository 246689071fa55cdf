"""Attacks one after the other on the rows that still stand, at every radius, largest first; each success verified afresh.

A ball lies in every larger one. So a row that withstands a radius is taken to withstand the smaller ones and is not attacked
again; rows that fell are tried at the next smaller radius, from where they fell. Over all radii each row withstands a full attack
at most once, so that a sweep costs little more than its hardest radius.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from ..shapes.base import BoolArray
from ..slices import FloatArray, IntArray
from .apgd import apgd, targets_of, widening
from .fab import fab
from .losses import Loss, cross_entropy, margin, targeted_dlr, targeted_margin
from .norms import Norm, project
from .square import square
from .surface import Array, Spent, Surface
from .verify import verified

Preset = Literal["quick", "full", "standard"]
Attack = Callable[[Surface, IntArray], tuple[Array, BoolArray]]
"""From a surface over some rows, and their positions, to points in the ball and which of them are fooled."""


@dataclass(frozen=True)
class Stage:
    """What one attack did at one radius: rows tried, rows that fell, successes that a fresh prediction did not confirm."""

    eps: float
    name: str
    tried: int
    fooled: int
    unconfirmed: int
    spent: Spent


@dataclass(frozen=True)
class Attacked:
    """``radius``: the smallest tried one at which each row fell, 0 where the clean row is wrong, infinite where it withstood all.

    ``x``: the points at which they fell, else the clean ones.
    """

    clean: BoolArray
    radius: FloatArray
    x: Array
    stages: list[Stage]

    def withstood(self, eps: float) -> BoolArray:
        """Right when clean, and not fooled within ``eps``."""
        return self.clean & (self.radius > eps)


@dataclass(frozen=True)
class Composition:
    """Iterations of APGD on the margin, on cross-entropy and on each target; targets; iterations of FAB; queries of Square."""

    cheap: int
    entropy: int
    targets: int
    targeted: int
    fab: int
    queries: int


PRESETS: dict[Preset, Composition] = {
    "quick": Composition(10, 0, 4, 40, 0, 200),
    "full": Composition(10, 50, 9, 100, 0, 1000),
    "standard": Composition(0, 100, 9, 100, 100, 5000),
}
"""``standard`` is the composition of AutoAttack (Croce & Hein 2020b); for L1, as there, five starts of APGD-CE and five targets."""


def attacked(
    surface: Surface,
    y: IntArray,
    radii: Sequence[float],
    norm: Norm,
    composition: Composition,
    rng: np.random.Generator,
) -> Attacked:
    """Which rows withstand each of ``radii``, in units of the surface; ``y``: true classes.

    Raises:
        InvalidAttack: an attack left ball or box, a bug of ours.
        BudgetSpent: the budget of the surface is used up.
    """
    clean = surface.predict(surface.x) == y
    radius, pool = np.where(clean, np.inf, 0.0), np.flatnonzero(clean)
    x, stages = surface.xp.asarray(surface.x, copy=True), list[Stage]()
    targets = np.zeros((len(y), surface.classes - 1), np.int64)
    targets[pool] = targets_of(surface.numpy(surface.at(pool).logits(surface.at(pool).x)), y[pool]) if len(pool) else 0
    for eps in sorted({one for one in radii if one > 0}, reverse=True):
        standing = pool
        for name, attack in _plan(surface, y, x, targets, eps, norm, composition, rng):
            if len(standing):
                stage, points, fell = _tried(name, attack, surface.at(standing), standing, y[standing], eps, norm)
                rows = surface.array(np.flatnonzero(fell), surface.xp.int64)
                x[surface.array(standing[fell], surface.xp.int64)] = surface.xp.take(points, rows, axis=0)
                standing = standing[~fell]
                stages.append(stage)
        pool = np.setdiff1d(pool, standing)
        radius[pool] = eps
    return Attacked(clean, radius, x, _summed(stages))


def _tried(
    name: str, attack: Attack, surface: Surface, rows: IntArray, y: IntArray, eps: float, norm: Norm
) -> tuple[Stage, Array, BoolArray]:
    before = Spent(**vars(surface.spent))
    points, claimed = attack(surface, rows)
    fell = verified(surface, points, y, claimed, eps, norm)
    spent = surface.spent.since(before)
    return Stage(eps, name, len(rows), int(fell.sum()), int((claimed & ~fell).sum()), spent), points, fell


def _plan(
    surface: Surface,
    y: IntArray,
    x: Array,
    targets: IntArray,
    eps: float,
    norm: Norm,
    composition: Composition,
    rng: np.random.Generator,
) -> list[tuple[str, Attack]]:
    """The attacks in order. ``x``: where rows fell at a larger radius, else clean."""
    begin = project(x, surface.x, eps, norm, surface.low, surface.high)
    aimed, aim = (targeted_dlr, "DLR") if surface.classes >= 4 else (targeted_margin, "margin")

    def again(some: Surface, rows: IntArray) -> tuple[Array, BoolArray]:
        points = surface.xp.take(begin, surface.array(rows, surface.xp.int64), axis=0)
        return points, some.numpy(some.decide(some.logits(points))) != y[rows]

    def cheap(some: Surface, rows: IntArray) -> tuple[Array, BoolArray]:
        points = surface.xp.take(begin, surface.array(rows, surface.xp.int64), axis=0)
        return apgd(some, y[rows], eps, norm, rng, margin, iterations=composition.cheap, begin=points)

    def climb(some: Surface, rows: IntArray, *, loss: Loss, steps: int, target: int = 0) -> tuple[Array, BoolArray]:
        run = partial(widening) if norm == "L1" else partial(apgd, norm=norm)
        return run(some, y[rows], eps, rng=rng, loss=loss, targets=targets[rows, target], iterations=steps)

    def boundary(some: Surface, rows: IntArray, *, target: int) -> tuple[Array, BoolArray]:
        return fab(some, y[rows], eps, norm, targets=targets[rows, target], iterations=composition.fab)

    def random(some: Surface, rows: IntArray) -> tuple[Array, BoolArray]:
        return square(some, y[rows], eps, norm, rng, queries=composition.queries)

    most = min(composition.targets, surface.classes - 1)
    few = min(5, most) if norm == "L1" else most
    starts = 5 if norm == "L1" and composition.fab else 1
    entropy = partial(climb, loss=cross_entropy, steps=composition.entropy)
    directed = [partial(climb, loss=aimed, steps=composition.targeted, target=t) for t in range(few)]
    plan: list[tuple[str, Attack, int]] = [
        ("from where it fell", again, int(bool((x != surface.x).any()))),
        (f"APGD on the margin, {composition.cheap}", cheap, min(composition.cheap, 1)),
        (f"APGD on cross-entropy, {composition.entropy}", entropy, starts * min(composition.entropy, 1)),
        *((f"APGD on the targeted {aim}, {few} × {composition.targeted}", one, 1) for one in directed),
        *(
            (f"FAB, {most} × {composition.fab}", partial(boundary, target=t), min(composition.fab, 1))
            for t in range(most)
        ),
        (f"Square, {composition.queries}", random, min(composition.queries, 1)),
    ]
    return [(name, attack) for name, attack, times in plan for _ in range(times)]


def _summed(stages: list[Stage]) -> list[Stage]:
    """Runs of the same attack at the same radius in one line."""
    found: dict[tuple[float, str], Stage] = {}
    for one in stages:
        first = found.get((one.eps, one.name))
        if first is not None:
            spent = Spent(*(a + b for a, b in zip(vars(first.spent).values(), vars(one.spent).values(), strict=True)))
            fooled, unconfirmed = first.fooled + one.fooled, first.unconfirmed + one.unconfirmed
            one = Stage(one.eps, one.name, first.tried, fooled, unconfirmed, spent)
        found[one.eps, one.name] = one
    return list(found.values())
