"""Comparisons of slices with a reference: signed differences, ratios, and what is made of several of them.

The reference is one slice of the partition, the rest of the rows, all rows, or the *best* slice (for selection rates the
most selected one), which the data choose. Being chosen by the data is part of the uncertainty: against the highest, the
parameter is the minimum over all other slices h of ``θ_g - θ_h`` (or ``θ_g / θ_h``), never above 0 (or 1). Its lower bound
is the least of the pairwise lower bounds, which needs no correction; its upper bound is the least of the pairwise upper
bounds at the Bonferroni level (union bound). No row has to be resampled.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..slices import IntArray, Partition, Slices
from .base import RowStatistic, Statistic
from .compared import Compared, Differenced, Divided, OddsDivided
from .confusion import Functional
from .contrasted import Differing, Multiplied
from .joined import Joined, Largest, MeanAbsolute
from .rates import Proportion
from .rows import Outcomes
from .sides import Best, Sides

Part = Statistic | RowStatistic | Functional


class Comparison(ABC):
    """What a check returns to ask for a comparison of the slices of every partition.

    ``best``: whom the slices are compared with where the plan names nobody: the slice with the highest or the lowest value;
    None means the rest of the rows. ``word``: what the best one is called.
    """

    best: Best | None
    word: str
    everybody: str = ""
    """Whom each slice is compared with, where that does not depend on the reference."""
    always: bool = False
    """Whether the best one is the reference even where the plan names another."""

    @property
    def apart(self) -> bool:
        """Whether both sides may share no row: where the plan names all rows, the reference is then the rest of them."""
        return False

    def among(self, slices: Slices, partition: Partition) -> IntArray:
        """Positions of the slices of a partition that are compared with each other."""
        return partition.slices

    def on(self, slices: Slices, rng: np.random.Generator) -> Comparison:
        """The same with all that depends on the slices worked out."""
        return self

    @abstractmethod
    def of(self, sides: Sides) -> tuple[Statistic, list[int | None]]:
        """The comparison within one partition, ``(L,)``, and the place of the reference of each part."""


@dataclass(frozen=True)
class OfParts(Comparison):
    """A comparison of statistics by name, each as ``how``, and ``join`` if one number is made of several."""

    parts: Mapping[str, Part]
    how: type[Compared]
    best: Best | None = "highest"
    word: str = "highest"
    join: type[Joined] | None = None

    @property
    def apart(self) -> bool:
        return self.how.apart

    def on(self, slices: Slices, rng: np.random.Generator) -> OfParts:
        found = {key: one.by(slices, rng) if isinstance(one, RowStatistic) else one for key, one in self.parts.items()}
        return replace(self, parts=found)

    def of(self, sides: Sides) -> tuple[Statistic, list[int | None]]:
        found = {
            key: self.how(part, sides, self.best or "highest")
            for key, part in self.parts.items()
            if isinstance(part, Statistic)
        }
        chosen = [one.chosen for one in found.values()]
        return self.join(found) if self.join else next(iter(found.values())), chosen


def _is_rate(of: Part) -> bool:
    """Whether hits and trials are all there is to it; a rate on another scale, such as F1, is compared on that scale."""
    return isinstance(of, Outcomes) or (isinstance(of, Proportion) and of.of is None)


def Difference(of: Part, *, best: Best | None = "highest", word: str = "") -> Comparison:
    """Value of each slice minus that of the reference: 0 is parity."""
    return OfParts({"": of}, Differenced if _is_rate(of) else Differing, best, word or str(best))


def Ratio(of: Part, *, best: Best | None = "highest", word: str = "") -> Comparison:
    """Value of each slice divided by that of the reference: 1 is parity."""
    return OfParts({"": of}, Divided if _is_rate(of) else Multiplied, best, word or str(best))


def OddsRatio(of: Proportion, *, best: Best | None = None) -> Comparison:
    """Odds of each slice divided by those of the reference: 1 is parity."""
    return OfParts({"": of}, OddsDivided, best, str(best))


def LargestDifference(**rates: Proportion) -> Comparison:
    """The largest absolute difference among several rates: 0 is parity in all of them."""
    return OfParts(rates, Differenced, join=Largest)


def MeanDifference(**rates: Proportion) -> Comparison:
    """The mean of the absolute differences of several rates: 0 is parity in all of them."""
    return OfParts(rates, Differenced, join=MeanAbsolute)
