"""Findings and limits in plain sentences."""

from __future__ import annotations

from ..audit.record import Judged, Record, Requirement
from .judged import bound, by_severity, measured, point, span, title
from .slices import who
from .text import sentence, shorten
from .words import count

PHRASES = {
    "fairness.impact_ratio": "{who} is selected at {value} times the rate of {against} ({span})",
    "fairness.selection_rate": "{who}: the model selects a share of {value} ({span})",
    "accuracy.accuracy": "{who}: the model is right on a share of {value} ({span})",
    "accuracy.recall": "{who}: the model finds a share of {value} of the true positives ({span})",
    "accuracy.precision": "{who}: a share of {value} of the positive calls is right ({span})",
    "accuracy.false_positive_rate": "{who}: a share of {value} of the true negatives is called positive ({span})",
    "accuracy.false_negative_rate": "{who}: a share of {value} of the true positives is missed ({span})",
}
GENERAL = "{title}, {who}: {value} ({span})"


def findings(record: Record, most: int = 3) -> list[str]:
    """Up to ``most`` sentences on the requirements that did not pass, the most serious first."""
    return [finding(record, requirement) for requirement in by_severity(record) if requirement.verdict != "pass"][:most]


def finding(record: Record, requirement: Requirement) -> str:
    """What was measured, what was asked, and what follows, in one or two sentences."""
    judged = requirement.deciding
    if judged is not None and judged.suppressed:
        text = f"{shorten(title(requirement), 45)} could not be judged on {who(judged.slice)}, which is suppressed for privacy."
    elif judged is None or judged.verdict in ("error", "not_assessed"):
        text = _absent(requirement, judged)
    else:
        text = sentence(_measured(record, requirement, judged) + _asked(requirement, judged))
    return text + _waived(requirement)


def _measured(record: Record, requirement: Requirement, judged: Judged) -> str:
    estimate = measured(record, requirement, judged)
    against = shorten(estimate.against, 40) if estimate else ""
    against = f"the {against}" if against.startswith(("most ", "highest ", "lowest ")) else against
    phrase = PHRASES.get(requirement.check, GENERAL)
    if "{against}" in phrase and not against:
        phrase = GENERAL
    text = phrase.format(
        title=shorten(title(requirement), 45), who=shorten(who(judged.slice), 40),
        value=point(record, requirement, judged), span=span(requirement, judged), against=against,
    )  # fmt: skip
    return f"{text}, against {against}" if against and "{against}" not in phrase else text


def _asked(requirement: Requirement, judged: Judged) -> str:
    words = shorten(bound(requirement), 50)
    asked = f"; the rule asks for {'a value ' if words.startswith('between') else ''}{words}"
    if requirement.judge == "point":
        asked += " and is written for the point value"
    if judged.verdict != "inconclusive":
        return asked
    across = "the value is outside it, but the interval reaches across" if requirement.violated(judged) else ""
    return (
        f"{asked}; {across or 'the interval reaches across'}{f'. {sentence(judged.enough)}' if judged.enough else ''}"
    )


def _absent(requirement: Requirement, judged: Judged | None) -> str:
    state = "could not be measured" if requirement.verdict == "error" else "was not assessed"
    reason = requirement.reason or (judged.reason if judged else "")
    why = f": {shorten(reason, 90)}" if reason else ""
    return sentence(f"{shorten(title(requirement), 45)} {state}{why}")


def _waived(requirement: Requirement) -> str:
    waiver = requirement.waiver
    if waiver is None or waiver.state == "not needed":
        return ""
    if waiver.state == "expired":
        return f" The waiver of {shorten(waiver.owner, 30)} expired on {waiver.until}."
    return f" Waived by {shorten(waiver.owner, 30)} until {waiver.until}."


def limits(record: Record, most: int = 3) -> list[str]:
    """What a reader has to keep in mind, the weightiest first; the last one is always true."""
    always = f"The numbers hold for these {count(record.data.rows, 'row')}. They need not hold for other people or later times."
    return [*[text for text in _limits(record) if text][: most - 1], always]


def _limits(record: Record) -> list[str]:
    card = record.card.get("limitations", "").strip()
    git = record.environment.git or {}
    return [
        _doubts(record),
        _gaps(record),
        *map(sentence, record.model.notes),
        _small(record),
        sentence(shorten(card, 90)) if card else "",
        "" if record.model.digest else "No digest ties this audit to the content of one model.",
        "The code was changed after its last commit, so the commit alone does not reproduce it."
        if git.get("dirty")
        else "",
    ]


def _doubts(record: Record) -> str:
    found = [(result, doubt) for result in record.results for doubt in result.doubts]
    if not found:
        return ""
    more = f" ({count(len(found) - 1, 'more doubt')})" if len(found) > 1 else ""
    return sentence(f"{found[0][0].title} ({found[0][0].id}) raises a doubt: {shorten(found[0][1], 110)}{more}")


def _gaps(record: Record) -> str:
    absent = sum(result.status == "not_assessed" for result in record.results)
    crashed = sum(result.status == "error" for result in record.results)
    parts = [f"{absent} could not be assessed"] if absent else []
    parts += [f"{crashed} crashed"] if crashed else []
    return f"Of {count(len(record.results), 'check')}, {' and '.join(parts)}." if parts else ""


def _small(record: Record) -> str:
    states = ("insufficient", "undefined")
    small = {tuple(sorted(e.slice.items())) for r in record.results for e in r.estimates if e.state in states}
    if not small:
        return ""
    return f"{count(len(small), 'group has', 'groups have')} too few rows for at least one measurement."
