"""The label page: what was audited, what failed and how sure we are, for a reader who has one minute."""

from __future__ import annotations

from dataclasses import dataclass

from ..audit.record import Judged, Record, Requirement
from . import judged, numbers, slices
from .sentences import findings, limits
from .text import sentence, shorten
from .words import VERDICTS

ROWS = 11
"""Requirements that the page has room for; the others are in their chapter."""


@dataclass(frozen=True)
class LabelRow:
    """One requirement on the label page."""

    title: str
    anchor: str
    slice: str
    estimate: str
    bound: str
    verdict: str
    evidence: str


@dataclass(frozen=True)
class Label:
    """Everything on page 1 that is not read straight from the record."""

    reason: str
    counts: list[tuple[str, int]]
    findings: list[str]
    limits: list[str]
    rows: list[LabelRow]
    more: int


def label(record: Record) -> Label:
    """Read the label page out of the record."""
    ordered = judged.by_severity(record)
    return Label(
        reason=sentence(record.verdict.reason)
        if ordered
        else "No requirement was written down, so nothing was judged.",
        counts=[(outcome, sum(r.verdict == outcome for r in record.requirements)) for outcome in VERDICTS],
        findings=findings(record),
        limits=limits(record),
        rows=[_row(record, requirement) for requirement in ordered[:ROWS]],
        more=max(0, len(ordered) - ROWS),
    )


def anchor(record: Record, requirement: Requirement) -> str:
    """Where the requirement is printed in full."""
    return next(f"requirement-{at}" for at, other in enumerate(record.requirements, 1) if other is requirement)


def _row(record: Record, requirement: Requirement) -> LabelRow:
    worst = requirement.deciding
    return LabelRow(
        title=shorten(judged.asked(requirement) if worst and worst.slice else judged.title(requirement), 44),
        anchor=anchor(record, requirement),
        slice=shorten(f"{slices.heading(worst.slice)}: {slices.name(worst.slice)}", 40)
        if worst and worst.slice
        else "",
        estimate=_estimate(record, requirement, worst),
        bound=shorten(judged.bound(requirement), 24),
        verdict=requirement.verdict,
        evidence=requirement.evidence,
    )


def _estimate(record: Record, requirement: Requirement, worst: Judged | None) -> str:
    if worst is None or (worst.value is None and worst.low is None and worst.high is None):
        return numbers.RANGE
    return f"{judged.point(record, requirement, worst)} ({judged.span(requirement, worst)})"
