"""A check that doubts what was measured: no requirement that rests on it passes, and the record says why."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay import audit
from assay.audit import Dataset, Doubts, NotAssessed, Outcomes, check, registry
from assay.audit.record import Record
from assay.audit.select import selected
from assay.reports import html, markdown

MODEL = {"prediction": "decided"}


def declared(found: Doubts | Exception) -> ModuleType:
    """A check, and one that vouches for it by what it is told to find."""
    module = ModuleType("toys")

    @check("toy.measure", better="higher", core=False, vouched_by="toy.voucher")
    def measured(labels: Any, predictions: Any, *, eps: float = 0.1) -> Outcomes:
        """Measure."""
        return Outcomes(labels == predictions)

    @check("toy.voucher", better="higher", core=False, metrics=["voucher"])
    def voucher(labels: Any, *, eps: float = 0.5) -> dict[str, Outcomes | Doubts]:
        """Voucher."""
        if isinstance(found, Exception):
            raise found
        return {"voucher": Outcomes(labels == labels), "doubts": found}

    module.measured, module.voucher = measured, voucher  # type: ignore[attr-defined]
    return module


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def install(found: Doubts | Exception) -> None:
        module = declared(found)
        monkeypatch.setattr(registry, "names", lambda group: ["toys"] if group == registry.GROUP else [])
        monkeypatch.setattr(registry, "plugin", lambda group, name: module)
        registry.checks.cache_clear()

    yield install
    monkeypatch.undo()
    registry.checks.cache_clear()


def run(at_least: float, **more: Any) -> Record:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    frame = pd.DataFrame({"y": y, "decided": np.where(rng.random(400) < 0.9, y, 1 - y)})
    plan = {"model": MODEL, "require": [{"check": "toy.measure", "at_least": at_least}], **more}
    return audit.run(None, Dataset(frame, target="y"), plan)


def test_without_doubts_a_pass_is_a_pass(toys: Any) -> None:
    toys(Doubts())
    record = run(0.8)
    assert record.verdict.status == "pass"
    assert [result.check for result in record.results] == ["toy.measure", "toy.voucher"]


def test_a_doubted_pass_is_inconclusive_and_the_report_says_why(toys: Any) -> None:
    toys(Doubts(weak=["another attack finds 12 % more"]))
    record = run(0.8)
    (requirement,) = record.requirements
    assert (requirement.verdict, record.verdict.exit_code) == ("inconclusive", 3)
    assert requirement.reason == ("it would pass, but the measurement is in doubt: another attack finds 12 % more")
    assert requirement.needs_n is None and requirement.estimates[0].verdict == "inconclusive"
    assert record["toy.voucher"].doubts == ["another attack finds 12 % more"]
    for text in (html.render(record).decode(), markdown.render(record).decode()):
        assert "raises a doubt: another attack finds 12 % more" in text
        assert "No requirement that rests on this passes." in text


def test_a_fail_outlives_the_doubt_that_too_little_was_found(toys: Any) -> None:
    toys(Doubts(weak=["too weak"]))
    assert run(0.99).verdict.status == "fail"


def test_nothing_outlives_an_invalid_measurement(toys: Any) -> None:
    toys(Doubts(invalid=["the model changes between calls"]))
    (requirement,) = run(0.99).requirements
    assert requirement.verdict == "inconclusive" and "it would fail" in requirement.reason


@pytest.mark.parametrize("found", [NotAssessed("no bounds"), ValueError("broken")])
def test_a_voucher_without_a_result_vouches_for_nothing(toys: Any, found: Exception) -> None:
    toys(found)
    (requirement,) = run(0.8).requirements
    assert requirement.verdict == "inconclusive"
    assert "toy.voucher, which vouches for it, gave no result" in requirement.reason


def test_a_voucher_that_was_excluded_is_missed(toys: Any) -> None:
    toys(Doubts())
    (requirement,) = run(0.8, checks={"exclude": ["toy.voucher"]}).requirements
    assert requirement.verdict == "inconclusive" and "was excluded" in requirement.reason


def test_a_voucher_takes_over_options_of_the_same_name(toys: Any) -> None:
    toys(Doubts())
    options = {"toy.measure": {"eps": 0.3}}
    plan = audit.Plan.parse({"model": MODEL, "checks": {"include": ["toy.measure"], "options": options}})
    assert [one.options for one in selected(plan)] == [{"eps": 0.3}, {"eps": 0.3}]
    options["toy.voucher"] = {"eps": 0.4}
    plan = audit.Plan.parse({"model": MODEL, "checks": {"include": ["toy.measure"], "options": options}})
    assert [one.options for one in selected(plan)] == [{"eps": 0.3}, {"eps": 0.4}]
