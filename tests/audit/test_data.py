from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from assay.audit import DataError, Dataset, Plan
from assay.audit.tables import read_table


def made(frame: pd.DataFrame, **given: Any) -> Dataset:
    return Dataset(frame, **{"target": "y", "sensitive": ["sex"], **given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target": "lable"}, "data.target: no column 'lable' in the data in memory"),
        ({"target": None}, "labels: expected either 'target', the name of a column, or 'y', the values"),
        ({"y": [0, 1]}, "labels: expected either 'target', the name of a column, or 'y', the values"),
        ({"target": None, "y": [0, 1]}, "labels: expected 200 values, one per row, got shape (2,)"),
        ({"sensitive": ["sx"]}, "data.sensitive: no column 'sx' in the data in memory; did you mean 'sex'?"),
        ({"sensitive": "sex"}, "sensitive: expected a list of columns, got the text 'sex'; write ['sex']"),
        ({"sensitive": {"g": [1, 2]}}, "sensitive 'g': expected 200 values, one per row, got shape (2,)"),
        ({"features": ["x", "hole"]}, "data.features: no column 'hole' in the data in memory; did you mean 'whole'?"),
        ({"features": ["x", "y"]}, "data.features: the target 'y' must not be an input of the model"),
        ({"reference": {"sex": "male"}}, "data.reference.sex: no group 'male' in the data in memory"),
        ({"reference": {"race": "a"}}, "data.reference.race: not a sensitive attribute; known: sex"),
        ({"bins": {"whole": [10]}}, "data.bins.whole: not a sensitive attribute; known: sex"),
        ({"bounds": {"z": (0, 1)}}, "data.bounds: no column 'z' in the data in memory"),
        ({"bounds": {"x": (1, 1)}}, "data.bounds.x: expected lower < upper, got [1, 1]"),
    ],
)
def test_what_does_not_fit_is_named(frame: pd.DataFrame, given: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        made(frame, **given)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            pd.DataFrame({"y": [], "sex": []}),
            "the data in memory: expected rows, got an empty table with columns 'y', 'sex'",
        ),
        (pd.DataFrame({"y": [0.0, np.nan], "sex": ["a", "b"]}), "1 of 2 labels are missing, the first in row 2"),
        (pd.DataFrame([[0, 1]], columns=["y", "y"]), "the data in memory: columns named twice: 'y'"),
        (pd.DataFrame({0: [1], "y": [1]}), "the data in memory: expected text as column names, got 0 of type int"),
        (
            pd.DataFrame([[1]], columns=pd.Index(["\ud800"], dtype=object)),
            "column name '\\ud800' holds half a character",
        ),
        (1, "data: expected a data frame or a 2-D numpy array, got int"),
        (np.zeros(3), "data: expected a 2-D array, rows by features, got shape (3,)"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(rows: Any, message: str) -> None:
    with pytest.raises(DataError) as caught:
        Dataset(rows, target="y", sensitive=["sex"])
    assert message in str(caught.value)


def test_inputs_are_all_columns_but_the_target_in_order(frame: pd.DataFrame) -> None:
    assert made(frame).inputs().columns == ["x", "whole", "sex", "race", "decided", "p"]
    assert made(frame, features=["whole", "x"]).inputs().columns == ["whole", "x"]


def test_info_counts_and_holds_no_row(frame: pd.DataFrame) -> None:
    frame["sex"] = frame.sex.astype(object)
    frame.loc[:4, "sex"] = None
    info = made(frame).info([0, 1], frame.y.to_numpy())
    assert info.rows == 200 and info.labels == {"0": int((frame.y == 0).sum()), "1": int(frame.y.sum())}
    assert info.sensitive[0].levels == {**frame.sex.value_counts().sort_index().to_dict(), "(missing)": 5}
    assert info.missing == {"sex": 5}


def digest_of(dataset: Dataset) -> str:
    return dataset.info([0, 1], dataset.labels).digest


def test_the_same_table_has_the_same_digest_from_pandas_polars_and_csv(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.to_csv(tmp_path / "rows.csv", index=False)
    table = Plan.parse({"data": {"path": "rows.csv", "target": "y", "sensitive": ["sex"]}}).data
    expected = digest_of(made(frame))
    assert digest_of(Dataset(pl.from_pandas(frame), target="y", sensitive=["sex"])) == expected
    assert digest_of(Dataset.read(table, tmp_path)) == expected


def test_any_change_changes_the_digest(frame: pd.DataFrame) -> None:
    features = frame.drop(columns="y")
    datasets = [
        made(frame),
        made(frame.iloc[::-1]),
        made(frame.rename(columns={"x": "z"})),
        made(frame.assign(x=frame.x.where(frame.index != 7, np.nan))),
        made(frame.assign(whole=frame.whole.where(frame.index != 7, -1))),
        Dataset(features, frame.y, sensitive=["sex"]),
        Dataset(features, 1 - frame.y, sensitive=["sex"]),
        Dataset(frame, 1 - frame.y, sensitive=["sex"]),
        Dataset(frame, 1 - frame.y, sensitive={"sex": frame.race}),
    ]
    assert len({digest_of(one) for one in datasets}) == len(datasets)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.csv", None, "data file {path}: no such file"),
        ("rows.xlsx", b"x", "data file {path}: expected one of .csv, .parquet, .arrow, .feather, .npz, got .xlsx"),
        ("rows.csv", b"", "data file {path}: the file is empty"),
        ("rows.csv", b"a,b\n1,caf\xe9\n", "data file {path}: expected UTF-8, got byte 0xe9"),
        ("rows.csv", b"a,b,a\n1,2,3\n", "data file {path}: columns named twice: 'a'"),
        ("rows.csv", b"a,b\n1,2\n1,2,3\n", "data file {path}: cannot be read as csv: "),
        ("rows.parquet", b"PAR1 but no parquet", "data file {path}: cannot be read as parquet: "),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_table(path)
    assert message.format(path=path) in str(caught.value)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"target": "y"}, "data.path: expected the file with the rows to audit on, got nothing"),
        ({"path": "rows.csv"}, "data.target: expected the name of the label column, got nothing"),
        ({"path": "rows.csv", "target": "Y"}, "data.target: no column 'Y' in rows.csv"),
    ],
)
def test_the_data_table_names_its_keys(tmp_path: Path, table: dict[str, Any], message: str) -> None:
    (tmp_path / "rows.csv").write_text("x,y\n1,0\n")
    with pytest.raises(DataError) as caught:
        Dataset.read(Plan.parse({"data": table}).data, tmp_path)
    assert message in str(caught.value)
