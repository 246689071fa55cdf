"""Rows as requests carry them: plain Python values that JSON can hold."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError, nearest


@dataclass(frozen=True)
class Batch:
    """Some rows: the columns of a table by name, or one array or list of texts."""

    columns: dict[str, list[Any]] | None
    array: npt.NDArray[Any] | None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())) if self.columns is not None else self.whole)

    @property
    def whole(self) -> npt.NDArray[Any]:
        """The rows as one array; missing numbers are NaN.

        Raises:
            ModelError: a column does not hold numbers.
        """
        if self.columns is None:
            return np.asarray(self.array)
        for name, column in self.columns.items():
            if any(isinstance(value, str) for value in column):
                raise ModelError(f"model.options.tensor: column {name!r}: expected numbers, got text")
        found = np.array(list(self.columns.values())).T
        return found.astype(np.float64) if found.dtype == object else found

    @property
    def rows(self) -> list[Any]:
        """One list, text or number per row."""
        if self.columns is not None:
            return [list(row) for row in zip(*self.columns.values(), strict=True)]
        return listed(self.whole)

    @property
    def records(self) -> list[dict[str, Any]]:
        """One object per row, values by column.

        Raises:
            ModelError: the inputs have no columns.
        """
        if self.columns is None:
            raise ModelError(
                "model.options.request: '$record' and '$records' are for tables; these inputs have no columns"
            )
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Inputs:
    """All rows; those of a request are made when it is sent."""

    def __init__(self, frame: Any, array: npt.NDArray[Any] | None) -> None:
        """Either of them."""
        self._frame, self._array = frame, array

    def __len__(self) -> int:
        return len(self._frame if self._array is None else self._array)

    def batch(self, piece: range) -> Batch:
        """The rows of ``piece``."""
        if self._array is not None:
            return Batch(None, self._array[piece.start : piece.stop])
        part = self._frame[piece.start : piece.stop]
        return Batch({name: [plain(v) for v in part[name].to_list()] for name in part.columns}, None)


def inputs(x: Any, columns: Sequence[str] | None, dtype: str | None) -> Inputs:
    """The inputs of a model: a frame of any kind, an array, or a list of texts.

    Raises:
        ModelError: a column that the server expects is missing.
    """
    import narwhals as nw

    if isinstance(x, list):
        return Inputs(None, np.array(x, dtype=object))
    if isinstance(x, np.ndarray):
        return Inputs(None, x.astype(dtype) if dtype else x)
    frame = nw.from_native(x, eager_only=True)
    for name in columns or ():
        if name not in frame.columns:
            raise ModelError(
                f"model.options.columns: the server expects a column {name!r} that the data lack{nearest(name, frame.columns)}"
            )
    return Inputs(frame.select(columns or frame.columns), None)


def listed(values: npt.NDArray[Any]) -> list[Any]:
    """An array as nested lists that JSON can hold."""
    whole = values.dtype.kind in "biu" or (values.dtype.kind == "f" and np.isfinite(values).all())
    return list(values.tolist() if whole else plain(values.tolist()))


def plain(value: Any) -> Any:
    """A value as JSON has it; missing and infinite numbers are null."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime.date | datetime.time) and value == value:
        return value.isoformat()
    return str(value) if value == value else None
