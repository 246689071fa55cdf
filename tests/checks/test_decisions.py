"""The confusion matrix and the threshold curve against scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from assay import audit
from assay.audit.record import Figure, Series

if TYPE_CHECKING:
    from tests.checks.conftest import Measure


def test_the_matrix_is_that_of_scikit_learn(many: pd.DataFrame, measured: Measure) -> None:
    checks = {"include": ["accuracy.confusion_matrix"]}
    result = measured(many, ["sex"], model={"task": "multiclass"}, checks=checks)["accuracy.confusion_matrix"]
    expected = metrics.confusion_matrix(many.y, many.decided)
    (table,) = result.figures
    assert [row[1:4] for row in table.rows] == expected.tolist()
    recalls = metrics.recall_score(many.y, many.decided, average=None)
    assert [row[5] for row in table.rows] == pytest.approx(recalls)
    assert [result.estimate(f"recall_of_class_{k}").value for k in range(3)] == pytest.approx(recalls)
    women = many[many.sex == "f"]
    assert result.estimate("recall_of_class_2", sex="f").value == pytest.approx(
        metrics.recall_score(women.y, women.decided, average=None)[2]
    )


def test_many_classes_are_a_list_of_errors(measured: Measure) -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 12, 2000)
    frame = pd.DataFrame({"y": y, "decided": np.where((y == 3) & (rng.random(2000) < 0.5), 7, y)})
    checks = {"include": ["accuracy.confusion_matrix"]}
    (table,) = measured(frame, [], model={"task": "multiclass"}, checks=checks).results[0].figures
    wrong, of = int((frame.decided != frame.y).sum()), int((y == 3).sum())
    assert table.rows == [["3", "7", wrong, of, wrong / of]]


def curves(figure: Figure) -> dict[str, Series]:
    return {series.name: series for series in figure.series}


def test_the_curve_is_what_each_threshold_gives(people: pd.DataFrame, measured: Measure) -> None:
    checks = {"include": ["accuracy.threshold_curve"]}
    frame = people.assign(p=people.p.round(2))  # some scores are thresholds themselves
    found = curves(measured(frame, [], checks=checks).results[0].figures[0])
    for k, threshold in enumerate(found["recall"].x):
        called = (frame.p >= threshold).astype(int)
        assert found["recall"].y[k] == pytest.approx(metrics.recall_score(frame.y, called))
        assert found["false positives"].y[k] == pytest.approx(1 - metrics.recall_score(frame.y, called, pos_label=0))
        assert found["accuracy"].y[k] == pytest.approx(metrics.accuracy_score(frame.y, called))
    for threshold, precision in zip(found["precision"].x, found["precision"].y, strict=True):
        called = (frame.p >= threshold).astype(int)
        assert precision == pytest.approx(metrics.precision_score(frame.y, called))


def test_precision_ends_where_no_row_is_left(people: pd.DataFrame, measured: Measure) -> None:
    checks = {"include": ["accuracy.threshold_curve"]}
    found = curves(measured(people.assign(p=people.p / 2), [], checks=checks).results[0].figures[0])
    assert max(found["precision"].x) < 0.5 < max(found["recall"].x)


@pytest.mark.parametrize(
    ("threshold", "note"),
    [
        (0.5, "The threshold in use lies between 0.45 and 0.55."),
        (0.32, "The threshold in use lies between 0.30 and 0.35."),
        (None, "The decisions in use do not follow from a threshold on these probabilities."),
    ],
)
def test_the_threshold_in_use_is_told_without_any_row(
    people: pd.DataFrame, measured: Measure, threshold: float | None, note: str
) -> None:
    decided = people.y if threshold is None else (people.p >= threshold).astype(int)
    record = measured(people.assign(decided=decided), [], checks={"include": ["accuracy.threshold_curve"]})
    assert record.results[0].figures[0].note.startswith(note)


@pytest.mark.parametrize("design", [{"weight": "weight"}, {"weight": "weight", "cluster": "person"}])
def test_the_curve_of_weighted_rows_is_that_of_the_rates(people: pd.DataFrame, design: dict[str, Any]) -> None:
    """At the threshold in use, where the rates themselves are measured."""
    rng = np.random.default_rng(1)
    frame = people.assign(
        weight=rng.uniform(0.3, 3, len(people)), person=rng.integers(0, len(people) // 4, len(people))
    )
    ids = ["accuracy.precision", "accuracy.recall", "accuracy.false_positive_rate", "accuracy.accuracy"]
    plan = {"model": {"probability": "p"}, "checks": {"include": ["accuracy.threshold_curve", *ids]}}
    record = audit.run(None, audit.Dataset(frame, target="y", **design), plan)
    figure = record["accuracy.threshold_curve"].figures[0]
    assert "Korn and Graubard" in figure.note
    for id, series in zip(ids, figure.series, strict=True):
        k, rate = series.x.index(0.5), record[id].estimate()
        point = (of[k] for of in (series.y, series.low or [], series.high or []))
        assert [*point] == pytest.approx([rate.value, rate.low, rate.high], abs=1e-12)
    weighted = metrics.recall_score(frame.y, frame.p >= 0.3, sample_weight=frame.weight)
    assert curves(figure)["recall"].y[5] == pytest.approx(weighted)
