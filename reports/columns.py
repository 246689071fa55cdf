"""Tables of checks as they are printed: the ends of an interval in one column, with as many digits as it supports."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..audit.record import Figure
from . import numbers

FROM, TO = " from", "to"
"""How the columns of the two ends of an interval are called; they follow that of the value."""

Cell = str | float | int | None


def printed(table: Figure) -> tuple[list[str], list[list[str]]]:
    """Titles and cells."""
    ends = [at for at, (one, two) in enumerate(pairwise(table.columns), 1) if two == TO and one.endswith(FROM)]
    titles = [
        f"{title.removesuffix(FROM)} interval" if at + 1 in ends else title for at, title in enumerate(table.columns)
    ]
    rows = [_joined(row, ends) for row in table.rows]
    return [title for at, title in enumerate(titles) if at not in ends], rows


def _joined(row: Sequence[Cell], ends: Sequence[int]) -> list[str]:
    texts = [numbers.RANGE if cell is None else numbers.plain(cell) for cell in row]
    for at in ends:
        value, low, high = (cell if isinstance(cell, int | float) else None for cell in row[at - 2 : at + 1])
        if all(not isinstance(cell, str) for cell in row[at - 1 : at + 1]):
            texts[at - 1] = _span(value, low, high)
        else:
            texts[at - 1] = f"{texts[at - 1]}{numbers.RANGE}{texts[at]}"
        if value is not None and None not in (low, high):
            texts[at - 2] = numbers.fixed(value, numbers.decimals(value, low, high))
    return [text for at, text in enumerate(texts) if at not in ends]


def _span(value: float | None, low: float | None, high: float | None) -> str:
    return numbers.between(low, high, numbers.decimals(value, low, high))
