"""A table of rows from anywhere: frames of pandas, polars and pyarrow, or an array; its columns, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .attributes import printable
from .columns import Column
from .errors import DataError, nearest
from .slices import IntArray

if TYPE_CHECKING:
    from narwhals import DataFrame


class Rows:
    """The rows as a narwhals frame. ``apart`` holds values per row that are no column of it."""

    def __init__(self, frame: Any, source: str) -> None:
        """Take the frame.

        Raises:
            DataError: it is none, has no rows, or column names that are not text, doubled, or broken.
        """
        import narwhals as nw

        self.source, self.is_array = source, isinstance(frame, np.ndarray)
        _proper_names(frame, source)
        self.frame: DataFrame[Any] = nw.from_native(_as_frame(frame), eager_only=True)
        if not len(self.frame):
            raise DataError(f"{source}: expected rows, got an empty table with columns {_shown(self.frame.columns)}")
        self.apart: dict[str, npt.NDArray[Any]] = {}
        self._columns: dict[str, Column] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, name: str, key: str) -> npt.NDArray[Any]:
        """Values of one column; ``key`` says for what, in the error."""
        return self.coded_column(self.known(name, key)).values

    def known(self, name: str, key: str) -> str:
        """``name`` if there is such a column; ``key`` says for what, in the error."""
        if name not in self.frame.columns:
            raise DataError(f"{key}: no column {name!r} in {self.source}{nearest(name, self.frame.columns)}")
        return name

    def coded_column(self, name: str) -> Column:
        """One column, converted once."""
        if name not in self._columns:
            self._columns[name] = Column(self.frame[name])
        return self._columns[name]

    def groups(self, key: str, given: Any) -> IntArray:
        """Which group each row is in, ``(n,)`` from 0 in the order of their values: of a column, or of values given apart."""
        import pandas as pd

        codes, names = pd.factorize(self.per_row(key, given), sort=True)
        gone = np.flatnonzero(codes < 0)
        if len(gone):
            raise DataError(
                f"data.{key} in {self.source}: {len(gone)} values are missing, the first in row {gone[0] + 1}"
            )
        if len(names) < 2:
            raise DataError(f"data.{key} in {self.source}: expected two or more different values, got one")
        return np.asarray(codes, dtype=np.int64)

    def per_row(self, key: str, given: Any) -> npt.NDArray[Any]:
        """Values per row: of a column, or given apart."""
        if isinstance(given, str):
            return self.column(given, f"data.{key}")
        values = np.asarray(given)
        if values.shape != (len(self),):
            raise DataError(f"{key}: expected {len(self)} values, one per row, got shape {values.shape}")
        self.apart[key] = values
        return values


def _as_frame(frame: Any) -> Any:
    if not isinstance(frame, np.ndarray):
        if hasattr(frame, "columns") or hasattr(frame, "__arrow_c_stream__"):
            return frame
        raise DataError(f"data: expected a data frame or a 2-D numpy array, got {type(frame).__name__}")
    if frame.ndim != 2:
        raise DataError(f"data: expected a 2-D array, rows by features, got shape {frame.shape}")
    import pandas as pd

    return pd.DataFrame(frame, columns=[f"x{i}" for i in range(frame.shape[1])])


def _proper_names(frame: Any, source: str) -> None:
    names = list(getattr(frame, "column_names", getattr(frame, "columns", ())))  # the former in pyarrow
    for name in names:
        if not isinstance(name, str):
            raise DataError(f"{source}: expected text as column names, got {name!r} of type {type(name).__name__}")
        if name and printable(name) != name:
            raise DataError(f"{source}: column name {name!r} holds half a character (a lone surrogate)")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{source}: columns named twice: {', '.join(map(repr, twice))}")


def _shown(columns: Sequence[str]) -> str:
    return ", ".join(map(repr, list(columns)[:8])) + (" ..." if len(columns) > 8 else "")
