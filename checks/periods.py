"""Rows divided by a column of times, numbers or batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..audit.attributes import MISSING, printable
from ..audit.columns import Column
from ..audit.errors import NotAssessed
from ..audit.slices import IntArray

FEW = 12
"""So many values of a column, or fewer, are taken one by one."""
MOST = 50


@dataclass(frozen=True)
class Periods:
    """``of``: period of each row, ``(n,)``; in order where ``ordered``. ``missing``: the period of rows without a value, first."""

    of: IntArray
    names: list[str]
    ordered: bool
    missing: int | None = None


def periods_of(name: str, column: Column, most: int) -> Periods:
    """At the values of the column if they are few, else at its quantiles.

    Raises:
        NotAssessed: one value only, or more than 50 names of batches.
    """
    gone = column.missing
    ordered = not column.is_text
    if ordered:
        values = column.values
        at = values[~gone].astype(np.int64) if values.dtype.kind in "mM" else values[~gone].astype(np.float64)
        of, names = _ordered(at, values[~gone], most)
    else:
        codes, kinds = column.factored
        order = sorted(range(len(kinds)), key=lambda k: str(kinds[k]))
        place = np.argsort(order)
        of, names = place[codes[~gone]], [printable(kinds[k]) for k in order]
    if len(names) < 2 or len(names) > MOST:
        raise NotAssessed(f"option by: expected 2 to {MOST} periods or batches, {name!r} has {len(names)}")
    if not gone.any():
        return Periods(of.astype(np.int64), names, ordered)
    every = np.zeros(len(gone), dtype=np.int64)
    every[~gone] = of + 1
    return Periods(every, [MISSING, *names], ordered, 0)


def _ordered(at: Any, values: Any, most: int) -> tuple[IntArray, list[str]]:
    kinds, of = np.unique(at, return_inverse=True)
    if len(kinds) <= FEW:
        return of, [_shown(values[of == k][0]) for k in range(len(kinds))]
    edges = np.unique(np.quantile(at, np.arange(1, most) / most, method="higher"))
    place = np.searchsorted(edges, at, side="right")
    used, of = np.unique(place, return_inverse=True)
    starts = [_shown(values[place == k].min()) for k in used]
    return of, [f"before {starts[1]}" if k == 0 else f"from {start}" for k, start in enumerate(starts)]


def _shown(value: Any) -> str:
    if isinstance(value, np.datetime64):
        return str(value.astype("datetime64[D]"))
    return f"{float(value):.6g}" if isinstance(value, int | float | np.number) else printable(value)
