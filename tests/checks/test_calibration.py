"""Slope and intercept against statsmodels; the reliability curve and the plain error against their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

if TYPE_CHECKING:
    from tests.checks.conftest import Measure


def rows(frame: pd.DataFrame, where: dict[str, str]) -> pd.DataFrame:
    for name, level in where.items():
        frame = frame[frame[name] == level]
    return frame


def test_slope_and_intercept_are_those_of_statsmodels(people: pd.DataFrame, measured: Measure) -> None:
    record = measured(people)
    for slope, intercept in zip(
        record["calibration.slope"].estimates, record["calibration.intercept"].estimates, strict=True
    ):
        d = rows(people, slope.slice)
        logit = np.log(d.p / (1 - d.p))
        fit = sm.Logit(d.y, sm.add_constant(logit)).fit(disp=0, tol=1e-12, cov_type="HC0")
        assert slope.value == pytest.approx(fit.params.iloc[1], abs=1e-6)
        assert slope.low == pytest.approx(fit.conf_int().iloc[1, 0], abs=1e-5)
        large = sm.GLM(d.y, np.ones(len(d)), family=sm.families.Binomial(), offset=logit).fit(tol=1e-12, cov_type="HC0")
        assert intercept.value == pytest.approx(large.params.iloc[0], abs=1e-6)
        assert intercept.high == pytest.approx(large.conf_int().iloc[0, 1], abs=1e-5)


def test_the_reliability_curve_counts_its_bins(people: pd.DataFrame, measured: Measure) -> None:
    (figure,) = measured(people)["calibration.ece"].figures
    (points,) = figure.series
    groups = people.groupby(np.minimum((people.p * 15).astype(int), 14))
    assert points.n == groups.size().tolist()
    assert points.x == pytest.approx(groups.p.mean().tolist(), abs=1e-12)
    assert points.y == pytest.approx(groups.y.mean().tolist(), abs=1e-12)


def test_the_plain_error_stands_among_the_counts(people: pd.DataFrame, measured: Measure) -> None:
    for estimate in measured(people)["calibration.ece"].estimates:
        d = rows(people, estimate.slice)
        groups = d.groupby(np.minimum((d.p * 15).astype(int), 14))
        plain = ((groups.p.mean() - groups.y.mean()).abs() * groups.size()).sum() / len(d)
        assert estimate.counts["plug_in"] == pytest.approx(plain, abs=1e-12)


def test_a_calibrated_model_passes_and_an_overconfident_one_fails(measured: Measure) -> None:
    rng = np.random.default_rng(2)
    logit = rng.normal(0, 1.5, 20_000)
    y = (rng.random(20_000) < 1 / (1 + np.exp(-logit))).astype(int)
    asked = [
        {"check": "calibration.ece", "at_most": 0.03},
        {"check": "calibration.slope", "between": [0.9, 1.1]},
        {"check": "calibration.intercept", "at_most": 0.1},
    ]
    found = {}
    for factor in (1, 2):
        p = 1 / (1 + np.exp(-factor * logit))
        record = measured(pd.DataFrame({"y": y, "p": p, "decided": (p > 0.5).astype(int)}), [], require=asked)
        found[factor] = [r.verdict for r in record.requirements]
    assert found == {1: ["pass", "pass", "pass"], 2: ["fail", "fail", "pass"]}
