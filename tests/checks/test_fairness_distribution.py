"""Score distributions by group, against fairlearn's selection rate at each threshold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, selection_rate

from assay import audit
from assay.audit.record import Result


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    scores = np.round(rng.random(600), 2)  # many lie on a threshold, and 0 and 1 are among them
    groups = ["few"] * 6 + ["other"] * 94 + ["one", "two"] * 250
    return pd.DataFrame({"group": groups, "y": rng.integers(0, 2, 600), "score": scores, "w": 1.0 + np.arange(600) % 2})


def found(people: pd.DataFrame, **more: object) -> Result:
    data = audit.Dataset(people, target="y", sensitive=["group"], **more)  # type: ignore[arg-type]
    plan = {"model": {"probability": "score"}, "checks": {"include": ["fairness.score_distribution"]}}
    return audit.run(None, data, plan)["fairness.score_distribution"]


def test_it_is_the_selection_rate_of_fairlearn_at_every_threshold(people: pd.DataFrame) -> None:
    whole, *groups = found(people).figures[0].series
    assert whole.x == [k / 20 for k in range(21)] and [one.name for one in groups] == ["one", "other", "two"]
    for k, threshold in enumerate(whole.x):
        theirs = MetricFrame(metrics=selection_rate, y_true=people.y, y_pred=(people.score >= threshold).astype(int),
                             sensitive_features=people.group)  # fmt: skip
        assert whole.y[k] == pytest.approx(theirs.overall, abs=1e-6)
        for one in groups:
            assert one.y[k] == pytest.approx(theirs.by_group[one.name], abs=1e-6)


def test_bands_are_those_of_dvoretzky_kiefer_and_wolfowitz(people: pd.DataFrame) -> None:
    other = found(people).figures[0].series[2]
    assert other.n == [94] * 21 and other.low is not None and other.high is not None
    assert other.high[10] - other.y[10] == pytest.approx(np.sqrt(np.log(40) / 188), abs=1e-5)
    assert other.low[20] == 0.0 and other.high[0] == 1.0


def test_withheld_groups_are_not_drawn(people: pd.DataFrame) -> None:
    drawn = [one.name for one in found(people, suppress=100).figures[0].series]
    assert "few" not in drawn and "other" not in drawn and drawn[0] == "all rows"


def test_weighted_rows_are_not_assessed(people: pd.DataFrame) -> None:
    assert found(people, weight="w").status == "not_assessed"
