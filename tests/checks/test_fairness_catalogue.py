"""Every fairness check on good data, on data as bad as they get, and where the answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.stats.test_stratified import BERKELEY

from assay import audit
from assay.audit import Record

N = 400
MODULES = ("", "_composites", "_intersections", "_odds", "_ranking", "_rates", "_regression", "_scores", "_strata")
HOMES = {f"assay.checks.fairness{name}" for name in MODULES}
CHECKS = [id for id, spec in audit.checks().items() if spec.function.__module__ in HOMES]
STRATA = {
    id: {"strata": "dept"} for id in ("fairness.conditional_parity_difference", "fairness.conditional_odds_ratio")
}


def rows(**columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    p = rng.random(N).round(3)
    given = {
        "y": (rng.random(N) < p).astype(int),
        "p": p,
        "sex": np.tile(["f", "m"], N // 2),
        "age": rng.choice(["a", "b", "c"], N),
        "dept": rng.choice(list("uvw"), N),
        "query": np.arange(N) // 8,
    }
    return pd.DataFrame(given).assign(**columns)


def run(frame: pd.DataFrame, task: str, sensitive: list[str], **data: Any) -> Record:
    model: dict[str, Any] = {"probability": "p"} if task == "binary" else {"prediction": "p", "task": task}
    checks = [id for id in CHECKS if task in audit.checks()[id].tasks]
    dataset = audit.Dataset(
        frame, target="y", sensitive=sensitive, query="query" if task == "ranking" else None, **data
    )
    options = {id: given for id, given in STRATA.items() if id in checks}
    return audit.run(None, dataset, {"model": model, "checks": {"include": checks, "options": options}})


def sound(record: Record) -> None:
    """No error, and every interval holds its value. No width is allowed only where the best group is surely the best."""
    for result in record.results:
        assert result.status != "error", result.traceback
        for one in result.estimates:
            low = -np.inf if one.low is None else one.low
            high = np.inf if one.high is None else one.high
            parity = one.value in (0, 1) and one.value == low == high
            assert low < high or parity, (result.check, one)
            if one.value is None:
                assert one.state in ("undefined", "insufficient", "degenerate"), (result.check, one)
            else:
                assert low - 1e-9 <= one.value <= high + 1e-9, (result.check, one)


@pytest.mark.parametrize("task", ["binary", "regression", "ranking"])
@pytest.mark.parametrize("reference", [None, "f", "rest"])
def test_every_check_gives_an_answer(task: str, reference: str | None) -> None:
    record = run(rows(), task, ["sex"], reference={"sex": reference} if reference else None)
    sound(record)
    assert [r.check for r in record.results if r.status != "ok"] == []
    assert all(r.estimates or r.figures for r in record.results)


def test_groups_that_may_share_no_row_are_compared_with_the_rest_where_the_plan_says_overall() -> None:
    record = run(rows(), "binary", ["age", "sex"], reference={"age": "overall", "sex": "f"})
    sound(record)
    assert not [r.check for r in record.results if r.status == "not_assessed"]
    for check in ("fairness.treatment_equality_ratio", "fairness.xauc_difference", *STRATA):
        against = {e.against for e in record[check].estimates if set(e.slice) == {"age"}}
        assert against == {"the rest"}, check
        assert {e.against for e in record[check].estimates if set(e.slice) == {"sex"}} == {"sex=f"}, check


BAD: dict[str, dict[str, Any]] = {
    "a group of one row": {"sex": ["f"] + ["m"] * (N - 1)},
    "an attribute that is the label": {"sex": np.where(rows().y == 1, "m", "f")},
    "constant scores within a group": {"p": np.where(rows().sex == "f", 0.7, rows().p)},
    "all get the favourable outcome": {"p": np.linspace(0.5, 1, N)},
    "one score": {"p": 0.3},
    "certain and right": {"p": rows().y.astype(float)},
    "missing attributes": {"sex": rows().sex.where(np.arange(N) % 5 != 0, None)},
    "strata of one row": {"dept": [f"d{k % 150}" for k in range(N)]},
}


@pytest.mark.parametrize("name", BAD)
def test_bad_data_give_sound_answers(name: str) -> None:
    sound(run(rows(**BAD[name]), "binary", ["sex"]))


def test_a_group_of_one_row_is_no_evidence() -> None:
    record = run(rows(**BAD["a group of one row"]), "binary", ["sex"])
    for result in record.results:
        if audit.checks()[result.check].compares:
            assert {one.state for one in result.estimates} <= {"insufficient", "undefined"}, result.check


def test_an_unknown_value_is_a_group_of_its_own() -> None:
    record = run(rows(**BAD["missing attributes"]), "binary", ["sex"])
    assert record["fairness.selection_rate"].estimate(sex="(missing)").n == N / 5
    assert record.data.sensitive[0].levels["(missing)"] == N / 5


def test_a_group_without_weight_is_no_evidence() -> None:
    frame = rows()
    frame["w"] = np.where(frame.sex == "f", 0.0, 1.0)
    record = run(frame, "binary", ["sex"], weight="w")
    sound(record)
    ratios = record["fairness.impact_ratio"].estimates
    assert {one.state for one in ratios} <= {"insufficient", "undefined"}


def test_two_hundred_groups_are_too_thin_for_evidence() -> None:
    record = run(rows(age=[f"a{k % 200}" for k in range(N)]), "binary", ["age"])
    sound(record)
    assert {one.state for one in record["fairness.impact_ratio"].estimates} <= {"insufficient", "undefined"}


def test_five_hundred_groups_are_refused() -> None:
    frame = pd.concat([rows(), rows()], ignore_index=True).assign(sex=[f"s{k % 500}" for k in range(2 * N)])
    with pytest.raises(audit.DataError, match="expected at most 200 groups, got 500"):
        run(frame, "binary", ["sex"])


def test_an_absent_reference_is_refused() -> None:
    with pytest.raises(audit.DataError, match=r"data.reference.sex: no group 'x'"):
        run(rows(), "binary", ["sex"], reference={"sex": "x"})


def test_simpsons_paradox_is_named() -> None:
    """Berkeley 1973: men were admitted more often overall, and women within departments."""
    given = [
        (sex, decided, dept)
        for dept, counts in zip("ABCDEF", BERKELEY, strict=True)
        for (sex, decided), n in zip([("m", 1), ("m", 0), ("f", 1), ("f", 0)], counts, strict=True)
        for _ in range(n)
    ]
    frame = pd.DataFrame(given, columns=["sex", "decided", "dept"]).assign(y=lambda f: f.decided)
    dataset = audit.Dataset(frame, target="y", sensitive=["sex"], reference={"sex": "f"})
    plan = {"model": {"prediction": "decided"}, "checks": {"include": list(STRATA), "options": STRATA}}
    record = audit.run(None, dataset, plan)
    assert record["fairness.conditional_odds_ratio"].estimate(sex="m").value == pytest.approx(0.9046968, abs=1e-6)
    result = record["fairness.conditional_parity_difference"]
    assert (result.estimate(sex="m").value or 0) < 0
    reading = {row[0]: (row[1], row[-1]) for row in result.figures[0].rows}
    crude, text = reading["sex=m"]
    assert isinstance(crude, float) and crude > 0.14
    assert text == "Simpson's paradox: within strata the difference points the other way"


def test_a_column_of_strata_must_be_there() -> None:
    plan = {
        "model": {"prediction": "p"},
        "checks": {"include": list(STRATA), "options": {next(iter(STRATA)): {"strata": "dpt"}}},
    }
    frame = rows().assign(p=lambda f: (f.p > 0.5).astype(int))
    one, two = audit.run(None, audit.Dataset(frame, target="y", sensitive=["sex"]), plan).results
    assert {one.reason, two.reason} == {
        "option strata: column: no column 'dpt' in the data in memory; did you mean 'dept'?",
        "no column of strata was named (option strata)",
    }


def test_chance_is_no_paradox() -> None:
    counts = np.array([[60, 60, 41, 39], [16, 64, 25, 95]])  # men more often overall, less often within, by chance
    given = [
        (sex, decided, dept)
        for dept, row in zip("ab", counts, strict=True)
        for (sex, decided), n in zip([("m", 1), ("m", 0), ("f", 1), ("f", 0)], row.tolist(), strict=True)
        for _ in range(n)
    ]
    frame = pd.DataFrame(given, columns=["sex", "decided", "dept"]).assign(y=lambda f: f.decided)
    plan = {"model": {"prediction": "decided"}, "checks": {"include": list(STRATA), "options": STRATA}}
    record = audit.run(None, audit.Dataset(frame, target="y", sensitive=["sex"]), plan)
    (first, *_) = record["fairness.conditional_parity_difference"].figures[0].rows
    assert first[0] == "sex=f"
    assert isinstance(first[1], float) and isinstance(first[2], float) and first[1] * first[2] < 0
    assert first[-1] == "no difference within strata is shown"


def judged(frame: pd.DataFrame, check: str, **given: Any) -> Any:
    dataset = audit.Dataset(frame, target="y", sensitive=["sex"], **given)
    plan = {"model": {"prediction": "decided"}, "require": [{"check": check, "at_least": 0.8}]}
    return audit.run(None, dataset, plan).requirements[0]


def test_a_ratio_to_nobody_is_infinite_and_judged() -> None:
    frame = pd.DataFrame({"sex": ["f"] * 200 + ["m"] * 200, "decided": [0] * 200 + [1, 0] * 100, "y": [1, 0] * 200})
    found = judged(frame, "fairness.impact_ratio", reference={"sex": "f"})
    assert (found.verdict, found.reason) == ("fail", "sex=m: the whole interval is above 1.25")
    assert found.deciding.value is None and found.deciding.low > 1.25


def test_of_two_groups_of_which_one_is_tiny_the_reason_does_not_ask_for_more_of_the_other() -> None:
    frame = pd.DataFrame({"sex": ["f"] + ["m"] * 399, "decided": [1, 0] * 200, "y": [1, 0] * 200})
    found = judged(frame, "fairness.impact_ratio")
    reasons = {one.slice["sex"]: (one.reason, one.needs_n) for one in found.estimates}
    assert found.verdict == "inconclusive"
    assert reasons["m"] == (
        "insufficient evidence: too few rows, if not of these 399 then of whom they are compared with",
        None,
    )
    rule = judged(frame, "rules.four_fifths")
    assert (rule.verdict, rule.reason) == (
        "not_assessed",
        "it says nothing by sex: no two groups there can be compared",
    )
