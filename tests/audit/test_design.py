"""Weights and clusters: estimates against the weighted formula, intervals against simulation."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as skm

from assay import audit
from assay.audit import DataError, PlanError, Record
from assay.audit.design import Design
from assay.audit.designed import allowed_for
from assay.audit.errors import NotAssessed
from assay.audit.shapes.base import RowStatistic, Statistic
from assay.audit.slices import Slices, cut

RECORDED = {"prediction": "predicted", "probability": "score"}
CHECKS = ["accuracy.accuracy", "accuracy.recall", "accuracy.brier", "accuracy.f1", "accuracy.balanced_accuracy"]


def rows(seed: int, clusters: int = 100, size: int = 10, spread: float = 1.0) -> pd.DataFrame:
    """Decisions whose errors are shared within clusters; the marginal accuracy does not depend on the clusters."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), size)
    shared = rng.normal(0, spread, clusters)[cluster]
    truth = rng.integers(0, 2, len(cluster))
    right = rng.random(len(cluster)) < 1 / (1 + np.exp(-1.0 - shared))
    predicted = np.where(right, truth, 1 - truth)
    return pd.DataFrame(
        {
            "truth": truth,
            "predicted": predicted,
            "score": np.where(predicted == 1, 0.8, 0.2),
            "group": rng.choice(["a", "b"], len(cluster)),
            "cluster": cluster,
            "weight": rng.uniform(0.2, 3, len(cluster)),
        }
    )


def run(frame: pd.DataFrame, checks: Sequence[str] = CHECKS, **design: Any) -> Record:
    dataset = audit.Dataset(frame, target="truth", sensitive=["group"], **design)
    return audit.run(None, dataset, {"model": RECORDED, "checks": {"include": list(checks)}})


@pytest.mark.parametrize("design", [{"weight": "weight"}, {"weight": "weight", "cluster": "cluster"}])
def test_weighted_estimates_are_those_of_scikit_learn(design: dict[str, str]) -> None:
    frame = rows(1)
    record = run(frame, CHECKS, **design)
    for group in ({}, {"group": "a"}, {"group": "b"}):
        of = frame if not group else frame[frame["group"] == group["group"]]
        y, d, p, w = of["truth"], of["predicted"], of["score"], of["weight"]
        expected = {
            "accuracy.accuracy": skm.accuracy_score(y, d, sample_weight=w),
            "accuracy.recall": skm.recall_score(y, d, sample_weight=w),
            "accuracy.brier": skm.brier_score_loss(y, p, sample_weight=w),
            "accuracy.f1": skm.f1_score(y, d, sample_weight=w),
            "accuracy.balanced_accuracy": skm.balanced_accuracy_score(y, d, sample_weight=w),
        }
        for check, value in expected.items():
            found = record[check].estimate(**group)
            assert found.value == pytest.approx(value, abs=1e-12), check
            assert found.low is not None and found.high is not None and found.low < value < found.high


def test_equal_weights_and_single_rows_change_nothing_but_the_method() -> None:
    frame = rows(2).assign(weight=2.0, cluster=lambda f: np.arange(len(f)))
    plain, weighted = run(frame, ["accuracy.accuracy"]), run(frame, ["accuracy.accuracy"], weight="weight")
    clustered = run(frame, ["accuracy.accuracy"], cluster="cluster")
    for other in (weighted, clustered):
        for one, two in zip(plain["accuracy.accuracy"].estimates, other["accuracy.accuracy"].estimates, strict=True):
            assert two.value == pytest.approx(one.value, abs=1e-12)
            assert (two.low, two.high) == pytest.approx((one.low, one.high), abs=0.005)
            assert two.method == "korn-graubard"


