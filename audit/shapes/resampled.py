"""Statistics that can only be computed from rows, by a function that is not ours: resampled row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..design import Design
from ..errors import NotAssessed
from ..slices import FloatArray, IntArray, Slices
from ..stats import bootstrap
from ..stats.content import by_content
from ..stats.interval import Interval
from ..stats.sections import SECTIONS, sections_interval
from .base import BoolArray, RowStatistic, Statistic

MANY_ROWS = 5_000
"""From here on the rows are divided into sections instead of resampled: one pass over them in place of hundreds."""


MANY_UNITS = 1_000
"""Likewise of clusters, so that every section has 20."""

Score = Callable[[IntArray, FloatArray | None], float]
"""Of rows, given by their numbers, with their weights if rows have some; NaN where it has no value."""


@dataclass(frozen=True)
class ResampledRows(RowStatistic):
    """``score`` of a set of rows, which depends on ``columns`` alone; ``weighs`` says whether it takes weights.

    Percentiles of ``replicates`` bootstrap samples; from 5,000 rows on, the spread between 50 random sections. Clusters
    are drawn, and put into sections, as a whole; in the order of what the rows hold, whatever it is in the file.
    """

    score: Score
    columns: Sequence[npt.NDArray[Any]]
    replicates: int = 200
    unit: str = ""
    weighs: bool = True
    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> Resampled:
        design = slices.design
        if design is not None and not self.weighs and np.ptp(design.weight) > 0:
            raise NotAssessed("the score takes no weights")
        order = by_content(*self.columns, slices.cell, *([] if design is None else [design.weight]))
        inside = slices.members[:, slices.cell[order]] > 0
        units = [_Units(order[rows], design) for rows in inside]
        found = [self._sampled(of, rng) for of in units]
        size = np.array([float(len(of)) for of in units])
        return Resampled(
            np.array([value for value, _ in found]), size, [draws for _, draws in found], self.unit, design is not None
        )

    def _score(self, rows: IntArray, weight: FloatArray | None) -> float:
        return self.score(rows, weight[rows] if weight is not None and self.weighs else None)

    def _sampled(self, units: _Units, rng: np.random.Generator) -> tuple[float, FloatArray]:
        value = self._score(units.rows, units.weight)
        if len(units.rows) >= MANY_ROWS and len(units) >= MANY_UNITS:
            parts = [units.some(part) for part in np.array_split(rng.permutation(len(units)), SECTIONS)]
            found = np.array([self._score(part, units.weight) for part in parts])
            if np.isfinite(found).all():
                return value, value + units.share(parts) * SECTIONS * (found - value)
        if np.isnan(value):
            return value, np.zeros(0)
        drawn = (units.some(rng.integers(0, len(units), len(units))) for _ in range(self.replicates))
        return value, np.array([self._score(rows, units.weight) for rows in drawn])


class _Units:
    """What is drawn as a whole: rows, or clusters of them."""

    def __init__(self, rows: IntArray, design: Design | None) -> None:
        self.weight = None if design is None else design.weight
        self.rows = rows if self.weight is None else rows[self.weight[rows] > 0]
        self._clusters: list[IntArray] | None = None
        if design is not None and design.cluster is not None:
            ordered = self.rows[np.argsort(design.cluster[self.rows], kind="stable")]
            self._clusters = np.split(ordered, np.flatnonzero(np.diff(design.cluster[ordered])) + 1)

    def __len__(self) -> int:
        return len(self.rows) if self._clusters is None or not len(self.rows) else len(self._clusters)

    def some(self, chosen: IntArray) -> IntArray:
        """Rows of these units."""
        return self.rows[chosen] if self._clusters is None else np.concatenate([self._clusters[i] for i in chosen])

    def share(self, parts: list[IntArray]) -> FloatArray:
        """Of all weight in each of several sets of rows; equal shares without weights."""
        if self.weight is None:
            return np.full(len(parts), 1 / len(parts))
        totals = np.array([float(self.weight[rows].sum()) for rows in parts])
        return np.asarray(totals / totals.sum())


@dataclass(frozen=True)
class Resampled(Statistic):
    """Values of the slices, and for each its replicates or sections."""

    value: FloatArray
    n: FloatArray
    draws: list[FloatArray] = field(repr=False)
    unit: str  # type: ignore[misc]
    designed: bool = False  # type: ignore[misc]

    def interval(self, level: float) -> Interval:
        found = [self._one(*of, level) for of in zip(self.value, self.draws, self.n, strict=True)]
        return Interval(np.array([low for low, _ in found]), np.array([high for _, high in found]))

    def _one(self, value: float, draws: FloatArray, units: float, level: float) -> tuple[float, float]:
        if not _vary(draws):
            return -np.inf, np.inf
        if len(draws) == SECTIONS:
            low, high = sections_interval(value, draws, level)
        elif self.designed:
            low, high = bootstrap.expanded_percentile(value, draws, units, level)
        else:
            low, high = bootstrap.percentile(value, draws, level)
        return float(low), float(high)

    @property
    def method(self) -> list[str]:
        drawn = "cluster-bootstrap" if self.designed else "row-bootstrap"
        return ["sections-t" if len(draws) == SECTIONS else drawn for draws in self.draws]

    @property
    def degenerate(self) -> BoolArray:
        return np.array([not _vary(draws) for draws in self.draws])


def _vary(draws: FloatArray) -> bool:
    """Whether the replicates tell anything of the spread."""
    return len(draws) > 0 and bool(np.isfinite(draws).all()) and bool(np.ptp(draws) > 0)
