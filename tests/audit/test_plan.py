from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assay.audit import Plan, PlanError

REQUIRE = {"check": "accuracy.accuracy", "at_least": 0.8}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"modle": {}}, "plan: unknown key 'modle'; did you mean 'model'?"),
        ({"audit": {"sed": 1}}, "plan: unknown key 'audit.sed'; did you mean 'seed'?"),
        ({"model": {"postive": 1}}, "plan: unknown key 'model.postive'; did you mean 'positive'?"),
        ({"data": {"shema": "s.json"}}, "plan: unknown key 'data.shema'; did you mean 'schema'?"),
        ({"checks": {"exlude": []}}, "plan: unknown key 'checks.exlude'; did you mean 'exclude'?"),
        (
            {"require": [REQUIRE, {**REQUIRE, "atleast": 1}]},
            "unknown key 'require[2].atleast'; did you mean 'at_least'?",
        ),
        ({"card": {"intended": ""}}, "plan: unknown key 'card.intended'; did you mean 'intended_use'?"),
        ({"audit": {"confidence": 95}}, "plan: audit.confidence: Input should be less than 1, got 95"),
        ({"audit": {"seed": 2**60}}, "plan: audit.seed: Input should be less than or equal to 9007199254740991"),
        ({"audit": 3}, "plan: audit: Input should be a valid dictionary"),
        (
            {"model": {"task": "clustering"}},
            "plan: model.task: Input should be 'binary', 'multiclass', 'multilabel', 'regression' or 'ranking', got 'clustering'",
        ),
        ({"model": {"load": "a:b", "prediction": "p"}}, "plan: model: expected one of 'load', 'path', 'url', or"),
        ({"data": {"bounds": [0, float("inf")]}}, "plan: data.bounds[2]: Input should be a finite number, got inf"),
        ({"require": [{"check": "a.b"}]}, "require[1]: expected exactly one of 'at_least', 'at_most', 'between'"),
        ({"require": [{**REQUIRE, "at_most": 1}]}, "require[1]: expected exactly one of"),
        ({"require": [{"check": "a.b", "between": [2, 1]}]}, "between: expected [lower, upper], got [2.0, 1.0]"),
        ({"require": [{"check": "a.b", "at_least": float("nan")}]}, "require[1].at_least: Input should be a finite"),
        ({"require": [{**REQUIRE, "on": 3}]}, "plan: require[1].on: Input should be a valid string, got 3"),
        ({"waive": [{"check": "a.b", "owner": "", "because": "x", "until": "2027-01-01"}]}, "waive[1].owner: "),
        ({"waive": [{"check": "a.b", "owner": "o", "because": "x"}]}, "plan: waive[1].until: Field required"),
    ],
)
def test_what_does_not_fit_is_named(document: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError) as caught:
        Plan.parse(document)
    assert message in str(caught.value)


def test_all_errors_are_told_at_once() -> None:
    with pytest.raises(PlanError) as caught:
        Plan.parse({"modle": {}, "audit": {"seed": -1}})
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read audit file {path}: No such file or directory"),
        (b'[audit]\nname = "caf\xe9"', "audit file {path}: expected UTF-8, got byte 0xe9 at 19"),
        (b"[audit\n", "audit file {path}: not valid TOML: "),
        (b"[audit]\nsed = 1", "{path}: unknown key 'audit.sed'; did you mean 'seed'?"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "audit.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PlanError) as caught:
        Plan.read(path)
    assert message.format(path=path) in str(caught.value)


def test_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "audit.toml"
    path.write_text('[data]\npath = "rows.csv"\n')
    assert (Plan.read(path).folder, Plan.read(path).source) == (tmp_path, "audit.toml")


def test_the_document_makes_the_same_plan() -> None:
    plan = Plan.parse(
        {
            "data": {"schema": "s.json", "bins": {"age": [30]}, "bounds": {"x": (0, 1)}, "reference": {"sex": 1}},
            "require": [REQUIRE, {"check": "a.b", "between": (0, 1), "on": ["sex", "race"]}],
            "waive": [{"check": "a.b", "owner": "o", "because": "x", "until": "2027-03-01"}],
        }
    )
    assert Plan.parse(plan.document()) == plan
