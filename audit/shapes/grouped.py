"""Means of a value per row where rows of one query are not independent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..design import Design
from ..slices import FloatArray, IntArray, Slices
from .base import RowStatistic, Statistic
from .losses import Mapped
from .rows import DesignedMean


@dataclass(frozen=True)
class PerItem(RowStatistic):
    """Mean of a value per row, at least 0, with the rows of a query as a cluster; ``of`` maps it to another scale."""

    values: FloatArray
    queries: IntArray
    of: Callable[[FloatArray], FloatArray] | None = None
    unit: str = "ratio"

    def by(self, slices: Slices, rng: np.random.Generator) -> Statistic:
        design = Design(np.ones(len(self.values)), self.queries)
        mean = DesignedMean(design.of_rows(slices, self.values), (0.0, np.inf), self.unit)
        return mean if self.of is None else Mapped(mean, self.of, self.unit)
