"""What is said of all rows at once, and not again of every group."""

from __future__ import annotations

from dataclasses import dataclass

from .base import Statistic


@dataclass(frozen=True)
class Whole:
    """A statistic of one slice, shape ``(1,)``, that is all rows."""

    statistic: Statistic
