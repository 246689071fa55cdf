"""How often our own intervals, tests and verdicts are wrong: what was measured, for the methods appendix."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .methods import short

FILE = Path(__file__).resolve().parent.parent / "templates" / "self_test.json"

TESTS = {
    "spiegelhalter": "Spiegelhalter’s",
    "hosmer_lemeshow": "Hosmer–Lemeshow",
    "kolmogorov_smirnov": "Kolmogorov–Smirnov",
    "kuiper": "Kuiper’s",
    "kernel_error": "kernel error",
}
"""Names of the tests in text."""


@dataclass(frozen=True)
class SelfTest:
    """The measurements, as rows of text. ``intervals``: method, on what, share that missed by rows, simulations."""

    measured: str
    nominal: str
    versions: str
    intervals: list[tuple[str, str, str, str]]
    absent: list[tuple[str, str]]
    verdicts: list[tuple[str, str, str, str]]


def self_test(methods: Sequence[str]) -> SelfTest:
    """What was measured of these methods of intervals, and of all tests and verdicts."""
    found = _document()
    return SelfTest(
        measured=found["measured"],
        nominal=_percent(1 - found["level"]),
        versions=", ".join(f"{name} {number}" for name, number in found["versions"].items()),
        intervals=[_interval(row) for row in found["intervals"] if row["method"] in methods],
        absent=[(short(name), why) for name, why in found["not_simulated"].items() if name in methods],
        verdicts=[*map(_audit, found["audits"]), *(row for test in found["tests"] for row in _test(test))],
    )


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return document


def _interval(row: dict[str, Any]) -> tuple[str, str, str, str]:
    missed = (f"{_percent(1 - share)} with {int(n):,} rows" for n, share in row["coverage"].items())
    return short(row["method"]), row["of"], "; ".join(missed), f"{row['simulations']:,}"


def _audit(row: dict[str, Any]) -> tuple[str, str, str, str]:
    return row["what"], row["expected"], _percent(row["share"]), f"{row['simulations']:,}"


def _test(row: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    name = f"{TESTS[row['test']]} test of calibration, {row['rows']:,} rows"
    return [
        (f"{name}: rejects a calibrated model at 5 %", "5 %", _percent(row["false_alarms"]), f"{row['simulations']:,}"),
        (f"{name}: rejects log-odds that are 1.6 times the true ones", "power", _percent(row["power"]), "100"),
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
