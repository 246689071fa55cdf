"""Every check on classes runs on two classes, on three, and on very few rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay import audit
from assay.audit import Record
from assay.audit.record import Result

MODULES = {
    f"assay.checks.{name}" for name in ("accuracy", "baselines", "comparison", "composites", "decisions", "scores")
}
CHECKS = [id for id, spec in audit.checks().items() if spec.function.__module__ in MODULES]
N = 400


def two_classes(**columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    p, other = rng.random(N).round(3), rng.random(N).round(3)
    frame = pd.DataFrame(
        {"y": (rng.random(N) < p).astype(int), "p": p, "other": other, "sex": np.tile(["f", "m"], N // 2)}
    )
    return frame.assign(**columns)


def binary(frame: pd.DataFrame) -> Record:
    plan = {
        "model": {"probability": "p"},
        "baseline": {"probability": "other"},
        "checks": {"include": CHECKS},
    }
    return audit.run(None, audit.Dataset(frame, target="y", sensitive=["sex"]), plan)


class Shares:
    """Random probabilities of three classes, better than chance."""

    classes_ = ("a", "b", "c")

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def predict_proba(self, x: pd.DataFrame) -> Any:
        shares = np.random.default_rng(self.seed).dirichlet([1, 1, 1], N)[: len(x)]
        shares[np.arange(len(x)), x.hint] += 0.3
        return shares / shares.sum(axis=1, keepdims=True)

    def predict(self, x: pd.DataFrame) -> Any:
        return np.array(self.classes_)[self.predict_proba(x).argmax(axis=1)]


def multiclass() -> Record:
    rng = np.random.default_rng(4)
    hint = rng.integers(0, 3, N)
    y = np.where(rng.random(N) < 0.7, np.array(Shares.classes_)[hint], "b")
    dataset = audit.Dataset(
        pd.DataFrame({"hint": hint, "y": y, "sex": rng.choice(["f", "m"], N)}), target="y", sensitive=["sex"]
    )
    plan = {"model": {"task": "multiclass"}, "checks": {"include": CHECKS}}
    return audit.run(Shares(1), dataset, plan, baseline=Shares(2))


def sound(result: Result) -> None:
    """Not an error; no interval is without width, and each holds its value."""
    assert result.status != "error", result.traceback
    for one in result.estimates:
        low = -np.inf if one.low is None else one.low
        high = np.inf if one.high is None else one.high
        assert low < high, (result.check, one)
        if one.value is None:
            assert one.state == "undefined" or one.high is None, (result.check, one)
        else:
            assert low <= one.value <= high, (result.check, one)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_every_check_runs_or_says_why_not(task: str) -> None:
    record = binary(two_classes()) if task == "binary" else multiclass()
    assert [result.check for result in record.results] == CHECKS
    for result in record.results:
        sound(result)
        applies = task in audit.checks()[result.check].tasks
        assert (result.status == "ok") == applies, (result.check, result.reason)
        assert applies or result.reason.startswith("for ")
        assert all(one.value is not None and one.state == "ok" for one in result.estimates), result.check


@pytest.mark.parametrize("rows", [2, 3, 8])
def test_few_rows_are_no_evidence(rows: int) -> None:
    for result in binary(two_classes(y=np.arange(N) % 2).head(rows)).results:
        sound(result)
        assert {one.state for one in result.estimates} <= {"insufficient", "undefined"}, result.check
