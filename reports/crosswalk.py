"""Clause by clause: which evidence this audit gives, and what only people or documents can.

A clause is never "met" here. Its state says what there is, and the row what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..audit.record import Record, Result
from .frameworks import Clause, Framework, framework
from .words import CARD, heading

PRODUCED, PARTIAL, NOT_RUN = "evidence produced", "evidence partial", "not run"
ATTESTATION, DOCUMENT, NOT_APPLICABLE = "needs attestation", "needs document", "not applicable"
STATES = {
    PRODUCED: "Everything that the clause asks of an evaluation, as far as we know it, is in this document. Whether it is good enough is for people to say.",
    PARTIAL: "Something is there and something is missing, which the row names.",
    NOT_RUN: "Checks could give evidence, and none that could ran to its end.",
    ATTESTATION: "Only the statement of a person answers it.",
    DOCUMENT: "Only a document that is not part of this audit answers it.",
    NOT_APPLICABLE: "Whoever wrote the audit file says so, with a reason.",
}

SECTIONS: dict[str, tuple[str, Callable[[Record], bool]]] = {
    "requirements": ("requirements written before the run", lambda record: bool(record.requirements)),
    "label": ("label page", lambda record: True),
    "absent": ("list of what was not assessed", lambda record: True),
    "data": ("description of the data", lambda record: True),
    "methods": ("methods and their error rates", lambda record: True),
    "reproduction": ("digests, versions, plan", lambda record: True),
    "digest": ("digest of the model", lambda record: bool(record.model.digest)),
}
"""Parts of the document that answer a clause, and whether this record has them."""


@dataclass(frozen=True)
class Row:
    """One clause: state, ids of the evidence, the parts of the document that answer it, and what is missing."""

    clause: Clause
    state: str
    evidence: list[str]
    parts: list[str]
    missing: list[str]

    @property
    def runs(self) -> list[tuple[str, str]]:
        """The ids of the evidence, three or more that follow each other as first and last."""
        found: list[list[str]] = []
        for id in self.evidence:
            if found and _number(id) == _number(found[-1][-1]) + 1:
                found[-1].append(id)
            else:
                found.append([id])
        return [end for run in found for end in ([(run[0], run[-1])] if len(run) > 2 else [(id, id) for id in run])]


@dataclass(frozen=True)
class Crosswalk:
    """A framework with its rows; ``overdue``: its description should have been looked at again before the audit."""

    framework: Framework
    rows: list[Row]
    overdue: bool

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Number of clauses in each state that occurs."""
        found = [(state, sum(row.state == state for row in self.rows)) for state in STATES]
        return [(state, n) for state, n in found if n]

    @property
    def unconfirmed(self) -> bool:
        """Whether a paraphrase is from memory."""
        return any(not row.clause.confirmed for row in self.rows)


def crosswalks(record: Record) -> list[Crosswalk]:
    """One for each framework that the plan names, in its order; names that we do not know were refused before the run."""
    asked = record.plan.document.get("report", {})
    names = asked.get("crosswalk", []) if isinstance(asked, Mapping) else []
    reasons = asked.get("not_applicable", {}) if isinstance(asked, Mapping) else {}
    found = dict.fromkeys(one for name in names if (one := framework(name)))
    return [
        Crosswalk(
            one,
            [_row(record, one, clause, reasons) for clause in one.clauses],
            overdue=record.audit.finished[:10] > one.review_by.isoformat(),
        )
        for one in found
    ]


def _row(record: Record, of: Framework, clause: Clause, reasons: Mapping[str, str]) -> Row:
    address = f"{of.id}:{clause.id}"
    if address in reasons:
        return Row(clause, NOT_APPLICABLE, [], [], [reasons[address]])
    results = [result for result in record.results if _answers(result, clause, address)]
    given = [result for result in results if result.status == "ok"]
    parts, gaps = [SECTIONS[name][0] for name in clause.report if SECTIONS[name][1](record)], []
    parts += [f"“{CARD[key]}”" for key in clause.card if record.card.get(key, "").strip()]
    gaps += [f"checks that ended without a result: {_ids(results, given)}"] if len(given) < len(results) else []
    gaps += [f"a check of {' or '.join(clause.checks)}"] if clause.checks and not results else []
    gaps += ["a check that names this clause"] if clause.measured and not results else []
    gaps += [SECTIONS[name][0] for name in clause.report if not SECTIONS[name][1](record)]
    gaps += [f"“{heading(key)}” of the card" for key in clause.card if not record.card.get(key, "").strip()]
    gaps += [f"statement of a person: {clause.person}"] if clause.person else []
    gaps += [f"document: {clause.document}"] if clause.document else []
    return Row(clause, _state(clause, bool(given or parts), gaps), [result.id for result in given], parts, gaps)


def _answers(result: Result, clause: Clause, address: str) -> bool:
    return address in result.addresses or result.family in clause.checks or result.check in clause.checks


def _state(clause: Clause, some: bool, gaps: list[str]) -> str:
    if some:
        return PARTIAL if gaps else PRODUCED
    if clause.person or clause.card:
        return ATTESTATION if not clause.checks else NOT_RUN
    return DOCUMENT if clause.document and not clause.checks else NOT_RUN


def _number(id: str) -> int:
    return int(id.rpartition("-")[2])


def _ids(results: list[Result], given: list[Result]) -> str:
    return ", ".join(result.id for result in results if result not in given)
