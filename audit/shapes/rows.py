"""Statistics of values per row: outcomes, means, and pairs of outcomes of the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, IntArray, Slices
from ..stats import clusters, difference, mean
from ..stats.interval import Interval
from .base import BoolArray, RowStatistic, Statistic, divide
from .rates import Proportion, design_counts, designed


@dataclass(frozen=True)
class Outcomes(RowStatistic):
    """One yes or no per row ("still right under noise"); becomes a :class:`Proportion` per slice.

    ``among``: which rows count, ``(n,)``, where it is not all of them; what the others say is not looked at.
    """

    yes: npt.NDArray[Any]
    among: BoolArray | None = None
    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> Proportion:
        if self.among is None:
            if slices.design is not None:
                return designed(slices.design.of_rows(slices, self.yes.astype(np.float64)))
            return Proportion(slices.sum(self.yes), slices.rows.astype(float))
        yes, among = self.yes.astype(bool) & self.among, self.among.astype(np.float64)
        if slices.design is not None:
            return designed(slices.design.of_rows(slices, yes.astype(np.float64), among))
        return Proportion(slices.sum(yes), slices.sum(among))


@dataclass(frozen=True)
class Sampled(RowStatistic):
    """A statistic of some of the rows; ``inner`` has the values of these alone, in the order of ``rows`` ``(m,)``."""

    inner: RowStatistic
    rows: IntArray

    @property
    def designed(self) -> bool:  # type: ignore[override]
        """As the inner statistic."""
        return self.inner.designed

    def by(self, slices: Slices, rng: np.random.Generator) -> Statistic:
        return self.inner.by(slices.at(self.rows), rng)


@dataclass(frozen=True)
class Mean(RowStatistic):
    """Mean of a loss per row; ``lower`` and ``upper`` are the limits of what a loss can be."""

    values: FloatArray
    lower: float = -np.inf
    upper: float = np.inf
    unit: str = ""
    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedMean | DesignedMean:
        if slices.design is not None:
            return DesignedMean(slices.design.of_rows(slices, self.values), (self.lower, self.upper), self.unit)
        # Centred before squaring: the sum of squares of a large constant would drown the spread.
        centre = float(np.mean(self.values)) if len(self.values) else 0.0
        shifted = self.values - centre
        return SlicedMean(
            n=slices.rows.astype(float),
            total=slices.sum(self.values),
            centre=centre,
            shifted=slices.sum(shifted),
            squares=slices.sum(shifted**2),
            range=(self.lower, self.upper),
            unit=self.unit,
        )


@dataclass(frozen=True)
class SlicedMean(Statistic):
    """Count, sum, and sums around a common ``centre``; Student's t interval."""

    n: FloatArray
    total: FloatArray
    centre: float
    shifted: FloatArray
    squares: FloatArray
    range: tuple[float, float]
    unit: str  # type: ignore[misc]

    @property
    def value(self) -> FloatArray:  # type: ignore[override]
        return divide(self.total, self.n)

    def interval(self, level: float) -> Interval:
        low, high = self.range
        around = mean.student_t(
            self.n, self.shifted, self.squares, level, lower=low - self.centre, upper=high - self.centre
        )
        return Interval(around.low + self.centre, around.high + self.centre)

    @property
    def method(self) -> list[str]:
        return ["hoeffding" if edge else "student-t" for edge in self.degenerate]

    @property
    def counts(self) -> dict[str, FloatArray]:
        squares = self.squares + 2 * self.centre * self.shifted + self.n * self.centre**2
        return {"n": self.n, "sum": self.total, "sum_of_squares": squares}

    @property
    def degenerate(self) -> BoolArray:
        spread = self.squares - divide(self.shifted**2, np.maximum(self.n, 1))
        return (self.n < 2) | (spread <= 1e-12 * np.maximum(self.squares, 1e-300))


@dataclass(frozen=True)
class DesignedMean(Statistic):
    """Mean of weighted or clustered rows; t interval from the linearised variance."""

    sums: clusters.ClusterSums
    range: tuple[float, float]
    unit: str  # type: ignore[misc]

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return self.sums.clusters

    @property
    def value(self) -> FloatArray:  # type: ignore[override]
        return self.sums.ratio

    def interval(self, level: float) -> Interval:
        return clusters.mean_interval(self.sums, level, lower=self.range[0], upper=self.range[1])

    @property
    def method(self) -> list[str]:
        return ["linearised-t"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return design_counts(self.sums)

    @property
    def degenerate(self) -> BoolArray:
        return ~(np.isfinite(self.sums.variance) & (self.sums.variance > 0))


@dataclass(frozen=True)
class Paired(RowStatistic):
    """Two outcomes of the same rows; the statistic is the rate of ``after`` minus that of ``before``."""

    before: npt.NDArray[Any]
    after: npt.NDArray[Any]
    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedPairs | DesignedMean:
        if slices.design is not None:
            change = self.after.astype(np.float64) - self.before.astype(np.float64)
            return DesignedMean(slices.design.of_rows(slices, change), (-1.0, 1.0), "difference")
        before, after = self.before.astype(bool), self.after.astype(bool)
        cells = (before & after, ~before & after, before & ~after, ~before & ~after)
        return SlicedPairs(*(slices.sum(cell) for cell in cells))


@dataclass(frozen=True)
class SlicedPairs(Statistic):
    """Counts of pairs: both yes, gained, lost, both no. Newcombe's paired method 10 (1998c)."""

    both: FloatArray
    gained: FloatArray
    lost: FloatArray
    neither: FloatArray
    unit = "difference"

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return self.both + self.gained + self.lost + self.neither

    @property
    def value(self) -> FloatArray:  # type: ignore[override]
        return divide(self.gained - self.lost, self.n)

    def interval(self, level: float) -> Interval:
        return difference.newcombe_paired(self.both, self.gained, self.lost, self.neither, level)

    @property
    def method(self) -> list[str]:
        return ["newcombe-paired"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"both": self.both, "gained": self.gained, "lost": self.lost, "neither": self.neither}

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray((self.gained + self.lost) == 0)
