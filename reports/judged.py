"""Requirements read for print: their bounds as numbers, and the slice that decided them."""

from __future__ import annotations

import re

from ..audit.record import Estimate, Judged, Outcome, Record, Requirement, Result, Slice
from . import numbers, slices
from .words import VERDICTS

SEVERITY = {outcome: rank for rank, outcome in enumerate(VERDICTS)}
Key = tuple[str, tuple[tuple[str, str], ...]]


def key(metric: str, slice: Slice) -> Key:
    """What names one estimate within a result, whatever the order of the attributes."""
    return metric, tuple(sorted(slice.items()))


def bounds(requirement: Requirement) -> tuple[float, ...]:
    """The numbers of the bound as it was applied; two-sided rules may be written with one number."""
    return tuple(side for side in (requirement.lower, requirement.upper) if side is not None)


def bound(requirement: Requirement) -> str:
    """The bound in words, as it was applied."""
    return re.sub(r"-(?=\d)", numbers.MINUS, requirement.bound)


def asked(requirement: Requirement) -> str:
    """The title of the check, with the metric where it is another than the one that has the check's name."""
    metric = requirement.metric
    other = metric and metric != requirement.check.partition(".")[2]
    return f"{requirement.title}: {slices.spoken(metric)}" if other else requirement.title


def title(requirement: Requirement) -> str:
    """What is asked, and by which attributes."""
    named = asked(requirement)
    return f"{named}, by {', '.join(requirement.on)}" if requirement.on else named


def by_severity(record: Record) -> list[Requirement]:
    """Requirements, the most serious first; equal ones in the order in which they were written."""

    def rank(requirement: Requirement) -> tuple[int, float]:
        worst = requirement.deciding
        return SEVERITY[requirement.verdict], requirement.slack(worst) if worst else 0.0

    return sorted(record.requirements, key=rank)


def evidence(record: Record, requirement: Requirement) -> Result | None:
    """The result that the requirement was judged on."""
    return next((result for result in record.results if result.id == requirement.evidence), None)


def verdicts(record: Record, result: Result) -> dict[Key, Outcome]:
    """The worst verdict on each estimate of ``result`` that some requirement judged."""
    found: dict[Key, Outcome] = {}
    for requirement in (r for r in record.requirements if r.evidence == result.id):
        for judged in requirement.estimates:
            at = key(judged.metric, judged.slice)
            found[at] = min(found.get(at, judged.verdict), judged.verdict, key=SEVERITY.__getitem__)
    return found


def lines(record: Record, result: Result, metric: str) -> list[float]:
    """Bounds that requirements set on ``metric`` of ``result``, each once."""
    return sorted(
        {
            number
            for requirement in record.requirements
            if requirement.evidence == result.id and any(judged.metric == metric for judged in requirement.estimates)
            for number in bounds(requirement)
        }
    )


def measured(record: Record, requirement: Requirement, judged: Judged) -> Estimate | None:
    """The estimate behind a judged number."""
    result = evidence(record, requirement)
    wanted = key(judged.metric, judged.slice)
    return next((e for e in result.estimates if key(e.metric, e.slice) == wanted), None) if result else None


def point(record: Record, requirement: Requirement, judged: Judged) -> str:
    """The value in print. Only the estimate behind it says whether a missing one is infinite or undefined."""
    estimate = measured(record, requirement, judged) if judged.value is None else None
    return numbers.point(estimate or judged, bounds(requirement))


def span(requirement: Requirement, judged: Judged) -> str:
    """The interval in print."""
    return numbers.span(judged, bounds(requirement))
