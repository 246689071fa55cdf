"""Statistics that can only be computed from rows, by a function that is not ours: resampled row by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..slices import FloatArray, IntArray, Slices
from ..stats import bootstrap
from ..stats.interval import Interval
from ..stats.sections import SECTIONS, sections_interval
from .base import BoolArray, RowStatistic, Statistic

MANY_ROWS = 5_000
"""From here on the rows are divided into sections instead of resampled: one pass over them in place of hundreds."""


@dataclass(frozen=True)
class ResampledRows(RowStatistic):
    """``score`` of a set of rows, given by their numbers; NaN where it has no value.

    Percentiles of ``replicates`` bootstrap samples; from 5,000 rows on, the spread between 50 random sections.
    """

    score: Callable[[IntArray], float]
    replicates: int = 200
    unit: str = ""

    def by(self, slices: Slices, rng: np.random.Generator) -> Resampled:
        found = [self._sampled(slices.select(i), rng) for i in range(len(slices.labels))]
        return Resampled(
            np.array([value for value, _ in found]),
            slices.rows.astype(np.float64),
            [draws for _, draws in found],
            self.unit,
        )

    def _sampled(self, rows: IntArray, rng: np.random.Generator) -> tuple[float, FloatArray]:
        value = self.score(rows)
        if len(rows) >= MANY_ROWS:
            parts = np.array([self.score(part) for part in np.array_split(rng.permutation(rows), SECTIONS)])
            if np.isfinite(parts).all():
                return value, parts
        if np.isnan(value):
            return value, np.zeros(0)
        draws = [self.score(rng.choice(rows, len(rows))) for _ in range(self.replicates)]
        return value, np.array(draws)


@dataclass(frozen=True)
class Resampled(Statistic):
    """Values of the slices, and for each its replicates or sections."""

    value: FloatArray
    n: FloatArray
    draws: list[FloatArray] = field(repr=False)
    unit: str  # type: ignore[misc]

    def interval(self, level: float) -> Interval:
        found = [self._one(value, draws, level) for value, draws in zip(self.value, self.draws, strict=True)]
        return Interval(np.array([low for low, _ in found]), np.array([high for _, high in found]))

    def _one(self, value: float, draws: FloatArray, level: float) -> tuple[float, float]:
        if not _vary(draws):
            return -np.inf, np.inf
        make = sections_interval if len(draws) == SECTIONS else bootstrap.percentile
        low, high = make(value, draws, level)
        return float(low), float(high)

    @property
    def method(self) -> list[str]:
        return ["sections-t" if len(draws) == SECTIONS else "row-bootstrap" for draws in self.draws]

    @property
    def degenerate(self) -> BoolArray:
        return np.array([not _vary(draws) for draws in self.draws])


def _vary(draws: FloatArray) -> bool:
    """Whether the replicates tell anything of the spread."""
    return len(draws) > 0 and bool(np.isfinite(draws).all()) and bool(np.ptp(draws) > 0)
