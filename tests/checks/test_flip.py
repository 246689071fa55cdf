"""The flip test on models whose use of an attribute is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from assay import audit
from assay.audit.outputs import render
from assay.audit.record import Result

N = 300


@pytest.fixture
def people() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    sex = rng.choice(["f", "m"], N)
    return pd.DataFrame(
        {
            "x": rng.normal(size=N),
            "sex": sex,
            "title": np.where(sex == "f", "Ms", "Mr"),
            "race": rng.choice(["a", "b", "c"], N),
            "y": rng.integers(0, 2, N),
        },
        index=rng.permutation(N) * 7,
    )


def flip(model: Callable[[Any], Any], frame: Any, sensitive: list[str], **options: Any) -> Result:
    features = [name for name in frame.columns if name != "y"]
    data = audit.Dataset(frame, target="y", sensitive=sensitive, features=features)
    plan = {"checks": {"include": ["fairness.flip"], "options": {"fairness.flip": options}}}
    return audit.run(model, data, plan)["fairness.flip"]


def test_changes_are_counted_in_both_directions(people: pd.DataFrame) -> None:
    def model(x: pd.DataFrame) -> Any:
        return (x.x + 0.5 * (x.sex == "m") > 0.2).astype(int)

    result = flip(model, people, ["sex", "race"])
    between = (people.x > -0.3) & (people.x <= 0.2)  # positive as a man, and not as a woman
    women = people.sex == "f"
    assert result.estimate("changed").value == result.estimate("changed_sex").value == between.mean()
    assert result.estimate("to_positive_sex").value == (between & women).mean()
    assert result.estimate("to_negative_sex", sex="m").value == between[~women].mean()
    assert result.estimate("to_negative_sex", sex="f").value == 0
    assert result.estimate("changed_race").value == 0
    (table,) = result.figures
    assert [row[:4] for row in table.rows[:2]] == [["sex", "f", "m", women.sum()], ["sex", "m", "f", (~women).sum()]]
    assert table.rows[0][4] == between[women].mean() and table.rows[0][7] == 0
    assert table.rows[1][4] == 0 and table.rows[1][7] == between[~women].mean()
    assert [row[1:3] for row in table.rows[2:]] == [[a, b] for a in "abc" for b in "abc" if a != b]


def test_dependent_inputs_change_along(people: pd.DataFrame) -> None:
    def model(x: pd.DataFrame) -> Any:
        return (x.title == "Mr").astype(int)

    assert flip(model, people, ["sex"]).estimate("changed").value == 0
    moved = flip(model, people, ["sex"], dependent={"sex": ["title"]})
    assert moved.estimate("changed").value == 1
    assert moved.options["dependent"] == {"sex": ["title"]}


def test_a_dependent_input_comes_from_the_nearest_row_of_the_other_group() -> None:
    frame = pd.DataFrame(
        {"x": [0.0, 1.0, 0.1, 1.1] * 5, "sex": list("ffmm") * 5, "pay": [1.0, 2, 3, 4] * 5, "y": [0, 1] * 10}
    )
    seen: list[pd.DataFrame] = []

    def model(x: pd.DataFrame) -> Any:
        seen.append(x)
        return (x.x > 0).astype(int)

    flip(model, frame, ["sex"], dependent={"sex": ["pay"]})
    women, men = seen[-2:]
    assert women[["sex", "pay"]].head(4).to_numpy().tolist() == [["f", 1], ["f", 2], ["f", 1], ["f", 2]]
    assert men[["sex", "pay"]].head(4).to_numpy().tolist() == [["m", 3], ["m", 4], ["m", 3], ["m", 4]]
    assert men.x.equals(frame.x)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.from_pandas])
def test_types_and_missing_values_stay(people: pd.DataFrame, make: Callable[[Any], Any]) -> None:
    people = people.assign(sex=people.sex.where(people.x > -1), race=people.race.astype("category"))
    frame = make(people)
    seen: list[Any] = []

    def model(x: Any) -> Any:
        seen.append(x)
        return (np.asarray(x["race"].to_numpy()) == "a").astype(int)

    result = flip(model, frame, ["sex", "race"])
    assert all(list(x.dtypes) == list(seen[0].dtypes) and list(x.columns) == list(seen[0].columns) for x in seen)
    assert result.estimate("changed_race").value == 1
    assert result.estimate("changed_sex", sex="(missing)").value == 0
    assert "(missing)" not in {row[2] for row in result.figures[0].rows}


def test_what_cannot_be_changed_is_said(people: pd.DataFrame) -> None:
    def model(x: Any) -> Any:
        return (x.x > 0).astype(int)

    by_value = audit.Dataset(people, target="y", sensitive=["sex"], features=["x"])
    without = audit.run(model, by_value, {"checks": {"include": ["fairness.flip"]}})["fairness.flip"]
    assert without.status == "not_assessed" and "by construction" in without.reason
    ranges = audit.Dataset(people, target="y", sensitive=["x", "sex"], bins={"x": [0]})
    found = audit.run(model, ranges, {"checks": {"include": ["fairness.flip"]}})["fairness.flip"]
    assert "ranges of its values" in found.figures[0].note
    assert (
        "no input 'titel'; did you mean 'title'?" in flip(model, people, ["sex"], dependent={"sex": ["titel"]}).reason
    )
    assert "no attribute" in flip(model, people, ["sex"], dependent={"race": ["title"]}).reason
    assert "most_levels" in flip(model, people, ["race"], most_levels=2).reason


def test_a_model_that_changes_its_mind_is_not_assessed(people: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    result = flip(lambda x: rng.integers(0, 2, len(x)), people, ["sex"])
    assert result.status == "not_assessed" and "asked twice" in result.reason


def test_with_three_classes_only_changes_are_counted(people: pd.DataFrame) -> None:
    frame = people.assign(y=np.arange(N) % 3)
    data = audit.Dataset(frame, target="y", sensitive=["race"])
    plan = {"model": {"task": "multiclass"}, "checks": {"include": ["fairness.flip"]}}
    result = audit.run(lambda x: x.race.map({"a": 0, "b": 0, "c": 2}), data, plan)["fairness.flip"]
    assert {one.metric for one in result.estimates} == {"changed", "changed_race"}
    assert result.estimate("changed_race").value == 1
    assert result.figures == []


def test_its_options_are_printed(people: pd.DataFrame) -> None:
    def model(x: pd.DataFrame) -> Any:
        return (x.x > 0).astype(int)

    for options in ({}, {"dependent": {"sex": ["title"]}}):
        plan = {"checks": {"include": ["fairness.flip"], "options": {"fairness.flip": options}}}
        page = render(audit.run(model, audit.Dataset(people, target="y", sensitive=["sex"]), plan), "html").decode()
        assert ("dependent = sex: title" in page) == bool(options)