@pytest.mark.parametrize("check", ["accuracy.accuracy", "accuracy.brier", "accuracy.mcc"])
def test_clustered_intervals_cover_where_plain_ones_do_not(check: str) -> None:
    draws = 100
    truth = np.mean([run(rows(s, clusters=4000, size=10), [check])[check].estimate().value or 0.0 for s in range(3)])
    caught = {"plain": 0, "clustered": 0}
    for seed in range(draws):
        frame = rows(1000 + seed, clusters=60, size=20)
        for name, design in (("plain", {}), ("clustered", {"cluster": "cluster"})):
            found = run(frame, [check], **design)[check].estimate()
            assert found.low is not None and found.high is not None
            caught[name] += bool(found.low <= truth <= found.high)
    assert caught["plain"] < 0.85 * draws
    assert caught["clustered"] >= 0.90 * draws  # nominal 95 %, more than two standard errors of 100 draws below


def test_the_record_says_what_the_design_is() -> None:
    assert run(rows(3), ["accuracy.accuracy"]).data.design == ""
    assert run(rows(3), ["accuracy.accuracy"], cluster="cluster").data.design == "100 clusters"
    both = run(rows(3), ["accuracy.accuracy"], weight="weight", cluster="cluster").data.design
    assert re.fullmatch(r"weights of 0\.2\d* to 3(\.\d+)?, 100 clusters", both)


def test_comparisons_allow_for_the_design() -> None:
    frame = rows(3)
    plain = run(frame, ["fairness.demographic_parity_difference"])
    clustered = run(frame, ["fairness.demographic_parity_difference"], weight="weight", cluster="cluster")
    one, two = (r["fairness.demographic_parity_difference"].estimates[0] for r in (plain, clustered))
    assert two.high is not None and two.low is not None and one.high is not None and one.low is not None
    assert two.high - two.low > one.high - one.low


def test_figures_that_count_rows_are_not_assessed_and_the_schema_stays(tmp_path: Path) -> None:
    from assay.audit.schema import infer

    frame = rows(4)
    (tmp_path / "schema.json").write_text(infer(frame).to_json())
    dataset = audit.Dataset(frame, target="truth", sensitive=["group"], weight="weight")
    checks = {"include": ["fairness.group_extremes", "data.schema"]}
    data = {"schema": str(tmp_path / "schema.json")}
    record = audit.run(None, dataset, {"model": RECORDED, "data": data, "checks": checks})
    assert record["fairness.group_extremes"].status == "not_assessed"
    assert "weights or clusters" in record["fairness.group_extremes"].reason
    assert record["data.schema"].status == "ok"
    assert record["data.schema"].figures


def test_a_refused_audit_does_not_wear_the_data_out(tmp_path: Path) -> None:
    plan = {"audit": {"ledger": str(tmp_path / "uses.json")}, "model": {"probability": "score"}}
    with pytest.raises(DataError):
        audit.run(None, audit.Dataset(rows(9).assign(score=2.0), target="truth"), plan)
    assert not (tmp_path / "uses.json").exists()


def test_what_has_no_interval_for_the_design_is_not_assessed() -> None:
    class Unaware(RowStatistic):
        def by(self, slices: Slices, rng: np.random.Generator) -> Statistic:
            raise AssertionError("not reached")

    slices = replace(cut({}, 2, depth=1), design=Design(np.ones(2)))
    with pytest.raises(NotAssessed, match="no interval of 'area' allows for weights yet"):
        allowed_for("area", Unaware(), dict, None, slices, np.random.default_rng(0), counts=False)  # type: ignore[arg-type]


FUNCTIONS_OF_COUNTS = {
    "accuracy.diagnostic_odds_ratio": lambda t: t[1, 1] * t[0, 0] / (t[0, 1] * t[1, 0]),
    "accuracy.positive_likelihood_ratio": lambda t: t[1, 1] / t[1].sum() / (t[0, 1] / t[0].sum()),
    "accuracy.informedness": lambda t: t[1, 1] / t[1].sum() + t[0, 0] / t[0].sum() - 1,
    "accuracy.mcc": lambda t: (t[1, 1] * t[0, 0] - t[0, 1] * t[1, 0]) / np.sqrt(np.prod([*t.sum(0), *t.sum(1)])),
    "sklearn:matthews_corrcoef": lambda t: (
        (t[1, 1] * t[0, 0] - t[0, 1] * t[1, 0]) / np.sqrt(np.prod([*t.sum(0), *t.sum(1)]))
    ),
}


