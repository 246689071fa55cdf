"""Slope and intercept against statsmodels; binned errors, the parts of the Brier score and O/E against their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import binom, chi2
from sklearn.metrics import brier_score_loss

from assay.audit.shapes.brier import Resolution
from assay.audit.stats.binning import Bins, bin_rows

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
    points, band = figure.series
    groups = people.groupby(np.minimum((people.p * 15).astype(int), 14))
    assert points.n == groups.size().tolist()
    assert points.x == pytest.approx(groups.p.mean().tolist(), abs=1e-12)
    assert points.y == pytest.approx(groups.y.mean().tolist(), abs=1e-12)
    assert (band.x, band.y, band.n) == (points.x, points.x, None)
    assert band.low is not None and band.high is not None
    n = np.array(points.n)
    assert band.low == pytest.approx((binom.ppf(0.025, n, band.x) / n).tolist())
    assert band.high == pytest.approx((binom.ppf(0.975, n, band.x) / n).tolist())


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


WITHOUT_CHANCE = [
    "calibration.brier_decomposition",
    "calibration.ce2",
    "calibration.observed_expected",
    "calibration.slope",
]


def test_a_group_is_measured_as_if_it_were_all_there_is(people: pd.DataFrame, measured: Measure) -> None:
    everybody = measured(people)
    for where in ({"sex": "Female"}, {"race": "Other"}, {"sex": "Male", "race": "Black"}):
        alone = measured(rows(people, where), [])
        for check in WITHOUT_CHANCE:
            for estimate in alone[check].estimates:
                same = everybody[check].estimate(estimate.metric, **where)
                assert (same.n, same.state) == (estimate.n, estimate.state)
                assert [same.value, same.low, same.high] == pytest.approx([estimate.value, estimate.low, estimate.high])


def binned(d: pd.DataFrame) -> pd.DataFrame:
    groups = d.assign(gap=d.y - d.p).groupby(np.minimum((d.p * 15).astype(int), 14))
    return groups.agg(n=("y", "size"), p=("p", "mean"), o=("y", "mean"), gap=("gap", "mean"), s2=("gap", "var"))


def test_the_squared_error_is_that_of_kumar(people: pd.DataFrame, measured: Measure) -> None:
    for estimate in measured(people)["calibration.ce2"].estimates:
        b = binned(rows(people, estimate.slice))
        uncut = np.average(np.where(b.n > 1, b.gap**2 - b.s2.fillna(0) / b.n, 0), weights=b.n)
        assert estimate.counts["uncut"] == pytest.approx(uncut, abs=1e-12)
        assert estimate.value == pytest.approx(max(uncut, 0), abs=1e-12)
        assert estimate.counts["plug_in"] == pytest.approx(np.average(b.gap**2, weights=b.n), abs=1e-12)


def test_the_parts_of_the_brier_score_add_up_to_that_of_sklearn(people: pd.DataFrame, measured: Measure) -> None:
    result = measured(people)["calibration.brier_decomposition"]
    for reliability in (e for e in result.estimates if e.metric == "reliability"):
        d = rows(people, reliability.slice)
        part: dict[str, Any] = {e.metric: e.value for e in result.estimates if e.slice == reliability.slice}
        total = part["reliability"] - part["resolution"] + part["uncertainty"] + reliability.counts["within_bins"]
        assert total == pytest.approx(brier_score_loss(d.y, d.p))
        assert part["uncertainty"] == pytest.approx(d.y.var())
        b = binned(d)
        noise = np.average(b.o * (1 - b.o) / np.maximum(b.n - 1, 1), weights=b.n)
        assert part["reliability"] == pytest.approx(np.average((b.p - b.o) ** 2, weights=b.n) - noise)


def test_observed_over_expected_has_the_limits_of_scipy(people: pd.DataFrame, measured: Measure) -> None:
    for e in measured(people)["calibration.observed_expected"].estimates:
        d = rows(people, e.slice)
        observed, expected = int(d.y.sum()), float(d.p.sum())
        limits = chi2.ppf(0.025, 2 * observed) / 2 / expected, chi2.ppf(0.975, 2 * observed + 2) / 2 / expected
        assert (e.value, e.low, e.high) == pytest.approx((observed / expected, *limits))


def test_differences_between_groups_stand_below_the_estimates(people: pd.DataFrame, measured: Measure) -> None:
    record = measured(people)
    for check in ("calibration.intercept", "calibration.ce2"):
        (table,) = record[check].figures
        found: Any = table.rows
        assert [row[0] for row in found] == ["sex", "race", "sex and race"]
        by_sex: Any = [e.value for e in record[check].estimates if list(e.slice) == ["sex"]]
        assert found[0][1] == pytest.approx(abs(by_sex[0] - by_sex[1]), abs=1e-3)
        assert all(low <= difference <= high for _, difference, low, high, *_ in found)
    assert measured(people, [])["calibration.intercept"].figures == []


def resolution_covers(seed: int) -> bool:
    rng = np.random.default_rng(seed)
    p = rng.choice([0.1, 0.3, 0.5, 0.9], 500, p=[0.4, 0.3, 0.2, 0.1])
    y = (rng.random(500) < p**1.2).astype(int)
    low, high = Resolution(Bins(*(sums[None] for sums in bin_rows(p, y)))).interval(0.95)
    share, rate = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.1, 0.3, 0.5, 0.9]) ** 1.2
    return bool(low[0] <= (share * (rate - share @ rate) ** 2).sum() <= high[0])


def test_the_interval_of_the_resolution_covers() -> None:
    assert 0.93 <= np.mean([resolution_covers(seed) for seed in range(1500)]) <= 0.985
