"""What the label page says about each kind of verdict."""

from __future__ import annotations

import pytest

from assay.audit.record import Record
from assay.reports import judged
from assay.reports.label import ROWS, label
from assay.reports.sentences import finding, findings, limits

from . import records

SAID = {
    "fairness.impact_ratio[sex]": "The group sex=Female is selected at 0.313 times the rate of sex=Male (0.298–0.328); "
    "the rule asks for at least 0.8.",
    "accuracy.recall[race]": "About 4,200 rows of this slice would decide it.",
    "accuracy.auroc": "The waiver of R. Ahn, model risk expired on 2026-01-31.",
    "calibration.ece": "Waived by R. Ahn, model risk until 2027-03-01.",
    "robustness.unit_error": "Unit errors could not be measured: the check raised ValueError.",
    "calibration.slope": "Calibration slope was not assessed: no probabilities.",
}


@pytest.mark.parametrize("name", SAID)
def test_sentence(record: Record, name: str) -> None:
    requirement = next(r for r in record.requirements if r.id == name)
    assert SAID[name] in finding(record, requirement)


def test_the_worst_comes_first_and_passes_are_no_findings(record: Record) -> None:
    assert [r.verdict for r in judged.by_severity(record)][:3] == ["fail", "fail", "error"]
    assert findings(record)[0] == SAID["fairness.impact_ratio[sex]"]
    assert len(findings(record, 99)) == sum(r.verdict != "pass" for r in record.requirements)


def test_the_deciding_slice_is_the_one_furthest_beyond_the_bound(record: Record) -> None:
    requirement = next(r for r in record.requirements if r.id == "accuracy.recall[race]")
    worst = requirement.deciding
    assert worst is not None
    assert worst.value == min(j.value for j in requirement.estimates if j.value is not None)


def test_limits_name_gaps_and_end_with_the_scope(record: Record) -> None:
    assert limits(record)[0] == "Of 9 checks, 1 could not be assessed and 1 crashed."
    assert "16,281 rows" in limits(record)[-1]


def test_label_page_keeps_to_its_room() -> None:
    many = records.many_groups()
    assert len(label(many).rows) == ROWS
    assert label(many).more == len(many.requirements) - ROWS


def test_nothing_judged_is_not_called_a_pass() -> None:
    assert label(records.tiny()).reason == "No requirement was written down, so nothing was judged."


def test_a_two_sided_bound_written_with_one_number_is_read_as_applied(record: Record) -> None:
    ratio = record.requirements[1].model_copy(update={"bound": "between 0.8 and 1.25", "lower": 0.8, "upper": 1.25})
    assert judged.bounds(ratio) == (0.8, 1.25)
    assert "the rule asks for a value between 0.8 and 1.25" in finding(record, ratio)
    assert judged.bound(ratio.model_copy(update={"bound": "between -0.1 and 0.1"})) == "between −0.1 and 0.1"
