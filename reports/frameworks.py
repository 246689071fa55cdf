"""Laws, guidelines and standards as data: their standing, and clause by clause what they ask of an evaluation."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "frameworks"


@dataclass(frozen=True)
class Clause:
    """One duty in our own words, and what can answer it.

    ``checks``: families or ids of checks, beside those that name the clause themselves; ``card``: keys of ``[card]``;
    ``report``: sections of this document; ``person`` and ``document``: what a person has to state, what has to be filed.
    ``confirmed``: the paraphrase was held against the text or a copy of it, and is not from memory.
    """

    id: str
    text: str
    checks: tuple[str, ...] = ()
    card: tuple[str, ...] = ()
    report: tuple[str, ...] = ()
    person: str = ""
    document: str = ""
    confirmed: bool = False

    @property
    def measured(self) -> bool:
        """Whether only checks that name it themselves can answer it."""
        return not (self.checks or self.card or self.report or self.person or self.document)


@dataclass(frozen=True)
class Framework:
    """A law, guideline or standard, as of the day it was looked at; to be looked at again by ``review_by``."""

    id: str
    name: str
    jurisdiction: str
    version: str
    status: str
    in_force: str
    checked_on: date
    review_by: date
    source: str
    note: str
    clauses: tuple[Clause, ...]
    aliases: tuple[str, ...] = ()
    superseded_by: str = ""

    @property
    def standing(self) -> str:
        """``In force since 2023-07-05, as read on 2026-11-23 (source).`` and what else is to be known."""
        after = f" Superseded by {self.superseded_by}." if self.superseded_by else ""
        return (
            f"{self.name} ({self.jurisdiction}), {self.version}: {self.status}, {self.in_force}, "
            f"as read on {self.checked_on.isoformat()}.{after} {self.note} Read in: {self.source}."
        )


@cache
def frameworks() -> dict[str, Framework]:
    """All that are described, by id."""
    return {path.stem: _read(tomllib.loads(path.read_text("utf-8"))) for path in sorted(FOLDER.glob("*.toml"))}


def framework(name: str) -> Framework | None:
    """The one with this id or alias."""
    found = [one for one in frameworks().values() if name in (one.id, *one.aliases)]
    return found[0] if found else None


def addressed(addresses: Sequence[str]) -> list[Framework]:
    """Those that addresses such as ``ugesp:4d`` name, each once."""
    names = dict.fromkeys(address.partition(":")[0] for address in addresses)
    return [found for name in names if (found := framework(name))]


def _read(document: dict[str, Any]) -> Framework:
    clauses = tuple(Clause(**{key: _frozen(value) for key, value in one.items()}) for one in document.pop("clause"))
    return Framework(**{key: _frozen(value) for key, value in document.items()}, clauses=clauses)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
