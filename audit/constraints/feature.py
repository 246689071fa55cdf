"""One input that may change: what is declared of it and what its column holds, brought together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Column
from ..errors import DataError, nearest
from ..slices import FloatArray
from .table import FITS, Direction, FeatureTable, Kind

WAYS: dict[Direction, int] = {"up": 1, "down": -1, "both": 0}
NUMERIC: tuple[Kind, ...] = ("continuous", "integer")
ORDERED: tuple[Kind, ...] = ("continuous", "integer", "ordinal")
MOST = 1_000
"""Categories of one feature."""


@dataclass(frozen=True)
class Feature:
    """An input as one number per row: its value, or its position among ``values`` (of a one-hot group: ``columns``).

    ``low`` and ``high`` are limits of that number; ``way`` is 1 where it may only grow, -1 where it may only fall, else 0;
    ``step`` is 0 where it may change by any amount; ``single``: its column holds 32-bit numbers. A one-hot group with ``empty`` has a last position for no column set.
    """

    name: str
    kind: Kind
    columns: tuple[str, ...]
    low: float
    high: float
    mutable: bool = True
    way: int = 0
    step: float = 0.0
    cost: float = 1.0
    values: tuple[Any, ...] = ()
    empty: bool = False
    single: bool = False

    @property
    def ordered(self) -> bool:
        """Whether its numbers have an order, and changes of it a size."""
        return self.kind in ORDERED

    def encode(self, columns: Mapping[str, npt.NDArray[Any]]) -> FloatArray:
        """The number of each row, ``(n,)``: NaN where the value is missing, -1 where it is none of ``values``."""
        if self.kind in NUMERIC:
            return columns[self.name].astype(np.float64)
        if self.kind == "one_hot":
            return self._position({name: columns[name] for name in self.columns})
        import pandas as pd

        given = columns[self.name]
        codes, distinct = pd.factorize(given)
        places = {_plain(value): float(i) for i, value in enumerate(self.values)}
        found = np.array([*(places.get(_plain(value), -1.0) for value in distinct), np.nan])
        return found[codes]

    def _position(self, columns: Mapping[str, npt.NDArray[Any]]) -> FloatArray:
        set_ = np.column_stack([columns[name].astype(np.float64) for name in self.columns])
        proper = np.isin(set_, (0, 1)).all(axis=1)
        ones = np.where(proper, set_.sum(axis=1), -1)
        none = float(len(self.columns)) if self.empty else -1.0
        found = np.where(ones == 1, set_.argmax(axis=1), np.where(ones == 0, none, -1.0))
        return np.where(np.isnan(set_).any(axis=1), np.nan, found)


def resolved(
    name: str, table: FeatureTable, columns: Mapping[str, Column], bounds: Mapping[str, tuple[float, float]], where: str
) -> Feature:
    """What the table says, completed from the column: kind from its type, limits from ``bounds`` or its values.

    Raises:
        DataError: the column is unknown, or is not of that kind.
    """
    for one in table.columns or [name]:
        if one not in columns:
            raise DataError(f"{where}: no input {one!r}{nearest(one, columns)}")
    way = WAYS[table.direction]
    common: dict[str, Any] = {"mutable": table.mutable, "cost": table.cost}
    if table.columns:
        for one in table.columns:
            _numbers(columns[one], one, "one_hot", where)
        places = len(table.columns) - 1 + table.empty
        return Feature(name, "one_hot", tuple(table.columns), 0.0, places, empty=table.empty, **common)
    column = columns[name]
    kind = table.kind or _kind(column)
    for key in sorted(table.model_fields_set & set(FITS)):
        if kind not in FITS[key]:
            raise DataError(f"{where}.{key}: is for features of kind {', '.join(FITS[key])}; this one is {kind}")
    if kind not in NUMERIC:
        values = tuple(table.values or _categories(column, where))
        if column.is_text and not all(isinstance(value, str) for value in values):
            raise DataError(f"{where}.values: the column holds texts; expected texts, got {values[0]!r}")
        if not column.is_text and any(isinstance(value, str) for value in values):
            text = next(value for value in values if isinstance(value, str))
            raise DataError(
                f"{where}.values: the column holds no texts; expected numbers or truth values, got {text!r}"
            )
        return Feature(name, kind, (name,), 0.0, len(values) - 1.0, way=way, values=values, **common)
    values_ = _numbers(column, name, kind, where)
    low, high = table.bounds or bounds.get(name) or _range(values_, where)
    step = table.step or (1.0 if kind == "integer" else 0.0)
    if kind == "integer":
        low, high = float(np.ceil(low)), float(np.floor(high))
    single = column.values.dtype == np.float32
    if single:  # limits as the column itself would hold them
        low, high = float(np.float32(low)), float(np.float32(high))
    return Feature(name, kind, (name,), float(low), float(high), way=way, step=step, single=single, **common)


def _kind(column: Column) -> Kind:
    kind = column.values.dtype.kind
    return "categorical" if column.is_text or kind == "b" else "integer" if kind in "iu" else "continuous"


def _numbers(column: Column, name: str, kind: Kind, where: str) -> FloatArray:
    """The values as numbers.

    Raises:
        DataError: they are none, or not whole where they should be.
    """
    if column.is_text or column.values.dtype.kind not in "biuf":
        raise DataError(f"{where}: kind {kind!r} needs numbers; column {name!r} holds {_what(column)}")
    return column.values.astype(np.float64)


def _what(column: Column) -> str:
    return "texts" if column.is_text else str(column.values.dtype)


def _range(values: FloatArray, where: str) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not len(known):
        raise DataError(f"{where}: the column has no values to take bounds from; give 'bounds'")
    return float(known.min()), float(known.max())


def _categories(column: Column, where: str) -> list[Any]:
    distinct = [_plain(value) for value in column.factored[1]]
    if len(distinct) > MOST:
        raise DataError(f"{where}: {len(distinct)} different values; expected at most {MOST} categories, list 'values'")
    return sorted(distinct, key=lambda value: (isinstance(value, str), value))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
