from __future__ import annotations

import re
from pathlib import Path

from . import project

TESTS = """
import pandas as pd
import pytest
from assay.audit import Dataset

from guess_model import Guess

ACCURACY = {"check": "accuracy.accuracy", "at_least": 0.8}
PRECISION = {"check": "accuracy.precision", "at_least": 0.99}
RECALL = {"check": "accuracy.recall", "at_least": 0.9}
WAIVED = {"check": "accuracy.precision", "owner": "Ada", "because": "soon", "until": "2999-01-01"}

@pytest.fixture(scope="module")
def record(audit):
    def make(**tables):
        rows = Dataset(pd.read_csv("rows.csv"), target="y", features=["score"])
        return audit.run(Guess(), rows, {"model": {"positive": 1}, "checks": {"include": ["accuracy.f1"]}, **tables})
    return make

def test_good(audit, record):
    audit.check(record(require=[ACCURACY]))

def test_waived(audit, record):
    audit.check(record(require=[ACCURACY, PRECISION], waive=[WAIVED]))

def test_bad(audit, record):
    audit.check(record(require=[ACCURACY, PRECISION, RECALL]))

def test_nothing_required(audit, record):
    audit.check(record())

def test_crashed(audit, record):
    audit.check(record(require=[ACCURACY], checks={"include": ["robustness.unit_error"]}))

def test_plan_alone(audit):
    audit.check(audit.run(plan="audit.toml"))
"""


def sections(output: str) -> dict[str, str]:
    parts = re.split(r"^_+ (test_\w+) _+$", output.partition("= short test summary")[0], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_audit_fixture_runs_and_judges(folder: Path) -> None:
    (folder / "test_guess.py").write_text(TESTS)
    done = project.pytest(folder, "test_guess.py")
    assert project.outcomes(done.stdout) == {"passed": 2, "failed": 4}
    told = sections(done.stdout)
    assert "fail: all rows: 0.9211 (" in told["test_bad"]
    assert "inconclusive: all rows: 0.875 (" in told["test_bad"]
    assert "accuracy.accuracy" not in told["test_bad"]
    assert "nothing was required" in told["test_nothing_required"]
    assert "error: robustness.unit_error: ValueError: a score is 2, 3 or 7" in told["test_crashed"]
    assert "waived" not in told["test_plan_alone"]


def test_the_audit_fixture_follows_the_options(folder: Path) -> None:
    (folder / "test_guess.py").write_text(
        TESTS + "\ndef test_undecided(audit, record):\n    audit.check(record(require=[RECALL]))\n"
    )
    skipped = project.pytest(
        folder, "test_guess.py", "-k", "undecided or nothing", "--assay-inconclusive=skip", "--assay-not-assessed=warn"
    )
    assert project.outcomes(skipped.stdout) == {"passed": 1, "skipped": 1, "deselected": 5, "warning": 1}
