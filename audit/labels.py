"""Several labels per row, each of which it has or not: the target of multi-label classification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .attributes import printable
from .columns import is_missing
from .errors import DataError, PlanError
from .rows import Rows
from .slices import FloatArray, IntArray


class Labels:
    """The L labels in the order of ``data.target``; truth and answers are 0 or 1, rows by labels ``(n, L)``."""

    def __init__(self, names: Sequence[str]) -> None:
        """Take the names.

        Raises:
            PlanError: there is one name only, or a name that occurs twice.
        """
        self.names: list[Any] = list(names)
        self.positive: str | None = None
        self.favorable: int | None = None
        if len(names) < 2:
            raise PlanError(
                f"model.task 'multilabel': expected two or more label columns in data.target, got {_listed(names)}; "
                "one column needs task 'binary'"
            )
        printed = [printable(name) for name in names]
        if twice := sorted({name for name in printed if printed.count(name) > 1}):
            raise PlanError(f"data.target: labels named twice: {_listed(twice)}")

    def code(self, values: npt.NDArray[Any], where: str, error: type[Exception]) -> IntArray:
        """0 or 1 of one column ``(n,)``, or of all labels ``(n, L)``.

        Raises:
            error: a value is missing, or is neither 0 nor 1 nor a truth value.
        """
        if values.ndim == 1:
            return _zero_or_one(values, where, error)
        columns = zip(self.names, values.T, strict=True)
        return np.column_stack([_zero_or_one(of, f"{where}, label {name!r}", error) for name, of in columns])

    def predicted(self, answer: Any, rows: int, where: str, error: type[Exception]) -> IntArray:
        """Labels as a model answers them, ``(n, L)``; a frame whose columns are named like the labels is put in order.

        Raises:
            error: another shape, or values as in :meth:`code`.
        """
        return self.code(self._table(answer, rows, where, error), where, error)

    def probabilities(
        self, answer: Any, classes: Sequence[Any] | None, rows: int, where: str, error: type[Exception]
    ) -> FloatArray:
        """Probability of each label, ``(n, L)``, of a table of them or of one array ``(n, 2)`` for each label.

        Args:
            answer: what the model gave.
            classes: the classes of each label where the model names them; one that saw no row with a label, or
                none without it, has a single class and a single column.
            rows: n.
            where: for errors.
            error: their class.

        Raises:
            error: another shape.
        """
        if isinstance(answer, list | tuple) and len(answer) == len(self.names):
            known = classes if classes is not None and len(classes) == len(answer) else [None] * len(answer)
            answer = np.column_stack(
                [_of_label(np.asarray(one), of, where, error) for one, of in zip(answer, known, strict=True)]
            )
        return np.asarray(self._table(answer, rows, where, error), dtype=np.float64)

    def one_column_each(self, columns: Mapping[str, str], key: str) -> None:
        """Nothing, if ``columns`` (by key of the audit file) name one column for each label.

        Raises:
            PlanError: too few, too many, a single name, or one column for two labels.
        """
        for kind in ("prediction", "probability"):
            named = [column for at, column in columns.items() if at.partition("[")[0].endswith(kind)]
            if named and (len(named) != len(self.names) or len(set(named)) < len(named)):
                raise PlanError(
                    f"{key}.{kind}: expected a list with one column for each of {_listed(self.names)}, got {_listed(named)}"
                )

    def _table(self, answer: Any, rows: int, where: str, error: type[Exception]) -> npt.NDArray[Any]:
        named = list(getattr(answer, "columns", ()))
        if all(isinstance(name, str) for name in named) and sorted(named) == sorted(self.names):
            answer = answer[self.names]
        values = np.asarray(answer.toarray() if hasattr(answer, "toarray") else answer)
        if values.shape != (rows, len(self.names)):
            raise error(f"{where}: expected shape ({rows}, {len(self.names)}), rows by labels, got {values.shape}")
        return values


def given_labels(rows: Rows, y: Any, target: str | Sequence[str] | None) -> tuple[npt.NDArray[Any], list[str]]:
    """Labels ``(n,)`` or ``(n, L)``, from columns of the rows or given apart, and their names.

    Raises:
        DataError: both or neither are given, or they have another number of rows, or values are missing.
    """
    if (y is None) == (target is None):
        raise DataError(
            "labels: expected either 'target', the name of a column, or 'y', the values; got both or neither"
        )
    values, names = _apart(y) if target is None else _columns(rows, [target] if isinstance(target, str) else target)
    if values.ndim != 1 + (len(names) > 1) or len(values) != len(rows):
        raise DataError(f"labels: expected {len(rows)} values, one per row, got shape {values.shape}")
    for name, of in zip(names, values.reshape(len(values), -1).T, strict=True):
        gone = np.flatnonzero(is_missing(of))
        if len(gone):
            raise DataError(
                f"data.target {name!r} in {rows.source}: {len(gone)} of {len(of)} labels are missing, "
                f"the first in row {gone[0] + 1}; expected a label in every row"
            )
    return values, names


def _columns(rows: Rows, names: Sequence[str]) -> tuple[npt.NDArray[Any], list[str]]:
    if not names:
        raise DataError("data.target: expected the names of label columns, got an empty list")
    columns = [rows.column(name, "data.target") for name in names]
    return columns[0] if len(names) == 1 else np.column_stack(columns), list(names)


def _apart(y: Any) -> tuple[npt.NDArray[Any], list[str]]:
    if hasattr(y, "columns"):
        table = Rows(y, "y")
        names = list(table.frame.columns)
        return np.column_stack([table.column(name, "y") for name in names]), names
    values = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
    several = values.ndim == 2 and values.shape[1] > 1
    return values, [f"y{k}" for k in range(values.shape[1])] if several else ["y"]


def _zero_or_one(values: npt.NDArray[Any], where: str, error: type[Exception]) -> IntArray:
    gone = np.flatnonzero(is_missing(values))
    if len(gone):
        raise error(f"{where}: {len(gone)} of {len(values)} values are missing, the first in row {gone[0] + 1}")
    found = np.asarray(values == 1, dtype=bool)
    wrong = np.flatnonzero(~found & ~np.asarray(values == 0, dtype=bool))
    if len(wrong):
        value = values[wrong[0]]
        value = value.item() if isinstance(value, np.generic) else value
        raise error(
            f"{where}: expected 0 or 1, got {len(wrong)} other values, the first {value!r} in row {wrong[0] + 1}"
        )
    return found.astype(np.int32)


def _of_label(values: npt.NDArray[Any], classes: Any, where: str, error: type[Exception]) -> npt.NDArray[Any]:
    """The column of class 1, ``(n,)``."""
    known = [0, 1] if classes is None else [c.item() if isinstance(c, np.generic) else c for c in classes]
    if values.ndim != 2 or values.shape[1] != len(known) or not set(known) <= {0, 1}:
        raise error(
            f"{where}: expected for each label an array of shape (n, 2), the probabilities of 0 and 1, "
            f"got shape {values.shape} for classes {known}"
        )
    return np.asarray(values[:, known.index(1)] if 1 in known else np.zeros(len(values)))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:8])) + (f" and {len(names) - 8} more" if len(names) > 8 else "") or "none"
