"""``assay init``: a file that runs at once, claims nothing, and overwrites nothing."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.cli.init import _literal
from assay.audit.plan import Plan
from assay.audit.record import load

Assay = Callable[..., Any]
INIT = ("init", "rows.csv", "--target", "y", "--sensitive", "sex")


def test_the_file_runs_at_once_and_requires_nothing(assay: Assay, folder: Path) -> None:
    said = assay(*INIT, "--prediction", "decided", "--out", "audits")
    assert said.code == 0
    assert said.out.startswith("audits/audit.toml\naudits/schema.json\n")
    assert assay("run", "audits/audit.toml", "--out", "report", "--format", "md").code == 3
    record = load("report/audit.json")
    assert record["data.schema"].status == "ok"
    assert record["accuracy.accuracy"].estimate().value == 0.9
    assert record.requirements == []


def test_the_schema_refuses_rows_of_another_kind(assay: Assay, folder: Path) -> None:
    assay(*INIT, "--prediction", "decided", "--force")
    rows = pd.read_csv("rows.csv")
    rows["sex"] = rows["sex"].replace("f", "w")
    rows.to_csv("rows.csv", index=False)
    said = assay("run", "audit.toml", "--out", "report")
    assert said.code == 2
    assert "column 'sex'" in said.err
    assert not Path("report/audit.json").exists()


def test_text_columns_of_the_schema_do_not_depend_on_how_pandas_stores_text(assay: Assay, folder: Path) -> None:
    assay(*INIT, "--force")
    columns = json.loads(Path("schema.json").read_text())["columns"]
    assert columns["sex"]["isin"] == ["f", "m"]
    assert not columns["sex"].get("dtype")


def test_its_examples_are_requirements_once_they_are_uncommented(assay: Assay, folder: Path) -> None:
    assay(*INIT, "--force")
    text = Path("audit.toml").read_text()
    start = text.index("# [[require]]")
    example = text[start : text.index("[card]")]
    plan = Plan.parse(tomllib.loads(text[:start] + re.sub(r"^# ?", "", example, flags=re.MULTILINE)))
    assert [(one.check, one.on) for one in plan.require] == [
        ("accuracy.accuracy", None),
        ("fairness.impact_ratio", "sex"),
    ]


def test_without_a_model_the_run_says_what_is_missing(assay: Assay, folder: Path) -> None:
    assay(*INIT, "--force")
    said = assay("run", "audit.toml", "--out", "report")
    assert said.code == 2
    assert "model: expected 'load'" in said.err


def test_it_overwrites_only_by_force(assay: Assay, folder: Path) -> None:
    before = Path("audit.toml").read_text()
    said = assay(*INIT)
    assert (said.code, said.err) == (2, "error: not overwritten: audit.toml; use --force to do so\n")
    assert Path("audit.toml").read_text() == before
    assert not Path("schema.json").exists()
    assert assay(*INIT, "--force").code == 0


def test_wrong_columns_and_labels_are_named_and_nothing_is_written(assay: Assay, folder: Path) -> None:
    for arguments, message in {
        ("--target", "Y"): "no column 'Y' in rows.csv",
        ("--target", "y", "--sensitive", "sax"): "no column 'sax' in rows.csv; did you mean 'sex'?",
        (
            "--target",
            "y",
            "--prediction",
            "decide",
        ): "--prediction: no column 'decide' in rows.csv; did you mean 'decided'?",
        ("--target", "y", "--positive", "2"): "--positive: '2' is not among the labels [0, 1]",
    }.items():
        said = assay("init", "rows.csv", *arguments, "--out", "new")
        assert said.code == 2
        assert message in said.err
        assert list((folder / "new").iterdir()) == []


def test_ages_become_groups_and_text_labels_get_a_guess_that_is_marked(assay: Assay, folder: Path) -> None:
    rng = np.random.default_rng(0)
    pd.DataFrame({"age": rng.integers(18, 90, 300), 'in"come': rng.choice(["hi", "lo"], 300)}).to_csv(
        "odd.csv", index=False
    )
    arguments = (
        "init",
        "odd.csv",
        "--target",
        'in"come',
        "--sensitive",
        "age",
        "--prediction",
        'in"come',
        "--out",
        "new",
    )
    assert assay(*arguments).code == 0
    assert 'positive = "lo"  # EDIT: a guess' in Path("new/audit.toml").read_text()
    assert assay("run", "new/audit.toml", "--out", "report", "--format", "md").code == 3
    (age,) = load("report/audit.json").data.sensitive
    assert len(age.levels) == 4
    assert min(rows or 0 for rows in age.levels.values()) > 50


def test_several_targets_are_a_multilabel_task(assay: Assay, folder: Path) -> None:
    rows = pd.read_csv("rows.csv")
    rows.assign(old=1 - rows["y"], **{"a, b": 0}).to_csv("rows.csv", index=False)
    assert (
        assay(
            "init", "rows.csv", "--target", "y,old", "--prediction", "decided, old", "--sensitive", "sex", "--force"
        ).code
        == 0
    )
    text = Path("audit.toml").read_text("utf-8")
    document = tomllib.loads(text)
    assert document["data"]["target"] == ["y", "old"]
    assert document["model"] == {"prediction": ["decided", "old"], "task": "multilabel"}
    Path("audit.toml").write_text(
        re.sub(r"^# ?(\[\[require|check|on|at_least|because)", r"\1", text, flags=re.M), "utf-8"
    )
    assay("run", "audit.toml", "--out", "report", "--format", "md")
    checks = [requirement.check for requirement in load("report/audit.json").requirements]
    assert checks == ["multilabel.subset_accuracy", "multilabel.samples"]
    assert assay("init", "rows.csv", "--target", "a, b", "--force").code == 0
    assert Plan.read("audit.toml").data.target == "a, b"


def test_more_than_two_labels_are_a_multiclass_task(assay: Assay, folder: Path) -> None:
    pd.DataFrame({"y": ["a", "b", "c"] * 20, "decided": ["a", "b", "b"] * 20}).to_csv("three.csv", index=False)
    assay("init", "three.csv", "--target", "y", "--prediction", "decided", "--out", "new")
    assert assay("run", "new/audit.toml", "--out", "report", "--format", "md").code == 3
    assert load("report/audit.json").model.classes == ["a", "b", "c"]


@given(
    st.text()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.lists(st.text())
)
def test_every_value_comes_back_from_the_file(value: object) -> None:
    assert tomllib.loads(f"value = {_literal(value)}")["value"] == value
