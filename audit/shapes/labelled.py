"""Rates of the labels of rows, where a row has several: they are not independent, so rows are what is sampled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..design import Design
from ..slices import FloatArray, IntArray, Slices
from ..stats.interval import Interval
from ..stats.mean_rate import MeanRate, mean_rate, mean_rate_interval
from .base import MINIMUM_ROWS, BoolArray, RowStatistic, Statistic
from .linearised import weighted_rows
from .rates import Proportion, designed


@dataclass(frozen=True)
class LabelRates(RowStatistic):
    """Sum of ``hits`` over sum of ``trials`` of the rows ``(n,)``; ``of`` as in :class:`.rates.Proportion`.

    Where a row has one trial at most, it is a rate of independent rows.
    """

    hits: FloatArray
    trials: FloatArray
    of: Callable[[FloatArray], FloatArray] | None = None
    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> Proportion:
        if slices.design is None and self.trials.max(initial=0) <= 1:
            return Proportion(slices.sum(self.hits), slices.sum(self.trials), self.of)
        return designed(design_of(slices).of_rows(slices, self.hits, self.trials), self.of)


@dataclass(frozen=True)
class MeanOfLabels(RowStatistic):
    """Mean over the labels of hits over trials, both ``(n, L)``; a label without trials in a slice does not count."""

    hits: FloatArray
    trials: FloatArray
    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedMeanOfLabels:
        nothing = np.zeros((0, self.hits.shape[1]))
        found = [mean_rate(nothing, nothing)] * len(slices.labels)
        for place, rows, weights, cluster in weighted_rows(replace(slices, design=design_of(slices))):
            tables = (added(weights[:, None] * table[rows], cluster) for table in (self.hits, self.trials))
            found[place] = mean_rate(*tables)
        return SlicedMeanOfLabels(MeanRate(*np.array(found, dtype=np.float64).T))


@dataclass(frozen=True)
class SlicedMeanOfLabels(Statistic):
    """Means of rates with their linearised variance; Korn & Graubard's interval on the effective trials."""

    found: MeanRate

    @property
    def value(self) -> FloatArray:  # type: ignore[override]
        return self.found.value

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return self.found.clusters

    def interval(self, level: float) -> Interval:
        return mean_rate_interval(self.found, level)

    @property
    def method(self) -> list[str]:
        return ["mean-of-rates"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        names = {"rates": "labels", "clusters": "rows"}
        return {names.get(name, name): of for name, of in self.found._asdict().items() if name != "value"}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(np.minimum(self.n, self.found.effective_trials) < MINIMUM_ROWS)

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray((self.value <= 0) | (self.value >= 1))


def design_of(slices: Slices) -> Design:
    """Weights and clusters of the rows; each row a cluster of its own where there are none."""
    return slices.design or Design(np.ones(len(slices.cell)))


def added(values: FloatArray, of: IntArray | None) -> FloatArray:
    """Values of rows ``(n, ...)`` added up within clusters."""
    if of is None:
        return values
    sums = np.zeros((int(of.max(initial=-1)) + 1, *values.shape[1:]))
    np.add.at(sums, of, values)
    return sums
