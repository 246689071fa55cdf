"""Which class is the favourable outcome, and what follows for fairness."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay import audit, reports
from assay.audit import PlanError

RATE, RATIO = "fairness.selection_rate", "fairness.impact_ratio"


def run(frame: pd.DataFrame, checks: list[str], **model: Any) -> audit.Record:
    dataset = audit.Dataset(frame, target="y", sensitive=["sex"])
    return audit.run(None, dataset, {"model": {"prediction": "decided", **model}, "checks": {"include": checks}})


def test_without_a_name_the_positive_class_is_favourable(people: pd.DataFrame) -> None:
    record = run(people, [RATE])
    assert record.model.favorable == record.model.positive == "1"
    assert record[RATE].estimate(sex="Male").value == people[people.sex == "Male"].decided.mean()


def test_rates_are_seen_from_the_favourable_class(people: pd.DataFrame) -> None:
    record = run(people, [RATE, "fairness.equal_opportunity_difference"], positive=1, favorable=0)
    assert (record.model.positive, record.model.favorable) == ("1", "0")
    assert record[RATE].estimate(sex="Male").value == pytest.approx((people[people.sex == "Male"].decided == 0).mean())
    released = people[people.y == 0].groupby("sex").decided.apply(lambda d: (d == 0).mean())
    gap = record["fairness.equal_opportunity_difference"].estimate(sex="Male")
    assert gap.value == pytest.approx(released["Male"] - released.max(), abs=1e-12)


def test_one_of_three_classes_against_the_others(many: pd.DataFrame) -> None:
    record = run(many, [RATE, RATIO], task="multiclass", favorable="b")
    shares = many.groupby("sex").decided.apply(lambda d: (d == "b").mean())
    assert record[RATE].estimate(sex="f").value == pytest.approx(shares["f"], abs=1e-12)
    assert min(e.value or 0 for e in record[RATIO].estimates) == pytest.approx(shares.min() / shares.max(), abs=1e-12)


def test_of_three_classes_one_must_be_named(many: pd.DataFrame) -> None:
    result = run(many, [RATIO], task="multiclass")[RATIO]
    assert (result.status, result.reason) == (
        "not_assessed",
        "the plan does not say which class is the favourable outcome (model.favorable)",
    )


def test_an_unknown_class_is_refused(many: pd.DataFrame) -> None:
    with pytest.raises(
        PlanError, match=r"model.favorable: 'd' is not among the classes \['a', 'b', 'c'\]; known: a, b, c"
    ):
        run(many, [RATIO], task="multiclass", favorable="d")


def test_a_number_has_no_favourable_class(many: pd.DataFrame) -> None:
    frame = pd.DataFrame({"y": np.arange(20.0), "decided": np.arange(20.0), "sex": ["f", "m"] * 10})
    with pytest.raises(PlanError, match=r"only classes can be favourable; model.task is 'regression'"):
        run(frame, ["accuracy.mae"], task="regression", favorable=1)


def test_documents_name_it(people: pd.DataFrame, tmp_path: Any) -> None:
    record = run(people, [RATIO], positive=1, favorable=0)
    text = reports.write(record, tmp_path / "card.html").read_text("utf-8")
    assert "The favourable outcome is 0." in text and "favourable is 0" in text
