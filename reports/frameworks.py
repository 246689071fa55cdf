"""What is known of the rules that a result answers to: whether they are in force, and when and where that was read."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "frameworks"


@dataclass(frozen=True)
class Framework:
    """A law, guideline or standard, as of the day it was looked at."""

    id: str
    name: str
    jurisdiction: str
    status: str
    in_force: str
    checked_on: date
    source: str
    note: str

    @property
    def standing(self) -> str:
        """``In force since 2023-07-05, as read on 2026-11-23 (source).`` and what else is to be known."""
        return (
            f"{self.name} ({self.jurisdiction}): {self.status}, since {self.in_force}, "
            f"as read on {self.checked_on.isoformat()}. {self.note} Read in: {self.source}."
        )


@cache
def frameworks() -> dict[str, Framework]:
    """All that are described, by id."""
    found = [Framework(**tomllib.loads(path.read_text("utf-8"))) for path in sorted(FOLDER.glob("*.toml"))]
    return {one.id: one for one in found}


def addressed(addresses: Sequence[str]) -> list[Framework]:
    """Those that addresses such as ``ugesp:4d`` name, each once."""
    names = dict.fromkeys(address.partition(":")[0] for address in addresses)
    return [frameworks()[name] for name in names if name in frameworks()]
