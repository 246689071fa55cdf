"""Checks of probabilities against scikit-learn and scipy, on the whole and on every slice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import metrics

from assay import audit
from assay.audit import Record

if TYPE_CHECKING:
    from tests.checks.conftest import Measure

Oracle = Callable[[pd.DataFrame], float]


def lift(d: pd.DataFrame) -> float:
    top = d[d.p >= d.p.nlargest(-(-len(d) // 10)).min()]
    return float(top.y.mean() / d.y.mean())


def best(d: pd.DataFrame) -> float:
    precision, recall, _ = metrics.precision_recall_curve(d.y, d.p)
    return float(recall[:-1][precision[:-1] >= 0.9].max(initial=0.0))


def cost(d: pd.DataFrame) -> float:
    precision, recall, _ = metrics.precision_recall_curve(d.y, d.p)
    return float(precision[:-1][recall[:-1] >= 0.9][-1])


BINARY: dict[str, Oracle] = {
    "partial_auroc": lambda d: metrics.roc_auc_score(d.y, d.p, max_fpr=0.1),
    "recall_at_precision": best,
    "precision_at_recall": cost,
    "auroc": lambda d: metrics.roc_auc_score(d.y, d.p),
    "gini": lambda d: 2 * metrics.roc_auc_score(d.y, d.p) - 1,
    "average_precision": lambda d: metrics.average_precision_score(d.y, d.p),
    "ks": lambda d: stats.ks_2samp(d.p[d.y == 1], d.p[d.y == 0]).statistic,
    "lift_at": lift,
    "brier": lambda d: metrics.brier_score_loss(d.y, d.p),
    "log_loss": lambda d: metrics.log_loss(d.y, d.p),
}


def rows(frame: pd.DataFrame, where: dict[str, str]) -> pd.DataFrame:
    for name, level in where.items():
        frame = frame[frame[name] == level]
    return frame


@pytest.mark.parametrize("digits", [16, 1], ids=["distinct", "ties"])
@pytest.mark.parametrize("name", BINARY)
def test_two_classes(people: pd.DataFrame, measured: Measure, name: str, digits: int) -> None:
    frame = people.assign(p=people.p.round(digits))
    estimates = measured(frame, checks={"include": [f"accuracy.{name}"]})[f"accuracy.{name}"].estimates
    assert len(estimates) == 1 + 2 + 3 + 6
    for one in estimates:
        assert one.value == pytest.approx(BINARY[name](rows(frame, one.slice)), abs=1e-12)
        assert one.low is not None and one.high is not None and one.value is not None
        assert one.low < one.value < one.high or (one.value == 0 and one.low == 0 < one.high)


def test_scores_are_sorted_once_and_never_mistaken_for_others(people: pd.DataFrame) -> None:
    dataset = audit.Dataset(people.assign(q=1 - people.p), target="y", sensitive=["sex"])
    areas = []
    for column in ("p", "q"):
        plan = {"model": {"probability": column}, "checks": {"include": ["accuracy.auroc", "accuracy.gini"]}}
        areas.append(audit.run(None, dataset, plan)["accuracy.gini"].estimate(sex="Male").value)
    assert sum(area for area in areas if area) == pytest.approx(0)
    assert areas[0] != areas[1]


def test_the_order_of_the_rows_means_nothing(people: pd.DataFrame, measured: Measure) -> None:
    checks = {"include": ["accuracy.ks", "accuracy.average_precision", "accuracy.lift_at"]}
    one, other = (
        measured(d, checks=checks) for d in (people, people.sample(frac=1, random_state=1).reset_index(drop=True))
    )
    for result in one.results:
        assert result.estimates == other[result.check].estimates


def test_all_scores_equal_leave_no_top(people: pd.DataFrame, measured: Measure) -> None:
    record = measured(
        people.assign(p=0.4), [], checks={"include": ["accuracy.lift_at", "accuracy.ks", "accuracy.average_precision"]}
    )
    assert record["accuracy.lift_at"].estimate().state == "undefined"
    assert (record["accuracy.ks"].estimate().value, record["accuracy.ks"].estimate().low) == (0, 0)
    assert record["accuracy.average_precision"].estimate().value == pytest.approx(people.y.mean())


def test_certain_and_wrong_has_a_finite_log_loss(people: pd.DataFrame, measured: Measure) -> None:
    certain = people.assign(p=people.decided.astype(float))
    found = measured(certain)["accuracy.log_loss"].estimate()
    assert found.value == pytest.approx(metrics.log_loss(certain.y, certain.p), rel=1e-12)


ORDER = ("c", "a", "b")


@pytest.fixture
def shares(many: pd.DataFrame) -> Any:
    return np.random.default_rng(6).dirichlet([1, 1, 1], len(many)).round(2)


def measured_many(many: pd.DataFrame, shares: Any, **options: Any) -> Record:
    class Model:
        classes_ = ORDER

        def predict_proba(self, x: Any) -> Any:
            return shares[: len(x)]

        def predict(self, x: Any) -> Any:
            return np.array(ORDER)[self.predict_proba(x).argmax(axis=1)]

    plan = {"model": {"task": "multiclass"}, "checks": {"include": ["accuracy"], "options": options}}
    return audit.run(Model(), audit.Dataset(many, target="y", sensitive=["sex"]), plan)


def test_probabilities_of_many_classes(many: pd.DataFrame, shares: Any) -> None:
    shares = shares / shares.sum(axis=1, keepdims=True)
    record = measured_many(many, shares)
    truth = many.y.to_numpy()[:, None] == np.array(ORDER)
    for one in record["accuracy.log_loss"].estimates:
        here = rows(many, one.slice).index
        loss = metrics.log_loss(many.y[here], shares[here][:, [1, 2, 0]], labels=["a", "b", "c"])
        assert one.value == pytest.approx(loss, abs=1e-12)
        brier = record["accuracy.brier"].estimate(**one.slice).value
        assert brier == pytest.approx(((shares - truth)[here] ** 2).sum(axis=1).mean(), abs=1e-12)
        top = record["accuracy.top_k_accuracy"].estimate(**one.slice).value
        untied = metrics.top_k_accuracy_score(many.y[here], shares[here][:, [1, 2, 0]], k=2, labels=["a", "b", "c"])
        assert top == pytest.approx(untied, abs=0.03)  # it gives ties to the later class, and we to none


def test_ties_do_not_count_as_found(many: pd.DataFrame) -> None:
    record = measured_many(many, np.full((len(many), 3), 1 / 3))
    assert record["accuracy.top_k_accuracy"].estimate().value == 0


def test_the_second_guess_counts(many: pd.DataFrame) -> None:
    second = np.where(many.y.to_numpy()[:, None] == np.array(ORDER), 0.4, 0.0)
    second[np.arange(len(many)), second.argmax(axis=1) - 1] = 0.6
    assert measured_many(many, second)["accuracy.top_k_accuracy"].estimate().value == 1
    first = measured_many(many, second, **{"accuracy.top_k_accuracy": {"k": 1}})
    assert first["accuracy.top_k_accuracy"].estimate().value == 0


def test_as_many_guesses_as_classes_is_not_assessed(many: pd.DataFrame, shares: Any) -> None:
    record = measured_many(many, np.full((len(many), 3), 1 / 3), **{"accuracy.top_k_accuracy": {"k": 3}})
    assert record["accuracy.top_k_accuracy"].reason == (
        "the 3 most probable of 3 classes always hold the true one; choose a smaller k"
    )
