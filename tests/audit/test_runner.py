from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from assay import audit
from assay.audit import Dataset, PlanError, Record
from assay.audit.errors import DataError

if TYPE_CHECKING:
    from tests.audit.conftest import Counting

RANDOM = ("robustness", "calibration.ece", "acme")
"""Checks that draw per row, or per cell in the order of the rows."""


def statuses(record: Record) -> dict[str, str]:
    return {result.check: result.status for result in record.results}


def test_the_model_is_asked_once_for_all_rows(model: Counting, frame: pd.DataFrame) -> None:
    record = audit.run(
        model,
        Dataset(frame, target="y", sensitive=["sex"]),
        {"checks": {"include": ["accuracy", "fairness"], "exclude": ["fairness.flip"]}},  # which changes the rows
    )
    assert "error" not in statuses(record).values()
    assert model.calls == 4  # labels and probabilities, of a few rows and of all


class Raising:
    """Raises from the call on that it is told."""

    classes_ = (0, 1)

    def __init__(self, after: int) -> None:
        self.calls, self._after = 0, after

    def predict(self, x: Any) -> Any:
        self.calls += 1
        if self.calls > self._after:
            raise OSError("the weights are gone")
        return np.zeros(len(x), dtype=int)


@pytest.mark.parametrize("after", [0, 1])
def test_a_model_that_raises_is_asked_once_and_the_rest_goes_on(frame: pd.DataFrame, after: int) -> None:
    model = Raising(after)
    dataset = Dataset(frame, target="y", sensitive=["sex"])
    record = audit.run(model, dataset, {"require": [{"check": "accuracy.recall", "at_least": 0.5}]})
    assert model.calls == after + 1
    found = statuses(record)
    assert found["accuracy.recall"] == found["fairness.impact_ratio"] == found["robustness.noise"] == "error"
    assert found["accuracy.auroc"] == "not_assessed"  # it never had probabilities
    for result in record.results:
        if result.status == "error":
            assert result.reason == "OSError: the weights are gone"
            assert 'raise OSError("the weights are gone")' in result.traceback
    assert (record.requirements[0].verdict, record.verdict.exit_code) == ("error", 4)


def test_a_model_that_hangs_is_given_up(frame: pd.DataFrame) -> None:
    leave, asked = threading.Event(), []

    class Hanging:
        classes_ = (0, 1)

        def predict(self, x: Any) -> Any:
            asked.append(len(x))
            leave.wait(60)
            return np.zeros(len(x))

        def predict_proba(self, x: Any) -> Any:
            return np.full((len(x), 2), 0.5)

    record = audit.run(Hanging(), Dataset(frame, target="y"), {"model": {"timeout": 0.05}})
    leave.set()
    assert len(asked) == 1
    assert (
        record["accuracy.recall"].reason == "ModelTimeout: model.predict: no answer within model.timeout = 0.05 seconds"
    )
    assert (record["accuracy.recall"].status, record["accuracy.brier"].status) == ("error", "ok")


