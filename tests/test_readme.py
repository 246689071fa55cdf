"""Every code block of the README works as it stands."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / "README.md").read_text(), flags=re.DOTALL | re.MULTILINE)
BIN = Path(sys.executable).parent


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import pandas as pd

    rows = pd.read_parquet(ROOT / "templates/demo/adult_test.parquet").head(3000)
    score = (
        rows["education_num"] + rows["hours_per_week"] / 10 + (rows["marital_status"] == "Married-civ-spouse") * 5
    ) / 27
    rows["score"] = score.clip(0, 1)
    rows["predicted"] = rows["score"].gt(0.65).map({True: ">50K", False: "<=50K"})
    rows.to_csv(tmp_path / "scored.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    assert {kind for kind, _ in BLOCKS} == {"sh", "toml", "python"}
    assert [len(blocks(kind)) for kind in ("sh", "toml", "python")] == [3, 3, 2]


def test_make_targets_exist() -> None:
    targets = re.findall(r"^make (\w+)", blocks("sh")[0], flags=re.MULTILINE)
    assert targets == ["demo", "test"]
    makefile = (ROOT / "Makefile").read_text()
    for target in targets:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)


@pytest.mark.parametrize(("block", "expected"), [(1, 1), (2, 1)])
def test_commands_on_the_audit_file(folder: Path, block: int, expected: int) -> None:
    (folder / "audit.toml").write_text(blocks("toml")[0])
    words = shlex.split(blocks("sh")[block], comments=True)
    done = subprocess.run(
        [str(BIN / words[0]), *words[1:]], capture_output=True, text=True, env={**os.environ, "COLUMNS": "100"}
    )
    assert done.returncode == expected, done.stdout + done.stderr
    made = {"assay": ["report/audit.json", "report/card.pdf"], "pytest": ["report.xml"]}[words[0]]
    for name in made:
        assert (folder / name).stat().st_size > 1000


def test_python_api(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "example.py").write_text(blocks("python")[0])
    runpy.run_path("example.py")
    assert re.fullmatch(r"0\.\d{3} \(0\.\d{3} to 0\.\d{3}\), \w+\n", capsys.readouterr().out)
    assert (folder / "card.html").stat().st_size > 1000


def test_check_of_ones_own(folder: Path) -> None:
    import numpy as np

    from assay.audit import Confusion

    (folder / "acme.py").write_text(blocks("python")[1])
    found = runpy.run_path("acme.py")["missed_share"]
    assert found.__assay_check__.id == "acme.missed_share"
    assert found(Confusion(np.array([[[50.0, 10.0], [4.0, 36.0]]]))).value == pytest.approx([0.04])


def test_entry_point_block_is_toml() -> None:
    assert tomllib.loads(blocks("toml")[1])["project"]["entry-points"]["assay.checks"] == {"acme": "acme.checks"}


def test_the_address_of_a_served_model_is_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.audit.model import load
    from assay.audit.plan import Plan

    monkeypatch.setenv("TOKEN", "t")
    table = Plan.parse(tomllib.loads(blocks("toml")[2])).model
    found = load(table, folder)
    assert found.source == table.url and (folder / "answers").is_dir()
