from __future__ import annotations

from pathlib import Path

import pytest

from . import project

UNDECIDED = "accuracy.recall or accuracy.auroc"


@pytest.mark.parametrize(
    ("arguments", "ini", "expected"),
    [
        pytest.param([], "", {"failed": 2}, id="default"),
        pytest.param(
            ["--assay-inconclusive=skip", "--assay-not-assessed=warn"],
            "",
            {"skipped": 1, "passed": 1, "warning": 1},
            id="options",
        ),
        pytest.param(
            ["--assay-inconclusive=fail"],
            "assay_inconclusive = warn\nassay_not_assessed = skip",
            {"failed": 1, "skipped": 1},
            id="option-over-ini",
        ),
    ],
)
def test_the_user_says_what_undecided_means(
    folder: Path, arguments: list[str], ini: str, expected: dict[str, int]
) -> None:
    (folder / "pytest.ini").write_text(f"[pytest]\n{ini}\n")
    done = project.pytest(folder, "audit.toml", "-k", UNDECIDED, "-rs", *arguments)
    found = dict(project.outcomes(done.stdout))
    del found["deselected"]
    assert found == expected
    if "skipped" in found:
        assert "SKIPPED" in done.stdout
    if "warning" in found:
        assert "AssayWarning: not assessed: the model offers no probabilities" in done.stdout


def test_a_wrong_ini_value_is_refused(folder: Path) -> None:
    (folder / "pytest.ini").write_text("[pytest]\nassay_inconclusive = ignore\n")
    done = project.pytest(folder, "audit.toml")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "assay_inconclusive: expected one of fail, skip, warn, got 'ignore'" in done.stderr


def test_warnings_as_errors_do_not_change_the_verdict(folder: Path) -> None:
    model = project.MODEL.replace("def predict(self, rows):", "def predict(self, rows):\n        warnings.warn('old')")
    (folder / "guess_model.py").write_text(f"import warnings\n{model}")
    done = project.pytest(folder, "audit.toml", "-W", "error", "-k", "accuracy.accuracy")
    assert project.outcomes(done.stdout)["passed"] == 1


QUIET = """
import sys

def test_nothing_of_ours_is_loaded():
    assert {"numpy", "pydantic", "pandas"}.isdisjoint(sys.modules)
"""


@pytest.mark.parametrize("without", [[], ["-p", "no:assay"]], ids=["with", "without"])
def test_a_session_without_an_audit_costs_nothing(tmp_path: Path, without: list[str]) -> None:
    (tmp_path / "test_quiet.py").write_text(QUIET)
    done = project.pytest(tmp_path, *without)
    assert project.outcomes(done.stdout) == {"passed": 1}
    assert "= assay =" not in done.stdout
