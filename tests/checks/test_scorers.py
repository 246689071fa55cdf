"""Scikit-learn scorers as checks: the same numbers as scikit-learn on the same rows, and intervals that hold the truth."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from typer.testing import CliRunner

from assay import audit
from assay.audit.cli.app import app
from assay.audit.design import Design
from assay.audit.errors import PlanError, RegistryError
from assay.audit.registry import find
from assay.audit.shapes.resampled import ResampledRows
from assay.audit.slices import cut
from assay.checks.scorers import scorer

if TYPE_CHECKING:
    from tests.checks.conftest import Measure

NAMES = [name for name in metrics.get_scorer_names() if not name.endswith("_samples")]
FEW: dict[str, Any] = {"replicates": 100}


def of(name: str) -> dict[str, Any]:
    return {
        "include": [f"sklearn:{name}"],
        "options": {f"sklearn:{name}": FEW} if find(f"sklearn:{name}").needs != ("counts",) else {},
    }


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(240, 2))
    noisy = x[:, 0] + rng.normal(size=240)
    return pd.DataFrame(
        {
            "a": x[:, 0],
            "b": x[:, 1],
            "binary": (noisy > 0.3).astype(int),
            "multiclass": np.digitize(noisy, [-0.5, 0.7]),
            "regression": np.exp(noisy / 3),
            "group": rng.choice(["g", "h"], 240),
        }
    )


@pytest.mark.parametrize("name", NAMES)
def test_value_of_every_scorer_is_that_of_scikit_learn_in_the_whole_and_in_groups(
    name: str, rows: pd.DataFrame
) -> None:
    for task in find(f"sklearn:{name}").tasks:
        x, y = rows[["a", "b"]], rows[task]
        model = GaussianNB() if task != "regression" else LinearRegression()
        model.fit(x, np.log(y) if task == "regression" else y)
        positive = (lambda frame, m=model: np.exp(m.predict(frame))) if task == "regression" else model
        data = audit.Dataset(x, y.to_numpy(), sensitive={"group": rows["group"].to_numpy()})
        (result,) = audit.run(positive, data, {"model": {"task": task}, "checks": of(name)}).results
        assert result.status == "ok", result.reason
        assert len(result.estimates) == 3
        for estimate in result.estimates:
            chosen = np.ones(len(rows), bool) if not estimate.slice else rows["group"] == estimate.slice["group"]
            expected = _expected(name, positive, x[chosen], y[chosen])
            assert estimate.value == pytest.approx(expected, abs=1e-12)
            assert estimate.low is not None
            assert estimate.high is not None
            assert estimate.low <= expected + 1e-12
            assert expected - 1e-12 <= estimate.high
            assert estimate.low < estimate.high


def _expected(name: str, model: Any, x: pd.DataFrame, y: pd.Series[Any]) -> float:
    class Called(LinearRegression):  # type: ignore[misc]
        def predict(self, frame: pd.DataFrame) -> Any:
            return model(frame)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = model if hasattr(model, "predict") else Called().fit(x, y)
        return float(metrics.get_scorer(name)(fitted, x, y))


def test_a_scorer_of_counts_and_our_own_check_of_the_same_agree(people: pd.DataFrame, measured: Measure) -> None:
    record = measured(people, checks={"include": ["sklearn:balanced_accuracy", "accuracy.balanced_accuracy"]})
    theirs, ours = record["sklearn:balanced_accuracy"].estimates, record["accuracy.balanced_accuracy"].estimates
    for one, two in zip(theirs, ours, strict=True):
        assert one.value == pytest.approx(two.value, abs=1e-12)
        if one.state == "ok":
            assert one.low == pytest.approx(two.low, abs=0.02)
            assert one.high == pytest.approx(two.high, abs=0.02)


@pytest.mark.parametrize("n", [3000, 12_000])
def test_resampled_rows_and_sections_agree_with_delong(n: int, measured: Measure) -> None:
    rng = np.random.default_rng(n)
    y = rng.integers(0, 2, n)
    frame = pd.DataFrame({"y": y, "p": 1 / (1 + np.exp(-y - rng.normal(size=n))), "decided": y})
    record = measured(frame, [], checks={"include": ["sklearn:roc_auc", "accuracy.auroc"]})
    (theirs,), (ours,) = record["sklearn:roc_auc"].estimates, record["accuracy.auroc"].estimates
    assert theirs.method == ("row-bootstrap" if n < 5000 else "sections-t")
    assert None not in (theirs.low, theirs.high, ours.low, ours.high)
    assert theirs.value == pytest.approx(ours.value, abs=1e-12)
    width = (theirs.high or 0) - (theirs.low or 0)
    assert width == pytest.approx((ours.high or 0) - (ours.low or 0), rel=0.3)


def test_a_requirement_can_name_a_scorer(people: pd.DataFrame, measured: Measure) -> None:
    asked = [
        {"check": "sklearn:matthews_corrcoef", "at_least": 0.1},
        {"check": "sklearn:f1", "on": "sex", "at_least": 0.99},
    ]
    record = measured(people, checks={"include": []}, require=asked)
    assert [(r.id, r.verdict) for r in record.requirements] == [
        ("sklearn:matthews_corrcoef", "pass"),
        ("sklearn:f1[sex]", "fail"),
    ]
    assert record["sklearn:f1"].family == "sklearn"


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (
            {"checks": {"include": ["sklearn:f1_marco"]}},
            r"checks.include: scikit-learn has no scorer 'f1_marco'; did you mean 'f1_macro'",
        ),
        (
            {"require": [{"check": "sklern:f1", "at_least": 0}]},
            r"require\[1\].check: no 'sklern' .*did you mean 'sklearn'",
        ),
        (
            {"checks": {"options": {"sklearn:f1": {"replicates": 5}}, "include": ["sklearn:f1"]}},
            "sklearn:f1.*replicates",
        ),
        ({"checks": {"include": ["sklearn:f1_samples"]}}, "f1_samples.*for none of"),
    ],
)
def test_a_wrong_name_or_option_is_refused(
    plan: dict[str, Any], message: str, people: pd.DataFrame, measured: Measure
) -> None:
    with pytest.raises(PlanError, match=message):
        measured(people, **plan)


def test_an_unknown_scorer_is_an_error_of_the_registry() -> None:
    with pytest.raises(RegistryError, match="did you mean 'r2'"):
        scorer("r22")


def test_a_scorer_for_another_task_is_not_assessed(people: pd.DataFrame, measured: Measure) -> None:
    result = measured(people, checks={"include": ["sklearn:r2"]})["sklearn:r2"]
    assert (result.status, result.reason) == ("not_assessed", "for regression models; this one is binary")


def test_a_group_without_one_class_is_undefined_and_the_rest_goes_on(measured: Measure) -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(["all", "one class"], 100)
    y = np.where(group == "all", rng.integers(0, 2, 200), 0)
    frame = pd.DataFrame({"y": y, "p": rng.random(200), "decided": y, "group": group})
    whole, one, other = measured(frame, ["group"], checks=of("roc_auc"))["sklearn:roc_auc"].estimates
    assert (whole.state, one.state, other.state) == ("ok", "ok", "undefined")
    assert (other.value, other.low, other.high) == (None, None, None)


@pytest.mark.parametrize(("name", "oracle"), [("roc_auc", metrics.roc_auc_score), ("neg_brier_score", None)])
def test_scorers_take_weights_and_clusters(name: str, oracle: Any, people: pd.DataFrame) -> None:
    rng = np.random.default_rng(3)
    frame = people.assign(w=rng.uniform(0.2, 3, len(people)), c=rng.integers(0, 60, len(people)))
    data = audit.Dataset(frame, target="y", weight="w", cluster="c")
    plan = {"model": {"prediction": "decided", "probability": "p"}, "checks": of(name)}
    found = audit.run(None, data, plan)[f"sklearn:{name}"].estimate()
    y, p, w = frame["y"], frame["p"], frame["w"]
    value = oracle(y, p, sample_weight=w) if oracle else -metrics.brier_score_loss(y, p, sample_weight=w)
    assert found.value == pytest.approx(value, rel=1e-12)
    assert (found.method, found.n) == ("cluster-bootstrap", 60)
    assert found.low is not None and found.high is not None and found.low < value < found.high


def test_a_scorer_without_weights_takes_clusters_and_refuses_weights() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"y": rng.normal(size=400), "c": np.arange(400) // 4, "w": rng.uniform(1, 2, 400)})
    frame["p"] = frame["y"] + rng.normal(size=400)
    plan = {"model": {"prediction": "p", "task": "regression"}, "checks": of("neg_max_error")}
    clustered = audit.run(None, audit.Dataset(frame, target="y", cluster="c"), plan).results[0]
    assert clustered.status == "ok"
    assert clustered.estimates[0].value == pytest.approx(-np.abs(frame["y"] - frame["p"]).max())
    weighted = audit.run(None, audit.Dataset(frame, target="y", weight="w"), plan).results[0]
    assert (weighted.status, weighted.reason) == ("not_assessed", "the score takes no weights")


@pytest.mark.parametrize("clusters", [0, 2000])
def test_sections_of_many_clusters_are_as_wide_as_replicates(clusters: int) -> None:
    """Rows that come twice, as clusters of two, tell no more than once."""
    rng = np.random.default_rng(5)
    once = rng.normal(size=20_000)
    values, cluster = np.repeat(once, 2), np.repeat(np.arange(20_000), 2)
    design = Design(np.ones(40_000), cluster if clusters else None)
    slices = replace(cut({}, 40_000, depth=1), design=design)
    score = ResampledRows(lambda rows, w: float(np.average(values[rows], weights=w)), [values])
    low, high = score.by(slices, rng).interval(0.95)
    expected = 2 * 1.96 / np.sqrt(20_000 if clusters else 40_000)
    assert high[0] - low[0] == pytest.approx(expected, rel=0.35)


def test_a_perfect_model_has_an_interval_with_a_width(measured: Measure) -> None:
    y = np.repeat([0, 1], [70, 30])
    record = measured(pd.DataFrame({"y": y, "decided": y}), [], checks={"include": ["sklearn:f1", "accuracy.f1"]})
    (theirs,), (ours,) = record["sklearn:f1"].estimates, record["accuracy.f1"].estimates
    assert (theirs.state, theirs.value, theirs.high) == ("degenerate", 1.0, 1.0)
    assert theirs.low == pytest.approx(ours.low, abs=0.05)


def test_the_page_of_a_scorer_says_what_it_is_and_what_it_costs() -> None:
    shown = CliRunner().invoke(app, ["explain", "sklearn:f1_macro"]).output
    assert "Compute the F1 score" in shown
    assert "average=macro" in shown
    assert "calls for K classes" in " ".join(shown.split())
