"""What is installed, printed for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from assay.audit.registry import NEEDS, checks

Assay = Callable[..., Any]


def test_every_check_is_listed(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out = assay("checks").out
    assert all(id in out for id in checks())
    assert max(map(len, out.splitlines())) <= 60


def test_checks_as_json_say_what_a_program_needs(assay: Assay) -> None:
    listed = {check["id"]: check for check in json.loads(assay("checks", "--json").out)}
    assert set(listed) == set(checks())
    noise = listed["robustness.noise"]
    assert noise["needs"] == ["model", "features", "labels", "predictions", "bounds", "rng"]
    jsonschema.Draft202012Validator.check_schema(noise["options"])
    jsonschema.validate({"severity": 5}, noise["options"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"severity": 6}, noise["options"])


def test_models_are_listed_special_before_general(assay: Assay) -> None:
    models = json.loads(assay("models", "--json").out)["models"]
    names = [model["name"] for model in models]
    assert names.index("columns") < names.index("sklearn") < names.index("callable")
    assert {model["name"]: model["live"] for model in models}["columns"] is False
    assert "recorded predictions" in assay("models").out


@pytest.mark.parametrize("id", ["robustness.noise", "fairness.impact_ratio"])
def test_a_check_is_explained(assay: Assay, id: str) -> None:
    spec = checks()[id]
    out = assay("explain", id).out
    for text in (
        spec.title,
        id,
        "Limits: ",
        *spec.addresses,
        *spec.cites,
        *(f"{need}: {NEEDS[need]}" for need in spec.needs),
    ):
        assert text in out


def test_options_are_explained_with_default_and_limits(assay: Assay) -> None:
    assert 'severity = 3  (maximum 5, minimum 1, type "integer")' in assay("explain", "robustness.noise").out


def test_an_unknown_check_gets_a_suggestion(assay: Assay) -> None:
    said = assay("explain", "fairness.impact")
    assert (said.code, said.err) == (2, "error: no check 'fairness.impact'; did you mean 'fairness.impact_ratio'?\n")


def test_the_schemas_fit_what_a_run_writes(assay: Assay, folder: Path) -> None:
    assay("run", "audit.toml", "--out", "report", "--format", "md")
    record = json.loads(Path("report/audit.json").read_text())
    jsonschema.validate(record, json.loads(assay("schema").out))
    jsonschema.validate(record["plan"]["document"], json.loads(assay("schema", "plan").out))
    with pytest.raises(jsonschema.ValidationError, match="'verdict' is a required property"):
        jsonschema.validate(
            {k: v for k, v in record.items() if k != "verdict"}, json.loads(assay("schema", "record").out)
        )


def test_version(assay: Assay) -> None:
    assert assay("--version")[:2] == (0, f"assay {version('assay')}\n")
