"""The accuracy family against scikit-learn, on the whole and on every slice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
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
    "f1": lambda d: metrics.f1_score(d.y, d.decided),
    "auroc": lambda d: metrics.roc_auc_score(d.y, d.p),
    "brier": lambda d: metrics.brier_score_loss(d.y, d.p),
    "log_loss": lambda d: metrics.log_loss(d.y, d.p),
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


def test_ties_among_scores(people: pd.DataFrame, measured: Measure) -> None:
    coarse = people.assign(p=people.p.round(1))
    for estimate in measured(coarse)["accuracy.auroc"].estimates:
        d = rows(coarse, estimate.slice)
        assert estimate.value == pytest.approx(metrics.roc_auc_score(d.y, d.p), abs=1e-12)


def test_certain_and_wrong_has_a_finite_log_loss(people: pd.DataFrame, measured: Measure) -> None:
    certain = people.assign(p=people.decided.astype(float))
    found = measured(certain)["accuracy.log_loss"].estimate()
    assert found.value == pytest.approx(metrics.log_loss(certain.y, certain.p), rel=1e-12)


@pytest.fixture
def many() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    y = rng.choice(list("abc"), 900, p=[0.5, 0.3, 0.2])
    decided = np.where(rng.random(900) < 0.6, y, rng.choice(list("abc"), 900))
    return pd.DataFrame({"y": y, "decided": decided, "sex": rng.choice(["f", "m"], 900)})


MANY: dict[str, Oracle] = {
    "accuracy": BINARY["accuracy"],
    "balanced_accuracy": BINARY["balanced_accuracy"],
    "f1": lambda d: metrics.f1_score(d.y, d.decided, average="macro"),
}


@pytest.mark.parametrize("name", MANY)
def test_many_classes(many: pd.DataFrame, measured: Measure, name: str) -> None:
    for estimate in measured(many, ["sex"], model={"task": "multiclass"})[f"accuracy.{name}"].estimates:
        assert estimate.value == pytest.approx(MANY[name](rows(many, estimate.slice)), abs=1e-12)


def test_probabilities_of_many_classes(many: pd.DataFrame) -> None:
    from assay import audit

    shares = np.random.default_rng(6).dirichlet([1, 1, 1], len(many))

    class Model:
        classes_ = ("c", "a", "b")

        def predict(self, x: Any) -> Any:
            return np.array(self.classes_)[self.predict_proba(x).argmax(axis=1)]

        def predict_proba(self, x: Any) -> Any:
            return shares[: len(x)]

    record = audit.run(
        Model(), audit.Dataset(many, target="y"), {"model": {"task": "multiclass"}, "checks": {"include": ["accuracy"]}}
    )
    loss = metrics.log_loss(many.y, shares[:, [1, 2, 0]], labels=["a", "b", "c"])
    brier = ((shares - (many.y.to_numpy()[:, None] == np.array(["c", "a", "b"]))) ** 2).sum(axis=1).mean()
    assert record["accuracy.log_loss"].estimate().value == pytest.approx(loss, abs=1e-12)
    assert record["accuracy.brier"].estimate().value == pytest.approx(brier, abs=1e-12)