def test_a_check_that_raises_is_recorded_and_the_rest_goes_on(
    frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.checks import scores

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(scores, "Ranking", broken)
    record = audit.run(None, Dataset(frame, target="y"), {"model": {"probability": "p"}})
    result = record["accuracy.auroc"]
    assert (result.status, result.reason, result.estimates) == ("error", "ZeroDivisionError: of all things", [])
    assert "ZeroDivisionError: of all things" in result.traceback
    assert [check for check, status in statuses(record).items() if status == "error"] == ["accuracy.auroc"]
    assert record.verdict.exit_code == 4


def test_no_value_of_a_row_enters_the_record(model: Counting, frame: pd.DataFrame) -> None:
    secret = "Grace Hopper 1906-12-09"

    def quoting(x: Any) -> Any:
        raise ValueError(f"could not convert string to float: {x['name'].iloc[0]!r}")

    dataset = Dataset(frame.assign(name=secret), target="y", sensitive=["sex"])
    for one in (model, quoting):
        record = audit.run(one, dataset)
        assert secret.encode() not in record.to_json()
    assert "could not convert string to float" in record["accuracy.accuracy"].reason


def native(frame: pd.DataFrame, kind: str) -> Any:
    return {"pandas": frame, "polars": pl.from_pandas(frame), "pyarrow": pl.from_pandas(frame).to_arrow()}[kind]


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_the_model_gets_the_kind_of_frame_that_was_given(frame: pd.DataFrame, kind: str) -> None:
    given = native(frame, kind)

    def model(x: Any) -> Any:
        assert type(x) is type(given)
        return np.asarray(x["x"], dtype=float) > 0

    dataset = Dataset(given, target="y", sensitive=["sex", "race"])
    plan = {"checks": {"exclude": ["robustness.missing_values"]}}
    record = audit.run(model, dataset, plan)
    expected = audit.run(
        lambda x: np.asarray(x["x"], dtype=float) > 0, Dataset(frame, target="y", sensitive=["sex", "race"]), plan
    )
    assert "error" not in statuses(record).values()
    assert [r.estimates for r in record.results] == [r.estimates for r in expected.results]


def test_a_model_of_arrays_gets_arrays(frame: pd.DataFrame) -> None:
    def model(x: Any) -> Any:
        assert isinstance(x, np.ndarray) and x.shape[1] == 2
        return x[:, 0] > 0

    dataset = Dataset(frame[["x", "whole"]].to_numpy(), frame.y.to_numpy(), sensitive={"sex": frame.sex})
    record = audit.run(model, dataset)
    assert "error" not in statuses(record).values()
    assert record["accuracy.accuracy"].estimate(sex="f").value == pytest.approx(
        (frame.decided == frame.y)[frame.sex == "f"].mean()
    )


def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sample(frac=1, random_state=1).reset_index(drop=True)


def test_the_order_of_the_rows_means_nothing(frame: pd.DataFrame) -> None:
    plan = {"model": {"probability": "p"}, "require": [{"check": "accuracy.accuracy", "on": "race", "at_least": 0.7}]}
    one, other = (
        audit.run(None, Dataset(rows, target="y", sensitive=["sex", "race"]), plan) for rows in (frame, shuffled(frame))
    )
    assert one.data.digest != other.data.digest
    assert one.data.model_copy(update={"digest": other.data.digest}) == other.data
    assert one.requirements == other.requirements
    for before, after in zip(one.results, other.results, strict=True):
        if not before.check.startswith(RANDOM):
            for a, b in zip(before.estimates, after.estimates, strict=True):
                assert (a.slice, a.method, a.state, a.n) == (b.slice, b.method, b.state, b.n)
                assert [a.value, a.low, a.high] == pytest.approx([b.value, b.low, b.high], abs=1e-9)


def test_a_check_measures_the_same_alone_and_among_others(model: Counting, frame: pd.DataFrame) -> None:
    dataset = Dataset(frame, target="y", sensitive=["sex"])
    together = audit.run(model, dataset)
    for check in (
        "robustness.noise",
        "robustness.unit_error",
        "calibration.ece",
        "acme.agreement",
        "fairness.impact_ratio",
    ):
        alone = audit.run(model, dataset, {"checks": {"include": [check]}})
        assert alone[check].estimates == together[check].estimates
    other = audit.run(model, dataset, {"audit": {"seed": 1}})
    assert other["robustness.noise"].estimates != together["robustness.noise"].estimates


SCRIPT = """
import sys
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
from assay import audit
rng = np.random.default_rng(0)
frame = pd.DataFrame({"x": rng.normal(size=300), "whole": rng.integers(0, 9, 300), "sex": rng.choice(["f", "m"], 300)})
y = np.where(frame.x + rng.normal(size=300) > 0, "yes", "no")
model = LogisticRegression().fit(frame[["x", "whole"]], y)
dataset = audit.Dataset(frame, y, sensitive=["sex"])
plan = {"model": {"positive": "yes"}, "require": [{"check": "fairness.impact_ratio", "at_least": 0.8}]}
audit.run(model, dataset, plan).save(sys.argv[1])
"""


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    paths = [tmp_path / f"{seed}.json" for seed in (0, 1)]
    for seed, path in enumerate(paths):
        env = {**os.environ, "SOURCE_DATE_EPOCH": "1795392000", "PYTHONHASHSEED": str(seed), "OMP_NUM_THREADS": "1"}
        subprocess.run([sys.executable, "-c", SCRIPT, path], check=True, cwd=tmp_path, env=env)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert audit.load(paths[0]).audit.started == "2026-11-23T00:00:00Z"


def test_requirements_are_fixed_before_the_first_prediction(
    frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = []

    def model(x: Any) -> Any:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "2000000000")
        times.append(len(x))
        return x["decided"]

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    record = audit.run(model, Dataset(frame, target="y"), {"checks": {"include": ["accuracy.accuracy"]}})
    assert times and (record.plan.fixed, record.audit.finished) == ("2001-09-09T01:46:40Z", "2033-05-18T03:33:20Z")


def test_what_cannot_be_measured_says_why(frame: pd.DataFrame) -> None:
    record = audit.run(None, Dataset(frame, target="y"), {"model": {"prediction": "decided"}})
    reasons = {r.check: r.reason for r in record.results if r.status == "not_assessed"}
    assert reasons["accuracy.auroc"] == "the model offers no probabilities"
    assert reasons["fairness.impact_ratio"] == "no sensitive attribute is named, so there are no groups to compare"
    assert reasons["robustness.noise"].startswith("the audit has recorded predictions only")
    assert reasons["data.schema"] == "no data schema was given"
    assert record.verdict.reason == "nothing was required, so there is nothing to pass"


def test_a_binary_measure_of_many_classes_is_not_assessed() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"y": rng.choice(list("abc"), 90), "decided": rng.choice(list("abc"), 90)})
    record = audit.run(None, Dataset(frame, target="y"), {"model": {"task": "multiclass", "prediction": "decided"}})
    assert record["accuracy.recall"].reason == "for binary models; this one is multiclass"
    assert (record["accuracy.f1"].status, record.model.positive) == ("ok", None)


def test_progress_is_told(frame: pd.DataFrame) -> None:
    told: list[tuple[str, int, int]] = []
    plan = {"model": {"prediction": "decided"}, "checks": {"include": ["accuracy.recall", "accuracy.f1"]}}
    audit.run(None, Dataset(frame, target="y"), plan, progress=lambda *what: told.append(what))
    assert told == [("F1 score", 0, 2), ("Recall (true-positive rate, sensitivity)", 1, 2)]


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (3, "plan: expected a path, a dict with the tables of an audit file, or a Plan; got int"),
        ({"checks": {"options": {"robustness.noise": {"severity": 3}}}, "model": {"positive": "\ud800"}}, "plan: holds a value that JSON cannot"),
    ],
)  # fmt: skip
def test_a_plan_that_is_none_is_refused(model: Counting, frame: pd.DataFrame, plan: Any, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        audit.run(model, Dataset(frame, target="y"), plan)
    assert model.calls == 0


def test_a_frame_is_no_dataset(model: Counting, frame: pd.DataFrame) -> None:
    with pytest.raises(
        DataError, match=r"dataset: expected an audit.Dataset, got DataFrame; write audit.Dataset\(...\)"
    ):
        audit.run(model, frame)  # type: ignore[arg-type]
