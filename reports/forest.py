"""Forest plot of a requirement on many slices: all of them at one look, the worst first, a line each.

Rows of a table, as names in any script are set by the page; a drawing would print their letters one by one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ..audit.record import GRAVITY, Judged, Record, Requirement
from . import judged, numbers, slices
from .evidence import Numbering, Row
from .figures.whisker import Whiskers
from .text import shorten
from .words import VERDICTS

FEW = 8
"""Slices that a table in full shows at one look."""
MOST = 60
"""Slices that a page holds."""
NAMES = 20
"""Room for a name, in em."""


@dataclass(frozen=True)
class Forest:
    """Number, caption and rows, ready to print."""

    number: int
    caption: str
    rows: list[Row]


def forest(record: Record, requirement: Requirement, axis: Whiskers, number: Numbering) -> Forest | None:
    """The plot on the scale of the table in full; None where that is short."""
    if len(requirement.estimates) <= FEW:
        return None
    cut = f" The {MOST} worst are drawn." if len(requirement.estimates) > MOST else ""
    name, bound = judged.title(requirement), judged.bound(requirement)
    caption = f"{name}, the worst first; it holds where the ground is shaded, {bound}. {_said(requirement)}{cut}"
    rows = [_row(record, requirement, one, axis) for one in worst_first(requirement)[:MOST]]
    return Forest(number.figure(), caption, rows)


def worst_first(requirement: Requirement) -> list[Judged]:
    """Slices by how far they lie on the good side of the bound; those that nothing is known of come last."""
    return sorted(requirement.estimates, key=lambda one: (one.value is None, requirement.slack(one)))


def _said(requirement: Requirement) -> str:
    """How many slices have which verdict."""
    counts = Counter(one.verdict for one in requirement.estimates)
    parts = [f"{counts[outcome]} {VERDICTS[outcome].word.lower()}" for outcome in GRAVITY if counts[outcome]]
    return f"{len(requirement.estimates)} slices: {', '.join(parts)}."


def _row(record: Record, requirement: Requirement, one: Judged, axis: Whiskers) -> Row:
    name = shorten(slices.name(one.slice), NAMES)
    if one.suppressed:
        return Row(name, note="suppressed", plot=axis.cell(None))
    value, interval = judged.point(record, requirement, one), numbers.span(one, axis.bounds)
    return Row(name, n=f"{one.n:,}", value=value, interval=interval, plot=axis.cell(one, one.verdict))
