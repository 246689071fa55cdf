"""The data schema: what the rows must look like, written in pandera, enforced before anything runs."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .data import Dataset
from .errors import DataError
from .imports import named

SHOWN = 8


@dataclass(frozen=True)
class SchemaReport:
    """What was asked for: one row per column, as ``(column, type, conditions, nullable)``."""

    source: str
    columns: list[tuple[str, str, str, str]]
    rows: int


def enforce(schema: str | None, folder: Path, dataset: Dataset) -> SchemaReport | None:
    """Hold the data against the schema at ``schema``: a ``.json`` file of pandera, or ``module:name``.

    Raises:
        DataError: the schema cannot be used, or the data do not fit; names columns, conditions and counts, no values.
    """
    if schema is None:
        return None
    import pandera.errors

    found = _loaded(schema, folder)
    try:
        found.validate(dataset.frame.to_pandas(), lazy=True)
    except pandera.errors.SchemaErrors as error:
        raise DataError(f"data.schema {schema!r}: {dataset.source} does not fit:\n{_failures(error)}") from error
    return SchemaReport(schema, [_column(name, column) for name, column in found.columns.items()], len(dataset))


def infer(frame: Any) -> Any:
    """A pandera schema of a pandas frame: types, ranges of numbers, values of text columns with few of them."""
    import pandera.pandas as pa

    schema = pa.infer_schema(frame)
    for name in list(schema.columns):
        values = frame[name].dropna()
        if values.dtype.kind not in "iufb" and 0 < values.nunique() <= 50:
            schema = schema.update_column(name, checks=[pa.Check.isin(sorted(values.unique(), key=str))])
        if values.dtype.kind not in "iufb":  # how text is stored differs between pandas versions and file formats
            schema = schema.update_column(name, dtype=None)
        schema = schema.update_column(name, nullable=bool(frame[name].isna().any()), coerce=False)
    return pa.DataFrameSchema(schema.columns, coerce=False, strict=False)


def _loaded(schema: str, folder: Path) -> Any:
    import pandera.pandas as pa

    if not schema.endswith(".json"):
        found = named(schema, folder, "data.schema")
        found = found.to_schema() if isinstance(found, type) and issubclass(found, pa.DataFrameModel) else found
        if not isinstance(found, pa.DataFrameSchema):
            raise DataError(
                f"data.schema: expected a pandera DataFrameSchema or DataFrameModel at {schema!r}, got {type(found).__name__}"
            )
        return found
    import pandera.io.pandas_io as pandera_io

    path = folder / schema
    try:
        reader: Any = pandera_io.from_json
        return reader(io.StringIO(path.read_text(encoding="utf-8")))  # a text that is not JSON it takes for a path
    except OSError as error:
        raise DataError(f"data.schema: cannot read {path}: {error.strerror}") from error
    except Exception as error:
        raise DataError(f"data.schema: {path} is not a pandera schema: {type(error).__name__}: {error}") from error


def _failures(error: Any) -> str:
    cases = error.failure_cases
    lines = []
    for (column, condition), found in cases.groupby(["column", "check"], dropna=False, sort=False):
        place = f"column {column!r}" if isinstance(column, str) else "table"
        rows = found["index"].dropna()
        where = (
            f": {len(rows)} rows, the first is row {int(rows.iloc[0]) + 1}"
            if len(rows) and _whole(rows.iloc[0])
            else ""
        )
        what = f" {found['failure_case'].iloc[0]!r}" if not where else ""
        lines.append(f"  {place}: {condition}{what}{where}")
    more = [f"  and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "\n".join([*lines[:SHOWN], *more])


def _whole(value: Any) -> bool:
    return isinstance(value, int | float) and float(value).is_integer()


def _column(name: str, column: Any) -> tuple[str, str, str, str]:
    conditions = "; ".join(str(c.error or c.name) for c in column.checks)
    return str(name), str(column.dtype or "any"), conditions, "yes" if column.nullable else "no"