@pytest.mark.parametrize("check", FUNCTIONS_OF_COUNTS)
@pytest.mark.parametrize("design", [{"weight": "weight"}, {"weight": "weight", "cluster": "cluster"}])
def test_functions_of_counts_allow_for_the_design(check: str, design: dict[str, str]) -> None:
    frame = rows(12)
    table = np.zeros((2, 2))
    np.add.at(table, (frame["truth"], frame["predicted"]), frame["weight"])
    value, (low, high) = FUNCTIONS_OF_COUNTS[check](table), limits(frame, check, **design)
    assert run(frame, [check], **design)[check].estimate().value == pytest.approx(value, rel=1e-9)
    assert low < value < high
    frame["weight"] = 1.0
    equal = limits(frame, check, weight="weight")
    assert equal == pytest.approx(limits(frame, check), rel=0.08)
    if "cluster" in design:
        assert np.diff(limits(frame, check, cluster="cluster")) > 1.2 * np.diff(equal)


def limits(frame: pd.DataFrame, check: str, **design: str) -> tuple[float, float]:
    found = run(frame, [check], **design)[check].estimate()
    assert found.low is not None and found.high is not None
    return found.low, found.high


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ({"weight": -1.0}, "expected finite weights of 0 or more, got -1.0 in row 1"),
        ({"weight": 0.0}, "expected finite weights of 0 or more, got only zeros"),
        ({"weight": np.nan}, "expected finite weights of 0 or more, got nan in row 1"),
        ({"weight": "heavy"}, "expected numbers, got"),
        ({"cluster": 1}, "data.cluster in the data in memory: expected two or more different values, got one"),
        ({"cluster": None}, "data.cluster in the data in memory: 1000 values are missing, the first in row 1"),
    ],
)
def test_a_design_that_cannot_be_is_refused(design: dict[str, Any], message: str) -> None:
    frame = rows(5).assign(**design)
    with pytest.raises(DataError) as caught:
        run(frame, CHECKS, **{key: key for key in design})
    assert message in str(caught.value)


def test_a_group_without_weight_is_undefined() -> None:
    frame = rows(6)
    frame.loc[frame["group"] == "b", "weight"] = 0.0
    found = run(frame, ["accuracy.accuracy", "accuracy.brier"], weight="weight")
    for check in ("accuracy.accuracy", "accuracy.brier"):
        estimate = found[check].estimate(group="b")
        assert (estimate.value, estimate.state) == (None, "undefined")


def test_the_ledger_counts_and_spends(tmp_path: Path) -> None:
    frame = rows(7)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    plan = """
        audit = { ledger = "uses.json", spend = true }
        model = { prediction = "predicted" }
        data = { path = "rows.csv", target = "truth" }
        checks = { include = ["accuracy.accuracy"] }
        require = [{ check = "accuracy.accuracy", at_least = 0.5 }]
    """
    (tmp_path / "audit.toml").write_text(plan)
    records = [audit.run(plan=tmp_path / "audit.toml") for _ in range(3)]
    assert [r.data.uses for r in records] == [1, 2, 3]
    assert json.loads((tmp_path / "uses.json").read_text()) == {records[0].data.digest: 3}
    levels = [r.requirements[0].estimates[0].level for r in records]
    assert levels == pytest.approx([1 - 0.05 * 6 / np.pi**2 / k**2 for k in (1, 2, 3)])


def test_spending_needs_a_ledger_and_a_ledger_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="spend: expected 'ledger'"):
        audit.Plan.parse({"audit": {"spend": True}})
    (tmp_path / "uses.json").write_text("[]")
    with pytest.raises(PlanError, match="expected digests of data and how often they were used"):
        audit.run(
            None,
            audit.Dataset(rows(8), target="truth"),
            {"audit": {"ledger": str(tmp_path / "uses.json")}, "model": RECORDED},
        )
