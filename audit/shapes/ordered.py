"""Statistics that need the rows of each slice together: medians, maxima, ranks, and losses against a slice's own median."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray, Slices
from ..stats.agreement import Delta, below_one
from ..stats.interval import Interval, normal_quantile
from ..stats.linearised import BELOW_ONE, FISHER, spread, t_quantile
from ..stats.quantile import exceedance, quantile_ranks, weighted_quantile, weighted_quantile_interval
from ..stats.rank_correlation import kendall, rank_interval, spearman, weighted_spearman
from .agreement import Estimated
from .base import MINIMUM_ROWS, BoolArray, RowStatistic, Statistic, rows_of
from .linearised import Linearised, linearised, weighted_rows
from .losses import finite


@dataclass(frozen=True)
class Quantile(RowStatistic):
    """The ``share`` quantile of a value per row, the median by default; exact interval between order statistics."""

    values: FloatArray
    share: float = 0.5
    lower: float = -np.inf
    upper: float = np.inf
    unit: str = ""

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedQuantile | WeightedQuantile:
        finite(self.values)
        if slices.design is not None:
            return WeightedQuantile(self.values, slices, self.share, (self.lower, self.upper), self.unit)
        ordered: list[FloatArray] = [np.empty(0)] * len(slices.labels)
        for place, rows in rows_of(slices):
            ordered[place] = np.sort(self.values[rows])
        return SlicedQuantile(ordered, self.share, (self.lower, self.upper), self.unit)


class SlicedQuantile(Statistic):
    """Quantiles of rising values; ``(S,)``."""

    def __init__(self, ordered: list[FloatArray], share: float, range: tuple[float, float], unit: str) -> None:
        """``ordered``: the values of each slice in rising order."""
        self._ordered, self._share, self._range = ordered, share, range
        self.n = np.array([float(len(values)) for values in ordered])
        self.value = np.array([np.quantile(values, share) if len(values) else np.nan for values in ordered])
        self.unit = unit  # type: ignore[misc]

    def interval(self, level: float) -> Interval:
        low, high = quantile_ranks(self.n, self._share, level)
        return Interval(self._at(low), self._at(high))

    def _at(self, ranks: IntArray) -> FloatArray:
        """Value of each rank, counted from 1; the ends of the range below and above."""
        lower, upper = self._range
        found = zip(self._ordered, ranks, strict=True)
        return np.array([lower if r < 1 else upper if r > len(v) else v[r - 1] for v, r in found])

    @property
    def method(self) -> list[str]:
        return ["order-statistics"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"n": self.n}


class WeightedQuantile(Statistic):
    """Quantiles of weighted or clustered rows; order statistics of as many independent rows as tell as much."""

    designed = True

    def __init__(self, values: FloatArray, slices: Slices, share: float, range: tuple[float, float], unit: str) -> None:
        """``values``: per row."""
        size = len(slices.labels)
        self._share, self._range = share, range
        self._rows: dict[int, tuple[FloatArray, FloatArray]] = {}
        self._effective, self._freedom = np.zeros(size), np.ones(size)
        self.n, self.value = np.zeros(size), np.full(size, np.nan)
        self.unit = unit  # type: ignore[misc]
        for place, rows, weights, cluster in weighted_rows(slices):
            self._rows[place] = values[rows], weights
            self.value[place] = weighted_quantile(values[rows], weights, share)
            below = values[rows] <= self.value[place]
            found = spread(weights * (below - weights @ below / len(rows)) / len(rows), weights, cluster)
            self.n[place], self._freedom[place] = found.clusters, found.freedom
            kish = len(rows) ** 2 / float((weights**2).sum())
            self._effective[place] = min(float(found.effective) if found.error > 0 else float(found.clusters), kish)

    def interval(self, level: float) -> Interval:
        shrink = (normal_quantile(level) / t_quantile(self._freedom, level)) ** 2
        lower, upper = self._range
        low, high = np.full(len(self.n), lower), np.full(len(self.n), upper)
        for place, (values, weights) in self._rows.items():
            low[place], high[place] = weighted_quantile_interval(
                values, weights, self._effective[place] * shrink[place], self._share, level, lower=lower, upper=upper
            )
        return Interval(low, high)

    @property
    def method(self) -> list[str]:
        return ["woodruff"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"clusters": self.n, "effective_rows": self._effective, "degrees_of_freedom": self._freedom}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(self._effective < MINIMUM_ROWS)


@dataclass(frozen=True)
class Largest(RowStatistic):
    """The greatest value per row. It bounds that of the population from below, and nothing bounds it from above."""

    values: FloatArray
    unit: str = ""

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedLargest:
        finite(self.values)
        found = np.full(len(slices.labels), np.nan)
        if slices.design is not None:
            n = np.zeros(len(found))
            for place, rows, _, cluster in weighted_rows(slices):
                found[place] = self.values[rows].max()
                n[place] = len(rows) if cluster is None else len(np.unique(cluster))
            return SlicedLargest(found, n, self.unit)
        for place, rows in rows_of(slices):
            found[place] = self.values[rows].max() if len(rows) else np.nan
        return SlicedLargest(found, slices.rows.astype(float), self.unit)


@dataclass(frozen=True)
class SlicedLargest(Statistic):
    """Sample maxima, ``(S,)``."""

    value: FloatArray
    n: FloatArray
    """Rows; clusters, where rows have some."""
    unit: str  # type: ignore[misc]
    designed = True

    def interval(self, level: float) -> Interval:
        low = np.where(np.isnan(self.value), -np.inf, self.value)
        return Interval(low, np.full(len(low), np.inf))

    @property
    def method(self) -> list[str]:
        return ["sample-maximum"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"n": self.n, "share_beyond_at_most": exceedance(self.n)}


@dataclass(frozen=True)
class RankCorrelation(RowStatistic):
    """Spearman's correlation of two values per row, ``(n,)`` each."""

    first: FloatArray
    second: FloatArray

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> Estimated | Linearised:
        if slices.design is not None:
            return linearised(slices, self._weighted, FISHER)
        found = _each(slices, lambda rows: spearman(self.first[rows], self.second[rows]))
        return Estimated(found, _rank_limits, {}, "rank-influence")

    def _weighted(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        value, influence = weighted_spearman(self.first[rows], self.second[rows], weights)
        return value, influence * weights / len(rows)


@dataclass(frozen=True)
class PairOrder(RowStatistic):
    """Kendall's correlation of two values per row, ``(n,)`` each."""

    first: FloatArray
    second: FloatArray

    def by(self, slices: Slices, rng: np.random.Generator) -> Estimated:
        found = _each(slices, lambda rows: kendall(self.first[rows], self.second[rows]))
        return Estimated(found, _rank_limits, {}, "rank-influence")


def _rank_limits(estimate: Delta, level: float) -> Interval:
    return rank_interval(estimate.value, estimate.error, estimate.n, level)


@dataclass(frozen=True)
class Explained(RowStatistic):
    """1 - mean |y - f| / mean |y - median y|, the median being that of the slice; ``labels``, ``predictions`` ``(n,)``."""

    labels: FloatArray
    predictions: FloatArray

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> Estimated | Linearised:
        if slices.design is not None:
            return linearised(slices, self._weighted, BELOW_ONE)
        return Estimated(_each(slices, self._one), below_one, {}, "delta")

    def _weighted(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        y, share = self.labels[rows], weights / len(rows)
        left, whole = np.abs(y - self.predictions[rows]), np.abs(y - weighted_quantile(y, weights, 0.5))
        above, under = float(share @ left), float(share @ whole)
        if under == 0:
            return np.nan, np.full(len(rows), np.nan)
        return 1 - above / under, share * (above / under * whole - left) / under

    def _one(self, rows: IntArray) -> tuple[float, float]:
        y = self.labels[rows]
        left, whole = np.abs(y - self.predictions[rows]), np.abs(y - np.median(y))
        above, under = float(left.mean()), float(whole.mean())
        if under == 0:
            return np.nan, 0.0
        # The median minimises what it is put into, so that its own error does not count at first order.
        influence = (left - above / under * whole) / under
        most = float(np.max(np.abs(influence))) or 1.0  # so that no square overflows
        return 1 - above / under, most * float(np.std(influence / most, ddof=1) / np.sqrt(len(y)))


def _each(slices: Slices, function: Callable[[IntArray], tuple[float, float]]) -> Delta:
    """Value and standard error of each slice; undefined with fewer than three rows."""
    value, error = np.full(len(slices.labels), np.nan), np.zeros(len(slices.labels))
    for place, rows in rows_of(slices):
        if len(rows) > 2:
            value[place], error[place] = function(rows)
    return Delta(value, error, slices.rows.astype(float))
