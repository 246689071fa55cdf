"""Other thresholds on the same scores: measured on rows that had no part in their choice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assay import audit
from assay.audit.record import Result
from assay.audit.shapes.figures import Curve, Table
from assay.audit.slices import cut
from assay.audit.stats.content import by_content
from assay.checks.alternatives import alternatives

CHECK = "fairness.alternatives"


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    sex, race = rng.choice(["f", "m"], 3000), rng.choice(["a", "b", "c"], 3000)
    p = 1 / (1 + np.exp(-rng.normal(size=3000) - np.where(sex == "m", 0.6, -0.6)))
    frame = pd.DataFrame({"sex": sex, "race": race, "p": p, "y": (rng.random(3000) < p).astype(int)})
    return frame.assign(decided=(p >= 0.5).astype(int))


def found(frame: pd.DataFrame, sensitive: list[str], **tables: object) -> Result:
    data = audit.Dataset(frame, target="y", sensitive=sensitive, **tables)  # type: ignore[arg-type]
    plan = {"model": {"prediction": "decided", "probability": "p"}, "checks": {"include": [CHECK]}}
    return audit.run(None, data, plan)[CHECK]


def test_thresholds_by_group_remove_the_difference_at_a_price(people: pd.DataFrame) -> None:
    table, curve = found(people, ["sex"]).figures
    audited, _, parity, odds = table.rows
    assert [audited[0], parity[0]] == ["as audited", "threshold per group, demographic parity"]
    assert float(audited[8] or 0) > 0.3 and float(parity[9] or 1) < 0.15
    assert float(odds[12] or 1) < 0.2 and float(audited[11] or 0) > 0.1
    assert audited[4] == 0 and float(parity[4] or 0) < 0
    for row in table.rows:
        for value, low, high in (row[1:4], row[4:7], row[7:10], row[10:13]):
            assert float(low or 0) <= float(value or 0) <= float(high or 0) and low != high
    assert "disparate treatment" in table.note
    frontier, *others = curve.series
    assert [len(line.x) for line in others] == [1, 1, 1] and 2 < len(frontier.x) < 19
    assert np.diff(frontier.y).min() > -0.03  # chosen on the other half, so that it may fall a little
    assert curve.series[1].x == [audited[7]] and curve.series[1].y == [audited[1]]


def test_numbers_are_those_of_the_held_out_half(people: pd.DataFrame) -> None:
    data = audit.Dataset(people, target="y", sensitive=["sex"])
    result = alternatives(
        people.y.to_numpy(), people.p.to_numpy(), people.decided.to_numpy(), data.coded, cut(data.coded, 3000, depth=1),
        np.random.default_rng(1),
    )  # fmt: skip
    order = by_content(people.p.to_numpy(), people.y.to_numpy(), people.decided.to_numpy(), data.coded["sex"].codes)
    half = people.iloc[order[np.random.default_rng(1).random(3000) >= 0.5]]
    table = result["decisions_sex"]
    assert isinstance(table, Table) and isinstance(result["frontier_sex"], Curve)
    rates = half.groupby("sex").decided.mean()
    right = half[half.y == 1].groupby("sex").decided.mean()
    assert table.rows[0][1] == pytest.approx((half.y == half.decided).mean(), abs=1e-4)
    assert table.rows[0][7] == pytest.approx(rates["m"] - rates["f"], abs=1e-4)
    assert table.rows[0][10] == pytest.approx(abs(right["m"] - right["f"]), abs=1e-4)


def test_a_group_without_a_label_makes_the_optimiser_infeasible_and_it_is_said(people: pd.DataFrame) -> None:
    frame = people.assign(y=np.where(people.race == "a", 1, people.y))
    table = found(frame, ["race"]).figures[0]
    said = [row for row in table.rows if "not feasible" in str(row[0])]
    assert said and all(cell is None for row in said for cell in row[1:])
    assert table.rows[0][1] is not None


def test_weights_are_refused(people: pd.DataFrame) -> None:
    assert found(people.assign(w=2.0), ["sex"], weight="w").status == "not_assessed"
