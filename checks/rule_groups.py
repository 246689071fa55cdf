"""Groups as rules compare them: whole numbers of people, ratios of rates to the highest one, nothing rounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from ..audit.attributes import MISSING
from ..audit.shapes.base import BoolArray
from ..audit.shapes.compared import Divided
from ..audit.shapes.rates import Proportion
from ..audit.shapes.sides import Sides
from ..audit.slices import IntArray

UNKNOWN = (MISSING, "(empty)", "?", "unknown", "not stated", "not specified", "prefer not to say", "declined")
"""Levels that stand for people of whom the attribute is not known."""

LEVEL = 0.95
FOUR_FIFTHS = Fraction(4, 5)
DASH = "\N{EN DASH}"


class ToHighest(Divided):
    """Ratio to the highest rate, of however few people it is: a rule does not ask whether they are enough."""

    def _choice(self) -> int | None:
        value = self.each.value
        return None if np.isnan(value).all() else int(np.nanargmax(value))


@dataclass(frozen=True)
class Groups:
    """Hits and trials of disjoint groups, ``(L,)``; ``judged`` are those that a rule compares with each other."""

    names: list[str]
    hits: IntArray
    trials: IntArray
    judged: BoolArray

    @property
    def top(self) -> int | None:
        """The judged group with the highest rate; None if none of them has a hit."""
        best = max(np.flatnonzero(self.judged).tolist(), key=self.rate, default=None)
        return best if best is not None and self.hits[best] else None

    def rate(self, group: int) -> Fraction:
        """Share of hits, exact."""
        return Fraction(int(self.hits[group]), int(self.trials[group]))

    def ratio(self, group: int) -> Fraction | None:
        """Rate divided by the highest one, exact; None for a group that is not judged, or if nobody has a hit."""
        return self.rate(group) / self.rate(self.top) if self.top is not None and self.judged[group] else None

    def shifted(self, group: int, by: int) -> Groups | None:
        """The same groups if ``by`` more people of one were hit; None if there are not that many."""
        hits = self.hits.copy()
        hits[group] += by
        return replace(self, hits=hits) if 0 <= hits[group] <= self.trials[group] else None

    @cached_property
    def limits(self) -> list[tuple[Fraction, Fraction] | None]:
        """Interval of each ratio, allowing for the choice of the highest rate by the data; None if there is none.

        Koopman's ends, least over the other groups with enough people; none where the highest rate is of too few.
        """
        found: list[tuple[Fraction, Fraction] | None] = [None] * len(self.names)
        rates = Proportion(self.hits[self.judged].astype(float), self.trials[self.judged].astype(float))
        if self.top is None:
            return found
        ratios = ToHighest(rates, Sides(np.arange(len(rates.n)), "most_selected"))
        low, high = ratios.interval(LEVEL)
        for k, group in enumerate(np.flatnonzero(self.judged)):
            if not ratios.insufficient[k]:
                found[group] = Fraction(float(low[k])), Fraction(float(high[k]))
        return found


def is_unknown(levels: Sequence[str], unknown: Sequence[str]) -> BoolArray:
    """Which of the levels stand for unknown, whatever their case."""
    words = {word.strip().casefold() for word in unknown}
    return np.array([level.strip().casefold() in words for level in levels])


def rounded(number: Fraction, places: int) -> str:
    """``number``, 0 or more, with so many decimals; halves go up."""
    scaled = (2 * number.numerator * 10**places + number.denominator) // (2 * number.denominator)
    return f"{scaled // 10**places}.{scaled % 10**places:0{places}d}"


def percent(share: Fraction) -> str:
    """``43.9 %``."""
    return f"{rounded(100 * share, 1)}\N{NO-BREAK SPACE}%"


def shown(ratio: Fraction | None, limit: Fraction = FOUR_FIFTHS) -> str:
    """A ratio with three decimals, or as many more as keep it on its side of the limit."""
    if ratio is None:
        return DASH
    places = 3
    while ratio != limit and places < 12 and (Fraction(rounded(ratio, places)) < limit) != (ratio < limit):
        places += 1
    return rounded(ratio, places)


def between(limits: tuple[Fraction, Fraction] | None) -> str:
    """``0.575–1.000``; of a group whose rate is surely the highest there is nothing to say but that."""
    if limits is None or limits[0] == limits[1]:
        return DASH if limits is None else "surely highest"
    return f"{shown(limits[0])}{DASH}{shown(limits[1])}"
