"""How numbers that an attack changes become the model's inputs again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..answers import AuditedModel
from ..errors import NotAssessed
from ..inputs import relaid
from ..slices import IntArray

Numbers = npt.NDArray[np.float64]


class Form(Protocol):
    """``numbers``: those of all rows that may be changed, ``(n, ...)``, as the model takes them; ``fixed``: there are others."""

    numbers: Any
    fixed: bool

    def native(self, x: Any, rows: IntArray) -> Any:
        """What the model takes, with ``x`` in the place of the numbers of these rows; an array of its own stays one."""

    def data(self, x: Numbers, rows: IntArray) -> Any:
        """The same as checks see it: a frame, or an array in the axes of the data."""

    def part(self, gradient: Any) -> Any:
        """Of a gradient with respect to what the model takes, that of the numbers."""


class Arrays:
    """Inputs that are arrays or images: all of their numbers, in the axes that the model wants."""

    def __init__(self, model: AuditedModel, inputs: npt.NDArray[Any]) -> None:
        """Turn the axes once."""
        self.fixed = False
        self._have, self._want = model.data_layout, model.layout
        self.numbers = floating(model.raw.own(model.native(inputs)), model)

    def native(self, x: Any, rows: IntArray) -> Any:
        return x

    def data(self, x: Numbers, rows: IntArray) -> Any:
        return relaid(x, self._want, self._have)

    def part(self, gradient: Any) -> Any:
        return gradient


class Matrix:
    """Columns of a table that the model takes as one array; the others stay as they are."""

    def __init__(self, model: AuditedModel, frame: Any, columns: Sequence[str]) -> None:
        """``columns``: those that may be changed."""
        self._frame, self._columns = frame, list(columns)
        native = model.native(frame)
        names = list(frame.columns) if isinstance(native, np.ndarray) else model.raw.names(native)
        self._all = floating(model.raw.own(native), model)
        self._whole = names == self._columns
        self.fixed = not self._whole
        self._at = [names.index(name) for name in columns if name in names]
        if len(self._at) < len(columns):
            raise NotAssessed(f"the model does not take the columns {sorted(set(columns) - set(names))}")
        self.numbers = self._all if self._whole else self._all[:, self._at]

    def native(self, x: Any, rows: IntArray) -> Any:
        if self._whole:
            return x
        found = self._all[rows]  # a copy
        found[:, self._at] = x
        return found

    def data(self, x: Numbers, rows: IntArray) -> Any:
        return replaced(self._frame[rows], self._columns, x)

    def part(self, gradient: Any) -> Any:
        return gradient if self._whole else gradient[:, self._at]


class Frames:
    """Columns of a table that the model takes as a frame, such as a pipeline with text columns; the others stay."""

    def __init__(self, model: AuditedModel, frame: Any, columns: Sequence[str]) -> None:
        """``columns``: those that may be changed."""
        self._model, self._frame, self._columns = model, frame, list(columns)
        self._at = [list(frame.columns).index(name) for name in columns]
        self.fixed = len(self._at) < len(frame.columns)
        self.numbers = np.column_stack([frame[name].to_numpy().astype(np.float64) for name in columns])

    def native(self, x: Any, rows: IntArray) -> Any:
        return self._model.native(self.data(x, rows))

    def data(self, x: Numbers, rows: IntArray) -> Any:
        return replaced(self._frame[rows], self._columns, x)

    def part(self, gradient: Any) -> Any:
        return np.asarray(gradient)[:, self._at]


def replaced(frame: Any, columns: Sequence[str], values: Numbers) -> Any:
    """The frame with other numbers in some columns."""
    import narwhals as nw

    new = [
        nw.new_series(name, np.ascontiguousarray(values[:, i], dtype=np.float64), backend=frame.implementation)
        for i, name in enumerate(columns)
    ]
    return frame.with_columns(*new)


def floating(values: Any, model: AuditedModel) -> Any:
    """The values, numpy arrays as 64-bit numbers.

    Raises:
        NotAssessed: the model takes whole numbers.
    """
    if isinstance(values, np.ndarray):
        return values.astype(np.float64)
    if not values.is_floating_point():
        raise NotAssessed("the model takes whole numbers (model.options.dtype), which have no small changes")
    return values
