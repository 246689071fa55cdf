"""The regression checks against scikit-learn and scipy, on the whole and on every slice, and at the edges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import metrics
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

from assay import audit, reports
from assay.audit import Record
from assay.audit.record import Estimate

Oracle = Callable[[pd.DataFrame], float]


def lin(d: pd.DataFrame) -> float:
    c = np.cov(d.y, d.decided, ddof=0)
    return float(2 * c[0, 1] / (c[0, 0] + c[1, 1] + (d.y.mean() - d.decided.mean()) ** 2))


ORACLES: dict[str, Oracle] = {
    "mae": lambda d: metrics.mean_absolute_error(d.y, d.decided),
    "mse": lambda d: metrics.mean_squared_error(d.y, d.decided),
    "rmse": lambda d: metrics.root_mean_squared_error(d.y, d.decided),
    "mape": lambda d: metrics.mean_absolute_percentage_error(d.y, d.decided),
    "bias": lambda d: float(np.mean(d.decided - d.y)),
    "median_absolute_error": lambda d: metrics.median_absolute_error(d.y, d.decided),
    "max_error": lambda d: metrics.max_error(d.y, d.decided),
    "pinball": lambda d: metrics.mean_pinball_loss(d.y, d.decided),
    "poisson_deviance": lambda d: metrics.mean_poisson_deviance(d.y, d.decided),
    "gamma_deviance": lambda d: metrics.mean_gamma_deviance(d.y, d.decided),
    "r2": lambda d: metrics.r2_score(d.y, d.decided),
    "explained_variance": lambda d: metrics.explained_variance_score(d.y, d.decided),
    "d2_absolute_error": lambda d: metrics.d2_absolute_error_score(d.y, d.decided),
    "pearson": lambda d: stats.pearsonr(d.y, d.decided).statistic,
    "spearman": lambda d: stats.spearmanr(d.y, d.decided).statistic,
    "kendall": lambda d: stats.kendalltau(d.y, d.decided).statistic,
    "concordance": lin,
    "heteroscedasticity": lambda d: stats.spearmanr(np.abs(d.y - d.decided), d.decided).statistic,
}


@pytest.fixture
def houses() -> pd.DataFrame:
    """1,200 positive amounts in groups of uneven size and level, and somebody's estimates of them."""
    rng = np.random.default_rng(21)
    n = 1200
    town = rng.choice(["east", "north", "west"], n, p=[0.7, 0.2, 0.1])
    worth = rng.gamma(4, 50, n) * np.where(town == "west", 2.0, 1.0)
    return pd.DataFrame({"y": worth, "decided": worth**0.9 * rng.lognormal(0.5, 0.2, n), "town": town})


def measured(frame: pd.DataFrame, *names: str, **tables: Any) -> Record:
    include = [name if "." in name else f"accuracy.{name}" for name in names]
    plan = {"model": {"task": "regression", "prediction": "decided"}, "checks": {"include": include, **tables}}
    return audit.run(None, audit.Dataset(frame, target="y", sensitive=["town"] if "town" in frame else []), plan)


def numbers(estimate: Estimate) -> list[float]:
    return [np.nan if number is None else number for number in (estimate.value, estimate.low, estimate.high)]


def rows(frame: pd.DataFrame, where: dict[str, str]) -> pd.DataFrame:
    return frame[frame.town == where["town"]] if where else frame


def test_agreement_on_every_slice(houses: pd.DataFrame) -> None:
    record = measured(houses, *ORACLES)
    for name, oracle in ORACLES.items():
        estimates = record[f"accuracy.{name}"].estimates
        assert len(estimates) == 4
        for estimate in estimates:
            assert estimate.value == pytest.approx(oracle(rows(houses, estimate.slice)), rel=1e-10, abs=1e-10), name
            assert estimate.value is not None and estimate.low is not None and estimate.state == "ok"
            assert estimate.low <= estimate.value < (np.inf if estimate.high is None else estimate.high), name


def test_option_of_the_pinball_loss(houses: pd.DataFrame) -> None:
    found = measured(houses, "pinball", options={"accuracy.pinball": {"quantile": 0.9}})["accuracy.pinball"].estimate()
    assert found.value == pytest.approx(metrics.mean_pinball_loss(houses.y, houses.decided, alpha=0.9), rel=1e-12)


def test_gain_over_a_constant(houses: pd.DataFrame) -> None:
    record = measured(houses, "mae_gain", "mse_gain")
    for name, loss, constant in (
        ("mae_gain", metrics.mean_absolute_error, houses.y.median()),
        ("mse_gain", metrics.mean_squared_error, houses.y.mean()),
    ):
        for estimate in record[f"accuracy.{name}"].estimates:
            d = rows(houses, estimate.slice)
            expected = loss(d.y, np.full(len(d), constant)) - loss(d.y, d.decided)
            assert estimate.value == pytest.approx(expected, rel=1e-9)


