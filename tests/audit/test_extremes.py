"""Data at the edge of what is possible: the audit gives a record without a crashed check, or says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from assay import audit
from assay.audit import Dataset, Record

if TYPE_CHECKING:
    from tests.audit.conftest import Counting

REQUIRE = [
    {"check": "fairness.impact_ratio", "at_least": 0.8},
    {"check": "accuracy.accuracy", "on": "sex", "at_least": 0.5},
]
HOSTILE = [
    "\x00\x07\x1b[31m",
    "[bold]",
    "<script>alert(1)</script>",
    "w" * 200,
    "\u202eabc\u05d0",
    "{{ 7*7 }}",
    "a\nb",
    "', --",
]


def sound(record: Record) -> Record:
    """No check crashed, all intervals hold their estimate, and the record can be written."""
    assert [(r.check, r.reason, r.traceback) for r in record.results if r.status == "error"] == []
    for result in record.results:
        for e in result.estimates:
            low, high = -np.inf if e.low is None else e.low, np.inf if e.high is None else e.high
            assert low <= high
            assert e.value is None or low - 1e-9 <= e.value <= high + 1e-9, (result.check, e)
            assert e.value is not None or e.state == "undefined" or e.note == "infinite"
    assert record.to_json()
    return record


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: d.head(2).assign(sex=["f", "m"]), id="two rows"),
        pytest.param(lambda d: d.assign(y=1), id="one class of labels"),
        pytest.param(lambda d: d.assign(x=1.0), id="constant scores"),
        pytest.param(lambda d: d.assign(x=1e4 * np.sign(d.x)), id="scores of 0 and 1"),
        pytest.param(lambda d: d.assign(y=(d.x > 0).astype(int)), id="never wrong"),
        pytest.param(lambda d: d.assign(y=(d.x <= 0).astype(int)), id="always wrong"),
        pytest.param(lambda d: d.assign(sex=["f"] + ["m"] * 199), id="a group of one"),
        pytest.param(lambda d: d.assign(sex=d.y), id="the attribute is the label"),
        pytest.param(lambda d: d.assign(sex=np.arange(200) % 40), id="forty groups of five"),
        pytest.param(lambda d: d.assign(gone=np.nan, none=None), id="columns without values"),
        pytest.param(lambda d: d.assign(n=pd.array([1, None] * 100, dtype="Int64"), s=pd.array(["x", None] * 100, dtype="string")), id="nullable columns"),
        pytest.param(lambda d: d.assign(when=pd.date_range("2020", periods=200), c=pd.Categorical(["k", "l"] * 100)), id="dates and categories"),
        pytest.param(lambda d: d.assign(big=np.float64(1e300), whole=2**62), id="huge numbers"),
        pytest.param(lambda d: d.assign(sex=(HOSTILE * 25)[:200]), id="hostile groups"),
        pytest.param(lambda d: d.assign(**dict.fromkeys(HOSTILE, d.whole)), id="hostile columns"),
        pytest.param(lambda d: pd.DataFrame({**d, "sex": pd.Series(["\ud800", "m"] * 100, dtype=object)}), id="half a character"),
    ],
)  # fmt: skip
def test_the_audit_comes_to_an_end(model: Counting, frame: pd.DataFrame, change: Any) -> None:
    dataset = Dataset(change(frame), target="y", sensitive=["sex", "race"] if len(change(frame)) > 2 else ["sex"])
    sound(audit.run(model, dataset, {"require": REQUIRE}))


def test_one_row_is_enough_to_say_that_it_is_not_enough(model: Counting, frame: pd.DataFrame) -> None:
    plan = {"require": [{"check": "accuracy.accuracy", "at_least": 0.1}]}
    record = sound(audit.run(model, Dataset(frame.head(1), target="y"), plan))
    assert record.verdict.status == "inconclusive"


def test_a_hostile_column_may_be_an_attribute_and_a_label_may_be_anything(frame: pd.DataFrame) -> None:
    labels = np.where(frame.y == 1, "\ud800", "<b>")
    dataset = Dataset(frame.rename(columns={"sex": HOSTILE[0]}), labels, sensitive=[HOSTILE[0]])
    plan = {"model": {"positive": "<b>"}, "require": [{**REQUIRE[1], "on": HOSTILE[0]}]}
    record = sound(audit.run(lambda x: np.where(x["x"] > 0, "\ud800", "<b>").astype(object), dataset, plan))
    assert (record.model.classes, record.requirements[0].on) == (["?", "<b>"], [HOSTILE[0]])


def test_a_model_that_writes_into_its_inputs_changes_no_data(frame: pd.DataFrame) -> None:
    def model(x: Any) -> Any:
        x["x"] = 0.0
        return np.zeros(len(x), dtype=int)

    before = frame.copy()
    sound(audit.run(model, Dataset(frame, target="y")))
    pd.testing.assert_frame_equal(frame, before)
