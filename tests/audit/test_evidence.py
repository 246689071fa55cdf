"""The contract between model and data. What is wrong is refused before checks run, the sooner the better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from assay import audit
from assay.audit import Dataset, InputError, ModelError

if TYPE_CHECKING:
    from tests.audit.conftest import Counting


@pytest.mark.parametrize(
    ("change", "plan", "message"),
    [
        ({"y": "maybe"}, {}, "data.target 'y' in the data in memory: 200 values are not among the classes [0, 1], "),
        ({}, {"model": {"positive": 7}}, "model.positive: 7 is not among the classes [0, 1]"),
        ({}, {"require": [{"check": "accuracy.recal", "at_least": 1}]}, "require[1].check: no check 'accuracy.recal'"),
        ({}, {"checks": {"include": ["acuracy"]}}, "checks.include: no check or family 'acuracy'; did you mean"),
        ({}, {"checks": {"options": {"robustness.noise": {"depth": 1}}}}, "depth: unknown option"),
        ({"x": 1.0}, {"data": {"schema": "missing.json"}}, "data.schema: cannot read missing.json: No such file"),
    ],
)
def test_bad_input_is_refused_before_the_model_is_asked(
    model: Counting, frame: pd.DataFrame, change: dict[str, Any], plan: dict[str, Any], message: str
) -> None:
    dataset = Dataset(frame.assign(**change), target="y", sensitive=["sex"])
    with pytest.raises(InputError) as caught:
        audit.run(model, dataset, plan)
    assert message in str(caught.value)
    assert model.calls == 0


def test_too_many_intersections_are_refused_before_the_model_is_asked(model: Counting, frame: pd.DataFrame) -> None:
    rows = pd.concat([frame] * 40, ignore_index=True)
    groups = {name: np.random.default_rng(i).integers(0, 150, len(rows)) for i, name in enumerate("abc")}
    with pytest.raises(InputError, match=r"'a', 'b', 'c': expected at most 5000 groups and intersections"):
        audit.run(model, Dataset(rows, target="y", sensitive=groups))
    assert model.calls == 0


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"prediction": "nowhere"}, "model.prediction: no column 'nowhere' in the data in memory"),
        ({"prediction": "gaps"}, "model.prediction 'gaps' in the data in memory: 1 of 200 values are missing, the first in row 3"),
        ({"probability": "gaps"}, "model.probability 'gaps' in the data in memory: 1 rows have probabilities missing or infinite, the first in row 3"),
        ({"probability": "x"}, "model.probability 'x' in the data in memory: "),
        ({"probability": "sex"}, "model.probability 'sex' in the data in memory: expected numbers from 0 to 1, got values such as"),
        ({"prediction": "sex"}, "labels and predictions: expected one kind of values, got a mix: "),
        ({"prediction": "whole"}, "model.task 'binary': expected two classes, got 50"),
    ],
)  # fmt: skip
def test_recorded_predictions_are_checked(frame: pd.DataFrame, model: dict[str, str], message: str) -> None:
    frame["gaps"] = frame.decided.astype(float).where(frame.index != 2)
    frame["whole"] = np.arange(200) % 50
    with pytest.raises(InputError) as caught:
        audit.run(None, Dataset(frame, target="y"), {"model": model})
    assert message in str(caught.value)


class Answers:
    """Gives the answers that it was told to give, whatever it is asked."""

    classes_ = (0, 1)

    def __init__(self, labels: Any = 0, probabilities: Any = (0.5, 0.5)) -> None:
        self._labels, self._probabilities = labels, probabilities

    def predict(self, x: Any) -> Any:
        return self._labels(len(x)) if callable(self._labels) else np.full(len(x), self._labels)

    def predict_proba(self, x: Any) -> Any:
        return np.tile(np.asarray(self._probabilities, dtype=float), (len(x), 1))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Answers(lambda n: np.zeros(n - 1)), "model.predict: expected 64 values, one per row, got shape (63,)"),
        (Answers(lambda n: np.zeros((n, 2))), "model.predict: expected 64 values, one per row, got shape (64, 2)"),
        (Answers(np.nan), "model.predict: 64 of 64 values are missing, the first in row 1"),
        (Answers(2), "model.predict: 64 values are not among the classes [0, 1], the first is 2 in row 1"),
        (Answers("yes"), "model.predict: 64 values are not among the classes [0, 1], the first is 'yes' in row 1"),
        (Answers(0, (0.5, 0.5, 0)), "model.predict_proba: expected shape (64, 2), rows by classes, got (64, 3)"),
        (Answers(0, (-0.1, 1.1)), "model.predict_proba: 64 rows have probabilities outside [0, 1], the first in row 1: [-0.1, 1.1]"),
        (Answers(0, (-2.3, 4.1)), "model.predict_proba: 64 rows have probabilities outside [0, 1]"),  # logits
        (Answers(0, (0.5, 0.4)), "model.predict_proba: probabilities of 64 rows do not sum to one, the first is row 1 with 0.9"),
        (Answers(0, (np.nan, 1)), "model.predict_proba: 64 rows have probabilities missing or infinite, the first in row 1"),
    ],
)  # fmt: skip
def test_a_model_that_breaks_the_contract_is_refused(frame: pd.DataFrame, model: Answers, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        audit.run(model, Dataset(frame, target="y"))
    assert message in str(caught.value)


def test_probabilities_follow_the_order_of_the_classes_of_the_model(frame: pd.DataFrame) -> None:
    class Backwards:
        classes_ = ("yes", "no")

        def predict(self, x: Any) -> Any:
            return np.where(x["x"] > 0, "yes", "no")

        def predict_proba(self, x: Any) -> Any:
            return np.column_stack([x["p"], 1 - x["p"]])

    named = frame.assign(y=np.where(frame.y == 1, "yes", "no"))
    given = {"model": {"positive": "yes"}, "checks": {"include": ["accuracy"]}}
    found = audit.run(Backwards(), Dataset(named, target="y"), given)
    recorded = audit.run(None, Dataset(frame, target="y"), {"model": {"probability": "p"}, "checks": given["checks"]})
    assert (found.model.classes, found.model.positive) == (["no", "yes"], "yes")
    for check in ("accuracy.recall", "accuracy.auroc", "accuracy.brier"):
        assert found[check].estimates == recorded[check].estimates


@pytest.mark.parametrize(
    ("labels", "positive", "expected"),
    [
        ([0, 1], None, ["0", "1"]),
        ([1.0, 0.0], 0, ["1.0", "0.0"]),
        ([True, False], True, ["False", "True"]),
        (["b", "a"], "a", ["b", "a"]),
        ([1, 2], 2, ["1", "2"]),
    ],
)
def test_the_positive_class_is_last(labels: list[Any], positive: Any, expected: list[str]) -> None:
    rows = pd.DataFrame({"x": range(20), "y": labels * 10, "decided": labels * 10})
    record = audit.run(None, Dataset(rows, target="y"), {"model": {"prediction": "decided", "positive": positive}})
    assert record.model.classes == expected
    assert record["accuracy.accuracy"].estimate().value == 1


def test_which_class_is_positive_is_never_guessed(frame: pd.DataFrame) -> None:
    named = frame.assign(y=np.where(frame.y == 1, "yes", "no"), decided="yes")
    with pytest.raises(InputError, match=r"model.positive: expected which of \['no', 'yes'\] is the positive class"):
        audit.run(None, Dataset(named, target="y"), {"model": {"prediction": "decided"}})


def test_one_class_of_labels_is_refused_where_no_model_names_the_other(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"model.task 'binary': expected two classes, got 1: 1"):
        audit.run(None, Dataset(frame.assign(y=1, decided=1), target="y"), {"model": {"prediction": "decided"}})
