from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from assay import audit
from assay.audit import Dataset, Plan, PlanError, Record
from assay.audit.requirements import Required, required
from assay.audit.select import selected

RATIO = {"check": "fairness.impact_ratio", "at_least": 0.8}
ACCURACY = {"check": "accuracy.accuracy", "at_least": 0.6}
WAIVE = {"check": "accuracy.accuracy", "owner": "Ada", "because": "known", "until": "2027-03-01"}


def written(frame: pd.DataFrame, **document: Any) -> list[Required]:
    plan = Plan.parse(document)
    return required(plan, selected(plan), Dataset(frame, target="y", sensitive=["sex", "race"]))


def ran(frame: pd.DataFrame, **document: Any) -> Record:
    given = {"model": {"prediction": "decided"}, **document}
    return audit.run(None, Dataset(frame, target="y", sensitive=["sex", "race"]), given)


@pytest.mark.parametrize(
    ("require", "ids"),
    [
        ([ACCURACY], ["accuracy.accuracy"]),
        ([{**ACCURACY, "on": "sex"}], ["accuracy.accuracy[sex]"]),
        ([{**RATIO, "on": ["sex", "race"]}], ["fairness.impact_ratio[sex,race]"]),
        ([RATIO], ["fairness.impact_ratio[sex]", "fairness.impact_ratio[race]"]),
        ([ACCURACY, ACCURACY], ["accuracy.accuracy", "accuracy.accuracy#2"]),
        ([{"check": "robustness.noise", "metric": "flipped", "at_most": 0.1}], ["robustness.noise[flipped]"]),
    ],
)
def test_ids_say_check_and_attributes(frame: pd.DataFrame, require: list[dict[str, Any]], ids: list[str]) -> None:
    assert [one.id for one in written(frame, require=require)] == ids


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"require": [{**ACCURACY, "on": "sx"}]}, "require[1] (accuracy.accuracy): on: 'sx' is not a sensitive attribute; did you mean 'sex'?"),
        ({"require": [{**ACCURACY, "on": ["sex", "sex"]}]}, "on: expected at most 2 different attributes (data.intersections), got 2"),
        ({"require": [ACCURACY, {**RATIO, "at_least": 1.5}]}, "require[2] (fairness.impact_ratio): 1 is parity here: expected"),
        ({"require": [ACCURACY], "checks": {"exclude": ["accuracy"]}}, "require[1].check: 'accuracy.accuracy' is required, and excluded"),
        ({"waive": [WAIVE]}, "waive[1]: no requirement on 'accuracy.accuracy' to waive"),
        ({"require": [ACCURACY], "waive": [WAIVE, {**WAIVE, "on": "sex"}]}, "waive[2]: no requirement on 'accuracy.accuracy'"),
        ({"checks": {"options": {"accuracy.acuracy": {}}}}, "checks.options: no check 'accuracy.acuracy'; did you mean"),
    ],
)  # fmt: skip
def test_what_cannot_be_required_is_named(frame: pd.DataFrame, document: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError) as caught:
        written(frame, **document)
    assert message in str(caught.value)


def test_a_comparison_needs_somebody_to_compare(frame: pd.DataFrame) -> None:
    plan = Plan.parse({"require": [RATIO]})
    with pytest.raises(PlanError, match=r"it compares groups, but data.sensitive names no attribute"):
        required(plan, selected(plan), Dataset(frame, target="y"))


def test_the_data_set_says_how_many_attributes_are_crossed(frame: pd.DataFrame) -> None:
    plan = Plan.parse({"require": [{**ACCURACY, "on": ["sex", "race"]}]})
    dataset = Dataset(frame, target="y", sensitive=["sex", "race"], intersections=1)
    with pytest.raises(PlanError, match=r"expected at most 1 different attributes \(data.intersections\), got 2"):
        required(plan, selected(plan), dataset)


@pytest.mark.parametrize(
    ("least", "until", "verdict", "state", "exit_code"),
    [
        (0.99, "2027-03-01", "waived", "active", 0),
        (0.99, "2026-11-23", "waived", "active", 0),
        (0.99, "2026-11-22", "fail", "expired", 1),
        (0.1, "2027-03-01", "pass", "not needed", 0),
    ],
)
def test_a_waiver_counts_to_the_end_of_its_day(
    frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, least: float, until: str, verdict: str, state: str, exit_code: int
) -> None:  # fmt: skip
    today = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(today.timestamp())))
    record = ran(frame, require=[{**ACCURACY, "at_least": least}], waive=[{**WAIVE, "until": until}])
    (found,) = record.requirements
    assert found.waiver is not None
    assert (found.verdict, found.waiver.state, record.verdict.exit_code) == (verdict, state, exit_code)
    assert "Ada" in found.reason or verdict != "waived"


def test_what_was_not_measured_is_not_passed(frame: pd.DataFrame) -> None:
    (noise,) = ran(frame, require=[{"check": "robustness.noise", "at_least": 0.1}]).requirements
    assert noise.verdict == "not_assessed"
    assert "recorded predictions only" in noise.reason


