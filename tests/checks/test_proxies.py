"""Proxies: an attribute that inputs give away is found, one that they do not is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from assay import audit
from assay.audit.record import Result

CHECK = "fairness.proxies"


@pytest.fixture
def people() -> pd.DataFrame:
    rng = np.random.default_rng(6)
    sex, race = rng.choice(["f", "m"], 1500), rng.choice(["a", "b", "c"], 1500, p=[0.5, 0.48, 0.02])
    return pd.DataFrame(
        {
            "sex": sex,
            "race": race,
            "height": rng.normal(size=1500) + 1.5 * (sex == "m"),
            "bent": np.where(sex == "m", rng.normal(0, 0.3, 1500), rng.choice([-2, 2], 1500)),
            "job": pd.Series(rng.choice(["x", "y", "z"], 1500)).where(rng.random(1500) > 0.05),
            "noise": rng.normal(size=1500),
            "y": rng.integers(0, 2, 1500),
            "decided": rng.integers(0, 2, 1500),
        }
    )


def found(frame: pd.DataFrame, sensitive: list[str], **options: int) -> Result:
    features = [name for name in frame.columns if name not in ("y", "decided")]
    data = audit.Dataset(frame, target="y", sensitive=sensitive, features=features)
    plan = {"model": {"prediction": "decided"}, "checks": {"include": [CHECK], "options": {CHECK: options}}}
    return audit.run(None, data, plan)[CHECK]


def test_what_gives_an_attribute_away_is_found(people: pd.DataFrame) -> None:
    result = found(people, ["sex", "race"])
    sex, race = result.estimate("sex"), result.estimate("race")
    assert (sex.low or 0) > 0.95
    assert race.low is not None and race.high is not None and race.low < race.high < 0.6
    table = {(row[0], row[2]): row for row in result.figures[0].rows}
    assert list(table)[:2] == [("sex", "bent"), ("sex", "height")]
    assert table["sex", "bent"][6] == table["sex", "height"][6] == "< 0.0001"
    assert float(table["sex", "noise"][6] or 0) > 0.05 and float(table["race", "height"][6] or 0) > 0.05
    height = roc_auc_score(people.sex == "m", people.height)
    assert table["sex", "height"][3] == pytest.approx(height, abs=0.02)  # ranges lose a little
    assert ("sex", "sex") not in table and ("sex", "race") in table


def test_few_rows_of_a_group_are_left_out_and_a_sample_is_stated(people: pd.DataFrame) -> None:
    people = people.assign(race=np.where(np.arange(1500) < 20, "rare", people.race))
    result = found(people, ["race"], max_rows=900, folds=3)
    assert not any("rare" in one.metric for one in result.estimates)
    assert "A random sample of 900 of 1,500 rows" in result.figures[0].note
    assert result.estimates[0].n < 900


def test_each_of_several_groups_is_told_from_the_others(people: pd.DataFrame) -> None:
    frame = people.assign(race=np.array(list("abc"))[np.arange(1500) % 3])
    frame["noise"] = np.where(frame.race == "b", frame.noise + 3, frame.noise)
    result = found(frame, ["race"], folds=3)
    areas = {one.metric: one.value for one in result.estimates}
    assert set(areas) == {"race=a", "race=b", "race=c"}
    assert max(areas, key=lambda key: areas[key] or 0) == "race=b"


def test_without_another_input_it_is_not_assessed(people: pd.DataFrame) -> None:
    result = found(people[["sex", "y", "decided"]], ["sex"])
    assert result.status == "not_assessed" and "no input beside it" in result.reason


def test_independent_inputs_are_rarely_named() -> None:
    rng = np.random.default_rng(9)
    named = 0
    for _ in range(20):
        columns = {f"x{i}": rng.normal(size=300) for i in range(3)}
        frame = pd.DataFrame({**columns, "sex": rng.choice(["f", "m"], 300), "y": np.arange(300) % 2, "decided": 1})
        rows = found(frame, ["sex"], folds=2).figures[0].rows
        named += any(row[6] == "< 0.0001" or float(row[6] or 0) <= 0.05 for row in rows)
    assert named <= 5  # 99.9 % of the binomial with 0.05 and 20
