"""Areas under curves of several labels, averaged over labels or taken over all pairs of row and label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..slices import FloatArray, IntArray, Slices
from ..stats.linearised import LOGIT
from .base import RowStatistic
from .labelled import design_of
from .linearised import Linearised, linearised

Area = Callable[[FloatArray, IntArray, FloatArray], tuple[float, FloatArray]]
"""Of scores, labels in {0, 1} and weights ``(n,)``: value and what each row adds to it; NaN where it has none."""


@dataclass(frozen=True)
class LabelAreas(RowStatistic):
    """``area`` of scores ``(n, L)`` against labels ``(n, L)``; ``pooled`` takes all pairs of row and label as one sample.

    Otherwise it is the mean over the labels; those that have no area in a slice do not count.
    """

    scores: FloatArray
    labels: IntArray
    area: Area
    pooled: bool
    unit: str
    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> Linearised:
        function = self._micro if self.pooled else self._macro
        return linearised(replace(slices, design=design_of(slices)), function, LOGIT, self.unit)

    def _micro(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        y, p = self.labels[rows], self.scores[rows]
        value, added = self.area(p.ravel(), y.ravel(), np.repeat(weights, y.shape[1]))
        return value, added.reshape(y.shape).sum(axis=1)

    def _macro(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        y, p = self.labels[rows], self.scores[rows]
        found = [self.area(of, label, weights) for of, label in zip(p.T, y.T, strict=True)]
        found = [(value, added) for value, added in found if np.isfinite(value)]
        if not found:
            return float("nan"), np.full(len(rows), np.nan)
        values, parts = zip(*found, strict=True)
        return float(np.mean(values)), np.asarray(np.mean(parts, axis=0))
