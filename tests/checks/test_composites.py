"""Composites of the confusion matrix against scikit-learn, on the whole and on every slice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

if TYPE_CHECKING:
    from tests.checks.conftest import Measure

Oracle = Callable[[pd.DataFrame], float]


def rates(d: pd.DataFrame) -> tuple[float, float]:
    """True-positive and false-positive rate."""
    return d.decided[d.y == 1].mean(), d.decided[d.y == 0].mean()


def odds(share: float) -> float:
    return share / (1 - share)


BOTH: dict[str, Oracle] = {
    "mcc": lambda d: metrics.matthews_corrcoef(d.y, d.decided),
    "cohen_kappa": lambda d: metrics.cohen_kappa_score(d.y, d.decided),
    "g_mean": lambda d: float(np.prod(r := metrics.recall_score(d.y, d.decided, average=None)) ** (1 / len(r))),
}
TWO: dict[str, Oracle] = {
    **BOTH,
    "f1": lambda d: metrics.f1_score(d.y, d.decided),
    "fbeta": lambda d: metrics.fbeta_score(d.y, d.decided, beta=2),
    "jaccard": lambda d: metrics.jaccard_score(d.y, d.decided),
    "informedness": lambda d: metrics.balanced_accuracy_score(d.y, d.decided, adjusted=True),
    "positive_likelihood_ratio": lambda d: metrics.class_likelihood_ratios(d.y, d.decided)[0],
    "negative_likelihood_ratio": lambda d: metrics.class_likelihood_ratios(d.y, d.decided)[1],
    "diagnostic_odds_ratio": lambda d: odds(rates(d)[0]) / odds(rates(d)[1]),
}
MANY: dict[str, Oracle] = {
    **BOTH,
    "f1": lambda d: metrics.f1_score(d.y, d.decided, average="macro"),
    "fbeta": lambda d: metrics.fbeta_score(d.y, d.decided, beta=2, average="macro"),
    "weighted_f1": lambda d: metrics.f1_score(d.y, d.decided, average="weighted"),
    "macro_precision": lambda d: metrics.precision_score(d.y, d.decided, average="macro"),
    "weighted_precision": lambda d: metrics.precision_score(d.y, d.decided, average="weighted"),
}


def rows(frame: pd.DataFrame, where: dict[str, str]) -> pd.DataFrame:
    for name, level in where.items():
        frame = frame[frame[name] == level]
    return frame


@pytest.mark.parametrize("name", TWO)
def test_two_classes(people: pd.DataFrame, measured: Measure, name: str) -> None:
    estimates = measured(people, checks={"include": [f"accuracy.{name}"]})[f"accuracy.{name}"].estimates
    assert len(estimates) == 1 + 2 + 3 + 6
    for one in estimates:
        assert one.value == pytest.approx(TWO[name](rows(people, one.slice)), rel=1e-12)
        assert one.low is not None and one.value is not None
        assert one.low < one.value < (np.inf if one.high is None else one.high)


@pytest.mark.parametrize("name", MANY)
def test_many_classes(many: pd.DataFrame, measured: Measure, name: str) -> None:
    record = measured(many, ["sex"], model={"task": "multiclass"}, checks={"include": [f"accuracy.{name}"]})
    for one in record[f"accuracy.{name}"].estimates:
        assert one.value == pytest.approx(MANY[name](rows(many, one.slice)), abs=1e-12)
        assert one.low is not None and one.high is not None and one.value is not None
        assert one.low < one.value < one.high


def test_recall_counts_more_with_a_larger_beta(people: pd.DataFrame, measured: Measure) -> None:
    for beta in (0.5, 3.0):
        plan = {"include": ["accuracy.fbeta"], "options": {"accuracy.fbeta": {"beta": beta}}}
        found = measured(people, [], checks=plan)["accuracy.fbeta"].estimate().value
        assert found == pytest.approx(metrics.fbeta_score(people.y, people.decided, beta=beta), abs=1e-12)


def test_without_false_positives_a_likelihood_ratio_has_a_lower_limit_alone(
    people: pd.DataFrame, measured: Measure
) -> None:
    careful = people.assign(decided=people.decided * people.y)
    for name in ("positive_likelihood_ratio", "diagnostic_odds_ratio"):
        require = [{"check": f"accuracy.{name}", "at_least": 2}]
        record = measured(careful, [], checks={"include": [f"accuracy.{name}"]}, require=require)
        found = record[f"accuracy.{name}"].estimate()
        assert (found.value, found.high, found.state) == (None, None, "degenerate")
        assert found.low is not None and found.low > 50
        assert record.requirements[0].verdict == "pass"


def test_one_fixed_answer_is_no_better_than_guessing(people: pd.DataFrame, measured: Measure) -> None:
    record = measured(
        people.assign(decided=1),
        [],
        checks={"include": ["accuracy.mcc", "accuracy.cohen_kappa", "accuracy.g_mean", "accuracy.informedness"]},
    )
    for result in record.results:
        found = result.estimate()
        assert found.value == 0
        assert found.low is not None and found.high is not None and found.low <= 0 < found.high < 0.1
