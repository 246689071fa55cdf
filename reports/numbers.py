"""Numbers in print: as many digits as the interval supports, and never one that crosses a bound by rounding."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..audit.record import Estimate, Judged

MINUS = "\N{MINUS SIGN}"
RANGE = "\N{EN DASH}"
INFINITY = "\N{INFINITY}"
INFINITE = "infinite"
"""The note with which a record says that a value is not undefined but without end."""
MOST = 6
"""Decimals beyond which nothing is printed."""


def decimals(value: float | None, low: float | None, high: float | None, bounds: Iterable[float] = ()) -> int:
    """Decimals at which rounding moves nothing by more than a quarter of the half-width.

    A half-width h gets ``-floor(log10(h / 2))`` decimals: 0.03 gets two, 0.012 gets three. More are
    added while a rounded number would stand on the other side of one of ``bounds`` than the number itself.
    """
    half = _half_width(value, low, high)
    wanted = 3 if half is None or half == 0 else -math.floor(math.log10(half / 2))
    places = min(MOST, max(0, wanted))
    numbers = [number for number in (value, low, high) if number is not None]
    while places < MOST and any(_moved(number, bound, places) for number in numbers for bound in bounds):
        places += 1
    return places


def _half_width(value: float | None, low: float | None, high: float | None) -> float | None:
    if low is not None and high is not None:
        return (high - low) / 2
    end = low if low is not None else high
    return abs(value - end) if value is not None and end is not None else None


def _moved(number: float, bound: float, places: int) -> bool:
    return number != bound and (round(number, places) < bound) != (number < bound)


def fixed(number: float, places: int) -> str:
    """``1234.5`` as ``1,234.50``; a minus sign is a minus sign, and there is no minus zero."""
    text = f"{number:,.{places}f}"
    if float(text.replace(",", "")) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def plain(number: float | int | str | None) -> str:
    """A number without an interval: whole numbers whole, others with four significant digits."""
    if number is None:
        return "none"
    if isinstance(number, str | bool):
        return str(number)
    if float(number).is_integer():
        return fixed(number, 0)
    return f"{number:.4g}".replace("-", MINUS)


def point(estimate: Estimate | Judged, bounds: Iterable[float] = ()) -> str:
    """The value, ``infinite`` (a ratio to nothing), or ``undefined``."""
    if estimate.value is None:
        return INFINITE if infinite(estimate) else "suppressed" if suppressed(estimate) else "undefined"
    places = decimals(estimate.value, estimate.low, estimate.high, bounds)
    return fixed(estimate.value, places)


def infinite(estimate: Estimate | Judged) -> bool:
    """Whether the value is missing because JSON has no number for it."""
    return estimate.value is None and isinstance(estimate, Estimate) and estimate.note == INFINITE


def suppressed(estimate: Estimate | Judged) -> bool:
    """Whether the slice is withheld for privacy."""
    return estimate.suppressed if isinstance(estimate, Judged) else estimate.state == "suppressed"


def span(estimate: Estimate | Judged, bounds: Iterable[float] = ()) -> str:
    """The interval: ``0.28–0.34``, ``−0.18 to 0.02``, an unbounded side as infinity, none at all as a dash."""
    return between(estimate.low, estimate.high, decimals(estimate.value, estimate.low, estimate.high, bounds))


def between(low: float | None, high: float | None, places: int) -> str:
    """As :func:`span`, of two numbers with so many decimals."""
    if low is None and high is None:
        return RANGE
    one = MINUS + INFINITY if low is None else fixed(low, places)
    two = INFINITY if high is None else fixed(high, places)
    return f"{one} to {two}" if MINUS in one + two else f"{one}{RANGE}{two}"


def both(estimate: Estimate | Judged, bounds: Iterable[float] = ()) -> str:
    """``0.31 (0.28–0.34)``."""
    bounds = tuple(bounds)
    return f"{point(estimate, bounds)} ({span(estimate, bounds)})"


def two_digits(number: float) -> str:
    """A positive number with two significant digits and no exponent: ``0.012``."""
    return fixed(number, min(MOST, max(0, 1 - math.floor(math.log10(number)))))


def probability(p: float | None) -> str:
    """A p-value: two significant digits, ``< 0.0001`` below that, a dash where there is none."""
    if p is None:
        return RANGE
    return "< 0.0001" if p < 1e-4 else f"{p:.2g}" if p < 0.1 else f"{p:.2f}"


def percent(level: float) -> str:
    """``0.95`` as ``95 %`` with a space that does not break."""
    return f"{level * 100:g}\N{NO-BREAK SPACE}%"


def share(part: int, whole: int) -> str:
    """``part`` of ``whole`` in per cent, or a dash for an empty whole."""
    return f"{100 * part / whole:.1f}\N{NO-BREAK SPACE}%" if whole else RANGE


OF = "{}\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}{}"
COUNTS = {
    ("hits", "trials"): OF,
    ("hits", "trials", "reference_hits", "reference_trials"): OF,
    ("true_0_predicted_0", "true_0_predicted_1", "true_1_predicted_0", "true_1_predicted_1"): "{} / {} / {} / {}",
    ("positives", "negatives", "ordered_pairs", "delong_variance"): "{} + {}",
}
COUNTS_MEAN = {
    "{} / {} / {} / {}": "true negatives / false positives / false negatives / true positives",
    "{} + {}": "positives + negatives",
}
"""Sufficient statistics that fit a cell, and what to say about them above the table."""


def counts_form(estimate: Estimate) -> str:
    """The pattern in which the counts of ``estimate`` are printed; empty if they do not fit a cell."""
    return next((form for keys, form in COUNTS.items() if set(keys) == set(estimate.counts)), "")


def counts(estimate: Estimate) -> str:
    """``1,204 of 4,913``; empty where the statistics do not fit a cell: the record has them all."""
    keys = next((keys for keys in COUNTS if set(keys) == set(estimate.counts)), ())
    return counts_form(estimate).format(*(plain(estimate.counts[key]) for key in keys))