NOISE = {"check": "robustness.noise", "at_least": 0.1}
MATRIX = {"check": "accuracy.confusion_matrix", "at_least": 0.1}


@pytest.mark.parametrize(
    ("require", "message"),
    [
        ({**ACCURACY, "metric": "acuracy"}, "require[1] (accuracy.accuracy): metric: it has accuracy; got 'acuracy'; did you mean 'accuracy'?"),
        ({**NOISE, "metric": "flip"}, "it has accuracy, accuracy_change, flipped"),
        ({**MATRIX, "metric": "recall_of_class_2"}, "it has recall_of_class_0, recall_of_class_1"),
    ],
)  # fmt: skip
def test_a_metric_that_is_not_there_is_named_before_the_model_is_asked(
    frame: pd.DataFrame, model: Any, require: dict[str, Any], message: str
) -> None:
    dataset = Dataset(frame, target="y", sensitive=["sex"], features=["x"])
    with pytest.raises(PlanError) as caught:
        audit.run(model, dataset, {"require": [require]})
    assert message in str(caught.value)
    assert model.calls == 0


def test_every_dictionary_names_its_metrics() -> None:
    unknown = {
        id
        for id, spec in audit.checks().items()
        if spec.judgeable and not spec.metrics and spec.names(["no", "yes"], {"sex": ["f", "m"]}) is None
    }
    assert not unknown, "give @check(metrics=[...])"


BASELINE = {"model": {"prediction": "decided"}, "baseline": {"prediction": "guess"}}


@pytest.mark.parametrize(
    ("right", "margin", "verdict", "words"),
    [
        (0.80, 0.05, "pass", "non-inferior to the baseline within a margin of 0.05;"),
        (0.80, 0.0, "inconclusive", "the interval contains the bound"),
        (0.90, 0.05, "pass", "non-inferior to the baseline within a margin of 0.05, and superior to it;"),
        (0.90, 0.0, "pass", "superior to the baseline;"),
        (0.70, 0.0, "fail", "inferior to the baseline;"),
        (0.70, 0.05, "fail", "inferior to the baseline by more than the margin of 0.05;"),
    ],
)
def test_what_is_claimed_of_a_baseline(right: float, margin: float, verdict: str, words: str) -> None:
    n = 2000
    rng = np.random.default_rng(0)
    y, order = rng.integers(0, 2, n), rng.permutation(n)
    rival, ours = np.arange(n) < 0.8 * n, np.arange(n) < right * n  # the better one is right wherever the other is
    frame = pd.DataFrame({"y": y, "decided": y ^ ~ours[order], "guess": y ^ ~rival[order]}).astype(int)
    plan = {**BASELINE, "require": [{"check": "comparison.accuracy", "at_least": -margin}]}
    (found,) = audit.run(None, Dataset(frame, target="y"), plan).requirements
    assert found.verdict == verdict
    assert words in found.reason


def test_parity_is_equivalence(frame: pd.DataFrame) -> None:
    (found,) = ran(
        frame, require=[{"check": "fairness.demographic_parity_difference", "at_most": 0.9, "on": "sex"}]
    ).requirements
    assert found.reason.startswith("equivalent: between -0.9 and 0.9 by two one-sided tests")


def test_one_fail_among_many_requirements_must_be_surer() -> None:
    hits = 470  # of 1000: wholly below 1/2 at 95 %, but not at the level of ten requirements
    frame = pd.DataFrame({"y": np.ones(1000, int), "decided": (np.arange(1000) < hits).astype(int)})
    one, ten = (
        audit.run(
            None,
            Dataset(pd.concat([frame, frame.assign(y=0, decided=0)]), target="y"),
            {
                "model": {"prediction": "decided"},
                "require": [{"check": "accuracy.recall", "at_least": 0.502}, *[{**ACCURACY}] * more],
            },
        ).requirements[0]
        for more in (0, 9)
    )
    exact = binom.cdf(hits, 1000, 0.502)
    assert (one.verdict, ten.verdict) == ("fail", "inconclusive")
    assert ten.adjusted_p == pytest.approx(10 * exact, rel=0.02)
    assert "not surely so among the 10 requirements of this audit" in ten.reason
    assert ten.needs_n is not None and ten.needs_n > 1000
    assert [judged.verdict for judged in ten.estimates] == ["inconclusive"]


def test_a_requirement_names_its_evidence(frame: pd.DataFrame) -> None:
    record = ran(frame, require=[{**ACCURACY, "on": "sex"}])
    (found,) = record.requirements
    result = record["accuracy.accuracy"]
    assert (found.evidence, found.bound) == (result.id, "at least 0.6")
    for judged in found.estimates:
        estimate = result.estimate(**judged.slice)
        assert (judged.value, judged.low, judged.high) == (estimate.value, estimate.low, estimate.high)


@pytest.mark.parametrize("check", ["data.schema", "accuracy.threshold_curve", "calibration.tests"])
def test_what_gives_tables_only_cannot_be_required(check: str) -> None:
    plan = Plan.parse({"require": [{"check": check, "at_least": 0.5}]})
    with pytest.raises(PlanError, match="it gives tables and curves only"):
        required(plan, selected(plan), None)
