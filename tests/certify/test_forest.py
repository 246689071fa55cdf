"""Distances of trees, against enumeration of all cells and random search; made-up forests, no library."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from assay.audit.certify.clock import Clock
from assay.audit.certify.ensembles import Rival, apart, ensemble
from assay.audit.certify.forest import Forest, Place, single_tree

LONG = 1000.0


def made(rng: np.random.Generator, trees: int, m: int, k: int, depth: int, whole: bool = False) -> Forest:
    """Random trees over [0, 1]^m."""
    boxes: list[tuple[int, np.ndarray, np.ndarray]] = []

    def grow(tree: int, low: np.ndarray, high: np.ndarray, left: int) -> None:
        j = int(rng.integers(m))
        ends = np.clip([low[j], high[j]], 0, 1)
        if not left or rng.random() < 0.1:
            boxes.append((tree, low, high))
            return
        at = float(rng.uniform(*ends))
        below, above = high.copy(), low.copy()
        below[j], above[j] = at, np.nextafter(at, np.inf)
        grow(tree, low, below, left - 1)
        grow(tree, above, high, left - 1)

    for tree in range(trees):
        grow(tree, np.full(m, -np.inf), np.full(m, np.inf), depth)
    value = rng.integers(0, 2, (len(boxes), k)).astype(float) if whole else rng.normal(size=(len(boxes), k))
    of, low, high = zip(*boxes, strict=True)
    return Forest(np.array(of), np.array(low), np.array(high), value, np.zeros(k), np.arange(k), 1.0 if whole else 0.0)


def answers(forest: Forest, points: np.ndarray) -> np.ndarray:
    scores = np.zeros((len(points), len(forest.base)))
    for i, x in enumerate(points):
        inside = ((x >= forest.lower) & (x <= forest.upper)).all(axis=1)
        assert inside.sum() == forest.trees
        scores[i] = forest.base + forest.value[inside].sum(axis=0)
    return forest.decide(scores)


def places(points: np.ndarray, forest: Forest, scale: float | np.ndarray = 1.0) -> list[Place]:
    m = points.shape[1]
    every = np.ones(len(forest.tree), dtype=bool)
    return [Place(x, np.zeros(m), np.ones(m), np.broadcast_to(scale, m), every) for x in points]


def enumerated(forest: Forest, x: np.ndarray, label: int, norm: float, scale: np.ndarray) -> float:
    """Nearest point of every cell of the grid of all thresholds."""
    sides = []
    for j in range(len(x)):
        cuts = np.unique(forest.upper[:, j][np.isfinite(forest.upper[:, j])])
        low, high = np.r_[0.0, np.nextafter(cuts, np.inf)], np.r_[cuts, 1.0]
        sides.append(np.unique(np.clip(x[j], low, high)))
    grid = np.array(list(itertools.product(*sides)))
    other = answers(forest, grid) != label
    return float(np.min(np.linalg.norm((grid[other] - x) / scale, ord=norm, axis=1), initial=np.inf))


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_a_single_tree_is_as_near_as_its_nearest_cell(norm: float) -> None:
    rng = np.random.default_rng(0)
    scale = np.array([1.0, 0.3, 2.0])
    for _ in range(8):
        forest = made(rng, 1, 3, 3, 4)
        points = rng.uniform(size=(5, 3))
        labels = answers(forest, points)
        found = single_tree(places(points, forest, scale), forest, labels, norm)
        expected = [enumerated(forest, x, y, norm, scale) for x, y in zip(points, labels, strict=True)]
        np.testing.assert_array_equal(found.lower, expected)
        known = np.isfinite(found.lower)
        assert (answers(forest, found.points[known]) != labels[known]).all()


@pytest.mark.parametrize("norm", [1, np.inf])
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("k", [2, 3])
def test_the_program_finds_what_enumeration_finds(norm: float, whole: bool, k: int) -> None:
    """With whole values there are ties, which the class of the lowest rank wins."""
    rng = np.random.default_rng(1)
    scale = np.array([1.0, 0.5])
    for _ in range(4):
        forest = made(rng, 5, 2, k, 3, whole)
        points = rng.uniform(size=(4, 2))
        labels = answers(forest, points)
        expected = np.array([enumerated(forest, x, y, norm, scale) for x, y in zip(points, labels, strict=True)])
        found = ensemble(
            places(points, forest, scale),
            forest,
            labels,
            norm=norm,
            most=3.0,
            exact=True,
            clock=Clock(LONG, LONG),
            rng=rng,
        )
        np.testing.assert_allclose(found.lower, np.minimum(expected, 3.0), rtol=1e-6, atol=1e-7)
        known = expected < 3.0
        moved = found.points[known]
        assert (answers(forest, moved) != labels[known]).all() and found.finished.all()
        np.testing.assert_allclose(
            np.linalg.norm((moved - points[known]) / scale, ord=norm, axis=1), expected[known], rtol=1e-6, atol=1e-7
        )
        for most in (0.05, 0.2):
            asked = ensemble(
                places(points, forest, scale),
                forest,
                labels,
                norm=norm,
                most=most,
                exact=False,
                clock=Clock(LONG, LONG),
                rng=rng,
            )
            np.testing.assert_array_equal(asked.lower >= most, expected > most)
            np.testing.assert_array_equal(~np.isnan(asked.points[:, 0]), expected <= most)


def test_one_tree_by_the_program_is_the_closed_form() -> None:
    rng = np.random.default_rng(2)
    forest = made(rng, 1, 6, 2, 6)
    points = rng.uniform(size=(10, 6))
    labels, here = answers(forest, points), places(points, forest)
    closed = single_tree(here, forest, labels, np.inf)
    solved = ensemble(here, forest, labels, norm=np.inf, most=2.0, exact=True, clock=Clock(LONG, LONG), rng=rng)
    np.testing.assert_allclose(solved.lower, np.minimum(closed.lower, 2.0), rtol=1e-9)


def test_stumps_on_inputs_of_their_own_need_no_program() -> None:
    """Reference, oracle 14: each input its own stump; the distance is that at which enough of them can be flipped."""
    rng = np.random.default_rng(3)
    m = 7
    cuts, gains = rng.uniform(size=m), rng.exponential(size=m)
    low, high = np.full((2 * m, m), -np.inf), np.full((2 * m, m), np.inf)
    for j, cut in enumerate(cuts):
        high[2 * j, j], low[2 * j + 1, j] = cut, np.nextafter(cut, np.inf)
    value = np.stack([np.zeros(2 * m), np.stack([-gains, gains], axis=1).reshape(-1)], axis=1)
    forest = Forest(np.repeat(np.arange(m), 2), low, high, value, np.zeros(2), np.arange(2), 0.0)
    points = rng.uniform(size=(20, m))
    labels = answers(forest, points)
    for x, label, place in zip(points, labels, places(points, forest), strict=True):
        score = np.where(x > cuts, gains, -gains)
        against = np.sign(score) == (1 if label else -1)
        way = np.where(against, np.where(x > cuts, x - cuts, np.nextafter(cuts, 2) - x), np.inf)
        order = np.argsort(way)
        total = score.sum() + np.cumsum(np.where(np.isfinite(way), -2 * score, 0)[order])
        crossed = (total <= 0 if label else total > 0) & np.isfinite(way[order])
        expected = way[order][np.argmax(crossed)] if crossed.any() else np.inf
        sign = 1 if label == 0 else -1
        rival = Rival(place, sign * (value[:, 1] - value[:, 0]), -1e-12, place.distances(forest, np.inf))
        assert apart(rival, forest) == expected


def test_what_the_clock_leaves_undecided_is_a_lower_bound() -> None:
    rng = np.random.default_rng(4)
    forest = made(rng, 15, 3, 2, 4)
    points = rng.uniform(size=(6, 3))
    labels, here = answers(forest, points), places(points, forest)
    true = ensemble(here, forest, labels, norm=np.inf, most=2.0, exact=True, clock=Clock(LONG, LONG), rng=rng)
    hasty = ensemble(here, forest, labels, norm=np.inf, most=2.0, exact=True, clock=Clock(0.0, 0.0), rng=rng)
    assert (hasty.lower <= true.lower + 1e-7).all() and not hasty.finished.all()
    known = ~np.isnan(hasty.points[:, 0])
    assert (answers(forest, hasty.points[known]) != labels[known]).all()
