"""Decisions within strata, and comparisons of groups that hold the strata fixed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray, Slices
from ..stats import stratified
from ..stats.interval import Interval
from .base import MINIMUM_ROWS, BoolArray, RowStatistic
from .compared import Compared
from .rates import Proportion
from .sides import Picked


@dataclass(frozen=True)
class Stratified(RowStatistic):
    """Yes or no per row ``(n,)``, and the stratum of each, from 0."""

    yes: IntArray
    stratum: IntArray

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedStrata:
        kinds = int(self.stratum.max()) + 1
        cells = slices.count(self.stratum * 2 + self.yes, kinds * 2).reshape(-1, kinds, 2)
        return SlicedStrata(slices.total_of(cells))


class SlicedStrata(Proportion):
    """Counts of misses and hits, ``(S, strata, 2)``; as a rate that of all strata together."""

    def __init__(self, tables: FloatArray) -> None:
        """``tables``: of every slice."""
        super().__init__(tables[..., 1].sum(axis=-1), tables.sum(axis=(-1, -2)))
        object.__setattr__(self, "tables", tables)

    tables: FloatArray


def strata(one: Picked, two: Picked) -> stratified.Strata:
    """The counts of two slices side by side."""
    first, second = (side.statistic.tables[side.at] for side in (one, two) if isinstance(side.statistic, SlicedStrata))
    return stratified.Strata(first[..., 1], first.sum(-1), second[..., 1], second.sum(-1))


class WithinStrata(Compared):
    """Compared within each stratum, where rows of both are found."""

    apart = True
    value_of: Callable[[stratified.Strata], FloatArray]
    interval_of: Callable[[stratified.Strata, float], Interval]

    @classmethod
    def contrast(cls, one: Picked, two: Picked) -> FloatArray:
        return cls.value_of(strata(one, two))

    @classmethod
    def pair(cls, one: Picked, two: Picked, level: float) -> Interval:
        return cls.interval_of(strata(one, two), level)

    @property
    def counts(self) -> dict[str, FloatArray]:
        if self.other is None:
            return {}
        of = strata(self.each, self.other)
        both = ((of.n1 > 0) & (of.n2 > 0)).sum(axis=-1)
        crude = {"rate": self.each.value, "reference_rate": self.other.value}
        return {**crude, "strata": both.astype(float), "shared_weight": of.shared}

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(np.isinf(self.value) | np.isin(self.value, self.extremes))

    @property
    def insufficient(self) -> BoolArray:
        if self.other is None:
            return super().insufficient
        return np.asarray(super().insufficient | (strata(self.each, self.other).shared < MINIMUM_ROWS / 2))


class StratifiedDifference(WithinStrata):
    """Mantel-Haenszel risk difference; Sato's interval."""

    unit = "difference"
    name = "mantel-haenszel-difference"
    neutral = 0.0
    extremes = (-1.0, 1.0)
    value_of = staticmethod(stratified.risk_difference)
    interval_of = staticmethod(stratified.risk_difference_interval)


class StratifiedOdds(WithinStrata):
    """Mantel-Haenszel common odds ratio; interval of Robins, Breslow and Greenland."""

    unit = "odds ratio"
    name = "mantel-haenszel-odds"
    neutral = 1.0
    extremes = (0.0, np.inf)
    value_of = staticmethod(stratified.odds_ratio)
    interval_of = staticmethod(stratified.odds_ratio_interval)
