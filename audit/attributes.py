"""Sensitive attributes: values per row become codes and level names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .columns import Column
from .errors import DataError
from .slices import IntArray
from .stats.chunks import counted

MISSING = "(missing)"
"""Rows without a value are a group of their own, counted and shown; they are never dropped."""

MOST_LEVELS = 200


class Coded(NamedTuple):
    """Level of each row, ``(n,)`` from 0, and the names of the levels; every level occurs."""

    codes: IntArray
    levels: list[str]


def code(
    name: str, column: Column, edges: Sequence[float] | None, source: str, what: str = "sensitive attribute"
) -> Coded:
    """Codes ``(n,)`` and level names of an attribute; ``edges`` are the inner edges of bins;
    ``what`` it is called in errors.

    Raises:
        DataError: one level only, more than 200, or edges for something that is not a number.
    """
    gone = column.missing
    codes, levels = _binned(name, column.values, gone, edges) if edges else _distinct(column)
    if gone.any():
        codes = np.where(gone, len(levels), codes)
        levels = [*levels, MISSING]
    used = counted(codes, len(levels)) > 0
    if not used.all():
        codes = (np.cumsum(used) - 1)[codes]
        levels = [level for level, found in zip(levels, used, strict=True) if found]
    if len(levels) < 2:
        raise DataError(f"{what} {name!r} in {source}: expected two or more groups, got one: {levels[0]!r}")
    if len(levels) > MOST_LEVELS:
        numeric = not column.is_text
        hint = f"; give bins, such as [data.bins] {name} = [25, 40, 60]" if numeric else "; group its values first"
        raise DataError(f"{what} {name!r} in {source}: expected at most {MOST_LEVELS} groups, got {len(levels)}{hint}")
    return Coded(codes.astype(np.int32, copy=False), levels)


def _distinct(column: Column) -> tuple[npt.NDArray[Any], list[str]]:
    codes, kinds = column.factored
    texts = [printable(kind) for kind in kinds]
    numbers = all(isinstance(k, int | float | np.integer | np.floating) and not isinstance(k, bool) for k in kinds)
    order = sorted(range(len(texts)), key=(lambda i: kinds[i]) if numbers else (lambda i: texts[i]))
    levels = [texts[i] for i in order]
    if len(set(levels)) < len(levels):  # two values that print alike, such as 1 and "1"
        unique = sorted(set(levels))
        merged = np.array([unique.index(t) for t in texts])
        return merged[np.maximum(codes, 0)], unique
    place = np.argsort(np.array(order, dtype=np.int64)) if order else np.zeros(1, dtype=np.int64)
    return place.astype(np.int32)[np.maximum(codes, 0)], levels


def _binned(
    name: str, values: npt.NDArray[Any], gone: npt.NDArray[np.bool_], edges: Sequence[float]
) -> tuple[npt.NDArray[Any], list[str]]:
    try:
        numbers = np.where(gone, np.nan, values.astype(object)).astype(float)
    except (TypeError, ValueError) as error:
        raise DataError(f"data.bins.{name}: expected numbers in the column, got {error}") from error
    if list(edges) != sorted(set(edges)):
        raise DataError(f"data.bins.{name}: expected rising edges, got {list(edges)}")
    shown = [f"{edge:g}" for edge in edges]
    levels = [f"< {shown[0]}", *(f"{a} to < {b}" for a, b in pairwise(shown)), f">= {shown[-1]}"]
    return np.searchsorted(np.asarray(edges, float), numbers, side="right"), levels


def printable(value: object) -> str:
    """``value`` as text that a record can hold: a lone surrogate cannot be written as UTF-8."""
    return str(value).encode("utf-8", "replace").decode() or "(empty)"
