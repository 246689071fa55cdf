"""``assay run``: exit codes, files, messages, and what a terminal shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from assay.audit.record import load

Assay = Callable[..., Any]


def require(folder: Path, bound: str, check: str = "accuracy.accuracy") -> None:
    with (folder / "audit.toml").open("a") as file:
        file.write(f'[[require]]\ncheck = "{check}"\n{bound}\n')


def replace(folder: Path, old: str, new: str) -> None:
    plan = folder / "audit.toml"
    assert old in plan.read_text()
    plan.write_text(plan.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("bound", "code", "verdict"),
    [("at_least = 0.8", 0, "PASS"), ("at_least = 0.99", 1, "FAIL"), ("at_least = 0.9", 3, "INCONCLUSIVE")],
)
def test_the_exit_code_is_that_of_the_verdict(assay: Assay, folder: Path, bound: str, code: int, verdict: str) -> None:
    require(folder, bound)
    said = assay("run", "audit.toml", "--out", "report", "--format", "md")
    assert said.code == code == load("report/audit.json").verdict.exit_code
    assert f"Verdict: {verdict}:" in said.out
    assert f"Exit code {code}:" in said.out
    assert "0.9000 [0.8" in said.out
    assert said.err == ""


def test_nothing_required_is_no_pass(assay: Assay, folder: Path) -> None:
    said = assay("run", "audit.toml", "--out", "report", "--format", "md")
    assert said.code == 3
    assert "Verdict: NOT ASSESSED: nothing was required" in said.out


def test_a_crashed_check_is_code_4_and_is_named(assay: Assay, folder: Path) -> None:
    (folder / "broken.py").write_text("def predict(x):\n    raise RuntimeError('out of order')\n")
    replace(folder, 'prediction = "decided"', 'load = "broken.py:predict"')
    said = assay("run", "audit.toml", "--out", "report", "--format", "md")
    assert said.code == 4
    assert "error: accuracy.accuracy: RuntimeError: out of order" in said.out


def test_an_inconclusive_verdict_says_how_many_rows_would_decide_it(assay: Assay, folder: Path) -> None:
    require(folder, "at_least = 0.88")
    said = assay("run", "audit.toml", "--out", "report", "--format", "md")
    (requirement,) = load("report/audit.json").requirements
    assert requirement.needs_n
    assert requirement.enough in said.out and "rows would decide it" in requirement.enough


def test_it_writes_the_record_and_a_pdf(assay: Assay, folder: Path) -> None:
    said = assay("run", "audit.toml", "--out", "new/report")
    assert {path.name for path in (folder / "new/report").iterdir()} == {"audit.json", "card.pdf"}
    assert (folder / "new/report/card.pdf").read_bytes().startswith(b"%PDF-")
    assert said.out.split("\n")[-4:-2] == [str(Path("new/report/audit.json")), str(Path("new/report/card.pdf"))]


def test_formats_can_be_listed_and_repeated(assay: Assay, folder: Path) -> None:
    assay("run", "audit.toml", "--out", "report", "--format", "md, html", "--format", "json", "--format", "md")
    assert {path.name for path in (folder / "report").iterdir()} == {"audit.json", "card.md", "card.html", "card.json"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("target =", "targt =", "audit.toml: unknown key 'data.targt'; did you mean 'target'?"),
        ('"y"', '"label"', "data.target: no column 'label' in rows.csv"),
        ("rows.csv", "row.csv", "row.csv: no such file"),
        ("accuracy.accuracy", "accuracy.acuracy", "'accuracy.acuracy'; did you mean 'accuracy.accuracy'?"),
        ('prediction = "decided"', 'load = "model.py:model"', "importing model.py failed: ModuleNotFoundError: No module named 'nowhere'"),
        ("[model]", "[model", "audit.toml: not valid TOML"),
    ],
)  # fmt: skip
def test_bad_input_is_code_2_with_one_message(assay: Assay, folder: Path, old: str, new: str, message: str) -> None:
    (folder / "model.py").write_text("import nowhere\n")
    replace(folder, old, new)
    said = assay("run", "audit.toml", "--out", "report", "--format", "md")
    assert said.code == 2
    assert said.err.startswith("error: ")
    assert message in said.err.replace(f"{folder}/", "")
    assert "Traceback" not in said.err
    assert list((folder / "report").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("absent.toml", "--out", "report"), "cannot read audit file absent.toml: No such file"),
        (("audit.toml", "--out", "rows.csv/report"), "output folder rows.csv/report: "),
        (
            ("audit.toml", "--out", "report", "--format", "pdff"),
            "--format: no renderer for 'pdff'; did you mean 'pdf'?",
        ),
        (("audit.toml",), "Missing option '--out'"),
        (("audit.toml", "--out", "report", "--fromat", "pdf"), "No such option"),
    ],
)
def test_bad_arguments_are_code_2(assay: Assay, folder: Path, arguments: tuple[str, ...], message: str) -> None:
    said = assay("run", *arguments)
    assert said.code == 2
    assert message in said.err
    assert said.out == ""


def test_debug_shows_where_an_error_came_from(assay: Assay, folder: Path) -> None:
    said = assay("--debug", "run", "absent.toml", "--out", "report")
    assert said.code == 2
    assert "Traceback" in said.err
    assert "error: cannot read audit file absent.toml" in said.err


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_no_verdict_is_cut(assay: Assay, folder: Path, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    require(folder, "at_least = 0.9")
    require(folder, 'on = "sex"\nat_most = 0.1', "fairness.equal_opportunity_difference")
    said = assay("run", "audit.toml", "--out", "report", "--format", "md")
    assert max(map(len, said.out.splitlines())) <= columns
    for text in ("INCONCLUSIVE", "fairness.equal_opportunity_difference[sex]", "between -0.1 and 0.1", "at least 0.9"):
        assert text in said.out


def test_names_from_data_are_neither_markup_nor_control_codes(assay: Assay, folder: Path) -> None:
    rows = pd.read_csv("rows.csv")
    rows["sex"] = rows["sex"].map({"f": "[red]f[/red]", "m": "\x1b[2Jm"})
    rows.to_csv("rows.csv", index=False)
    require(folder, 'on = "sex"\nat_least = 0.99')
    said = assay("run", "audit.toml", "--out", "report", "--format", "md")
    assert "sex=[red]f[/red]" in said.out
    assert "sex=?[2Jm" in said.out
    assert "\x1b" not in said.out
