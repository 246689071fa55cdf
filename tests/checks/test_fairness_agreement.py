"""Every rate, difference and ratio against fairlearn and aif360, after turning their signs and references into ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from aif360.sklearn import metrics as aif360
from fairlearn import metrics as fl
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    mean_absolute_error,
    precision_score,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

from assay import audit
from assay.audit import Record
from assay.checks.fairness_rates import CHECKS

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "demo"
RATES: dict[str, Any] = {
    "selection": fl.selection_rate,
    "true_positive_rate": fl.true_positive_rate,
    "false_positive_rate": fl.false_positive_rate,
    "false_negative_rate": fl.false_negative_rate,
    "true_negative_rate": fl.true_negative_rate,
    "positive_predictive_value": precision_score,
    "accuracy": accuracy_score,
}
IDS = {
    ("selection", "difference"): "fairness.demographic_parity_difference",
    ("selection", "ratio"): "fairness.impact_ratio",
    ("true_positive_rate", "difference"): "fairness.equal_opportunity_difference",
}
LOWEST = {"false_negative_rate"}
JOINED = ["fairness.equalized_odds_difference", "fairness.equalized_odds_mean", "fairness.average_odds_difference"]
CHECKED = [*IDS.values(), *JOINED, *(f"fairness.{one.__name__}" for one in CHECKS)]


def run(frame: pd.DataFrame, reference: str | None = None, **tables: Any) -> Record:
    dataset = audit.Dataset(frame, target="y", sensitive=["g"], reference={"g": reference} if reference else None)
    return audit.run(
        None, dataset, {"model": {"prediction": "d", "positive": 1}, "checks": {"include": CHECKED}, **tables}
    )


def values(record: Record, rate: str, kind: str) -> dict[str, float]:
    found = record[IDS.get((rate, kind), f"fairness.{rate}_{kind}")]
    return {e.slice["g"]: e.value for e in found.estimates if e.value is not None}


@st.composite
def decisions(draw: Any) -> pd.DataFrame:
    """Two to four groups with five rows or more in every cell of the confusion matrix, so that each may be the best."""
    groups = draw(st.integers(2, 4))
    counts = draw(st.lists(st.tuples(*[st.integers(5, 12)] * 4), min_size=groups, max_size=groups))
    rows = [
        (f"g{k}", y, d)
        for k, cells in enumerate(counts)
        for (y, d), n in zip([(0, 0), (0, 1), (1, 0), (1, 1)], cells, strict=True)
        for _ in range(n)
    ]
    return pd.DataFrame(rows, columns=["g", "y", "d"])


@settings(max_examples=6, deadline=None)
@given(decisions())
def test_fairlearn_on_random_data(frame: pd.DataFrame) -> None:
    agree_with_fairlearn(frame)


def agree_with_fairlearn(frame: pd.DataFrame) -> None:
    peer = fl.MetricFrame(metrics=RATES, y_true=frame.y, y_pred=frame.d, sensitive_features=frame.g)
    best, all_rows = run(frame), run(frame, "overall")
    by_group, overall = peer.by_group, peer.overall
    for rate in RATES:
        gaps, ratios = values(best, rate, "difference"), values(best, rate, "ratio")
        extreme = by_group[rate].min() if rate in LOWEST else by_group[rate].max()
        assert gaps == pytest.approx((by_group[rate] - extreme).to_dict(), abs=1e-12)
        assert ratios == pytest.approx((by_group[rate] / extreme).to_dict(), abs=1e-12)
        assert max(np.abs(list(gaps.values()))) == pytest.approx(peer.difference()[rate], abs=1e-12)
        worst = max(ratios.values()) if rate in LOWEST else min(ratios.values())
        assert (1 / worst if rate in LOWEST else worst) == pytest.approx(peer.ratio()[rate], abs=1e-12)
        to_all = values(all_rows, rate, "difference")
        assert to_all == pytest.approx((by_group[rate] - overall[rate]).to_dict(), abs=1e-12)
        assert max(np.abs(list(to_all.values()))) == pytest.approx(
            peer.difference(method="to_overall")[rate], abs=1e-12
        )


def test_fairlearn_joined_rates(people: pd.DataFrame) -> None:
    frame = people.rename(columns={"sex": "g", "decided": "d"})
    given = {"y_true": frame.y, "y_pred": frame.d, "sensitive_features": frame.g}
    record = run(frame.drop(columns=["p", "race"]))
    worst = max(e.value or 0 for e in record["fairness.equalized_odds_difference"].estimates)
    mean = max(e.value or 0 for e in record["fairness.equalized_odds_mean"].estimates)
    assert worst == pytest.approx(fl.equalized_odds_difference(**given), abs=1e-12)
    assert mean == pytest.approx(fl.equalized_odds_difference(**given, agg="mean"), abs=1e-12)


@pytest.mark.parametrize("seed", [None, 0, 1, 2])
def test_aif360_on_random_data(people: pd.DataFrame, seed: int | None) -> None:
    frame = people.assign(g=people.sex, d=people.decided)[["g", "y", "d"]]
    if seed is not None:
        rng = np.random.default_rng(seed)
        frame = frame.sample(300, random_state=seed).assign(y=rng.integers(0, 2, 300), d=rng.integers(0, 2, 300))
    agree_with_aif360(frame.reset_index(drop=True))


def agree_with_aif360(frame: pd.DataFrame) -> None:
    """aif360 subtracts the privileged group from the other one; ours is the named reference."""
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import ClassificationMetric

    coded = frame.assign(g=(frame.g == "Male").astype(float)).astype(float)
    true, decided = (
        BinaryLabelDataset(df=coded[["g", label]].rename(columns={label: "y"}), label_names=["y"], protected_attribute_names=["g"])
        for label in ("y", "d")
    )  # fmt: skip
    peer = ClassificationMetric(true, decided, [{"g": 0}], [{"g": 1}])
    record = run(frame, "Male")

    def ours(check: str) -> float | None:
        return record[f"fairness.{check}"].estimate(g="Female").value

    expected = {
        "demographic_parity_difference": peer.statistical_parity_difference(),
        "impact_ratio": peer.disparate_impact(),
        "equal_opportunity_difference": peer.equal_opportunity_difference(),
        "average_odds_difference": peer.average_odds_difference(),
        "equalized_odds_mean": peer.average_abs_odds_difference(),
        "equalized_odds_difference": peer.equalized_odds_difference(),
        "true_positive_rate_ratio": peer.num_true_positives(privileged=False)
        / peer.num_positives(privileged=False)
        / (peer.num_true_positives(privileged=True) / peer.num_positives(privileged=True)),
        "false_positive_rate_difference": peer.false_positive_rate_difference(),
        "false_positive_rate_ratio": peer.false_positive_rate_ratio(),
        "false_negative_rate_difference": peer.false_negative_rate_difference(),
        "false_negative_rate_ratio": peer.false_negative_rate_ratio(),
        "false_discovery_rate_difference": peer.false_discovery_rate_difference(),
        "false_discovery_rate_ratio": peer.false_discovery_rate_ratio(),
        "false_omission_rate_difference": peer.false_omission_rate_difference(),
        "false_omission_rate_ratio": peer.false_omission_rate_ratio(),
        "error_rate_difference": peer.error_rate_difference(),
        "error_rate_ratio": peer.error_rate_ratio(),
        "positive_predictive_value_difference": -peer.false_discovery_rate_difference(),
        "negative_predictive_value_difference": -peer.false_omission_rate_difference(),
        "true_negative_rate_difference": -peer.false_positive_rate_difference(),
        "accuracy_difference": -peer.error_rate_difference(),
    }
    assert {check: ours(check) for check in expected} == pytest.approx(expected, abs=1e-12)


def test_real_data() -> None:
    """The rows of UCI Adult that the demo is tested on, decided by a rule of thumb."""
    rows = pd.read_parquet(FOLDER / "adult_test.parquet")
    decided = (rows.education_num >= 12).astype(int)
    given = {"y": (rows.income == ">50K").astype(int), "d": decided}
    agree_with_fairlearn(pd.DataFrame({"g": rows.race, **given}))
    agree_with_aif360(pd.DataFrame({"g": rows.sex, **given}))


def test_each_text_says_who_is_subtracted_from_whom() -> None:
    for one in CHECKS:
        about = one.__doc__ or ""
        assert ("minus that of" if one.__name__.endswith("difference") else "divided by that of") in about
        assert "{" not in about


SCORES: dict[str, Any] = {
    "auroc": roc_auc_score,
    "positive_class_balance": lambda y, s: 1 - aif360.generalized_fnr(y, s),
    "negative_class_balance": lambda y, s: aif360.generalized_fpr(y, s),
}
LOSSES: dict[str, Any] = {
    "mean_error": lambda y, s: (s - y).mean(),
    "mae": mean_absolute_error,
    "rmse": root_mean_squared_error,
    "r2": r2_score,
    "mean_prediction": fl.mean_prediction,
}


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_scores_and_losses(people: pd.DataFrame, task: str) -> None:
    peers = SCORES if task == "binary" else LOSSES
    model = {"probability": "p", "positive": 1} if task == "binary" else {"prediction": "p", "task": task}
    known = audit.checks()
    checks = {
        f"fairness.{name}{kind}": (name, kind)
        for name in peers
        for kind in ("", "_difference", "_ratio")
        if f"fairness.{name}{kind}" in known
    }
    dataset = audit.Dataset(people, target="y", sensitive=["race"], reference={"race": "White"})
    record = audit.run(None, dataset, {"model": model, "checks": {"include": list(checks)}})
    own = fl.MetricFrame(metrics=peers, y_true=people.y, y_pred=people.p, sensitive_features=people.race).by_group
    assert {name for name, _ in checks.values()} == set(peers)
    for check, (name, kind) in checks.items():
        for group in ("Black", "Other"):
            one, two = own[name][group], own[name]["White"]
            expected = one / two if kind == "_ratio" else one - two
            assert record[check].estimate(race=group).value == pytest.approx(expected, abs=1e-12), check
