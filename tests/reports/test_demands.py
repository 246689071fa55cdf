"""Requirements in full: detectable effects, and values without end."""

from __future__ import annotations

from typing import Any

from assay.audit.record import Record, Requirement, Result
from assay.reports.demands import Demand, demand
from assay.reports.evidence import Numbering, evidence
from assay.reports.label import label
from assay.reports.sentences import finding


def changed(record: Record, check: str, **more: Any) -> Record:
    """The record with something else in every estimate of a check."""
    results = [
        result.model_copy(update={"estimates": [e.model_copy(update=more) for e in result.estimates]})
        if result.check == check
        else result
        for result in record.results
    ]
    return record.model_copy(update={"results": results})


def read(record: Record, name: str) -> Demand:
    return demand(record, requirement(record, name), Numbering())


def requirement(record: Record, name: str) -> Requirement:
    return next(r for r in record.requirements if r.id == name)


def test_detectable_effect_is_that_of_the_deciding_slice(record: Record) -> None:
    assert "Smallest effect" not in dict(read(record, "fairness.impact_ratio[sex]").facts)
    said = dict(read(changed(record, "fairness.impact_ratio", mde=0.0123), "fairness.impact_ratio[sex]").facts)
    assert said["Smallest effect"].startswith("0.012 from the bound: samples like this one (the group sex=Female)")


def test_the_point_rule_and_a_reference_have_no_detectable_effect(record: Record) -> None:
    assert "Smallest effect" not in dict(read(changed(record, "accuracy.auroc", mde=0.01), "accuracy.auroc").facts)
    assert "Smallest effect" not in dict(read(changed(record, "accuracy.accuracy", mde=0.0), "accuracy.accuracy").facts)


def endless(record: Record) -> tuple[Record, Requirement]:
    """The record with an infinite ratio for women, and the requirement that failed on it."""
    record = changed(record, "fairness.impact_ratio", value=None, low=1.5, high=None, note="infinite")
    asked = requirement(record, "fairness.impact_ratio[sex]")
    women = asked.estimates[0].model_copy(update={"value": None, "low": 1.5, "high": None})
    asked = asked.model_copy(update={"estimates": [women]})
    others = [r for r in record.requirements if r.id != asked.id]
    return record.model_copy(update={"requirements": [asked, *others]}), asked


def test_an_infinite_value_is_called_so_wherever_a_requirement_is_printed(record: Record) -> None:
    record, asked = endless(record)
    assert read(record, asked.id).rows[-1].row.value == "infinite"
    assert "infinite times the rate of sex=Male (1.500–∞)" in finding(record, asked)
    assert "infinite (1.500–∞)" in [row.estimate for row in label(record).rows]


def test_an_infinite_value_is_the_highest_and_not_noted_twice(record: Record) -> None:
    result: Result = record["accuracy.accuracy"]
    last = result.estimates[-1].model_copy(update={"value": None, "high": None, "note": "infinite", "method": "wilson"})
    block = evidence(
        record, result.model_copy(update={"estimates": [*result.estimates[:-1], last]}), Numbering()
    ).blocks[0]
    assert "Highest: Male · Other, infinite (" in block.said
    assert "infinite" not in block.rows[-1].note
