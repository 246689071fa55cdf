"""Predictive distributions against scoringrules, uncertainty-toolbox and scipy; right ones pass, narrow ones do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scoringrules
from scipy.stats import kstest, norm
from statsmodels.stats.proportion import proportion_confint
from uncertainty_toolbox.metrics_calibration import miscalibration_area

from assay import audit
from assay.audit import Record


@pytest.fixture
def homes() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 1500
    deviation = rng.uniform(0.5, 2, n)
    mean = rng.normal(100, 10, n)
    y = mean + deviation * rng.standard_normal(n)
    half = 1.6448536 * deviation
    return pd.DataFrame(
        {"f": mean, "s": deviation, "lo": mean - half, "hi": mean + half, "y": y, "town": rng.choice(["e", "w"], n)}
    )


def run(d: pd.DataFrame, sensitive: tuple[str, ...] = ("town",), **tables: object) -> Record:
    columns = {"task": "regression", "prediction": "f", "deviation": "s", "lower": "lo", "upper": "hi"}
    plan = {"model": columns, "checks": {"include": ["forecast"]}, **tables}
    return audit.run(None, audit.Dataset(d, target="y", sensitive=list(sensitive)), plan)


def of(d: pd.DataFrame, where: dict[str, str]) -> pd.DataFrame:
    return d[d.town == where["town"]] if where else d


def test_every_number_is_that_of_its_definition_in_every_group(homes: pd.DataFrame) -> None:
    record = run(homes)
    for where in ({}, {"town": "e"}, {"town": "w"}):
        d = of(homes, where)
        y, f, s, lo, hi = (d[name].to_numpy() for name in ("y", "f", "s", "lo", "hi"))
        score = scoringrules.interval_score(y, lo, hi, 0.1)
        expected = {
            ("forecast.crps", "crps"): scoringrules.crps_normal(y, f, s).mean(),
            ("forecast.interval_score", "interval_score"): np.mean(score),
            ("forecast.interval_score", "width"): (hi - lo).mean(),
            ("forecast.spread", "spread"): (((y - f) / s) ** 2).mean(),
            ("forecast.interval_coverage", "coverage"): ((lo <= y) & (y <= hi)).mean(),
        }
        for (check, metric), value in expected.items():
            assert record[check].estimate(metric, **where).value == pytest.approx(value)
        coverage = record["forecast.interval_coverage"].estimate(**where)
        hits = int(((lo <= y) & (y <= hi)).sum())
        assert (coverage.low, coverage.high) == pytest.approx(proportion_confint(hits, len(d), method="wilson"))
        area = record["forecast.pit"].estimate(**where).value
        assert area == pytest.approx(miscalibration_area(f, s, y, num_bins=1000), abs=2e-3)


def test_the_tests_of_the_distribution_are_those_of_scipy(homes: pd.DataFrame) -> None:
    histogram, table = run(homes)["forecast.pit"].figures
    u = np.asarray(norm.cdf(homes.y, homes.f, homes.s))
    expected = kstest(u, "uniform")
    assert table.rows[0][1:] == pytest.approx([expected.statistic, expected.pvalue])
    assert histogram.series[0].n == np.histogram(u, 10, (0, 1))[0].tolist()


def test_right_distributions_pass_and_narrow_ones_fail(homes: pd.DataFrame) -> None:
    asked = [
        {"check": "forecast.interval_coverage", "on": "town", "between": [0.86, 0.94]},
        {"check": "forecast.spread", "between": [0.85, 1.15]},
    ]
    assert [r.verdict for r in run(homes, require=asked).requirements] == ["pass", "pass"]
    middle, half = (homes.lo + homes.hi) / 2, (homes.hi - homes.lo) / 4
    narrow = homes.assign(s=homes.s / 2, lo=middle - half, hi=middle + half)
    record = run(narrow, require=asked)
    assert [r.verdict for r in record.requirements] == ["fail", "fail"]
    low = record["forecast.pit"].estimate().low
    assert low is not None and low > 0.1


def test_without_columns_of_spread_nothing_is_said(homes: pd.DataFrame) -> None:
    plan = {"model": {"task": "regression", "prediction": "f"}, "checks": {"include": ["forecast"]}}
    record = audit.run(None, audit.Dataset(homes, target="y"), plan)
    assert [r.check for r in record.results if r.status != "not_assessed"] == ["forecast.quantile_coverage"]


def test_deviations_are_held_against_errors_size_by_size(homes: pd.DataFrame) -> None:
    record = run(homes.assign(s=homes.s.mean()), checks={"include": ["forecast.ence", "forecast.spread"]})
    assert record["forecast.ence"].estimate().value == pytest.approx(abs(1 - np.sqrt(_ratio(homes))), abs=1e-9)
    right = run(homes, checks={"include": ["forecast.ence"]})["forecast.ence"]
    for one in right.estimates:
        d = of(homes, one.slice)
        place = np.searchsorted(np.quantile(d.s, np.arange(1, 10) / 10), d.s, side="right")
        each = [(d.y - d.f)[place == k] for k in range(10)]
        spreads = [d.s[place == k] for k in range(10)]
        gaps = [abs(1 - np.sqrt(np.mean(e**2) / np.mean(s**2))) for e, s in zip(each, spreads, strict=True)]
        assert one.value == pytest.approx(np.mean(gaps), abs=1e-12)
        assert one.low == 0 and one.high is not None and one.high < 0.6
    wrong = run(homes.assign(s=2.5 - homes.s), checks={"include": ["forecast.ence"]})["forecast.ence"].estimate()
    assert wrong.low is not None and wrong.low > 0.1


def _ratio(d: pd.DataFrame) -> float:
    return float(np.mean((d.y - d.f) ** 2) / d.s.mean() ** 2)


def test_a_predicted_quantile_has_its_share_below(homes: pd.DataFrame) -> None:
    plan = {"include": ["forecast.quantile_coverage"], "options": {"forecast.quantile_coverage": {"quantile": 0.95}}}
    result = run(homes.assign(f=homes.hi), checks=plan)["forecast.quantile_coverage"]
    assert result.estimate().value == pytest.approx((homes.y <= homes.hi).mean())
    ((_, rows, share, promised, _, p),) = result.figures[0].rows
    assert (rows, share, promised) == ((homes.y <= homes.hi).sum(), result.estimate().value, 0.95)
    assert isinstance(p, float) and p > 0.01
