"""Shift of data through the whole machine: planted shifts are found, and no shift is found where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import kstest

from assay import audit
from assay.audit.columns import Column
from assay.audit.record import Result
from assay.checks.periods import periods_of
from assay.checks.two_samples import _p_value, differences, told_apart


def people(n: int, seed: int, moved: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.normal(40 + 10 * moved, 10, n),
            "kids": rng.integers(0, 4, n),
            "town": rng.choice(["ulm", "bonn", "jena"], n, p=[0.5 - 0.3 * moved, 0.3 + 0.3 * moved, 0.2]),
        }
    )


def columns(*frames: pd.DataFrame) -> dict[str, Column]:
    every = pd.concat(frames)
    return {str(name): Column(every[name].to_numpy()) for name in every}


def inside(n: int, m: int) -> Any:
    return np.arange(n + m) < n


def test_p_values_are_uniform_where_nothing_moved() -> None:
    rng = np.random.default_rng(1)
    found = [
        told_apart(columns(people(120, s), people(150, 1000 + s)), inside(120, 150), 199, rng).p_value
        for s in range(40)
    ]
    assert kstest(np.array(found) - rng.random(40) / 200, "uniform").pvalue > 0.001  # steps of 1/200 smoothed out


def test_the_permutation_test_is_uniform_where_scores_know_nothing() -> None:
    rng = np.random.default_rng(9)
    found = [_p_value(rng.normal(size=60), (rng.permutation(60) < 25).astype(np.int64), 99, rng) for _ in range(1000)]
    assert kstest(np.array(found) - rng.random(1000) / 100, "uniform").pvalue > 0.001


def test_a_planted_shift_is_found_and_its_inputs_named() -> None:
    rng = np.random.default_rng(2)
    both = columns(people(600, 3), people(600, 4, moved=0.8))
    told = told_apart(both, inside(600, 600), 999, rng)
    assert told.p_value == 0.001 and told.area.value[0] > 0.65
    rows = differences(both, inside(600, 600))
    assert [row[0] for row in rows[:2]] == ["age", "town"]
    p = {str(row[0]): float(row[3] or 0) for row in rows}
    assert p["age"] < 1e-6 and p["town"] < 1e-6 and p["kids"] > 0.01


def run(frame: Any, model: Any = None, check: str = "shift", folder: Path = Path(), **options: Any) -> Result:
    check = f"robustness.{check}"
    plan = audit.Plan.parse(
        {
            "model": {} if model else {"prediction": "said"},
            "checks": {"include": [check], "options": {check: options}},
        }
    )
    plan._folder = folder
    sensitive = ["sex"] if "sex" in frame.columns else []
    features = [name for name in frame.columns if name in ("age", "kids", "town")]
    return audit.run(model, audit.Dataset(frame, target="y", features=features, sensitive=sensitive), plan)[check]


def years() -> pd.DataFrame:
    """Four years; in the last one people are older and the model is worse."""
    rng = np.random.default_rng(5)
    frame = pd.concat([people(500, 6 + k, moved=0.0 if k < 3 else 1.0) for k in range(4)], ignore_index=True)
    y = rng.integers(0, 2, 2000)
    wrong = rng.random(2000) < np.repeat([0.1, 0.1, 0.1, 0.3], 500)
    when = pd.to_datetime(np.repeat(["2021", "2022", "2023", "2024"], 500)) + pd.to_timedelta(
        rng.integers(0, 365, 2000), "D"
    )
    return frame.assign(y=y, said=np.where(wrong, 1 - y, y), year=when.year, day=when, sex=np.tile(["f", "m"], 1000))


def test_accuracy_and_inputs_by_year() -> None:
    frame = years()
    result = run(frame, by="year")
    assert result.status == "ok"
    right = (frame.y == frame.said).to_numpy()
    assert result.estimate("recent_accuracy").value == pytest.approx(right[1500:].mean())
    assert result.estimate("recent_change").value == pytest.approx(right[1500:].mean() - right[:1500].mean())
    assert result.estimate("lowest_accuracy").value == pytest.approx(right[1500:].mean())
    assert result.estimate("recent_accuracy", sex="f").n == 250
    assert (result.estimate("domain_auroc").low or 0) > 0.6
    table = result.figures[0]
    assert [row[0] for row in table.rows] == ["2021", "2022", "2023", "2024"]
    assert float(table.rows[3][-1] or 0) <= 0.004 and float(table.rows[0][6 - 1] or 0) < float(table.rows[3][5] or 0)
    assert "Trend of accuracy over the periods: z = −" in table.note
    named = {figure.title: figure for figure in result.figures}
    assert [row[0] for row in named["Inputs that differ"].rows][:2] == ["age", "town"]
    assert named["Accuracy by period"].series[0].y[-1] == pytest.approx(right[1500:].mean())


def test_days_are_cut_into_periods_and_batches_have_no_order() -> None:
    frame = years()
    result = run(frame, by="day", periods=4)
    rows = result.figures[0].rows
    assert (
        len(rows) == 4 and str(rows[0][0]).startswith("before 2022-01-") and str(rows[3][0]).startswith("from 2024-01-")
    )
    batches = run(frame.assign(batch=np.where(frame.year == 2024, "b", "a")), by="batch")
    assert {e.metric for e in batches.estimates} == {"lowest_accuracy"}
    assert "Trend" not in batches.figures[0].note


def test_nothing_to_compare_with_and_a_column_that_there_is_not() -> None:
    frame = years()
    assert run(frame).reason.startswith("name a column of times or batches in the option by")
    assert "no column 'yaer'" in run(frame, by="yaer").reason
    assert run(frame.assign(one=1), by="one").reason == "option by: expected 2 to 50 periods or batches, 'one' has 1"


@pytest.mark.parametrize("convert", [lambda x: x, pl.from_pandas])
def test_against_a_reference_file(tmp_path: Path, convert: Any) -> None:
    people(800, 20).to_parquet(tmp_path / "train.parquet")
    for moved, low, high in ((0.0, 0.42, 0.58), (1.0, 0.68, 1.0)):
        frame = people(700, 21, moved).assign(y=1, said=1)
        frame.loc[:9, ["y", "said"]] = 0
        result = run(convert(frame), reference="train.parquet", folder=tmp_path)
        assert low < (result.estimate("domain_auroc").value or 0) < high
        assert "train.parquet (sha256:" in result.figures[0].note
    missing = run(frame, reference="tain.parquet", folder=tmp_path)
    assert missing.reason.startswith("option reference: data file") and "no such file" in missing.reason
    people(100, 1).drop(columns="age").to_parquet(tmp_path / "other.parquet")
    assert "no column 'age' in other.parquet" in run(frame, reference="other.parquet", folder=tmp_path).reason


def test_missing_times_are_a_period_of_their_own() -> None:
    found = periods_of("t", Column(np.array([2.0, np.nan, 1.0, 2.0])), 4)
    assert found.names == ["(missing)", "1", "2"] and found.of.tolist() == [2, 0, 1, 2] and found.missing == 0
    many = periods_of("t", Column(np.arange(1000)), 5)
    assert many.names == ["before 200", "from 200", "from 400", "from 600", "from 800"]
    assert np.bincount(many.of).tolist() == [200] * 5


# Label shift


def labelled(n: int, seed: int, share: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    y = rng.random(n) < share
    return pd.DataFrame({"age": rng.normal(np.where(y, 50, 40), 8), "town": "ulm", "y": np.where(y, "yes", "no")})


def model(x: Any) -> Any:
    return np.where(np.asarray(x["age"]) > 45, "yes", "no")


def shifted(frame: pd.DataFrame, folder: Path, **options: Any) -> Result:
    check = "robustness.label_shift"
    plan = audit.Plan.parse({"model": {"positive": "yes"}, "checks": {"include": [check], "options": {check: options}}})
    plan._folder = folder
    return audit.run(model, audit.Dataset(frame, target="y"), plan)[check]


def test_label_shift_is_found_from_predictions(tmp_path: Path) -> None:
    labelled(4000, 1, 0.3).to_csv(tmp_path / "valid.csv", index=False)
    result = shifted(labelled(4000, 2, 0.6), tmp_path, reference="valid.csv")
    yes, no = result.estimate("weight_yes"), result.estimate("weight_no")
    assert (yes.low or 0) < 2 < (yes.high or 0) and (no.low or 0) < 4 / 7 < (no.high or 0)
    assert (yes.low or 0) > 1.8 and (no.high or 9) < 0.65
    assert [row[0] for row in result.figures[0].rows] == ["no", "yes"]
    still = shifted(labelled(4000, 3, 0.3), tmp_path, reference="valid.csv").estimate("weight_yes")
    assert (still.low or 0) < 1 < (still.high or 0)


def test_references_that_cannot_be_used(tmp_path: Path) -> None:
    frame = labelled(400, 4, 0.5)
    assert shifted(frame, tmp_path).reason == "name a file with labelled rows in the option reference"
    frame.rename(columns={"y": "label"}).to_csv(tmp_path / "other.csv", index=False)
    assert "no column 'y' in other.csv" in shifted(frame, tmp_path, reference="other.csv").reason
    assert shifted(frame, tmp_path, reference="other.csv", target="label").status == "ok"
    frame[frame.y == "yes"].to_csv(tmp_path / "yes.csv", index=False)
    assert shifted(frame, tmp_path, reference="yes.csv").reason == "option reference: every class has to occur in it"
    frame.assign(y="maybe").to_csv(tmp_path / "maybe.csv", index=False)
    assert "maybe" in shifted(frame, tmp_path, reference="maybe.csv").reason
