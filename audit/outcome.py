"""The verdict of the whole audit, and the exit code that says it to a machine."""

from __future__ import annotations

from collections.abc import Sequence

from .record import GRAVITY, Outcome, Requirement, Result, Verdict

EXIT: dict[Outcome, int] = {"pass": 0, "waived": 0, "fail": 1, "inconclusive": 3, "not_assessed": 3, "error": 4}


def verdict(results: Sequence[Result], requirements: Sequence[Requirement]) -> Verdict:
    """The gravest outcome of all requirements; a crashed check is at least an ``error``.

    An audit without requirements is ``not_assessed``: nothing was required, so nothing passed.
    """
    counts = {outcome: sum(r.verdict == outcome for r in requirements) for outcome in GRAVITY}
    crashed = sum(result.status == "error" for result in results)
    status: Outcome = next((outcome for outcome in GRAVITY if counts[outcome]), "not_assessed")
    if crashed and GRAVITY.index(status) > GRAVITY.index("error"):
        status = "error"
    if status == "waived" and counts["pass"]:
        status = "pass"
    return Verdict(
        status=status,
        counts=counts,
        exit_code=EXIT[status],
        reason=_sentence(counts, crashed, requirements),
    )


WORDS: dict[Outcome, str] = {
    "fail": "failed",
    "error": "could not be judged because of an error",
    "inconclusive": "inconclusive",
    "not_assessed": "not assessed",
    "waived": "waived",
    "pass": "passed",
}


def _sentence(counts: dict[Outcome, int], crashed: int, requirements: Sequence[Requirement]) -> str:
    total = len(requirements)
    tail = f"; {_many(crashed, 'check')} ended in an error" if crashed else ""
    if not total:
        return f"nothing was required, so there is nothing to pass{tail}"
    words = {**WORDS, "inconclusive": WORDS["inconclusive"] + _violated(requirements)}
    parts = [f"{counts[outcome]} {words[outcome]}" for outcome in GRAVITY if counts[outcome]]
    return f"of {_many(total, 'requirement')} {', '.join(parts)}{tail}"


def _violated(requirements: Sequence[Requirement]) -> str:
    """Of the undecided ones those whose value is outside the bound."""
    count = sum(any(map(one.violated, one.estimates)) for one in requirements if one.verdict == "inconclusive")
    return f" ({count} with a value outside the bound)" if count else ""


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
