"""Models so simple that what a change does to them can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import norm

from assay import audit
from assay.audit import Record

if TYPE_CHECKING:
    from tests.checks.conftest import Measure

N = 20_000
STRICT = {"audit": {"confidence": 0.9999}}  # so that a right answer is outside of its interval once in 10,000


def positive(x: Any) -> Any:
    """Looks at one column alone; what is missing is not positive."""
    return np.asarray(x["a"], dtype=float) > 0


@pytest.fixture
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    a = np.tile([-2.0, -1.0, 1.0, 2.0], N // 4)
    return pd.DataFrame({"a": a, "unused": rng.normal(size=N), "y": a > 0, "half": np.tile(["l", "r"], N // 2)})


def run(model: Callable[[Any], Any], frame: Any, check: str, *, bounds: Any = None, **options: Any) -> Record:
    plan = {**STRICT, "checks": {"include": [check], "options": {check: options}}}
    return audit.run(
        model,
        audit.Dataset(frame, target="y", bounds=bounds, features=[c for c in frame.columns if c not in ("y", "half")]),
        plan,
    )


def holds(record: Record, check: str, metric: str, truth: float) -> bool:
    estimate = record[check].estimate(metric)
    assert estimate.low is not None and estimate.high is not None
    return estimate.low <= truth <= estimate.high


@pytest.mark.parametrize(("severity", "deviations"), list(enumerate([0.05, 0.1, 0.2, 0.4, 0.8], 1)))
def test_noise_flips_as_many_as_the_normal_law_says(rows: pd.DataFrame, severity: int, deviations: float) -> None:
    record = run(positive, rows, "robustness.noise", severity=severity)
    distance = np.abs([1, 2]) / (deviations * np.sqrt(2.5))  # 2.5 is the variance of -2, -1, 1, 2
    flips = norm.sf(distance).mean()
    assert holds(record, "robustness.noise", "flipped", flips)
    assert holds(record, "robustness.noise", "accuracy", 1 - flips)
    assert holds(record, "robustness.noise", "accuracy_change", -flips)


def test_noise_on_an_input_that_is_not_used_changes_nothing(rows: pd.DataFrame) -> None:
    record = run(lambda x: x["unused"] > -np.inf, rows, "robustness.noise")
    assert record["robustness.noise"].estimate("flipped").value == 0
    assert record["robustness.noise"].figures[0].series[0].y == [0.5] * 5


def test_whole_numbers_stay_whole_and_values_stay_in_their_bounds(rows: pd.DataFrame) -> None:
    frame = rows.assign(age=np.arange(N) % 80 + 18, flag=np.arange(N) % 2, word="w")
    seen: list[pd.DataFrame] = []

    def model(x: pd.DataFrame) -> Any:
        seen.append(x.copy())
        return positive(x)

    run(model, frame, "robustness.noise", bounds={"age": (18, 97), "a": (-2, 2)})
    inputs = frame[seen[0].columns]
    for changed in seen[1:]:
        pd.testing.assert_series_equal(changed.dtypes, inputs.dtypes)
        assert changed.age.between(18, 97).all() and changed.a.between(-2, 2).all()
    pd.testing.assert_frame_equal(seen[1], inputs)
    assert not seen[-1].age.equals(frame.age)
    pd.testing.assert_frame_equal(seen[-1][["flag", "word"]], frame[["flag", "word"]])


def test_every_value_goes_missing_with_the_same_probability(rows: pd.DataFrame) -> None:
    record = run(positive, rows, "robustness.missing_values", share=0.3)
    assert holds(record, "robustness.missing_values", "flipped", 0.3 / 2)  # of the positive half


def test_a_model_that_refuses_missing_values_is_not_assessed(rows: pd.DataFrame) -> None:
    def model(x: Any) -> Any:
        if x.isna().any().any():
            raise ValueError("Input X contains NaN.\nSee the manual.")
        return positive(x)

    result = run(model, rows, "robustness.missing_values")["robustness.missing_values"]
    assert result.status == "not_assessed"
    assert result.reason == "the model refuses missing values: ValueError: Input X contains NaN."


def test_a_unit_error_is_told_by_input(rows: pd.DataFrame) -> None:
    frame = rows.assign(a=np.tile([1.0, 2.0, 7.0, 30.0], N // 4), y=np.tile([False, False, False, True], N // 4))
    record = run(lambda x: x["a"] > 25, frame, "robustness.unit_error", factor=10)
    # Half of the rows are hit in the column that counts; there 7 becomes 70, and nothing else crosses 25.
    assert holds(record, "robustness.unit_error", "flipped", 1 / 2 * 1 / 4)
    (table,) = record["robustness.unit_error"].figures
    a, unused = table.rows
    assert (a[0], unused[0], unused[-1]) == ("a", "unused", 0)
    assert unused[1] == unused[2] and int(a[1] or 0) + int(unused[1] or 0) == N
    assert int(a[-1] or 0) == round((record["robustness.unit_error"].estimate("flipped").value or 0) * N)


def test_polars_and_arrays_are_changed_alike(rows: pd.DataFrame) -> None:
    features = rows[["a", "unused"]]
    for check in ("robustness.noise", "robustness.missing_values", "robustness.unit_error"):
        plan = {"checks": {"include": [check]}}
        found = [
            audit.run(positive, audit.Dataset(features, rows.y.to_numpy()), plan),
            audit.run(positive, audit.Dataset(pl.from_pandas(features), rows.y.to_numpy()), plan),
            audit.run(lambda x: x[:, 0] > 0, audit.Dataset(features.to_numpy(), rows.y.to_numpy()), plan),
        ]
        assert found[0][check].estimates == found[1][check].estimates == found[2][check].estimates
        assert found[0][check].status == "ok"


def test_a_table_without_numbers_is_not_assessed() -> None:
    frame = pd.DataFrame({"word": ["yes", "no"] * 20, "flag": [1, 0] * 20, "y": [True, False] * 20})
    record = audit.run(lambda x: x["word"] == "yes", audit.Dataset(frame, target="y"))
    assert record["robustness.noise"].reason == "the model has no numeric input that could be changed"
    assert record["robustness.missing_values"].status == "ok"


def test_recorded_decisions_cannot_be_asked_again(people: pd.DataFrame, measured: Measure) -> None:
    record = measured(people)
    for check in ("robustness.noise", "robustness.missing_values", "robustness.unit_error"):
        assert record[check].status == "not_assessed"
        assert (
            record[check].reason
            == "the audit has recorded predictions only; changing inputs needs a model that can be called"
        )
