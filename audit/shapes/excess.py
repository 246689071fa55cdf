"""The rate inside a group of rows against the rate outside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, Slices
from ..stats.difference import newcombe
from ..stats.interval import Interval
from .base import MINIMUM_ROWS, BoolArray, RowStatistic, Statistic, divide


@dataclass(frozen=True)
class Excess(RowStatistic):
    """Rate of ``yes`` among the ``used`` rows ``inside`` a group, minus that among the other used rows; ``(n,)`` each."""

    yes: BoolArray
    inside: BoolArray
    used: BoolArray

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedExcess:
        inside, outside = self.inside & self.used, ~self.inside & self.used
        parts = (inside & self.yes, inside, outside & self.yes, outside)
        return SlicedExcess(*(slices.sum(part) for part in parts))


@dataclass(frozen=True)
class SlicedExcess(Statistic):
    """Counts of two independent rates per slice; Newcombe's hybrid score interval of their difference."""

    hits: FloatArray
    trials: FloatArray
    other_hits: FloatArray
    other_trials: FloatArray
    unit = "difference"

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return self.trials + self.other_trials

    @property
    def value(self) -> FloatArray:  # type: ignore[override]
        return divide(self.hits, self.trials) - divide(self.other_hits, self.other_trials)

    def interval(self, level: float) -> Interval:
        return newcombe(self.hits, self.trials, self.other_hits, self.other_trials, level)

    @property
    def method(self) -> list[str]:
        return ["newcombe"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {
            "hits": self.hits,
            "trials": self.trials,
            "other_hits": self.other_hits,
            "other_trials": self.other_trials,
        }

    @property
    def insufficient(self) -> BoolArray:
        return np.minimum(self.trials, self.other_trials) < MINIMUM_ROWS
