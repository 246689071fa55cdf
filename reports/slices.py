"""Slices in print: a heading for the attributes, a short name below it, and the order of the record."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TypeVar

from ..audit.record import Estimate, Judged, Slice, slice_name

CROSS = " \N{MULTIPLICATION SIGN} "
WHOLE = "All rows"
Sliced = TypeVar("Sliced", Estimate, Judged)


def heading(slice: Slice) -> str:
    """``sex × race``; empty for the whole."""
    return CROSS.join(slice)


def name(slice: Slice) -> str:
    """``Female · Black`` (its heading says of what), or ``All rows``."""
    return " \N{MIDDLE DOT} ".join(slice.values()) or WHOLE


def who(slice: Slice) -> str:
    """For sentences: ``the group sex=Female, race=Black``, or ``all rows``."""
    return f"the group {slice_name(slice)}" if slice else "all rows"


def spoken(identifier: str) -> str:
    """``impact_ratio`` as ``Impact ratio``."""
    return identifier.replace("_", " ").strip().capitalize()


def grouped(items: Iterable[Sliced]) -> list[tuple[str, list[Sliced]]]:
    """Items by the attributes that cut them, in the order in which those first occur."""
    order: dict[str, int] = {}
    listed = list(items)
    for item in listed:
        order.setdefault(heading(item.slice), len(order))
    listed.sort(key=lambda item: order[heading(item.slice)])
    return [(key, list(group)) for key, group in groupby(listed, lambda item: heading(item.slice))]
