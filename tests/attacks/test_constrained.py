"""The attack on tables against answers that are known: leaf boxes, separable models, boxes of linear models, enumeration."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from assay import audit
from assay.audit.attacks.constrained import Attacked, attack
from assay.audit.attacks.splits import thresholds
from assay.audit.constraints.scale import Budget, Scale
from assay.audit.evidence import Evidence
from assay.audit.model import wrap
from assay.audit.plan import ModelTable


def attacked(
    model: Any, frame: pd.DataFrame, spec: Any, budget: Budget, *, seed: int = 0, task: Any = "binary", **options: Any
) -> tuple[Attacked, Any, Any, Any]:
    """What was found; the vectors of the rows, their labels, and the units."""
    dataset = audit.Dataset(frame, target="y", constraints=spec)
    table = ModelTable(task=task)
    evidence = Evidence(wrap(model, table)[1], dataset, table)
    space = dataset.constraints
    assert space is not None
    rows = dataset.inputs()
    of = space.encode(rows)
    scale = Scale.of(space.features, of)
    known = thresholds(evidence.model.thing, rows.to_native())
    rng = np.random.default_rng(seed)
    found = attack(
        evidence.model, rows, evidence.labels, space, scale, budget, of, thresholds=known, rng=rng, **options
    )
    return found, of, evidence.labels, scale


def numbers(n: int = 300, m: int = 5, seed: int = 0, dtype: Any = np.float64) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, m))
    y = (x @ rng.normal(size=m) + np.sin(2 * x[:, 0]) * x[:, 1] + rng.normal(0, 0.3, n) > 0).astype(int)
    return pd.DataFrame(x.astype(dtype), columns=[f"x{k}" for k in range(m)]).assign(y=y)


def free(frame: pd.DataFrame, **more: Any) -> dict[str, Any]:
    return {"features": {name: {"bounds": [-9, 9], **more} for name in frame if name != "y"}}


def leaf_boxes(tree: DecisionTreeClassifier) -> list[tuple[Any, Any, int]]:
    """Lower and upper limits, in 32-bit numbers that come to the leaf, and its class."""
    t, found = tree.tree_, []

    def walk(node: int, low: Any, high: Any) -> None:
        if t.children_left[node] < 0:
            found.append((low, high, int(np.argmax(t.value[node]))))
            return
        k, at = t.feature[node], np.float32(t.threshold[node])
        below = at if at <= t.threshold[node] else np.nextafter(at, np.float32(-np.inf))
        left, right = high.copy(), low.copy()
        left[k], right[k] = min(high[k], below), max(low[k], np.nextafter(below, np.float32(np.inf)))
        walk(t.children_left[node], low, left)
        walk(t.children_right[node], right, high)

    m = tree.n_features_in_
    walk(0, np.full(m, -9.0), np.full(m, 9.0))
    return found


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_change_of_a_tree_is_smaller_than_the_nearest_wrong_leaf_and_most_are_it(dtype: Any) -> None:
    frame = numbers(dtype=dtype)
    tree = DecisionTreeClassifier(max_depth=5, random_state=0).fit(frame.drop(columns="y"), frame.y)
    found, of, labels, scale = attacked(tree, frame, free(frame), Budget())
    unit = np.array(scale.one, dtype=float)
    exact = []
    for row in np.flatnonzero(found.right):
        moves = [
            np.maximum(np.maximum(low - of[row], of[row] - high), 0) / unit
            for low, high, decided in leaf_boxes(tree)
            if decided != labels[row]
        ]
        best = min(((move > 0).sum(), move.sum()) for move in moves)
        got = (found.changed[row], found.cost[row])
        assert found.fooled[row]
        assert got >= (best[0], best[1] * (1 - 1e-5) - 1e-6)
        exact.append(got[0] == best[0] and np.isclose(got[1], best[1], rtol=1e-4, atol=1e-5))
        if best[0] == 1:
            assert exact[-1]
    assert np.mean(exact) > 0.97


@pytest.mark.parametrize("eps", [0.1, 0.3, 0.8])
def test_a_tree_in_a_box_falls_exactly_where_a_wrong_leaf_is_in_reach(eps: float) -> None:
    frame = numbers(seed=3)
    tree = DecisionTreeClassifier(max_depth=5, random_state=0).fit(frame.drop(columns="y"), frame.y)
    found, of, labels, scale = attacked(tree, frame, free(frame), Budget(eps=eps))
    reach = eps * np.array(scale.one, dtype=float)
    there = np.zeros(len(of), dtype=bool)
    for low, high, decided in leaf_boxes(tree):
        inside = (np.maximum(low - of, of - high) <= reach).all(axis=1)
        there |= inside & (decided != labels)
    there &= found.right
    assert 20 < there.sum() < 280
    assert not (found.fooled & ~there).any()
    assert (found.fooled & there).sum() >= 0.97 * there.sum()


def test_stumps_that_add_up_fall_exactly_where_the_sum_of_the_worst_values_says() -> None:
    frame = numbers(seed=1)
    x = frame.drop(columns="y")
    model = GradientBoostingClassifier(n_estimators=40, max_depth=1, random_state=0).fit(x, frame.y)
    for eps in (0.05, 0.2, 0.5):
        found, of, labels, scale = attacked(model, frame, free(frame), Budget(eps=eps))
        sign = np.where(labels == 1, 1.0, -1.0)
        lead = sign * model.decision_function(x)
        low, high = scale.around(of, eps)
        for k, name in enumerate(map(str, x)):
            cuts = thresholds(model, x).get(name, np.full(1, -9.0))
            points = np.concatenate([np.nextafter(cuts.astype(np.float32), np.float32(s)) for s in (-np.inf, np.inf)])
            tried = np.clip(points[None], low[:, k, None], high[:, k, None])
            worst = np.zeros(len(x))
            for column in tried.T:
                moved = x.assign(**{name: column})
                worst = np.minimum(worst, sign * model.decision_function(moved) - sign * model.decision_function(x))
            lead += worst
        np.testing.assert_array_equal(found.fooled, found.right & (lead < 0))


@pytest.mark.parametrize("most", [1, 2, None])
@pytest.mark.parametrize("eps", [0.1, 0.4])
def test_a_linear_model_in_a_box_falls_exactly_where_its_best_inputs_can_turn_it(most: int | None, eps: float) -> None:
    frame = numbers(seed=2)
    x = frame.drop(columns="y")
    model = LogisticRegression().fit(x, frame.y)
    spec = free(frame)
    spec["features"]["x0"] = {"bounds": [-1, 1], "direction": "up"}
    frame = frame[frame.x0.abs() <= 1].reset_index(drop=True)
    found, of, labels, scale = attacked(model, frame, spec, Budget(eps=eps, features=most))
    reach = eps * np.array(scale.one, dtype=float)
    low, high = np.maximum(of - reach, -9), np.minimum(of + reach, 9)
    low[:, 0], high[:, 0] = of[:, 0], np.minimum(high[:, 0], 1)
    sign = np.where(labels == 1, 1.0, -1.0)[:, None]
    gain = np.maximum(-sign * model.coef_ * (low - of), -sign * model.coef_ * (high - of))
    best = np.sort(np.maximum(gain, 0), axis=1)[:, ::-1][:, :most].sum(axis=1)
    lead = sign[:, 0] * (of @ model.coef_[0] + model.intercept_[0])
    clear = np.abs(lead - best) > 1e-9
    np.testing.assert_array_equal(found.fooled[clear], (found.right & (lead < best))[clear])


class Differentiable:
    """A logistic model of two or more classes with its gradient, that counts what it is asked."""

    def __init__(self, weights: Any, bias: Any, bend: float = 0.0) -> None:
        self.weights, self.bias, self.bend = weights, bias, bend
        self.classes_ = list(range(weights.shape[1]))
        self.rows = 0

    def logits(self, x: Any) -> Any:
        rows = np.asarray(x, dtype=float)
        return rows @ self.weights + self.bias + self.bend * np.sin(3 * rows) @ self.weights

    def predict_proba(self, x: Any) -> Any:
        self.rows += len(x)
        z = self.logits(x)
        p = np.exp(z - z.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    def predict(self, x: Any) -> Any:
        return self.predict_proba(x).argmax(axis=1)

    def pullback(self, x: Any, cotangent: Callable[[Any], Any]) -> tuple[Any, Any]:
        rows, z = np.asarray(x, dtype=float), self.logits(x)
        back = np.asarray(cotangent(z)) @ self.weights.T
        return z, back * (1 + 3 * self.bend * np.cos(3 * rows))


def test_gradient_and_search_agree_on_a_linear_model_and_the_gradient_asks_less() -> None:
    rng = np.random.default_rng(0)
    frame = numbers(80, m=12, seed=5)
    weights = np.column_stack([np.zeros(12), rng.normal(size=12)])
    model = Differentiable(weights, np.zeros(2))
    frame["y"] = model.predict(frame.drop(columns="y"))
    budget = Budget(eps=0.5, features=4)
    by_gradient, *_ = attacked(model, frame, free(frame), budget)
    estimator = LogisticRegression().fit(frame.drop(columns="y"), frame.y)
    estimator.coef_, estimator.intercept_ = weights[:, 1][None], np.zeros(1)
    by_search, *_ = attacked(estimator, frame, free(frame), budget)
    np.testing.assert_array_equal(by_gradient.fooled, by_search.fooled)
    assert 10 < by_gradient.fooled.sum() < 70 and by_gradient.gradients > 0 and by_search.gradients == 0
    both = by_gradient.fooled
    assert np.median(by_gradient.queries[both]) < 0.2 * np.median(by_search.queries[both])


def test_several_classes() -> None:
    x, y = load_iris(return_X_y=True)
    frame = pd.DataFrame(x, columns=list("abcd")).assign(y=y)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame[list("abcd")], y)
    spec = {"features": {name: {"bounds": [0, 9]} for name in "abcd"}}
    shares = []
    for eps in (0, 0.1, 0.3, 1, None):
        found, *_ = attacked(model, frame, spec, Budget(eps=eps), task="multiclass")
        shares.append((found.right & ~found.fooled).mean())
    assert shares[0] == found.right.mean() and shares[-1] == 0
    assert shares == sorted(shares, reverse=True)


def toy(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 50
    kind = rng.integers(0, 3, n)
    frame = pd.DataFrame(
        {
            "years": rng.integers(0, 6, n),
            "items": rng.integers(0, 5, n),
            "school": rng.choice(["none", "some", "all"], n),
            "job": rng.choice(["x", "y", "z"], n),
            "k_a": kind == 0,
            "k_b": kind == 1,
            "k_c": kind == 2,
        }
    )
    score = frame.years - 2 * (frame.job == "x") + frame.k_a * 2 - frame["items"] * (frame.school == "all")
    return frame.assign(y=(score + rng.normal(0, 1, n) > 1).astype(int))


TOY: dict[str, Any] = {
    "features": {
        "years": {"bounds": [0, 5], "direction": "up"},
        "items": {"bounds": [0, 4]},
        "school": {"kind": "ordinal", "values": ["none", "some", "all"]},
        "job": {"values": ["x", "y", "z"]},
        "kind": {"kind": "one_hot", "columns": ["k_a", "k_b", "k_c"]},
    },
    "relations": ["items <= years + 1", "job != 'z' or school != 'none'"],
}


def encoded(frame: pd.DataFrame) -> Any:
    school = frame.school.map({"none": 0, "some": 1, "all": 2})
    return np.column_stack(
        [frame.years, frame["items"], school, *(frame.job == j for j in "xyz"), frame.k_a, frame.k_b, frame.k_c]
    ).astype(float)


class Encoded:
    """A forest behind an encoder of its own, as models are in practice."""

    classes_ = (0, 1)

    def __init__(self, frame: pd.DataFrame) -> None:
        self.forest = RandomForestClassifier(10, max_depth=6, random_state=0).fit(encoded(frame), frame.y)

    def predict(self, x: Any) -> Any:
        return (self.predict_proba(x)[:, 1] >= 0.5).astype(int)

    def predict_proba(self, x: Any) -> Any:
        return self.forest.predict_proba(encoded(x))


def neighbours(row: Any, most: int, cost: float | None, units: dict[str, float]) -> list[dict[str, Any]]:
    """Every row that this one may become, by hand."""
    found = []
    schools = ["none", "some", "all"]
    for years, items, school, job, kind in itertools.product(range(6), range(5), schools, "xyz", "abc"):
        old = "a" if row.k_a else "b" if row.k_b else "c"
        moved = [years != row.years, items != row["items"], school != row.school, job != row.job, kind != old]
        if not 1 <= sum(moved) <= most or years < row.years or items > years + 1 or (job == "z" and school == "none"):
            continue
        spent = abs(years - row.years) / units["years"] + abs(items - row["items"]) / units["items"]
        spent += abs(schools.index(school) - schools.index(row.school)) / units["school"] + moved[3] + moved[4]
        if cost is None or spent <= cost + 1e-9:
            new = {"years": years, "items": items, "school": school, "job": job}
            found.append({**new, "k_a": kind == "a", "k_b": kind == "b", "k_c": kind == "c"})
    return found


@pytest.mark.parametrize(("most", "cost"), [(1, None), (2, None), (3, 2.0), (5, 1.5)])
def test_what_falls_is_part_of_what_can_fall_by_enumeration_and_nearly_all_of_it(most: int, cost: float | None) -> None:
    hits = possible = 0
    for seed in range(2):
        frame = toy(seed)
        model = Encoded(frame)
        keep = (frame["items"] <= frame.years + 1) & ~((frame.job == "z") & (frame.school == "none"))
        frame = frame[keep].reset_index(drop=True)
        found, _, _, scale = attacked(model, frame, TOY, Budget(features=most, cost=cost), seed=seed)
        one = {name: float(u) for name, u in zip(["years", "items", "school"], scale.one[:3], strict=True) if u}
        can = np.zeros(len(frame), dtype=bool)
        for i, row in frame.iterrows():
            near = pd.DataFrame(neighbours(row, most, cost, one))
            can[int(str(i))] = len(near) > 0 and bool((model.predict(near) != row.y).any())
        can &= found.right
        assert not (found.fooled & ~can).any()
        hits, possible = hits + int(found.fooled.sum()), possible + int(can.sum())
    assert possible > 30
    assert hits >= 0.98 * possible


def test_an_equation_takes_its_total_along() -> None:
    rng = np.random.default_rng(0)
    wages, interest = rng.integers(0, 100, 200), rng.integers(1, 100, 200)
    frame = pd.DataFrame({"wages": wages, "interest": interest, "total": wages + interest})
    frame["y"] = (frame.total > 100).astype(int)
    spec: dict[str, Any] = {
        "features": {"wages": {"bounds": [0, 100]}, "interest": {"mutable": False}, "total": {"bounds": [0, 200]}},
        "relations": ["total == wages + interest"],
    }
    found, *_ = attacked(lambda x: (x.total > 100).astype(int), frame, spec, Budget(features=2), restarts=2)
    after = found.after.to_native()
    assert (after.total == after.wages + after.interest).all()
    assert found.fooled.all()
    # The shortest way over the line, found from decisions alone.
    need = np.where(frame.y == 1, frame.total - 100, 101 - frame.total)
    reached = np.abs(after.wages.to_numpy() - frame.wages.to_numpy())
    np.testing.assert_array_equal(reached, need)
    alone, *_ = attacked(lambda x: (x.total > 100).astype(int), frame, spec, Budget(features=1))
    assert not alone.fooled.any()


@pytest.mark.parametrize("budget", [Budget(eps=0), Budget(features=0), Budget(cost=0)])
def test_no_budget_is_the_clean_model(budget: Budget) -> None:
    frame = numbers(60)
    model = LogisticRegression().fit(frame.drop(columns="y"), frame.y)
    found, *_ = attacked(model, frame, free(frame), budget)
    assert not found.fooled.any() and found.right.mean() > 0.7 and found.asked == 0


def test_a_constant_model_does_not_fall() -> None:
    frame = numbers(60)
    found, *_ = attacked(lambda x: np.ones(len(x), dtype=int), frame, free(frame), Budget())
    assert not found.fooled.any() and found.right.mean() == frame.y.mean()


def test_the_budget_of_queries_is_kept_to_the_query() -> None:
    rng = np.random.default_rng(0)
    frame = numbers(20, m=8, seed=7)
    for bend, several in ((0.0, (2, 10)), (0.7, (150,))):
        model = Differentiable(rng.normal(size=(8, 2)), np.zeros(2), bend)
        for queries in several:
            model.rows = 0
            found, *_ = attacked(model, frame, free(frame), Budget(eps=0.3, features=3), queries=queries)
            clean = 3 * len(frame)  # decisions twice and probabilities once, of the rows as they are
            assert model.rows - clean == found.asked <= queries * found.right.sum()
            assert found.queries.max() < queries


def test_the_same_seed_finds_the_same_and_more_budget_finds_more() -> None:
    frame = numbers(60, seed=4)
    x = frame.drop(columns="y")
    model = RandomForestClassifier(10, max_depth=4, random_state=0).fit(x, frame.y)
    before = 1.0
    for most in (1, 2, 3, 5):
        first, *_ = attacked(model, frame, free(frame), Budget(eps=0.3, features=most))
        again, *_ = attacked(model, frame, free(frame), Budget(eps=0.3, features=most))
        np.testing.assert_array_equal(first.sizes, again.sizes)
        assert first.asked == again.asked
        stands = float((first.right & ~first.fooled).mean())
        assert stands <= before
        before = stands


def test_a_model_that_answers_differently_each_time_is_not_attacked() -> None:
    rng = np.random.default_rng(0)
    frame = numbers(60)
    with pytest.raises(audit.NotAssessed, match="asked twice"):
        attacked(lambda x: rng.integers(0, 2, len(x)), frame, free(frame), Budget())


def test_trees_on_measurements_of_tumours_are_asked_in_few_calls() -> None:
    x, y = load_breast_cancer(return_X_y=True, as_frame=True)
    frame = x.assign(y=y)
    model = RandomForestClassifier(20, max_depth=6, random_state=0).fit(x[::2], y[::2])
    test = frame[1::8].reset_index(drop=True)
    spec: dict[str, Any] = {"features": {name: {} for name in x}}
    found, *_ = attacked(model, test, spec, Budget(eps=0.5, features=3))
    assert found.right.mean() > 0.9 and found.fooled.mean() > 0.05
    assert found.calls < 120 < found.asked / 100
