"""Small groups withheld for privacy, in checks that ask the model, look for groups or tell what gives groups away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay import audit
from assay.audit.record import Record, slice_name

N, LEAST = 800, 10
NO_GROUPS = ["fairness.proxies", "fairness.bias_scan"]
LIVE = [
    "fairness.flip",
    "accuracy.weak_slices",
    "robustness.noise",
    "robustness.missing_values",
    "robustness.unit_error",
]
ALL = [*LIVE, *NO_GROUPS, "robustness.corruption", "accuracy.accuracy"]


def rows() -> pd.DataFrame:
    """Of four races two are small, whose every row the model gets wrong."""
    rng = np.random.default_rng(0)
    race = rng.choice([*"abcd"], N, p=[0.6, 0.38, 0.01, 0.01])
    x, z = rng.normal(size=N), rng.integers(0, 9, N)
    y = np.where(np.isin(race, ["c", "d"]), x <= 0, x > 0).astype(int)
    return pd.DataFrame({"x": x, "z": z, "race": race, "y": y})


class Model:
    """Looks at x, and at whether the race is the first one."""

    classes_ = np.array([0, 1])

    def predict_proba(self, x: pd.DataFrame) -> Any:
        p = 1 / (1 + np.exp(-3 * (x.x.fillna(0) + 0.3 * (x.race == "a"))))
        return np.column_stack([1 - p, p])

    def predict(self, x: pd.DataFrame) -> Any:
        return (self.predict_proba(x)[:, 1] >= 0.5).astype(int)


def ran(frame: pd.DataFrame, suppress: int = LEAST) -> Record:
    data = audit.Dataset(frame, target="y", sensitive=["race"], features=["x", "z", "race"])
    plan = {"data": {"suppress": suppress}, "checks": {"include": ALL}}
    return audit.run(Model(), data, plan)


@pytest.fixture(scope="module")
def record() -> Record:
    return ran(rows())


def hidden(record: Record) -> list[dict[str, str]]:
    return [e.slice for e in record["accuracy.accuracy"].estimates if e.state == "suppressed"]


def test_two_groups_are_withheld(record: Record) -> None:
    assert hidden(record) == [{"race": "c"}, {"race": "d"}]


@pytest.mark.parametrize("id", NO_GROUPS)
def test_what_finds_or_names_groups_is_not_assessed(record: Record, id: str) -> None:
    result = record[id]
    assert (result.status, result.estimates, result.figures) == ("not_assessed", [], [])
    assert "data.suppress" in result.reason or "withheld" in result.reason
    assert ran(rows(), 0)[id].status == "ok"


@pytest.mark.parametrize("id", LIVE)
def test_estimates_of_withheld_groups_are_empty(record: Record, id: str) -> None:
    result = record[id]
    assert result.status == "ok", result.reason
    for e in result.estimates:
        assert (e.state == "suppressed") == (e.slice in hidden(record))
        if e.state == "suppressed":
            assert (e.value, e.low, e.high, e.mde, e.n, e.counts) == (None, None, None, None, 0, {})


def test_no_figure_tells_of_a_withheld_group(record: Record) -> None:
    (directions,) = record["fairness.flip"].figures
    assert {str(row[1]) for row in directions.rows} == {"a", "b"}
    (weak,) = record["accuracy.weak_slices"].figures
    assert not [row for row in weak.rows if "race" in str(row)]
    names = [slice_name(one) for one in hidden(record)]
    drawn = [figure.model_dump_json() for id in ALL for figure in record[id].figures]
    assert not [name for name in names for text in drawn if name in text]


@pytest.mark.parametrize("id", [id for id in ALL if id != "robustness.corruption"])
def test_who_of_the_withheld_belongs_to_which_group_makes_no_difference(record: Record, id: str) -> None:
    """The races of these rows are dealt anew: nothing that is shown may change."""
    frame = rows()
    few = frame.race.isin(["c", "d"])
    dealt = np.where(frame.x[few] > frame.x[few].median(), "c", "d")
    assert (dealt != frame.race[few]).any()
    other = ran(frame.assign(race=frame.race.mask(few, pd.Series(dealt, index=frame.index[few]))))
    assert hidden(other) == hidden(record)
    assert other[id].estimates == record[id].estimates
    assert other[id].figures == record[id].figures
