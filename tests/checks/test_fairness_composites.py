"""Differences between groups of functions of the confusion matrix, against scikit-learn and fairlearn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame
from sklearn import metrics

from assay import audit

if TYPE_CHECKING:
    from tests.checks.conftest import Measure

PEERS: dict[str, Callable[..., float]] = {
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "f1": metrics.f1_score,
    "mcc": metrics.matthews_corrcoef,
    "cohen_kappa": metrics.cohen_kappa_score,
}
CHECKS = [f"fairness.{name}_difference" for name in PEERS]


def run(frame: pd.DataFrame, reference: str | None, **tables: Any) -> audit.Record:
    given = {"sensitive": ["race"], "reference": {"race": reference} if reference else None, **tables.pop("data", {})}
    plan = {"model": {"prediction": "decided", "positive": 1}, "checks": {"include": CHECKS}, **tables}
    return audit.run(None, audit.Dataset(frame, target="y", **given), plan)


@pytest.mark.parametrize("reference", [None, "White", "rest", "overall"])
def test_values_are_those_of_the_peers(people: pd.DataFrame, reference: str | None) -> None:
    record = run(people, reference)
    for name, peer in PEERS.items():
        frame = MetricFrame(metrics=peer, y_true=people.y, y_pred=people.decided, sensitive_features=people.race)
        own = frame.by_group
        for one in record[f"fairness.{name}_difference"].estimates:
            group = one.slice["race"]
            rest = people[people.race != group]
            other = {
                None: own.max(),
                "White": own["White"],
                "rest": peer(rest.y, rest.decided),
                "overall": frame.overall,
            }[reference]
            assert one.value == pytest.approx(own[group] - other, abs=1e-12), (name, group)
            assert one.low is not None and one.value is not None and one.high is not None
            assert one.low <= one.value <= one.high
            assert one.method.startswith("mover-difference") and one.high - one.low > 0.01


def test_a_requirement_names_whom_it_compares_with_and_is_decided(people: pd.DataFrame) -> None:
    worse = people.assign(decided=np.where(people.race == "White", people.decided, 1 - people.decided))
    require = [{"check": id, "at_most": 0.1} for id in CHECKS]
    record = run(worse, "White", require=require)
    assert [one.verdict for one in record.requirements] == ["fail"] * len(CHECKS)
    assert {one.against for id in CHECKS for one in record[id].estimates} == {"race=White"}
    assert {one.verdict for one in run(people, "White", require=require).requirements} <= {"pass", "inconclusive"}


def test_more_than_two_classes(many: pd.DataFrame, measured: Measure) -> None:
    found = measured(many, ["sex"], model={"task": "multiclass"}, checks={"include": CHECKS})
    own = {sex: metrics.matthews_corrcoef(rows.y, rows.decided) for sex, rows in many.groupby("sex")}
    values = [one.value for one in found["fairness.mcc_difference"].estimates]
    assert values == pytest.approx([one - max(own.values()) for one in own.values()], abs=1e-12)


@pytest.mark.parametrize("design", ["weight", "cluster"])
def test_weights_and_clusters_are_allowed_for(people: pd.DataFrame, design: str) -> None:
    frame = people.assign(weight=1.0 + (np.arange(len(people)) % 3), cluster=np.arange(len(people)) // 10)
    record = run(frame, "White", data={design: design})
    for name, peer in PEERS.items():
        by = {
            race: peer(rows.y, rows.decided, sample_weight=rows.weight if design == "weight" else None)
            for race, rows in frame.groupby("race")
        }
        for one in record[f"fairness.{name}_difference"].estimates:
            assert one.value == pytest.approx(by[one.slice["race"]] - by["White"], abs=1e-9)
            assert one.low is not None and one.value is not None and one.high is not None
            assert one.low < one.value < one.high


def test_a_group_with_one_class_only_is_no_evidence(people: pd.DataFrame) -> None:
    record = run(people.assign(y=np.where(people.race == "Other", 1, people.y)), "White")
    for id in ("fairness.mcc_difference", "fairness.cohen_kappa_difference", "fairness.balanced_accuracy_difference"):
        assert record[id].estimate(race="Other").state in ("insufficient", "undefined"), id