def test_comparison_with_a_baseline(houses: pd.DataFrame) -> None:
    plan = {
        "model": {"task": "regression", "prediction": "decided"},
        "baseline": {"prediction": "old"},
        "checks": {"include": ["comparison.mae", "comparison.mse"]},
        "require": [{"check": "comparison.mae", "at_least": 0}, {"check": "comparison.mse", "at_least": 0}],
    }
    rng = np.random.default_rng(3)
    worse = houses.assign(old=houses.decided + rng.normal(0, 80, len(houses)))
    record = audit.run(None, audit.Dataset(worse, target="y", sensitive=["town"]), plan)
    for name, loss in (("mae", metrics.mean_absolute_error), ("mse", metrics.mean_squared_error)):
        expected = loss(worse.y, worse.old) - loss(worse.y, worse.decided)
        assert record[f"comparison.{name}"].estimate().value == pytest.approx(expected, rel=1e-9)
    assert record.verdict.status == "pass"
    same = audit.run(None, audit.Dataset(houses.assign(old=houses.decided), target="y"), plan)
    found = same["comparison.mae"].estimate()
    assert (found.value, found.low, found.high, found.state) == (0, None, None, "degenerate")
    assert same.verdict.status == "inconclusive"


def test_percentages_leave_out_zeros(houses: pd.DataFrame) -> None:
    houses.loc[:99, "y"] = 0
    found = measured(houses, "mape")["accuracy.mape"].estimate()
    kept = houses[houses.y != 0]
    assert found.value == pytest.approx(metrics.mean_absolute_percentage_error(kept.y, kept.decided), rel=1e-12)
    assert (found.n, found.counts["excluded"]) == (1100, 100)
    nothing = measured(houses.assign(y=0.0), "mape")["accuracy.mape"].estimate()
    assert (nothing.value, nothing.low, nothing.high, nothing.state) == (None, 0, None, "undefined")


@pytest.mark.parametrize(
    ("name", "needs"), [("poisson_deviance", "y >= 0 and f > 0"), ("gamma_deviance", "y > 0 and f > 0")]
)
def test_deviances_outside_their_domain(houses: pd.DataFrame, name: str, needs: str) -> None:
    houses.loc[:2, "decided"] = 0
    found = measured(houses, name)[f"accuracy.{name}"]
    assert (found.status, found.reason) == ("not_assessed", f"it needs {needs}; 3 of 1200 rows are otherwise")


def test_counts_of_zero_have_a_poisson_deviance() -> None:
    frame = pd.DataFrame({"y": [0.0, 1, 2, 0] * 10, "decided": [0.5, 1, 1, 0.1] * 10})
    found = measured(frame, "poisson_deviance")["accuracy.poisson_deviance"].estimate()
    assert found.value == pytest.approx(metrics.mean_poisson_deviance(frame.y, frame.decided), rel=1e-12)


def test_the_maximum_is_bounded_from_below_only(houses: pd.DataFrame) -> None:
    error = float(np.abs(houses.y - houses.decided).max())
    plan = {
        "model": {"task": "regression", "prediction": "decided"},
        "require": [
            {"check": "accuracy.max_error", "at_most": 0.9 * error},
            {"check": "accuracy.max_error", "at_most": 1.1 * error},
            {"check": "accuracy.max_error", "at_most": 1.1 * error, "judge": "point"},
        ],
    }
    record = audit.run(None, audit.Dataset(houses, target="y"), plan)
    assert [requirement.verdict for requirement in record.requirements] == ["fail", "inconclusive", "pass"]
    found = record["accuracy.max_error"].estimate()
    assert (found.low, found.high) == (found.value, None)
    assert found.counts["share_beyond_at_most"] == pytest.approx(1 - 0.05 ** (1 / 1200))


@pytest.mark.parametrize("offset", [1e9, -1e9])
def test_a_large_offset_changes_nothing(houses: pd.DataFrame, offset: float) -> None:
    moved = houses.assign(y=houses.y + offset, decided=houses.decided + offset)
    back = moved.assign(y=moved.y - offset, decided=moved.decided - offset)
    names = [name for name in ORACLES if name not in ("mape", "poisson_deviance", "gamma_deviance")]
    here, there = measured(moved, *names), measured(back, *names)
    for name in names:
        for one, other in zip(here[f"accuracy.{name}"].estimates, there[f"accuracy.{name}"].estimates, strict=True):
            assert numbers(one) == pytest.approx(numbers(other), rel=1e-5, nan_ok=True), name


