"""Checks that print tables of tests and curves: what they print is what the functions behind them give, group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from relplot import smECE
from scipy.optimize import isotonic_regression
from sklearn.metrics import brier_score_loss

from assay import audit
from assay.audit import Record
from assay.audit.stats.cumulative import cumulative
from assay.audit.stats.hosmer_lemeshow import hosmer_lemeshow
from assay.audit.stats.significance import Significance
from assay.audit.stats.spiegelhalter import spiegelhalter
from assay.checks.calibration_tests import SHOWN_CELLS

if TYPE_CHECKING:
    from tests.checks.conftest import Measure

GROUPS = ["all rows", "sex=Female", "sex=Male", "race=Black", "race=Other", "race=White"]
COSTLY = ["calibration.corp", "calibration.multicalibration", "calibration.smooth_ece", "calibration.tests"]


def of(people: pd.DataFrame, group: str) -> pd.DataFrame:
    name, _, level = group.partition("=")
    return people[people[name] == level] if level else people


def test_the_tests_are_those_of_the_functions_and_adjusted_together(people: pd.DataFrame, measured: Measure) -> None:
    whole, groups = measured(people)["calibration.tests"].figures
    assert [row[0] for row in whole.rows] == [
        "Spiegelhalter",
        "Kolmogorov-Smirnov",
        "Kuiper",
        "Hosmer-Lemeshow",
        "Kernel",
    ]
    assert [(row[2], row[3]) for row in whole.rows[:4]] == without_kernel(people)
    assert [row[0] for row in groups.rows] == GROUPS[1:]
    plain = np.array([[test.p_value for test in without_kernel(of(people, group))] for group in GROUPS])
    adjusted = np.array([[row[4] for row in whole.rows[:4]], *(row[2:6] for row in groups.rows)], float)
    assert np.all(adjusted >= plain)
    assert adjusted.min() == pytest.approx(5 * len(GROUPS) * plain.min())  # Holm's first step


def without_kernel(d: pd.DataFrame) -> list[Significance]:
    curve = cumulative(d.p, d.y)
    return [spiegelhalter(d.p, d.y), curve.kolmogorov_smirnov, curve.kuiper, hosmer_lemeshow(d.p, d.y).test]


def test_a_calibrated_model_is_refuted_no_more_often_than_it_should_be(measured: Measure) -> None:
    refuted = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        p = rng.beta(1, 2, 1000)
        frame = pd.DataFrame({"y": (rng.random(1000) < p).astype(int), "p": p, "decided": (p > 0.5).astype(int)})
        frame["sex"] = rng.choice(["f", "m"], 1000)
        record = measured(frame, ["sex"], checks={"include": ["calibration.tests"]})
        refuted += (
            min(float(p) for p in np.ravel([row[4] for row in record["calibration.tests"].figures[0].rows])) < 0.05
        )
    assert refuted <= 3


def test_corp_adds_up_and_its_curve_lies_on_the_monotone_regression(people: pd.DataFrame, measured: Measure) -> None:
    curve, table = measured(people)["calibration.corp"].figures
    assert [row[0] for row in table.rows] == GROUPS
    rows: Any = table.rows
    for name, n, score, miscalibration, discrimination, uncertainty in rows:
        d = of(people, name).sort_values("p")
        best = isotonic_regression(d.y).x
        assert n == len(d)
        assert score == pytest.approx(brier_score_loss(d.y, d.p))
        assert miscalibration == pytest.approx(score - brier_score_loss(d.y, best))
        assert score == pytest.approx(miscalibration - discrimination + uncertainty)
    (points,) = curve.series
    assert points.low is not None and points.high is not None and sum(points.n or []) == len(people)
    assert all(low <= high for low, high in zip(points.low, points.high, strict=True))
    assert points.y == sorted(points.y)


def test_the_smooth_error_is_that_of_relplot(people: pd.DataFrame, measured: Measure) -> None:
    (table,) = measured(people)["calibration.smooth_ece"].figures
    found: dict[Any, Any] = {row[0]: row[2] for row in table.rows}
    for group in GROUPS:
        d = of(people, group)
        assert found[group] == pytest.approx(smECE(d.p.to_numpy(), d.y.to_numpy()), abs=1e-6)
    assert 0 < found["all rows, if the model were calibrated"] < found["all rows"]


def test_a_planted_cell_is_the_worst_one(people: pd.DataFrame, measured: Measure) -> None:
    rng = np.random.default_rng(5)
    wrong = (people.sex == "Female") & (people.race == "White") & people.p.between(0.3, 0.4)
    frame = people.assign(y=(rng.random(len(people)) < np.where(wrong, 0.9, people.p)).astype(int))
    (table,) = measured(frame)["calibration.multicalibration"].figures
    assert len(table.rows) == SHOWN_CELLS
    group, span, n, gap, _, p = table.rows[0]
    assert (group, span, n) == ("race=White, sex=Female", "0.3 to 0.4", wrong.sum())
    assert gap == pytest.approx((frame.y - frame.p)[wrong].mean())
    assert p == pytest.approx(1 / 2001)
    (alone,) = measured(
        frame, checks={"include": ["calibration"], "options": {"calibration.multicalibration": {"max_groups": 6}}}
    )["calibration.multicalibration"].figures
    assert {row[0] for row in alone.rows} <= set(GROUPS)


def test_beyond_max_rows_the_check_says_so_and_how_to_have_it(people: pd.DataFrame, measured: Measure) -> None:
    options = {check: {"max_rows": 2999} for check in COSTLY}
    record = measured(people, checks={"include": ["calibration"], "options": options})
    for check in COSTLY:
        assert record[check].status == "not_assessed"
        assert "3,000 rows are more than its option max_rows = 2,999" in record[check].reason
        assert f'[checks.options."{check}"]' in record[check].reason


def sampled(people: pd.DataFrame, **design: Any) -> Record:
    data = audit.Dataset(people, target="y", sensitive=["sex"], **design)
    plan = {"model": {"prediction": "decided", "probability": "p"}, "checks": {"include": COSTLY}}
    return audit.run(None, data, plan)


def test_weighted_rows_are_not_tested_as_if_they_were_not(people: pd.DataFrame) -> None:
    record = sampled(people.assign(w=2.0), weight="w")
    for check in ("calibration.corp", "calibration.smooth_ece"):
        assert record[check].status == "not_assessed"
        assert "weight" in record[check].reason
    whole, _ = record["calibration.tests"].figures
    plain = without_kernel(people)
    assert [row[0] for row in whole.rows] == ["Spiegelhalter", "Kolmogorov-Smirnov", "Kuiper"]
    for row, one in zip(whole.rows, plain, strict=False):  # equal weights: the same but for the variance
        assert row[2] == pytest.approx(one.statistic, rel=0.25)
    worst: Any = sampled(people, cluster="sex")["calibration.tests"]
    assert "100 clusters" in worst.reason


def test_rows_that_stand_for_their_copies_are_no_more_evidence(people: pd.DataFrame) -> None:
    copied = pd.concat([people.assign(person=range(len(people)))] * 3, ignore_index=True)
    once, thrice = sampled(people.assign(w=1.5), weight="w"), sampled(copied, cluster="person")
    for check in ("calibration.tests", "calibration.multicalibration"):
        one, other = (record[check].figures[0].rows for record in (once, thrice))
        place = 2 if check == "calibration.tests" else 4
        assert [row[place] for row in other] == pytest.approx([row[place] for row in one], rel=0.02)
