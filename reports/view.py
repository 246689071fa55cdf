"""From the record to what the templates print. Templates hold words and layout; every decision is here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..audit.errors import OutputError
from ..audit.record import Record, Result
from . import dataset
from .crosswalk import Crosswalk, crosswalks
from .demands import Demand, demand
from .evidence import Evidence, Numbering, evidence
from .label import Label, label
from .methods import Method, used
from .self_test import SelfTest, self_test
from .text import sentence
from .words import CARD, FAMILIES, heading


@dataclass(frozen=True)
class Chapter:
    """One family of checks."""

    anchor: str
    title: str
    about: str
    evidence: list[Evidence]


@dataclass(frozen=True)
class View:
    """All that the templates need besides the record itself."""

    record: Record
    digest: str
    finished: datetime
    label: Label
    demands: list[Demand]
    chapters: list[Chapter]
    absent: list[Result]
    crosswalks: list[Crosswalk]
    people: list[tuple[str, str]]
    data: list[tuple[str, str]]
    tallies: list[tuple[str, Mapping[str, int | None]]]
    missing: dict[str, int]
    methods: list[tuple[str, Method]]
    self_test: SelfTest
    plan: str
    notes: list[str]

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Anchor and title of each numbered section, in print order."""
        found = [("requirements", "Requirements")]
        found += [(chapter.anchor, chapter.title) for chapter in self.chapters]
        found += [("absent", "Not assessed and errors")]
        found += [("crosswalk", "Regulatory crosswalk")] if self.crosswalks else []
        found += [("people", "What people have to say"), ("data", "Data")]
        return [*found, ("methods", "Methods"), ("reproduction", "Reproduction")]

    def place(self, anchor: str) -> int:
        """Number of the section with this anchor."""
        return [name for name, _ in self.sections].index(anchor) + 1


def view(record: Record, notes: list[str] | None = None) -> View:
    """Read the record once for all templates; ``notes`` are remarks on the document itself."""
    number = Numbering()
    methods = used(record)
    return View(
        record=record,
        digest=record.digest,
        finished=moment(record.audit.finished),
        label=label(record),
        demands=[demand(record, requirement, number) for requirement in record.requirements],
        chapters=[_chapter(record, family, number) for family in _families(record)],
        absent=[result for result in record.results if result.status != "ok"],
        crosswalks=crosswalks(record),
        people=_people(record),
        data=dataset.facts(record),
        tallies=dataset.tallies(record),
        missing=dataset.ordered({c: n for c, n in record.data.missing.items() if n}, record.data.columns),
        methods=methods,
        self_test=self_test([name for name, _ in methods]),
        plan=json.dumps(_filled(record.plan.document), indent=2, ensure_ascii=False),
        notes=notes or [],
    )


def moment(text: str) -> datetime:
    """A time of the record, in UTC.

    Raises:
        OutputError: not an ISO 8601 time.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise OutputError(f"record: expected a time such as 2026-11-23T14:05:00Z, got {text!r}") from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _filled(document: Any) -> Any:
    """Without what was left open; the record has all of it."""
    if isinstance(document, dict):
        return {key: _filled(value) for key, value in document.items() if value not in (None, "", [], {})}
    return [_filled(value) for value in document] if isinstance(document, list) else document


def _families(record: Record) -> list[str]:
    have = {result.family for result in record.results if result.status == "ok"}
    return [*(family for family in FAMILIES if family in have), *sorted(have - set(FAMILIES))]


def _chapter(record: Record, family: str, number: Numbering) -> Chapter:
    title, about = FAMILIES.get(family, (heading(family), ""))
    results = [result for result in record.results if result.family == family and result.status == "ok"]
    found = [evidence(record, result, number) for result in results]
    if family == "fairness" and record.model.favorable is not None:
        about += f" The favourable outcome is {record.model.favorable}."
    return Chapter(f"family-{slug(family)}", title, sentence(about), found)


def _people(record: Record) -> list[tuple[str, str]]:
    more = [key for key in record.card if key not in CARD]
    return [(heading(key), record.card.get(key, "").strip()) for key in [*CARD, *more]]


def slug(text: str) -> str:
    """``text`` as an anchor: letters, digits and dashes."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-") or "x"
