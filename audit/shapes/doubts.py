"""Reasons not to trust a measurement, that a check found while it measured."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Doubts:
    """Returned by a check beside its statistics. With a reason, no requirement on the check passes, nor on those that it vouches for.

    ``weak``: the measurement may be too kind (an attack that finds too little). ``invalid``: it may be wrong either way, so that
    a fail does not count either.
    """

    weak: list[str] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)
