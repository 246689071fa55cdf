"""What pytest prints about a requirement, and the numbers that go into JUnit XML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .record import GRAVITY, Judged, Record, Requirement, slice_name

if TYPE_CHECKING:
    from .pytest_session import Audited

MOST_SLICES = 10


def sentence(record: Record) -> str:
    """The verdict of a whole audit."""
    status = record.verdict.status.replace("_", " ")
    return f"{record.plan.source}: {record.audit.name}: {status}; {record.verdict.reason} ({record.digest[:19]})"


def headline(requirement: Requirement) -> str:
    """Verdict, the slice that decides it, its value and interval, the bound, and who waived it."""
    verdict = requirement.verdict.replace("_", " ")
    worst, waiver = requirement.deciding, requirement.waiver
    found = f"{slice_name(worst.slice)}: {_numbers(worst)}" if worst else requirement.reason
    by = f"; by {waiver.owner} until {waiver.until}: {waiver.because}" if waiver and verdict == "waived" else ""
    return f"{verdict}: {found}; required: {requirement.bound}{by}"


def explanation(requirement: Requirement, audited: Audited) -> str:
    """Everything that a reader of a failed build needs."""
    point = " (judged by the point value)" if requirement.judge == "point" else ""
    facts = [
        *[("measured", line) for line in _slices(requirement)],
        ("required", requirement.bound + point),
        ("because", requirement.because),
        ("reason", "" if requirement.estimates else requirement.reason),
        ("waiver", _expired(requirement)),
        ("evidence", f"{requirement.evidence} of {audited.digest}"),
        ("record", str(audited.saved or "")),
    ]
    lines = [f"  {key:<9} {text}" for key, text in facts if text]
    traceback = audited.record[requirement.check].traceback if requirement.verdict == "error" else ""
    title = f"{requirement.title} [{requirement.id}]"
    return "\n".join([headline(requirement), "", title, *lines, *traceback.splitlines()])


def properties(requirement: Requirement, digest: str) -> list[tuple[str, str | float]]:
    """Name and value of what JUnit XML carries; the numbers are those of the slice that decides."""
    worst = requirement.deciding
    found: dict[str, str | float | None] = {}
    if worst:
        found = {"slice": slice_name(worst.slice), "value": worst.value, "low": worst.low, "high": worst.high}
        found |= {"level": worst.level, "n": worst.n}
    found |= {"bound": requirement.bound, "verdict": requirement.verdict}
    found |= {"evidence": requirement.evidence, "record": digest}
    return [(key, value) for key, value in found.items() if value is not None]


def _slices(requirement: Requirement) -> list[str]:
    ordered = sorted(requirement.estimates, key=lambda one: GRAVITY.index(one.verdict))
    grave = [one for one in ordered if one.verdict != "pass"]
    shown = [f"{slice_name(one.slice)}: {_numbers(one)}: {one.verdict}{_why(one)}" for one in grave[:MOST_SLICES]]
    more, passed = len(grave) - len(shown), len(requirement.estimates) - len(grave)
    return shown + [f"and {more} more"] * (more > 0) + [f"slices that pass: {passed}"] * (passed > 0)


def _expired(requirement: Requirement) -> str:
    waiver = requirement.waiver
    if waiver is None or waiver.state != "expired":
        return ""
    return f"expired on {waiver.until} ({waiver.owner}: {waiver.because})"


def _why(one: Judged) -> str:
    return "".join(f"; {text}" for text in (one.reason, one.enough) if text)


def _numbers(one: Judged) -> str:
    if one.value is None:
        return "no value shown" if one.suppressed else f"undefined (n = {one.n})"
    low, high = ("unbounded" if end is None else f"{end:.4g}" for end in (one.low, one.high))
    return f"{one.value:.4g} ({100 * one.level:g} % interval {low} to {high}, n = {one.n})"
