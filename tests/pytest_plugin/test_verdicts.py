from __future__ import annotations

import re

import pytest
from scipy.stats import binomtest

from assay import audit

from . import project
from .conftest import Run


def test_each_requirement_and_each_crash_is_one_item(run: Run) -> None:
    found = re.findall(r"^(?:PASSED|FAILED) audit.toml::(\S+)", run.done.stdout, re.MULTILINE)
    skipped = "accuracy.false_negative_rate"
    assert sorted(found) == sorted({*project.IDS, project.CRASHED} - {skipped})
    assert project.outcomes(run.done.stdout) == {"failed": 7, "passed": 2, "skipped": 1}
    assert run.done.returncode == 1


def test_the_user_keeps_packages_called_audit_checks_and_reports(run: Run) -> None:
    assert "PASSED test_theirs.py::test_their_own_packages_are_theirs" in run.done.stdout


def test_the_audit_runs_once(run: Run) -> None:
    assert project.loads(run.folder) == 1


def test_a_failure_says_value_interval_bound_reason_and_evidence(run: Run) -> None:
    text = run.section("accuracy.precision")
    interval = binomtest(175, 190).proportion_ci(method="wilson")
    record = audit.load(run.folder / "out" / "audit.json")
    assert f"{175 / 190:.4g} (95 % interval {interval.low:.4g} to {interval.high:.4g}, n = 190)" in text
    assert "at least 0.99" in text
    assert "contract 12, section 3" in text
    assert f"{record['accuracy.precision'].id} of {record.digest}" in text
    assert str(run.folder / "out" / "audit.json") in text
    assert "Traceback" not in text


def test_the_short_summary_says_the_numbers(run: Run) -> None:
    assert re.search(
        r"FAILED \S+accuracy.precision - fail: all rows: 0.9211 .*; required: at least 0.99", run.done.stdout
    )


def test_an_inconclusive_requirement_says_what_would_decide_it(run: Run) -> None:
    record = audit.load(run.folder / "out" / "audit.json")
    needs = next(one.needs_n for one in record.requirements if one.check == "accuracy.recall")
    assert needs
    assert needs > 200
    text = run.section("accuracy.recall")
    assert text.startswith("inconclusive: all rows: 0.875 ")
    assert f"about {needs:,} rows would decide it" in text


def test_a_requirement_on_groups_names_the_group(run: Run) -> None:
    text = run.section("fairness.impact_ratio[sex]")
    assert text.startswith("inconclusive: sex=F: 0.9 (")
    assert "between 0.8 and 1.25" in text


def test_what_could_not_be_assessed_is_no_pass(run: Run) -> None:
    text = run.section("accuracy.auroc")
    assert text.startswith("not assessed: the model offers no probabilities")


@pytest.mark.parametrize("item", ["robustness.unit_error[accuracy]", project.CRASHED])
def test_a_crash_shows_the_traceback_of_the_check(run: Run, item: str) -> None:
    text = run.section(item)
    assert text.startswith("error: ")
    assert "ValueError: a score is 2, 3 or 7" in text
    assert "guess_model.py" in text


def test_a_waived_requirement_is_skipped_and_says_who_answers(run: Run) -> None:
    line = next(line for line in run.done.stdout.splitlines() if line.startswith("SKIPPED"))
    assert "waived: all rows: 0.125 " in line
    assert "by Ada until 2999-01-01: the next release mends it" in line


def test_an_expired_waiver_is_said_and_does_not_help(run: Run) -> None:
    text = run.section("accuracy.false_positive_rate")
    assert text.startswith("fail: ")
    assert "expired on 2001-01-01 (Bob: it was late)" in text


def test_the_summary_says_the_verdict_of_the_audit(run: Run) -> None:
    record = audit.load(run.folder / "out" / "audit.json")
    summary = run.done.stdout.partition("= assay =")[2]
    assert f"audit.toml: Guess, release 7: fail; {record.verdict.reason} ({record.digest[:19]})" in summary


def test_the_documents_are_written(run: Run) -> None:
    assert (run.folder / "out" / "card.pdf").read_bytes().startswith(b"%PDF-")
    assert sorted(path.name for path in (run.folder / "out").iterdir()) == ["audit.json", "card.pdf"]
