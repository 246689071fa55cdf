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


def many(record: Record, groups: int) -> tuple[Record, Requirement]:
    """The record with a requirement on so many groups, whose ratios fall from 1; of the first nothing is known."""
    asked = requirement(record, "fairness.impact_ratio[sex]")
    one = asked.estimates[0]
    found = [
        one.model_copy(
            update={
                "slice": {"sex": f"group {k} " + "long name " * 8},
                "value": None if k == 0 else 1 - k / groups,
                "verdict": "inconclusive" if k == 0 else "fail" if k / groups > 0.2 else "pass",
            }
        )
        for k in range(groups)
    ]
    asked = asked.model_copy(update={"estimates": found})
    return record.model_copy(update={"requirements": [asked]}), asked


def test_many_slices_are_seen_at_one_look_the_worst_first(record: Record) -> None:
    found = read(*named(*many(record, 50))).forest
    assert found is not None and "50 slices: 39 fail, 1 inconclusive, 10 pass." in found.caption
    assert found.rows[0].name.startswith("group 49") and found.rows[-1].value == "undefined"
    assert all(len(row.name) < 40 and "<svg" in row.plot for row in found.rows)


def test_a_page_holds_the_worst_slices_and_few_need_no_forest(record: Record) -> None:
    found = read(*named(*many(record, 500))).forest
    assert found is not None and len(found.rows) == 60 and "60 worst are drawn" in found.caption
    assert read(*named(*many(record, 8))).forest is None


def named(record: Record, asked: Requirement) -> tuple[Record, str]:
    return record, asked.id


def test_where_a_requirement_holds_is_shaded(record: Record) -> None:
    at_least = read(record, "fairness.impact_ratio[sex]").axis
    assert at_least.good == (at_least.scale.at(at_least.bounds[0]), 100.0) and at_least.parity == []
    parity = requirement(record, "fairness.impact_ratio[sex]").model_copy(update={"lower": 0.8, "upper": 1.25})
    both = read(record.model_copy(update={"requirements": [parity]}), parity.id).axis
    assert both.good == (both.scale.at(0.8), both.scale.at(1.25)) and both.parity == [both.scale.at(1.0)]
    assert 'class="wash"' in both.cell(None)
