"""Comparisons of statistics that are no rates, and of rates with weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from assay.audit import Dataset
from assay.audit.shapes.base import RowStatistic, Statistic
from assay.audit.shapes.compare import Comparison, Difference, Ratio
from assay.audit.shapes.ranking import Ranking
from assay.audit.shapes.rows import Mean
from assay.audit.shapes.sides import Reference, Sides

GROUPS = ["a", "b", "c"]


@pytest.fixture
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    y = rng.integers(0, 2, 600)
    return pd.DataFrame({"y": y, "s": rng.normal(size=600) + y, "g": rng.choice(GROUPS, 600, p=[0.5, 0.3, 0.2])})


def compared(rows: pd.DataFrame, comparison: Comparison, reference: Reference) -> Statistic:
    slices, rng = Dataset(rows, target="y", sensitive=["g"]).slices, np.random.default_rng(0)
    if isinstance(reference, int) or reference == "most_selected":
        return comparison.on(slices, rng).of(Sides(slices.partitions[1].slices, reference))[0]
    wider, places = slices.with_rest(slices.partitions[1]), np.arange(1, 4)
    return comparison.on(wider, rng).of(Sides(places, reference, places + 3))[0]


def area(rows: pd.DataFrame) -> float:
    return float(roc_auc_score(rows.y, rows.s))


@pytest.mark.parametrize("reference", [0, "rest", "overall", "most_selected"])
@pytest.mark.parametrize("best", ["highest", "lowest"])
def test_areas_are_compared_with_whom_it_says(rows: pd.DataFrame, reference: Any, best: Any) -> None:
    found = compared(rows, Difference(Ranking(rows.s.to_numpy(), rows.y.to_numpy()), best=best), reference)
    own = [area(rows[rows.g == g]) for g in GROUPS]
    other = {
        0: [own[0]] * 3,
        "rest": [area(rows[rows.g != g]) for g in GROUPS],
        "overall": [area(rows)] * 3,
        "most_selected": [max(own) if best == "highest" else min(own)] * 3,
    }[reference]
    assert found.value == pytest.approx(np.subtract(own, other), abs=1e-12)
    low, high = found.interval(0.95)
    assert (low <= found.value).all() and (found.value <= high).all() and (low < high).all()


def test_the_ratio_of_losses_is_that_of_means(rows: pd.DataFrame) -> None:
    loss = rows.s.to_numpy() ** 2
    found = compared(rows, Ratio(Mean(loss, 0.0), best="lowest"), "most_selected")
    means = pd.Series(loss).groupby(rows.g).mean().to_numpy()
    assert found.value == pytest.approx(means / means.min(), abs=1e-12)
    low, high = found.interval(0.95)
    assert (low >= 1).all() and (low <= found.value).all() and (high > found.value).all()
    assert set(found.method) == {"mover-ratio-maximum"}


class Flipped(RowStatistic):
    """The negative of a mean."""

    def __init__(self, values: Any) -> None:
        self._values = -np.asarray(values)

    def by(self, slices: Any, rng: Any) -> Statistic:
        return Mean(self._values).by(slices, rng)


def test_against_the_lowest_is_the_mirror_of_against_the_highest(rows: pd.DataFrame) -> None:
    up = compared(rows, Difference(Mean(rows.s.to_numpy())), "most_selected")
    down = compared(rows, Difference(Flipped(rows.s), best="lowest"), "most_selected")
    assert down.value == pytest.approx(-up.value, abs=1e-12)
    assert down.interval(0.95).low == pytest.approx(-up.interval(0.95).high, abs=1e-9)
    assert down.interval(0.95).high == pytest.approx(-up.interval(0.95).low, abs=1e-9)


def test_a_group_without_a_value_is_undefined_and_bounds_nothing(rows: pd.DataFrame) -> None:
    rows.loc[rows.g == "c", "y"] = 1
    found = compared(rows, Difference(Ranking(rows.s.to_numpy(), rows.y.to_numpy())), "most_selected")
    assert found.state == ["ok", "ok", "undefined"]
    assert not np.isfinite(found.interval(0.95).low[2])


def test_a_lone_group_with_enough_rows_is_no_evidence(rows: pd.DataFrame) -> None:
    rows = rows[(rows.g == "a") | (np.arange(600) < 6)].reset_index(drop=True)
    found = compared(rows, Difference(Mean(rows.s.to_numpy())), "most_selected")
    assert set(found.state) == {"insufficient"}
    low, high = found.interval(0.95)
    assert (low < high).all()


@pytest.mark.parametrize("word", ["rest", "overall"])
def test_the_rest_is_weighted(word: str) -> None:
    from assay import audit

    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "y": rng.integers(0, 2, 500),
            "p": rng.integers(0, 2, 500),
            "w": rng.uniform(0.2, 3, 500),
            "g": rng.choice(GROUPS, 500),
        }
    )
    dataset = audit.Dataset(frame, target="y", sensitive=["g"], weight="w", reference={"g": word})
    record = audit.run(None, dataset, {"model": {"prediction": "p"}, "checks": {"include": ["fairness.impact_ratio"]}})
    for group in GROUPS:
        inside = frame.g == group
        other = frame[~inside] if word == "rest" else frame
        expected = np.average(frame[inside].p, weights=frame[inside].w) / np.average(other.p, weights=other.w)
        assert record["fairness.impact_ratio"].estimate(g=group).value == pytest.approx(expected, abs=1e-12)
