"""Answers of a server as numbers or names, held against what ``model.output`` declares."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..plan import ModelTable
from .served_formats import BadReply


def values(answers: list[Any], rows: int, table: ModelTable) -> npt.NDArray[Any]:
    """One value or list of values per row; objects that name their classes are put into the order of ``model.classes``.

    Raises:
        BadReply: another number of rows, rows of different lengths, or what is no finite number where one was declared.
    """
    if len(answers) != rows:
        raise BadReply(f"expected {rows} answers, one per row, got {len(answers)}")
    named = [_ordered(row, table) if isinstance(row, dict) else row for row in answers]
    numeric = table.output != "label" or table.task == "regression"
    _refuse([k for k, row in enumerate(named) if not (_finite(row) if numeric else _label(row))], numeric)
    try:
        found = np.array(named, dtype=np.float64 if numeric else None)
    except ValueError:
        raise BadReply("the answers of the rows have different lengths") from None
    found = found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found
    if not numeric and found.dtype.kind == "U":
        return np.array(named, dtype=object).reshape(found.shape)
    return found


def _ordered(row: dict[str, Any], table: ModelTable) -> list[Any]:
    if len(row) == 1 and not table.classes:
        return list(row.values())
    names = [str(name) for name in table.classes or ()]
    if set(names) != set(row):
        raise BadReply(
            f"the answers are objects with {', '.join(sorted(map(repr, row)))}; "
            f"model.classes must name them, it is {table.classes}"
        )
    return [row[name] for name in names]


def _refuse(bad: list[int], numeric: bool) -> None:
    if bad:
        kind = "finite numbers" if numeric else "labels"
        raise BadReply(f"{len(bad)} answers are no {kind}, the first is that of row {bad[0] + 1} of the request")


def _finite(row: Any) -> bool:
    if isinstance(row, list):
        return all(map(_finite, row))
    try:
        return isinstance(row, bool | int | float) and math.isfinite(row)
    except OverflowError:
        return False


def _label(row: Any) -> bool:
    return all(map(_label, row)) if isinstance(row, list) else isinstance(row, str) or _finite(row)
