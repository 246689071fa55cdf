"""Requirements in full: the bound as written, why, and every slice that was judged."""

from __future__ import annotations

from dataclasses import dataclass

from ..audit.record import Judged, Record, Requirement
from . import judged, numbers, slices
from .evidence import Numbering, Row
from .figures.whisker import Whiskers, whiskers
from .forest import FEW, Forest, forest
from .label import anchor
from .sentences import finding
from .words import VERDICTS

CLEAR = ("pass", "fail", "inconclusive")
"""Verdicts that the interval and the bound explain by themselves."""


@dataclass(frozen=True)
class JudgedRow:
    """One judged slice, ready to print."""

    row: Row
    together: str = ""
    p: str = ""


@dataclass(frozen=True)
class Demand:
    """A requirement, ready to print.

    ``facts`` are pairs of a name and a text; ``together``: there is a column of intervals that hold for all slices at once;
    ``forest``: all slices at one look, where there are many.
    """

    requirement: Requirement
    anchor: str
    title: str
    bound: str
    sentence: str
    facts: list[tuple[str, str]]
    rows: list[JudgedRow]
    number: int
    together: bool
    axis: Whiskers
    forest: Forest | None

    @property
    def short(self) -> bool:
        """Whether it is kept on one page."""
        return len(self.rows) <= 2 * FEW


def demand(record: Record, requirement: Requirement, number: Numbering) -> Demand:
    """Read one requirement."""
    axis = whiskers(requirement.estimates, judged.bounds(requirement), (requirement.lower, requirement.upper))
    rows: list[JudgedRow] = []
    for heading, group in slices.grouped(requirement.estimates):
        rows += [JudgedRow(Row(heading, heading=True, plot=axis.cell(None)))] if heading else []
        rows += [_row(record, requirement, item, axis) for item in group]
    passed = requirement.verdict == "pass"
    return Demand(
        requirement=requirement,
        anchor=anchor(record, requirement),
        title=judged.title(requirement),
        bound=judged.bound(requirement),
        sentence=VERDICTS["pass"].meaning if passed else finding(record, requirement),
        facts=_facts(record, requirement),
        rows=rows,
        number=number.table() if rows else 0,
        together=any(_adjusted(item) for item in requirement.estimates),
        axis=axis,
        forest=forest(record, requirement, axis, number),
    )


def _adjusted(item: Judged) -> bool:
    return (item.adjusted_low, item.adjusted_high) != (None, None)


def _row(record: Record, requirement: Requirement, item: Judged, axis: Whiskers) -> JudgedRow:
    if numbers.suppressed(item):
        return JudgedRow(Row(slices.name(item.slice), note="suppressed", verdict=item.verdict, plot=axis.cell(None)))
    row = Row(
        name=slices.name(item.slice),
        n=f"{item.n:,}",
        value=judged.point(record, requirement, item),
        interval=numbers.span(item, axis.bounds),
        note=_note(item),
        verdict=item.verdict,
        plot=axis.cell(item, item.verdict),
    )
    p = numbers.probability(item.p_pass), numbers.probability(item.p_fail)
    wide = item.model_copy(update={"low": item.adjusted_low, "high": item.adjusted_high})
    return JudgedRow(row, numbers.span(wide, axis.bounds) if _adjusted(item) else "", " / ".join(p))


def _note(item: Judged) -> str:
    if item.needs_n:
        return item.rows_needed.replace("about", "needs") or "too near the bound"
    return "" if item.verdict in CLEAR else item.reason


def _facts(record: Record, requirement: Requirement) -> list[tuple[str, str]]:
    ways = {
        "interval": "by the whole interval",
        "point": "by the point value, as the rule is written; the interval is printed and does not decide",
    }
    facts = [
        ("Why", requirement.because or "No reason was written down."),
        ("Applies to", ", ".join(requirement.on) or "all rows"),
        ("Judged", ways[requirement.judge]),
        ("Adjusted p", numbers.probability(requirement.adjusted_p) if requirement.adjusted_p is not None else ""),
        (
            "Rows needed",
            requirement.enough,
        ),
        ("Smallest effect", _detectable(record, requirement)),
        ("Reason", requirement.reason),
        ("Waiver", _waiver(requirement)),
    ]
    return [(name, text) for name, text in facts if text]


def _detectable(record: Record, requirement: Requirement) -> str:
    """Minimum detectable effect on the slice that decided; the point rule has none, and a reference compares with itself."""
    worst = requirement.deciding
    estimate = judged.measured(record, requirement, worst) if worst and requirement.judge == "interval" else None
    if estimate is None or not estimate.mde:
        return ""
    who = slices.who(estimate.slice)
    apart = numbers.two_digits(estimate.mde)
    return f"{apart} from the bound: samples like this one ({who}) decide such a distance in 80 % of cases"


def _waiver(requirement: Requirement) -> str:
    waiver = requirement.waiver
    if waiver is None:
        return ""
    states = {
        "active": "active", "expired": "EXPIRED, so the requirement is back", "not needed": "not needed, because it passes",
    }  # fmt: skip
    return f"{waiver.owner}, until {waiver.until} ({states[waiver.state]}): {waiver.because}"
