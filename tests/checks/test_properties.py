"""Every check that needs no live model, on random rows: the order of rows does not matter, slices add up, nothing is without width."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay import audit
from assay.audit.record import Estimate, Figure, Record, Result
from assay.audit.shapes.rates import Proportion

N = 240
COLUMNS: dict[str, dict[str, Any]] = {
    "binary": {"probability": "p", "prediction": "decided", "positive": 1, "sets": {"0": "no", "1": "yes"}},
    "multiclass": {"favorable": "a"},
    "regression": {"prediction": "guess", "deviation": "error", "lower": "low", "upper": "high"},
    "ranking": {"prediction": "guess"},
    "multilabel": {"probability": ["s1", "s2"]},
}
TARGETS: dict[str, Any] = {
    "binary": "y",
    "multiclass": "kind",
    "regression": "amount",
    "ranking": "grade",
    "multilabel": ["l1", "l2"],
}
BASELINES = {
    "binary": {"probability": "other"},
    "multiclass": {"prediction": "called"},
    "regression": {"prediction": "extra"},
    "ranking": {"prediction": "extra"},
}
DESIGN = {"weight": "weight", "cluster": "person"}

OPTIONS = {"accuracy.weak_slices": {"min_rows": 20}}

QUERIES = {"ranking.hit_rate"}
"""It counts queries, whose rows belong to several groups."""


def rows(order: Any = slice(None)) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    p, other = rng.random(N).round(3), rng.random(N)
    shares = rng.dirichlet([1, 1, 1], N)
    frame = pd.DataFrame(
        {"p": p, "other": other, "y": (rng.random(N) < p).astype(int), "decided": (p >= 0.5).astype(int)}
    )
    frame[["pa", "pb", "pc"]] = shares
    frame["called"] = np.array([*"abc"])[shares.argmax(axis=1)]
    frame["kind"] = np.where(rng.random(N) < 0.6, frame.called, rng.choice([*"abc"], N))
    frame["amount"] = rng.gamma(2, 1, N)
    frame["guess"] = frame.amount + rng.normal(0, 1, N)
    frame["error"] = rng.uniform(0.5, 1.5, N)
    frame["low"], frame["high"] = frame.guess - frame.error, frame.guess + frame.error
    frame["no"], frame["yes"] = frame.p < 0.8, frame.p > 0.2
    frame["grade"] = np.clip(frame.amount.round(), 0, 3).astype(int)
    frame["extra"], frame["job"] = rng.random(N).round(1), rng.choice([*"uvw"], N)
    frame["weight"], frame["person"] = rng.uniform(0.5, 2, N).round(1), rng.choice(40, N)
    frame["query"] = rng.integers(0, 40, N)
    frame[["s1", "s2"]] = rng.random((N, 2))
    for k in "12":
        frame["l" + k] = (rng.random(N) < frame["s" + k]).astype(int)
    frame["sex"], frame["race"] = rng.choice(["f", "m"], N), rng.choice([*"xyz"], N)
    shuffled: pd.DataFrame = frame.iloc[order].reset_index(drop=True)
    return shuffled


class Shares:
    """Says of three classes what its inputs are."""

    classes_ = np.array([*"abc"])

    def predict_proba(self, x: pd.DataFrame) -> Any:
        return x[["pa", "pb", "pc"]].to_numpy()

    def predict(self, x: pd.DataFrame) -> Any:
        return self.classes_[self.predict_proba(x).argmax(axis=1)]


@cache
def record(task: str, shuffled: bool = False, designed: bool = False) -> Record:
    """Of every check that needs no live model."""
    order = np.random.default_rng(9).permutation(N) if shuffled else slice(None)
    ids = [id for id, spec in audit.checks().items() if task in spec.tasks and "model" not in spec.needs]
    frame = rows(order)
    given: dict[str, Any] = {"query": "query"} if task == "ranking" else {}
    given |= DESIGN if designed else {}
    features = ["extra", "job", *(["pa", "pb", "pc"] if task == "multiclass" else [])]
    dataset = audit.Dataset(frame, target=TARGETS[task], sensitive=["sex", "race"], features=features, **given)
    plan = {
        "model": {"task": task, **COLUMNS[task]},
        **({"baseline": BASELINES[task]} if task in BASELINES else {}),
        "checks": {"include": sorted(ids), "options": {k: v for k, v in OPTIONS.items() if k in ids}},
        "audit": {"seed": 3},
    }
    return audit.run(Shares() if task == "multiclass" else None, dataset, plan)


def key(one: Estimate) -> tuple[Any, ...]:
    return one.metric, tuple(sorted(one.slice.items()))


def cases(but: Collection[str] = ()) -> list[Any]:
    ids = {
        task: [id for id, spec in audit.checks().items() if task in spec.tasks and "model" not in spec.needs]
        for task in COLUMNS
    }
    return [pytest.param(task, id, id=f"{id}, {task}") for task in COLUMNS for id in ids[task] if id not in but]


def result(task: str, id: str, shuffled: bool = False, designed: bool = False) -> Result:
    found = record(task, shuffled, designed)[id]
    assert found.status != "error", found.traceback
    if found.status != "ok":
        pytest.skip(found.reason)
    return found


@pytest.mark.parametrize("designed", [False, True], ids=["", "weighted clusters"])
@pytest.mark.parametrize(("task", "id"), cases())
def test_the_order_of_rows_does_not_matter(task: str, id: str, designed: bool) -> None:
    before, after = (result(task, id, shuffled, designed) for shuffled in (False, True))
    again = {key(one): one for one in after.estimates}
    assert again.keys() == {key(one) for one in before.estimates}
    for one in before.estimates:
        other = again[key(one)]
        assert (one.n, one.state, one.method, one.against) == (other.n, other.state, other.method, other.against)
        assert close(one.value, other.value, 1e-9), (one, other)
        assert one.counts.keys() == other.counts.keys()
        assert all(close(one.counts[k], other.counts[k], 1e-9) for k in one.counts), (one, other)
        assert close(one.low, other.low, 1e-9), (one, other)
        assert close(one.high, other.high, 1e-9), (one, other)
    assert rounded(before.figures) == rounded(after.figures)


def rounded(figures: list[Figure]) -> Any:
    text = json.dumps([figure.model_dump(mode="json") for figure in figures])
    return json.loads(text, parse_float=lambda number: round(float(number), 9))


def close(one: float | None, other: float | None, tolerance: float) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= tolerance * max(1.0, abs(one))


@pytest.mark.parametrize(("task", "id"), cases())
def test_nothing_is_without_width_or_holds_a_hole(task: str, id: str) -> None:
    for one in result(task, id).estimates:
        low, high = -math.inf if one.low is None else one.low, math.inf if one.high is None else one.high
        assert low < high or one.value == low == high == 0 or one.value == low == high == 1, one
        assert one.value is not None or one.state == "undefined" or one.note == "infinite", one
        assert one.value is None or low - 1e-9 <= one.value <= high + 1e-9, one
        assert all(math.isfinite(count) for count in one.counts.values()), one


ADDITIVE = ("true_", "hits", "trials", "positives", "negatives")


@pytest.mark.parametrize(("task", "id"), cases(QUERIES))
def test_the_counts_of_slices_add_up(task: str, id: str) -> None:
    of = {key(one): one for one in result(task, id).estimates if not one.against}
    for (metric, slice), whole in of.items():
        for attribute in {"sex", "race"} - dict(slice).keys():
            parts = [
                one
                for (m, s), one in of.items()
                if m == metric and {*s} > {*slice} and {k for k, _ in s} == {attribute, *dict(slice)}
            ]
            for count in (c for c in whole.counts if c.startswith(ADDITIVE)):
                if parts:
                    assert sum(one.counts.get(count, 0.0) for one in parts) == pytest.approx(whole.counts[count]), (
                        metric,
                        count,
                    )


@pytest.mark.parametrize("n", [1, 5, 39, 40, 41, 200])
@pytest.mark.parametrize("limits", ["interval", "guaranteed"])
def test_one_more_hit_never_lowers_a_rate_or_its_limits(n: int, limits: str) -> None:
    rate = Proportion(np.arange(n + 1.0), np.full(n + 1, float(n)))
    low, high = getattr(rate, limits)(0.95)
    assert all((np.diff(of) >= -1e-12).all() for of in (rate.value, low, high))
