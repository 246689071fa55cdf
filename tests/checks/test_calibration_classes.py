"""Confidence and classes against their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from assay import audit
from assay.audit import Record

if TYPE_CHECKING:
    from tests.checks.conftest import Measure

NAMES = ["a", "b", "c"]


class Stated:
    """Returns the probabilities that its inputs state."""

    classes_ = np.array(NAMES)

    def predict(self, x: pd.DataFrame) -> Any:
        return self.classes_[self.predict_proba(x).argmax(axis=1)]

    def predict_proba(self, x: pd.DataFrame) -> Any:
        return x[NAMES].to_numpy()


@pytest.fixture
def animals() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    p = rng.dirichlet([1.0, 2.0, 0.7], 2000)
    y = [rng.choice(NAMES, p=row**1.5 / (row**1.5).sum()) for row in p]
    return pd.DataFrame({**dict(zip(NAMES, p.T, strict=True)), "y": y, "herd": rng.choice(["x", "z"], 2000)})


def run(d: pd.DataFrame) -> Record:
    plan = {"model": {"task": "multiclass"}, "checks": {"include": ["calibration"]}}
    return audit.run(Stated(), audit.Dataset(d, target="y", sensitive=["herd"], features=NAMES), plan)


def squared(p: pd.Series[float], y: pd.Series[bool]) -> float:
    gap = (y.astype(float) - p).groupby(np.minimum((p * 15).astype(int), 14))
    n, mean, variance = gap.size(), gap.mean(), gap.var().fillna(0)
    return float(np.average(np.where(n > 1, mean**2 - variance / n, 0), weights=n))


def test_classwise_is_the_mean_over_the_classes(animals: pd.DataFrame) -> None:
    result = run(animals)["calibration.classwise"]
    for where in ({}, {"herd": "x"}):
        d = animals if not where else animals[animals.herd == "x"]
        each = [squared(d[name], d.y == name) for name in NAMES]
        assert result.estimate("squared_error", **where).value == pytest.approx(np.mean(each), abs=1e-12)
    (table,) = result.figures
    found = {row[0]: row[1:4] for row in table.rows}
    for name in NAMES:
        expected = animals[name].mean(), (animals.y == name).mean(), max(squared(animals[name], animals.y == name), 0)
        assert found[name] == pytest.approx(expected, abs=1e-12)


def test_top_label_measures_the_greatest_probability(animals: pd.DataFrame) -> None:
    result = run(animals)["calibration.top_label"]
    confidence = animals[NAMES].max(axis=1)
    correct = animals[NAMES].idxmax(axis=1) == animals.y
    assert result.estimate("squared_error").value == pytest.approx(squared(confidence, correct), abs=1e-12)
    points, _ = result.figures[0].series
    assert sum(points.n or []) == len(animals)
    assert np.average(points.y, weights=points.n) == pytest.approx(correct.mean())


def test_overconfidence_is_found_in_two_classes_too(people: pd.DataFrame, measured: Measure) -> None:
    result = measured(people)["calibration.top_label"]
    confidence, correct = people.p.where(people.p > 0.5, 1 - people.p), people.decided == people.y
    assert result.estimate("squared_error").value == pytest.approx(squared(confidence, correct), abs=1e-12)
    low = result.estimate("squared_error").low
    assert low is not None and low > 0


def test_the_kernel_error_has_no_bins(animals: pd.DataFrame) -> None:
    found = {one.slice.get("herd"): one for one in run(animals)["calibration.skce"].estimates}
    whole = found[None]
    assert (whole.counts["blocks"], whole.counts["rows"], whole.state) == (2000 // 32, 2000, "ok")
    assert whole.low is not None and whole.value == whole.counts["uncut"] > 0
    assert found["x"].counts["blocks"] == int((animals.herd == "x").sum()) // 32
    few = run(animals.head(200))["calibration.skce"].estimate()
    assert few.state == "insufficient"
