"""Columns that say more about a model's answers: predictive spread and limits, prediction sets, queries."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .attributes import printable
from .data import Dataset
from .errors import DataError, PlanError, nearest
from .plan import ModelTable
from .slices import FloatArray


class Recorded:
    """The extra columns that ``[model]`` names, checked when the audit starts; None where none is named."""

    def __init__(self, table: ModelTable, dataset: Dataset, classes: list[Any]) -> None:
        """Read and check them.

        Raises:
            InputError: a column is missing, not of finite numbers, not positive, or out of order; a set lacks a class.
        """
        self._dataset = dataset
        self.deviations = self._numbers("deviation", table.deviation)
        self.lower, self.upper = self._numbers("lower", table.lower), self._numbers("upper", table.upper)
        self.prediction_sets = self._sets(table.sets, classes) if table.sets else None
        if self.deviations is not None:
            self._refuse(self.deviations <= 0, f"model.deviation {table.deviation!r}", "positive numbers")
        if (self.lower is None) != (self.upper is None):
            raise PlanError("model.lower and model.upper: expected both or neither")
        if self.lower is not None and self.upper is not None:
            self._refuse(self.lower > self.upper, f"model.lower {table.lower!r}", f"no more than {table.upper!r}")

    def _numbers(self, key: str, column: str | None) -> FloatArray | None:
        if column is None:
            return None
        where = f"model.{key} {column!r}"
        try:
            values = np.asarray(self._dataset.column(column, f"model.{key}"), dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"{where} in {self._dataset.source}: expected numbers, got {error}") from error
        self._refuse(~np.isfinite(values), where, "finite numbers")
        return values

    def _sets(self, columns: dict[str, str], classes: list[Any]) -> npt.NDArray[np.bool_]:
        names = [printable(name) for name in classes]
        if set(columns) != set(names):
            odd = sorted(set(columns) ^ set(names))[0]
            raise PlanError(
                f"model.sets: expected one column for each of {names}, got {sorted(columns)}{nearest(odd, names)}"
            )
        return np.column_stack([self._member(columns[name]) for name in names])

    def _member(self, column: str) -> npt.NDArray[np.bool_]:
        values = self._dataset.column(column, "model.sets")
        found = np.isin(values.astype(str), ["True", "1", "1.0"])
        self._refuse(~found & ~np.isin(values.astype(str), ["False", "0", "0.0"]), f"model.sets {column!r}", "0 or 1")
        return found

    def _refuse(self, bad: npt.NDArray[np.bool_], where: str, expected: str) -> None:
        if bad.any():
            raise DataError(
                f"{where} in {self._dataset.source}: expected {expected}; {int(bad.sum())} rows are not, "
                f"the first is row {int(np.argmax(bad)) + 1}"
            )
