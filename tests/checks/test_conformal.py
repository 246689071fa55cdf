"""Prediction sets: counts by hand, the law of split conformal prediction, and sets that are right by construction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import betabinom
from statsmodels.stats.proportion import proportion_confint

from assay import audit
from assay.audit import Record
from assay.audit.shapes.predictive import SlicedLowest

NAMES = ["a", "b", "c"]


@pytest.fixture
def answers() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    n = 1000
    d = pd.DataFrame(rng.random((n, 3)) < [0.3, 0.5, 0.2], columns=NAMES)
    d["y"] = rng.choice(NAMES, n)
    held = rng.random(n) < 0.92
    for name in NAMES:
        d.loc[d.y == name, name] = held[d.y == name]
    return d.assign(prediction=d.y, site=rng.choice(["north", "south"], n))


def run(d: pd.DataFrame, **options: object) -> Record:
    plan = {
        "model": {"task": "multiclass", "prediction": "prediction", "sets": {name: name for name in NAMES}},
        "checks": {
            "include": ["conformal.coverage", "conformal.set_size", "conformal.size_stratified"],
            "options": {"conformal.coverage": options},
        },
    }
    return audit.run(None, audit.Dataset(d, target="y", sensitive=["site"]), plan)


def held(d: pd.DataFrame) -> pd.Series[bool]:
    return pd.Series([row[row["y"]] for _, row in d.iterrows()], index=d.index, dtype=bool)


def test_coverage_counts_the_sets_that_hold_the_class(answers: pd.DataFrame) -> None:
    result = run(answers, calibration_rows=500)["conformal.coverage"]
    for e in result.estimates:
        d = answers if not e.slice else answers[answers.site == e.slice["site"]]
        assert e.value == pytest.approx(held(d).mean())
        assert (e.low, e.high) == pytest.approx(proportion_confint(held(d).sum(), len(d), method="wilson"))
    (table,) = result.figures
    covered, law = held(answers).sum(), betabinom(1000, 451, 50)
    expected = 2 * min(law.cdf(covered), law.sf(covered - 1))
    assert table.rows[0][-1] == pytest.approx(expected)
    assert run(answers)["conformal.coverage"].figures == []


def test_sizes_are_means_and_empty_sets_are_counted(answers: pd.DataFrame) -> None:
    result = run(answers)["conformal.set_size"]
    sizes = answers[NAMES].sum(axis=1)
    assert result.estimate("set_size").value == pytest.approx(sizes.mean())
    assert result.estimate("empty").value == pytest.approx((sizes == 0).mean())
    assert result.estimate("set_size", site="north").value == pytest.approx(sizes[answers.site == "north"].mean())


def test_the_lowest_coverage_is_that_of_the_worst_size(answers: pd.DataFrame) -> None:
    result = run(answers)["conformal.size_stratified"]
    sizes = answers[NAMES].sum(axis=1)
    rates = held(answers).groupby(sizes).agg(["mean", "size", "sum"])
    assert result.estimate().value == pytest.approx(rates.loc[rates["size"] >= 10, "mean"].min())
    (table,) = result.figures
    assert [row[:4] for row in table.rows] == [
        [str(size), int(row["size"]), int(row["sum"]), pytest.approx(row["mean"])] for size, row in rates.iterrows()
    ]


def test_the_interval_of_the_lowest_coverage_covers() -> None:
    rng = np.random.default_rng(0)
    trials = rng.multinomial(400, [0.3, 0.4, 0.2, 0.1], 2000).T.astype(float)
    hits = rng.binomial(trials.astype(int), np.array([0.85, 0.85, 0.95, 0.87])[:, None]).astype(float)
    low, high = SlicedLowest(hits, trials, ("1", "2", "3", "4")).interval(0.95)
    assert 0.93 <= np.mean((low <= 0.85) & (high >= 0.85)) <= 0.99


def test_without_sets_nothing_is_said(answers: pd.DataFrame) -> None:
    plan = {"model": {"task": "multiclass", "prediction": "prediction"}, "checks": {"include": ["conformal"]}}
    record = audit.run(None, audit.Dataset(answers, target="y"), plan)
    assert {(r.status, "model.sets" in r.reason) for r in record.results} == {("not_assessed", True)}
