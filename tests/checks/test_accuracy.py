"""Rates of the confusion counts against scikit-learn, on the whole and on every slice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from sklearn import metrics

if TYPE_CHECKING:
    from tests.checks.conftest import Measure

Oracle = Callable[[pd.DataFrame], float]

BINARY: dict[str, Oracle] = {
    "accuracy": lambda d: metrics.accuracy_score(d.y, d.decided),
    "balanced_accuracy": lambda d: metrics.balanced_accuracy_score(d.y, d.decided),
    "precision": lambda d: metrics.precision_score(d.y, d.decided),
    "recall": lambda d: metrics.recall_score(d.y, d.decided),
    "false_positive_rate": lambda d: 1 - metrics.recall_score(d.y, d.decided, pos_label=0),
    "false_negative_rate": lambda d: 1 - metrics.recall_score(d.y, d.decided),
    "error_rate": lambda d: 1 - metrics.accuracy_score(d.y, d.decided),
    "specificity": lambda d: metrics.recall_score(d.y, d.decided, pos_label=0),
    "negative_predictive_value": lambda d: metrics.precision_score(d.y, d.decided, pos_label=0),
    "false_discovery_rate": lambda d: 1 - metrics.precision_score(d.y, d.decided),
    "false_omission_rate": lambda d: 1 - metrics.precision_score(d.y, d.decided, pos_label=0),
    "prevalence": lambda d: float(d.y.mean()),
}


def rows(frame: pd.DataFrame, where: dict[str, str]) -> pd.DataFrame:
    for name, level in where.items():
        frame = frame[frame[name] == level]
    return frame


@pytest.mark.parametrize("name", BINARY)
def test_two_classes(people: pd.DataFrame, measured: Measure, name: str) -> None:
    estimates = measured(people, checks={"include": [f"accuracy.{name}"]})[f"accuracy.{name}"].estimates
    assert len(estimates) == 1 + 2 + 3 + 6
    for estimate in estimates:
        assert estimate.value == pytest.approx(BINARY[name](rows(people, estimate.slice)), abs=1e-12)
        assert estimate.low is not None and estimate.high is not None and estimate.value is not None
        assert estimate.low < estimate.value < estimate.high


MANY: dict[str, Oracle] = {
    "accuracy": BINARY["accuracy"],
    "balanced_accuracy": BINARY["balanced_accuracy"],
    "error_rate": BINARY["error_rate"],
}


@pytest.mark.parametrize("name", MANY)
def test_many_classes(many: pd.DataFrame, measured: Measure, name: str) -> None:
    record = measured(many, ["sex"], model={"task": "multiclass"}, checks={"include": [f"accuracy.{name}"]})
    for estimate in record[f"accuracy.{name}"].estimates:
        assert estimate.value == pytest.approx(MANY[name](rows(many, estimate.slice)), abs=1e-12)
