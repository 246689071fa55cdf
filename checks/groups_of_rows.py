"""Groups of rows that can be said in words: a level or a range of one input, or of two inputs at once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..audit.attributes import MISSING, printable
from ..audit.columns import Column
from ..audit.slices import FloatArray, IntArray
from ..audit.stats.content import by_content

FEW_VALUES = 8
"""A number with so few values is taken as levels; one with more is cut at its quantiles."""

MOST_LEVELS = 50  # fewer than 128, for Codes
"""Levels that are looked at per input: those with the most rows."""

ENOUGH = 100_000
"""Rows that quantiles are taken from."""


Codes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Levels:
    """One input in words. ``of``: level of each row, shape ``(n,)``, -1 where its level is too rare to look at."""

    of: Codes
    texts: list[str]


def in_order(columns: Mapping[str, Column], *others: npt.NDArray[Any]) -> IntArray:
    """Row numbers in an order that all columns decide, those that have no order left out."""
    keys = []
    for column in columns.values():
        with suppress(TypeError):  # lists, images and the like
            keys.append(column.keys)
    return by_content(*keys, *others)


def levels(columns: Mapping[str, Column], order: IntArray, *, bins: int, least: int) -> list[Levels]:
    """Every column as levels with ``least`` rows or more; columns without two are left out.

    ``order``: of the rows by their content; from the first ones the ranges are found.
    """
    found = [_levels(printable(name), column, order, bins, least) for name, column in columns.items()]
    return [one for one in found if one is not None and one.texts]


def _levels(name: str, column: Column, order: IntArray, bins: int, least: int) -> Levels | None:
    try:
        gone = column.missing
        of, texts = _ranges(column.values, order, bins) if _is_continuous(column, gone, order) else _values(column)
    except TypeError:  # lists, images and the like have no levels
        return None
    of, texts = np.where(gone, len(texts), of) if gone.any() else of, [*texts, f"= {MISSING}"]
    rows = np.bincount(of, minlength=len(texts))
    kept = np.sort(np.argsort(-rows, kind="stable")[:MOST_LEVELS])
    kept = kept[(rows[kept] >= least) & (rows[kept] < len(of))]
    place = np.full(len(texts), -1, dtype=np.int8)
    place[kept] = np.arange(len(kept))
    return Levels(place[of], [f"{name} {texts[i]}" for i in kept])


def _is_continuous(column: Column, gone: npt.NDArray[np.bool_], order: IntArray) -> bool:
    if column.is_text or column.values.dtype.kind not in "iuf" or gone.all():
        return False
    some = column.values[order[:1000]]
    return len(np.unique(some[np.isfinite(some)])) > FEW_VALUES


def _values(column: Column) -> tuple[IntArray, list[str]]:
    import pandas as pd

    codes, kinds = column.factored if column.is_text else pd.factorize(column.values)
    texts = [f"= {printable(kind)}" for kind in kinds]
    order = sorted(range(len(texts)), key=texts.__getitem__)
    place = np.zeros(len(texts) + 1, dtype=np.int64)  # the last one for what is missing
    place[order] = np.arange(len(texts))
    return place[codes], [texts[i] for i in order]


def _ranges(values: npt.NDArray[Any], order: IntArray, bins: int) -> tuple[IntArray, list[str]]:
    numbers = values.astype(np.float64)
    some = numbers[order[:ENOUGH]]
    edges = _edges(some[np.isfinite(some)], bins)
    shown = [np.format_float_positional(edge, trim="-") for edge in edges]
    between = [f"from {a} to below {b}" for a, b in pairwise(shown)]
    of = np.searchsorted(edges, numbers, side="right")
    return of.astype(np.int64), [f"below {shown[0]}", *between, f"at least {shown[-1]}"]


def _edges(numbers: FloatArray, bins: int) -> FloatArray:
    """Quantiles as they are printed: rounded to a thousandth of the spread. A value that fills a bin stands alone."""
    edges, repeats = np.unique(np.quantile(numbers, np.arange(1, bins) / bins), return_counts=True)
    above = [numbers[numbers > edge].min(initial=np.inf) for edge in edges[repeats > 1]]
    spread = np.std(numbers) or 1.0
    edges = np.round(np.append(edges, above), int(3 - np.floor(np.log10(spread))))
    return np.unique(edges[np.isfinite(edges)])
