"""Ensembles of trees: the distance to another decision, first bounded, then exact by mixed-integer programming."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray
from .clock import Clock
from .forest import Forest, Place
from .forest_program import solve
from .results import Distances, sizes

ORDERS = 8
"""Random orders of the trees in which a counterexample is looked for at first."""


@dataclass(frozen=True)
class Rival:
    """One row against one other class. ``gain``: what a leaf brings the rival, ``(L,)``; it needs ``threshold`` in sum."""

    place: Place
    gain: FloatArray
    threshold: float
    away: FloatArray


def ensemble(
    places: list[Place],
    forest: Forest,
    labels: IntArray,
    *,
    norm: float,
    most: float,
    exact: bool,
    clock: Clock,
    rng: np.random.Generator,
) -> Distances:
    """Distances up to ``most``; a lower bound of ``most`` says that nothing within it has another decision.

    Each rival class is first held against a bound that takes every tree apart (:func:`apart`), then a counterexample is
    looked for leaf by leaf (:func:`greedy`), and between the two a mixed-integer program decides.

    Args:
        places: the rows.
        forest: the trees.
        labels: the class that is to stay, ``(n,)``.
        norm: inf or 1.
        most: greatest distance of interest.
        exact: the least distance; else only whether it is below ``most``.
        clock: how long a row and all of them may take.
        rng: for the orders in which counterexamples are looked for.

    Kantchelian, Tygar & Joseph (2016), ICML, section 4; the bound: Chen et al. (2019), NeurIPS, section 3.
    """
    found = Distances.unknown(np.stack([place.point for place in places]))
    for row, place in enumerate(places):
        label, away = int(labels[row]), place.distances(forest, norm)

        def rivals(strict: bool, place: Place = place, label: int = label, away: FloatArray = away) -> list[Rival]:
            return [
                Rival(
                    place,
                    forest.value[:, k] - forest.value[:, label],
                    forest.threshold(label, k, strict=strict) - (forest.base[k] - forest.base[label]),
                    away,
                )
                for k in range(len(forest.base))
                if k != label
            ]

        clock.start_row()
        lower, point, finished = _row(rivals(False), forest, norm, most, exact, clock, rng)
        if not np.isnan(point).any() and place.decided(forest, point) == label:  # a tie
            _, point, ended = _row(rivals(True), forest, norm, most, exact, clock, rng)
            finished &= ended
        found.lower[row], found.points[row], found.finished[row] = lower, point, finished
    return found


def _row(
    rivals: list[Rival], forest: Forest, norm: float, most: float, exact: bool, clock: Clock, rng: np.random.Generator
) -> tuple[float, FloatArray, bool]:
    point, reach, lower, finished = np.full(len(rivals[0].place.point), np.nan), most, np.inf, True
    bounds = np.array([apart(one, forest) for one in rivals])
    for rival, bound in sorted(zip(rivals, bounds, strict=True), key=lambda pair: float(pair[1])):
        if bound > reach:
            lower = min(lower, bound)
            continue
        near = _pursued(rival, forest, norm, reach, exact, rng)
        if near is not None:
            point = near
            reach = float(sizes(near - rival.place.point, rival.place.scale, norm))
        if not exact and near is not None:
            return float(bounds.min()), point, True
        low, solved, ended = solve(rival, forest, norm, bound, reach, exact, clock.left())
        finished &= ended
        lower = min(lower, low)
        if solved is not None:
            point, reach = solved, min(reach, float(sizes(solved - rival.place.point, rival.place.scale, norm)))
    return min(lower, reach), point, finished


def apart(rival: Rival, forest: Forest) -> float:
    """The least distance at which the best leaves in reach, each tree by itself, would do; no real point need reach all.

    A lower bound of the true distance, exact where no two trees look at the same input or all are alike; infinite where
    even all leaves do not do.
    """
    best, total = np.full(forest.trees, -np.inf), 0.0
    order = np.argsort(rival.away, kind="stable")
    missing = forest.trees
    for leaf in order[: int(np.isfinite(rival.away).sum())]:
        tree, gain = forest.tree[leaf], rival.gain[leaf]
        if gain > best[tree]:
            if np.isneginf(best[tree]):
                missing, total = missing - 1, total + gain
            else:
                total += gain - best[tree]
            best[tree] = gain
            if not missing and total >= rival.threshold:
                return float(rival.away[leaf])
    return np.inf


def _pursued(
    rival: Rival, forest: Forest, norm: float, reach: float, exact: bool, rng: np.random.Generator
) -> FloatArray | None:
    """Counterexamples ever nearer, until none is found."""
    best: FloatArray | None = None
    while True:
        found = None
        for _ in range(ORDERS):
            found = greedy(rival, forest, norm, reach, rng.permutation(forest.trees))
            if found is not None:
                break
        if found is None or not exact:
            return best if found is None else found
        size = float(sizes(found - rival.place.point, rival.place.scale, norm))
        if best is not None and size > 0.999 * reach:
            return found
        best, reach = found, size


def greedy(rival: Rival, forest: Forest, norm: float, reach: float, order: IntArray) -> FloatArray | None:
    """A point within ``reach`` where the rival wins: tree after tree takes the best leaf that the ones before left open."""
    place = rival.place
    lower, upper = place.within(reach)
    starts = np.searchsorted(forest.tree, np.arange(forest.trees + 1))
    total = 0.0
    for tree in order:
        leaves = slice(starts[tree], starts[tree + 1])
        low, high = np.maximum(lower, forest.lower[leaves]), np.minimum(upper, forest.upper[leaves])
        gain = np.where((low <= high).all(axis=1) & place.leaves[leaves], rival.gain[leaves], -np.inf)
        chosen = int(np.argmax(gain))
        lower, upper, total = low[chosen], high[chosen], total + gain[chosen]
    if not total >= rival.threshold:
        return None
    point = np.clip(place.point, lower, upper)
    return point if sizes(point - place.point, place.scale, norm) <= reach else None
