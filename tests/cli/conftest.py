"""The command in this process, and a folder with a small table of recorded decisions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from assay.audit.cli import main

PLAN = """
[model]
prediction = "decided"
[data]
path = "rows.csv"
target = "y"
sensitive = ["sex"]
[checks]
include = ["accuracy.accuracy"]
"""


class Said(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def assay(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """What the console script returns and prints for these arguments."""

    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["assay", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        return Said(int(stop.value.code or 0), said.out, said.err)

    return call


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: ``rows.csv``, of whose 200 decisions 180 are right, and ``audit.toml`` without requirements."""
    y = np.arange(200) % 2
    decided = np.where(np.arange(200) < 20, 1 - y, y)
    sex = np.where(np.arange(200) % 4 < 2, "f", "m")
    pd.DataFrame({"x": np.arange(200) / 10, "sex": sex, "y": y, "decided": decided}).to_csv(
        tmp_path / "rows.csv", index=False
    )
    (tmp_path / "audit.toml").write_text(PLAN)
    monkeypatch.chdir(tmp_path)
    return tmp_path
