"""Means over rows whose values depend on the rows around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..slices import IntArray, Slices
from ..stats.agreement import Delta
from ..stats.interval import Interval
from ..stats.neighbours import Neighbourhood, agreement, jackknife_error
from .agreement import Estimated
from .base import RowStatistic, rows_of


@dataclass(frozen=True)
class NeighbourAgreement(RowStatistic):
    """Mean share of the nearest rows with the same decision, ``(n,)``; jackknife over the rows."""

    decisions: IntArray
    of: Neighbourhood

    def by(self, slices: Slices, rng: np.random.Generator) -> Estimated:
        values, changes = agreement(self.decisions, self.of)
        value, error = np.full(len(slices.labels), np.nan), np.zeros(len(slices.labels))
        for place, rows in rows_of(slices):
            if len(rows) > 1:
                value[place] = values[rows].mean()
                error[place] = jackknife_error(values, changes, self.of.near, rows)
        return Estimated(Delta(value, error, slices.rows.astype(np.float64)), _limits, {}, "jackknife-t")


def _limits(estimate: Delta, level: float) -> Interval:
    """Student's t; without any spread the rule of three, (α/2)^(1/n) from the edge; (0, 1) where undefined."""
    from scipy.special import stdtrit

    size = np.maximum(estimate.n, 2)
    half = stdtrit(size - 1, (1 + level) / 2) * estimate.error
    half = np.where(estimate.error > 0, half, 1 - ((1 - level) / 2) ** (1 / size))
    value = np.where(np.isnan(estimate.value), 0.5, estimate.value)
    half = np.where(np.isnan(estimate.value), 1.0, half)
    return Interval(value - half, value + half).clip(0, 1)
