"""A project of a user, with every verdict in its audit file, and with an ``audit``, ``checks`` and ``reports`` of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from itertools import chain, repeat
from pathlib import Path

PLAN = """\
[audit]
name = "Guess, release 7"
[model]
load = "guess_model:load"
positive = 1
[data]
path = "rows.csv"
target = "y"
features = ["score"]
sensitive = ["sex"]
[checks]
include = ["robustness.noise"]

[[require]]
check = "accuracy.accuracy"
at_least = 0.8
[[require]]
check = "accuracy.precision"
at_least = 0.99
because = "contract 12, section 3"
[[require]]
check = "accuracy.recall"
at_least = 0.9
[[require]]
check = "accuracy.auroc"
at_least = 0.5
[[require]]
check = "robustness.unit_error"
metric = "accuracy"
at_least = 0.5
[[require]]
check = "accuracy.false_negative_rate"
at_most = 0.01
[[require]]
check = "accuracy.false_positive_rate"
at_most = 0.01
[[require]]
check = "fairness.impact_ratio"
at_least = 0.8

[[waive]]
check = "accuracy.false_negative_rate"
owner = "Ada"
because = "the next release mends it"
until = 2999-01-01
[[waive]]
check = "accuracy.false_positive_rate"
owner = "Bob"
because = "it was late"
until = 2001-01-01
"""

IDS = [
    "accuracy.accuracy",
    "accuracy.precision",
    "accuracy.recall",
    "accuracy.auroc",
    "robustness.unit_error[accuracy]",
    "accuracy.false_negative_rate",
    "accuracy.false_positive_rate",
    "fairness.impact_ratio[sex]",
]
CRASHED = "robustness.noise"  # nobody requires it

MODEL = """\
from pathlib import Path

class Guess:
    def predict(self, rows):
        if not rows["score"].isin([2, 3, 7]).all():
            raise ValueError("a score is 2, 3 or 7")
        return (rows["score"] > 5).astype(int).to_numpy()

def load():
    with Path(__file__).with_name("loads.txt").open("a") as log:
        log.write("loaded\\n")
    return Guess()
"""

THEIRS = """\
import audit, checks, reports

def test_their_own_packages_are_theirs():
    assert audit.WHOSE == checks.WHOSE == reports.WHOSE == "theirs"
"""

TALLY = {"M,1,7": 90, "M,1,2": 10, "M,0,7": 10, "M,0,3": 90, "F,1,7": 85, "F,1,3": 15, "F,0,7": 5, "F,0,2": 95}
"""Rows by sex, label and score; above 5 the guess is 1: 360 of 400 right, recall 175/200, precision 175/190, selection rates 0.5 and 0.45."""


def write(folder: Path) -> Path:
    """Write the project into ``folder``."""
    rows = chain.from_iterable(repeat(row, count) for row, count in TALLY.items())
    files = {
        "rows.csv": "\n".join(["sex,y,score", *rows]) + "\n",
        "audit.toml": PLAN,
        "guess_model.py": MODEL,
        "test_theirs.py": THEIRS,
        **dict.fromkeys(("audit/__init__.py", "checks.py", "reports/__init__.py"), "WHOSE = 'theirs'\n"),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


def loads(folder: Path) -> int:
    """How often the model was loaded: once per audit."""
    log = folder / "loads.txt"
    return len(log.read_text().splitlines()) if log.exists() else 0


def pytest(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in ``folder``, as a user does."""
    outer = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_"))}
    plain = {"COLUMNS": "300", "OMP_NUM_THREADS": "1", "CI": "", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:hypothesispytest", *arguments]
    return subprocess.run(
        command, cwd=folder, env={**outer, **plain, **environment}, capture_output=True, text=True, timeout=300
    )


def outcomes(output: str) -> Mapping[str, int]:
    """The counts of the last line: ``{"failed": 1, "passed": 2}``."""
    found = re.findall(r"(\d+) (failed|passed|skipped|errors?|warnings?|deselected)", output.rstrip().splitlines()[-1])
    return {word.rstrip("s"): int(count) for count, word in found}
