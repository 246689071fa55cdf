"""The table of requirements, and what else a run ends with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..record import GRAVITY, Judged, Outcome, Record, Requirement, slice_name
from .screen import console, plain, say

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

LOOK: dict[str, Any] = {"box": None, "pad_edge": False, "padding": (0, 2, 0, 0)}

STYLE: dict[Outcome, str] = {
    "fail": "bold red",
    "error": "bold magenta",
    "inconclusive": "bold yellow",
    "not_assessed": "bold",
    "waived": "bold cyan",
    "pass": "green",
}

EXIT = {
    0: "every requirement passed or is waived",
    1: "a requirement failed",
    3: "no requirement failed, but not all is decided",
    4: "a check crashed, and no requirement failed",
}
"""Exit codes of ``assay run``; 2 is bad input or configuration, and nothing was run."""


def show(record: Record) -> None:
    """Print the table of requirements, the reasons, what was not assessed or crashed, and the verdict."""
    requirements = sorted(record.requirements, key=lambda one: GRAVITY.index(one.verdict))
    if requirements:
        screen = console()
        table = _one_line_each(requirements)
        width = screen.measure(table, options=screen.options.update(width=10_000)).maximum
        screen.print(table if width <= screen.width else _stacked(requirements))
        say()
    for one in requirements:
        if one.verdict != "pass":
            say(f"{one.id}: {_why(one)}")
    for (status, reason), checks in _absent(record).items():
        say(f"{status.replace('_', ' ')}: {', '.join(checks)}: {reason}")
    say(f"\nVerdict: {_word(record.verdict.status)}: {record.verdict.reason}.")


def _absent(record: Record) -> dict[tuple[str, str], list[str]]:
    """Checks that were not assessed or crashed, by status and reason."""
    absent: dict[tuple[str, str], list[str]] = {}
    for result in record.results:
        if result.status != "ok":
            absent.setdefault((result.status, result.reason), []).append(result.check)
    return absent


def _one_line_each(requirements: Sequence[Requirement]) -> Table:
    from rich.table import Table

    table = Table("Verdict", "Requirement", "Estimate and its interval", "Bound", **LOOK)
    for one in requirements:
        table.add_row(_verdict(one), _text(one.id), _text(_estimate(one)), _text(one.bound))
    return table


def _stacked(requirements: Sequence[Requirement]) -> Table:
    from rich.table import Table

    table = Table("Verdict", "Requirement", **LOOK)
    table.columns[0].no_wrap = True
    table.columns[1].overflow = "fold"
    for one in requirements:
        table.add_row(_verdict(one), _text(f"{one.id}\n{_estimate(one)}\nbound: {one.bound}"))
    return table


def _verdict(one: Requirement) -> Text:
    return _text(_word(one.verdict), STYLE[one.verdict])


def _word(verdict: str) -> str:
    return verdict.replace("_", " ").upper()


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(plain(text), style)


def _why(one: Requirement) -> str:
    return "; ".join(filter(None, (one.reason, one.enough)))


def _estimate(one: Requirement) -> str:
    """The slice that decided, with its interval."""
    found = one.deciding
    if found is None:
        return "no estimate"
    place = f"worst: {slice_name(found.slice)} " if found.slice else ""
    interval = "" if found.value is None else f" [{_number(found.low, '-inf')}, {_number(found.high, 'inf')}]"
    return f"{place}{_number(found.value, 'suppressed' if found.suppressed else _absent_value(found))}{interval}"


def _absent_value(found: Judged) -> str:
    """Only an infinite value, a ratio to nothing, is judged."""
    return "undefined" if found.verdict == "inconclusive" and found.reason.startswith("undefined") else "infinite"


def _number(value: float | None, absent: str) -> str:
    if value is None:
        return absent
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.6g}"
