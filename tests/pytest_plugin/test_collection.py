from __future__ import annotations

from pathlib import Path

import pytest

from . import project


def test_collect_only_runs_no_model(folder: Path) -> None:
    done = project.pytest(folder, "audit.toml", "--collect-only", "-q")
    assert [line for line in done.stdout.splitlines() if "::" in line] == [f"audit.toml::{id}" for id in project.IDS]
    assert project.loads(folder) == 0


def test_an_audit_file_that_nobody_named_is_left_alone(folder: Path) -> None:
    done = project.pytest(folder, ".")
    assert project.outcomes(done.stdout) == {"passed": 1}
    assert project.loads(folder) == 0


def test_testpaths_name_it_and_keywords_select(folder: Path) -> None:
    (folder / "pytest.ini").write_text("[pytest]\ntestpaths = audit.toml\n")
    done = project.pytest(folder, "-k", "impact_ratio or accuracy.accuracy")
    assert project.outcomes(done.stdout) == {"failed": 1, "passed": 1, "deselected": 7}


def test_a_node_id_selects_and_the_last_failures_are_found_again(folder: Path) -> None:
    first = project.pytest(folder, "audit.toml::fairness.impact_ratio[sex]", "audit.toml::accuracy.accuracy")
    assert project.outcomes(first.stdout) == {"failed": 1, "passed": 1}
    assert project.loads(folder) == 1
    again = project.pytest(folder, "audit.toml", "--lf", "-rA")
    assert project.outcomes(again.stdout) == {"failed": 1, "deselected": 8}
    assert "FAILED audit.toml::fairness.impact_ratio[sex]" in again.stdout


def test_the_first_failure_stops(folder: Path) -> None:
    assert project.outcomes(project.pytest(folder, "audit.toml", "-x").stdout) == {"failed": 1, "passed": 1}


BROKEN = {
    "key.toml": ("sensitive =", "sensitve =", "unknown key 'data.sensitve'; did you mean 'sensitive'?"),
    "column.toml": ('target = "y"', 'target = "yes"', "'yes'"),
    "check.toml": ("accuracy.recall", "accuracy.recal", "did you mean 'accuracy.recall'?"),
    "module.toml": ("guess_model:load", "no_such_module:load", "importing 'no_such_module' failed"),
    "syntax.toml": ("[audit]", "[audit", "not valid TOML"),
}


def test_each_broken_file_is_one_error_in_plain_words(folder: Path) -> None:
    for name, (good, bad, _) in BROKEN.items():
        (folder / name).write_text(project.PLAN.replace(good, bad))
    done = project.pytest(folder, *BROKEN)
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert project.outcomes(done.stdout) == {"error": len(BROKEN)}
    assert "Traceback" not in done.stdout
    for name, (_, _, message) in BROKEN.items():
        text = done.stdout.partition(f"ERROR collecting {name}")[2].partition("\n___")[0]
        assert message in text, text


def test_an_unwritable_output_is_said_before_the_model_runs(folder: Path) -> None:
    done = project.pytest(folder, "audit.toml", "--assay-out=rows.csv")
    assert "output folder" in done.stdout
    assert project.outcomes(done.stdout) == {"error": 1}
    assert project.loads(folder) == 0


def test_other_files_named_on_the_command_line_are_not_ours(folder: Path) -> None:
    (folder / "other.toml").write_text("[advisories]\nignore = []\n")  # cargo audit has an audit.toml like this
    done = project.pytest(folder, "other.toml")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "not found: " in done.stderr


def test_documents_of_several_files_have_a_folder_each(folder: Path) -> None:
    (folder / "b").mkdir()
    plan = (
        project.PLAN.replace("rows.csv", "../rows.csv")
        .partition("[[require]]")[0]
        .replace("robustness.noise", "accuracy.brier")
    )
    (folder / "b" / "audit.toml").write_text(plan + '[[require]]\ncheck = "accuracy.accuracy"\nat_least = 0.8\n')
    done = project.pytest(folder, "audit.toml", "b/audit.toml", "--assay-out=out", PYTHONPATH=str(folder))
    written = {str(path.relative_to(folder / "out")) for path in (folder / "out").rglob("*.*")}
    assert written == {"audit/audit.json", "audit/card.pdf", "b/audit/audit.json", "b/audit/card.pdf"}, done.stdout