EDGES = {
    "one row": pd.DataFrame({"y": [3.0], "decided": [4.0]}),
    "two rows": pd.DataFrame({"y": [3.0, 5.0], "decided": [4.0, 4.5]}),
    "constant target": pd.DataFrame({"y": [3.0] * 40, "decided": np.arange(1.0, 41)}),
    "constant prediction": pd.DataFrame({"y": np.arange(1.0, 41), "decided": [3.1] * 40}),
    "both constant": pd.DataFrame({"y": [3.0] * 40, "decided": [4.0] * 40}),
    "perfect": pd.DataFrame({"y": np.arange(1.0, 41), "decided": np.arange(1.0, 41)}),
    "one distant row": pd.DataFrame({"y": np.arange(1.0, 41), "decided": [*np.arange(1.0, 40), 1e60]}),
    "beyond floating point": pd.DataFrame({"y": np.arange(1.0, 41), "decided": [*np.arange(1.0, 40), 1e200]}),
}


@pytest.mark.parametrize("edge", EDGES)
def test_edges(edge: str) -> None:
    record = measured(EDGES[edge], *ORACLES)
    for result in record.results:
        assert result.status == "ok" or (edge == "beyond floating point" and "floating-point" in result.reason), result
        for estimate in result.estimates:
            assert (estimate.value is None) == (estimate.state == "undefined"), result.check
            if estimate.value is not None:
                assert estimate.low is None or estimate.low <= estimate.value, result.check
                assert estimate.high is None or estimate.high >= estimate.value, result.check
            if result.check != "accuracy.median_absolute_error":  # exact, and without width where the errors are tied
                assert estimate.low is None or estimate.low != estimate.high, result.check


def test_perfect_predictions() -> None:
    record = measured(EDGES["perfect"], *ORACLES)
    assert {name: record[f"accuracy.{name}"].estimate().value for name in ("mae", "rmse", "r2", "concordance")} == {
        "mae": 0,
        "rmse": 0,
        "r2": 1,
        "concordance": 1,
    }
    assert record["accuracy.r2"].estimate().state == "degenerate"


def test_groups_of_few_rows_are_no_evidence(houses: pd.DataFrame) -> None:
    few = pd.concat([houses[houses.town == "east"], houses[houses.town == "west"].head(9)])
    record = measured(few, *ORACLES)
    states = {e.state for result in record.results for e in result.estimates if e.slice == {"town": "west"}}
    assert states == {"insufficient"}


def test_weights_move_the_means_and_leave_the_rest_out(houses: pd.DataFrame) -> None:
    weighted = houses.assign(w=np.random.default_rng(1).uniform(0.5, 2, len(houses)))
    weighted.loc[:9, "y"] = 0
    plan = {"model": {"task": "regression", "prediction": "decided"}, "checks": {"include": ["accuracy"]}}
    record = audit.run(None, audit.Dataset(weighted, target="y", sensitive=["town"], weight="w"), plan)
    rmse = metrics.root_mean_squared_error(weighted.y, weighted.decided, sample_weight=weighted.w)
    assert record["accuracy.rmse"].estimate().value == pytest.approx(rmse, rel=1e-12)
    kept = weighted[weighted.y != 0]
    mape = metrics.mean_absolute_percentage_error(kept.y, kept.decided, sample_weight=kept.w)
    assert record["accuracy.mape"].estimate().value == pytest.approx(mape, rel=1e-12)
    assert record["accuracy.kendall"].status == "not_assessed"


def test_a_regressor_from_model_to_report(tmp_path: Path) -> None:
    frame = load_diabetes(as_frame=True).frame
    frame["group"] = np.where(frame.pop("sex") > 0, "a", "b")
    inputs = [name for name in frame if name not in ("target", "group")]
    train, test = frame[:200], frame[200:]
    model = Ridge(0.01).fit(train[inputs], train.target)
    record = audit.run(
        model,
        audit.Dataset(test, target="target", sensitive=["group"], features=inputs),
        {
            "model": {"task": "regression"},
            "checks": {"include": ["accuracy"]},
            "require": [
                {"check": "accuracy.mae_gain", "at_least": 0},
                {"check": "accuracy.r2", "on": "group", "at_least": 0.2},
            ],
        },
    )
    assert record.verdict.status == "pass"
    assert record["accuracy.r2"].estimate().value == pytest.approx(model.score(test[inputs], test.target), abs=1e-12)
    figures = {figure.title: figure for figure in record["accuracy.heteroscedasticity"].figures}
    assert set(figures) == {"Mean residual by prediction", "Size of errors by prediction", "Quantiles of the residuals"}
    residual = test.target - model.predict(test[inputs])
    assert figures["Quantiles of the residuals"].series[0].y[4] == pytest.approx(np.median(residual))
    assert sum(row[1] for row in figures["Size of errors by prediction"].rows if isinstance(row[1], int)) == len(test)
    for name in ("card.md", "card.html"):
        text = reports.write(record, tmp_path / name).read_text(encoding="utf-8")
        assert "Root mean squared error" in text
        assert "Growth of errors with the prediction" in text
