"""What is installed, printed for people and for programs."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from assay.audit import model, opening
from assay.audit.plan import ModelTable
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
    assert {"model", "features", "labels", "predictions", "bounds", "rng"} <= set(noise["needs"])
    jsonschema.Draft202012Validator.check_schema(noise["options"])
    jsonschema.validate({"severity": 5}, noise["options"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"severity": 6}, noise["options"])


def test_models_are_listed_special_before_general(assay: Assay) -> None:
    models = json.loads(assay("models", "--json").out)["models"]
    names = [kind["name"] for kind in models]
    assert names.index("columns") < names.index("sklearn") < names.index("callable")
    assert {kind["name"]: kind["live"] for kind in models}["columns"] is False
    assert "recorded predictions" in assay("models").out


@pytest.mark.parametrize("columns", ["60", "200"])
def test_models_are_listed_with_what_they_can_and_need(
    assay: Assay, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "torch" else real(name, *more))
    out = assay("models").out
    assert all(name in out for name in model.wrappers())
    assert max(map(len, out.splitlines())) <= int(columns)
    assert "torch: not installed: pip install 'assay[torch]'" in " ".join(out.split())
    kinds = {kind["name"]: kind for kind in json.loads(assay("models", "--json").out)["models"]}
    assert (kinds["pytorch"]["installed"], kinds["pytorch"]["opens_files"]) == (False, True)
    assert kinds["sklearn"]["installed"] and not kinds["sklearn"]["framework"]


def test_a_framework_of_others_is_installed_under_its_own_name() -> None:
    assert opening.command("acme_net") == "pip install acme_net"
    assert not opening.installed("no_such_framework") and opening.installed("json") and opening.installed("")


def test_options_of_a_kind_of_model_are_explained(assay: Assay) -> None:
    out = assay("models", "pytorch").out
    assert 'device = "cpu"' in out and "Where it runs, such as cpu or cuda:0; the module is moved there." in out
    assert "It has no options." in assay("models", "sklearn").out
    assert json.loads(assay("models", "onnx", "--json").out)["options"]["properties"]["batch"]["default"] == 4096
    said = assay("models", "torch")
    assert (said.code, said.err) == (2, "error: no kind of model 'torch'; did you mean 'pytorch'?\n")


def test_models_can_no_more_than_their_kind_offers() -> None:
    frame = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0]})
    things = [
        LogisticRegression().fit(frame, [0, 1, 0, 1]),
        lambda x: x,
        {"prediction": "a", "probability": "b"},
    ]
    for thing in things:
        for output in ("label", "probability", "logits"):
            _, wrapped = model.wrap(thing, ModelTable(output=output))
            assert set(model.capabilities(wrapped)) <= set(model.offers(type(wrapped)))
    needed = {getattr(kind, "framework", "") for kind in model.wrappers().values()}
    assert needed <= {"", *opening.EXTRAS}


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
