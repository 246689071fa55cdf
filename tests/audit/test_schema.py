from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from assay import audit
from assay.audit import DataError, Dataset
from assay.audit.plan import Plan
from assay.audit.schema import infer

if TYPE_CHECKING:
    from tests.audit.conftest import Counting


@pytest.fixture
def plan(frame: pd.DataFrame, tmp_path: Path) -> Plan:
    (tmp_path / "schema.json").write_text(infer(frame).to_json())
    (tmp_path / "audit.toml").write_text('[data]\nschema = "schema.json"\n')
    return Plan.read(tmp_path / "audit.toml")


def test_the_schema_is_evidence(model: Counting, frame: pd.DataFrame, plan: Plan) -> None:
    (figure,) = audit.run(model, Dataset(frame, target="y"), plan)["data.schema"].figures
    assert figure.title == "All 200 rows fit the schema schema.json"
    assert [row[0] for row in figure.rows] == list(frame)


def test_rows_that_do_not_fit_stop_the_audit_before_the_model_is_asked(
    model: Counting, frame: pd.DataFrame, plan: Plan
) -> None:
    frame.loc[[3, 5], "sex"] = "secret"
    with pytest.raises(DataError) as caught:
        audit.run(model, Dataset(frame.drop(columns="race"), target="y"), plan)
    message = str(caught.value)
    assert message.startswith("data.schema 'schema.json': the data in memory does not fit:\n")
    assert "table: column_in_dataframe 'race'" in message
    assert "column 'sex': isin(['f', 'm']): 2 rows, the first is row 4" in message
    assert "secret" not in message and model.calls == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "schema.json is not a pandera schema: "),
        (None, "data.schema: cannot read "),
    ],
)
def test_a_schema_that_cannot_be_used_is_named(
    model: Counting, frame: pd.DataFrame, plan: Plan, content: str | None, message: str
) -> None:
    path = plan.folder / "schema.json"
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(DataError) as caught:
        audit.run(model, Dataset(frame, target="y"), plan)
    assert message in str(caught.value)


def test_a_schema_may_be_python(model: Counting, frame: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "shapes_of_rows.py").write_text(
        "import pandera.pandas as pa\n"
        "class Rows(pa.DataFrameModel):\n    whole: int = pa.Field(ge=0, lt=50)\n"
        "number = 3\n"
    )
    (tmp_path / "audit.toml").write_text('[data]\nschema = "shapes_of_rows.py:Rows"\n')
    assert audit.run(model, Dataset(frame, target="y"), tmp_path / "audit.toml")["data.schema"].status == "ok"
    (tmp_path / "audit.toml").write_text('[data]\nschema = "shapes_of_rows.py:number"\n')
    with pytest.raises(DataError, match=r"expected a pandera DataFrameSchema or DataFrameModel at .* got int"):
        audit.run(model, Dataset(frame, target="y"), tmp_path / "audit.toml")
