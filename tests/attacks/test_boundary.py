"""HopSkipJump against exact distances: of linear models, of a tree's boxes, and what it may never do."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from assay.audit.attacks.boundary import Distance, Nearest, distance, hop_skip_jump

Array = npt.NDArray[np.float64]


class Asked:
    """A decision function that counts."""

    def __init__(self, decide: Any, truth: npt.NDArray[Any]) -> None:
        self.decide, self.truth, self.calls, self.rows = decide, truth, 0, np.zeros(len(truth), dtype=int)

    def __call__(self, rows: npt.NDArray[Any], points: Array) -> npt.NDArray[np.bool_]:
        self.calls += 1
        np.add.at(self.rows, rows, 1)
        return np.asarray(self.decide(points) != self.truth[rows])


def nearest_starts(x: Array, pool: Array, decide: Any, norm: Distance) -> Array:
    """For each row the nearest point of the pool with another decision."""
    own, other = decide(x), decide(pool)
    found = np.full_like(x, np.nan)
    for i, row in enumerate(x):
        apart = distance(np.broadcast_to(row, pool.shape), pool, norm)
        if (other != own[i]).any():
            found[i] = pool[np.argmin(np.where(other != own[i], apart, np.inf))]
    return found


def attack(
    decide: Any, x: Array, pool: Array, box: tuple[float, float], norm: Distance, queries: int, **more: Any
) -> tuple[Nearest, Asked]:
    asked, d = Asked(decide, decide(x)), x.shape[1]
    starts = nearest_starts(x, pool, decide, norm)
    rng = np.random.default_rng(1)
    low, high = np.full(d, box[0]), np.full(d, box[1])
    return hop_skip_jump(asked, x, starts, low, high, norm=norm, queries=queries, rng=rng, **more), asked


@pytest.mark.parametrize(("norm", "dual"), [("L2", 2), ("Linf", 1)])
@pytest.mark.parametrize("d", [2, 10, 30])
def test_distance_to_a_hyperplane(norm: Distance, dual: int, d: int) -> None:
    """|w.x + b| / |w|_q, which nothing can undercut."""
    rng = np.random.default_rng(d)
    w, x, pool = rng.standard_normal(d), rng.uniform(-1, 1, (60, d)), rng.uniform(-1, 1, (200, d))
    exact = np.abs(x @ w + 0.1) / np.linalg.norm(w, dual)
    found, asked = attack(lambda p: p @ w + 0.1 > 0, x, pool, (-3, 3), norm, 3000)
    ratio = found.distance / exact
    assert ratio.min() >= 1 and np.median(ratio) < 1.03 and ratio.max() < 1.25
    assert asked.calls < 200  # 60 rows of 3,000 queries: what a row at a time takes 180,000 calls for


def test_distance_to_the_boxes_of_a_tree() -> None:
    """Linf: over the leaves with another decision, the least of the greatest excess over a side of the box."""
    data = load_breast_cancer()
    x = data.data[:, [22, 24, 27]]
    x = (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))
    x = x.astype(np.float32).astype(float)
    tree = DecisionTreeClassifier(max_leaf_nodes=6, random_state=0).fit(x, data.target)
    rows = x[::12]
    exact = np.array([least_box(tree, row) for row in rows])
    found, _ = attack(tree.predict, rows, x, (0, 1), "Linf", 2000)
    assert (found.distance >= exact - 1e-6).all()
    assert np.median(found.distance - exact) < 0.005 and np.mean(found.distance - exact < 0.02) > 0.9


def least_box(tree: DecisionTreeClassifier, row: Array) -> float:
    own, best = tree.predict(row[None])[0], np.inf
    inner = tree.tree_
    stack = [(0, np.full(len(row), -np.inf), np.full(len(row), np.inf))]
    while stack:
        node, low, high = stack.pop()
        if inner.children_left[node] < 0:
            if tree.classes_[np.argmax(inner.value[node])] != own:
                best = min(best, float(np.max(np.maximum(np.maximum(low - row, row - high), 0))))
            continue
        k, cut = inner.feature[node], inner.threshold[node]
        left, right = high.copy(), low.copy()
        left[k], right[k] = min(high[k], cut), max(low[k], cut)
        stack += [(inner.children_left[node], low, left), (inner.children_right[node], right, high)]
    return best


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**16), queries=st.integers(1, 400), norm=st.sampled_from(["L2", "Linf"]), n=st.integers(1, 8)
)
def test_the_budget_is_kept_to_the_query_and_points_are_adversarial(
    seed: int, queries: int, norm: Distance, n: int
) -> None:
    rng = np.random.default_rng(seed)
    x, pool = rng.uniform(0, 1, (n, 3)), rng.uniform(0, 1, (20, 3))

    def decide(p: Array) -> npt.NDArray[np.bool_]:
        return np.asarray(np.sin(7 * p).sum(axis=1) > 0.4)

    found, asked = attack(decide, x, pool, (0, 1), norm, queries)
    assert (found.queries == asked.rows).all() and found.queries.max() <= queries
    reached = np.isfinite(found.distance)
    assert (decide(found.points[reached]) != decide(x)[reached]).all()
    assert ((found.points >= 0) & (found.points <= 1)).all()
    np.testing.assert_allclose(distance(x, found.points, norm)[reached], found.distance[reached])


def test_a_constant_model_is_never_fooled() -> None:
    x = np.random.default_rng(0).uniform(0, 1, (5, 4))
    starts = np.full_like(x, np.nan)
    asked = Asked(lambda p: np.zeros(len(p)), np.zeros(5))
    found = hop_skip_jump(
        asked, x, starts, np.zeros(4), np.ones(4), norm="L2", queries=500, rng=np.random.default_rng(0)
    )
    assert np.isinf(found.distance).all() and asked.calls == 0


def test_a_start_that_does_not_fool_is_found_out() -> None:
    x = np.zeros((2, 2))
    asked = Asked(lambda p: p[:, 0] > 0.5, np.zeros(2, dtype=bool))
    starts = np.array([[1.0, 0.0], [0.4, 0.0]])
    found = hop_skip_jump(
        asked, x, starts, -np.ones(2), np.ones(2), norm="Linf", queries=300, rng=np.random.default_rng(0)
    )
    assert found.distance[0] == pytest.approx(0.5, abs=1e-3) and np.isinf(found.distance[1])


def test_more_queries_never_find_less_and_a_reached_goal_ends_the_walk() -> None:
    rng = np.random.default_rng(3)
    w, x, pool = rng.standard_normal(8), rng.uniform(-1, 1, (30, 8)), rng.uniform(-1, 1, (100, 8))
    runs = [attack(lambda p: p @ w > 0, x, pool, (-2, 2), "L2", n)[0].distance for n in (100, 400, 1600)]
    assert np.median(runs[0]) >= np.median(runs[1]) >= np.median(runs[2])
    early, asked = attack(lambda p: p @ w > 0, x, pool, (-2, 2), "L2", 1600, stop=10.0)
    assert (early.distance < 10).all() and asked.rows.max() < 30


def test_the_same_seed_gives_the_same_walk() -> None:
    rng = np.random.default_rng(3)
    w, x, pool = rng.standard_normal(5), rng.uniform(-1, 1, (10, 5)), rng.uniform(-1, 1, (50, 5))
    one, two = (attack(lambda p: p @ w > 0, x, pool, (-2, 2), "Linf", 500)[0] for _ in range(2))
    np.testing.assert_array_equal(one.points, two.points)
