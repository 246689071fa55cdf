"""Rates and what is made of them: proportions, monotone functions of one, averages of several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray
from ..stats import clusters, combine
from ..stats import proportion as rate
from ..stats.interval import Interval
from . import band
from .band import Band, banded
from .base import MINIMUM_ROWS, BoolArray, Statistic, divide


@dataclass(frozen=True)
class Proportion(Statistic):
    """A rate: ``hits`` out of ``trials``. Wilson interval; Clopper-Pearson at the edges and for small n.

    ``of`` maps the rate to another scale if it is a strictly increasing function, such as F1 of the
    Jaccard index; interval ends are mapped alike, so coverage is unchanged.
    """

    hits: FloatArray
    trials: FloatArray
    of: Callable[[FloatArray], FloatArray] | None = None

    @property
    def value(self) -> FloatArray:  # type: ignore[override]
        share = divide(self.hits, self.trials)
        return self.of(share) if self.of else share

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return np.asarray(self.trials, float)

    def interval(self, level: float) -> Interval:
        low, high = rate.proportion(self.hits, self.trials, level)
        return Interval(self.of(low), self.of(high)) if self.of else Interval(low, high)

    def guaranteed(self, level: float) -> Interval:
        low, high = rate.clopper_pearson(self.hits, self.trials, level)
        return Interval(self.of(low), self.of(high)) if self.of else Interval(low, high)

    def band(self, places: IntArray, rng: np.random.Generator) -> Band | None:
        counts = np.stack([self.hits[places], self.trials[places] - self.hits[places]])
        return banded(band.rate, counts, rng, back=self.of or band.same, domain=(0.0, 1.0))

    @property
    def method(self) -> list[str]:
        return [str(name) for name in rate.proportion_method(self.hits, self.trials)]

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"hits": self.hits, "trials": self.trials}

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray((np.asarray(self.hits) == 0) | (np.asarray(self.hits) == self.trials))


@dataclass(frozen=True)
class Exact(Proportion):
    """A rate with the Clopper-Pearson interval, whatever the number of trials."""

    def interval(self, level: float) -> Interval:
        return self.guaranteed(level)

    @property
    def method(self) -> list[str]:
        return ["clopper-pearson"] * len(self.trials)


@dataclass(frozen=True)
class Designed(Proportion):
    """A rate of weighted or clustered rows: hits and trials are those of independent rows that tell as much.

    Korn & Graubard (1998), Surv. Methodol. 24:193: the effective trials, and t in place of the normal quantile.
    """

    sums: clusters.ClusterSums | None = None

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        assert self.sums is not None
        return self.sums.clusters

    def interval(self, level: float) -> Interval:
        assert self.sums is not None
        low, high = clusters.rate_interval(self.sums, level)
        return Interval(self.of(low), self.of(high)) if self.of else Interval(low, high)

    def guaranteed(self, level: float) -> Interval:
        return self.interval(level)

    def band(self, places: IntArray, rng: np.random.Generator) -> Band | None:
        return None

    @property
    def method(self) -> list[str]:
        return ["korn-graubard"] * len(self.hits)

    @property
    def counts(self) -> dict[str, FloatArray]:
        assert self.sums is not None
        return {**design_counts(self.sums), "effective_hits": self.hits, "effective_trials": self.trials}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(np.minimum(self.trials, self.n) < MINIMUM_ROWS)


def designed(sums: clusters.ClusterSums, of: Callable[[FloatArray], FloatArray] | None = None) -> Designed:
    """The rate behind ``sums`` on its effective trials."""
    trials = np.where(sums.m > 0, clusters.effective_trials(sums), 0.0)
    return Designed(np.clip(np.nan_to_num(sums.ratio), 0, 1) * trials, trials, of, sums)


def design_counts(sums: clusters.ClusterSums) -> dict[str, FloatArray]:
    """The totals from which a designed estimate can be recomputed."""
    return {
        "weighted_sum": sums.y,
        "weight": sums.m,
        "clusters": sums.clusters,
        "sum_of_squares": sums.yy,
        "sum_of_products": sums.ym,
        "squared_weights": sums.mm,
    }


@dataclass(frozen=True)
class Average(Statistic):
    """Mean of several rates over disjoint rows, such as balanced accuracy.

    Interval by MOVER (Zou & Donner 2008, doi:10.1002/sim.3095): no resampling, defined at the edges.
    """

    rates: Sequence[Proportion]

    @property
    def value(self) -> FloatArray:  # type: ignore[override]
        return np.asarray(np.mean([r.value for r in self.rates], axis=0))

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return np.asarray(np.min([r.n for r in self.rates], axis=0))

    def interval(self, level: float) -> Interval:
        bounds = [r.interval(level) for r in self.rates]
        values = np.stack([r.value for r in self.rates])
        values = np.where(np.isnan(values), 0.5, values)
        weights = np.full(len(self.rates), 1 / len(self.rates))
        low, high = np.stack([b.low for b in bounds]), np.stack([b.high for b in bounds])
        interval = combine.mover_sum(values, low, high, weights)
        return Interval(np.clip(interval.low, 0, 1), np.clip(interval.high, 0, 1))

    @property
    def method(self) -> list[str]:
        return ["mover"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {f"{key}_{i}": value for i, r in enumerate(self.rates) for key, value in r.counts.items()}

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(np.logical_and.reduce([r.degenerate for r in self.rates]))
