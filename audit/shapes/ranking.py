"""How well scores rank: the area under the ROC curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, Slices
from ..stats import auroc
from ..stats.interval import Interval
from .base import MINIMUM_CLASS, BoolArray, RowStatistic, Statistic


@dataclass(frozen=True)
class Ranking(RowStatistic):
    """Scores ``(n,)`` and labels ``(n,)`` in {0, 1}; the statistic is the AUROC, ties counted half."""

    scores: FloatArray
    labels: npt.NDArray[np.int64]

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedRanking:
        # Sorted once for all: a stable order by score, then each slice takes its rows from it.
        order = np.argsort(self.scores, kind="stable")
        scores, labels, cell = self.scores[order], self.labels[order], slices.cell[order]
        found = [_one(scores, labels, slices.members[s, cell] > 0) for s in range(len(slices.labels))]
        return SlicedRanking(*(np.array(column) for column in zip(*found, strict=True)))


def _one(scores: FloatArray, labels: npt.NDArray[np.int64], chosen: BoolArray) -> tuple[float, float, float, float]:
    positives = float(labels[chosen].sum())
    negatives = float(chosen.sum() - positives)
    if not positives or not negatives:
        return np.nan, 0.0, positives, negatives
    value, variance = auroc.delong(scores[chosen], labels[chosen])
    return float(value), float(variance), positives, negatives


@dataclass(frozen=True)
class SlicedRanking(Statistic):
    """AUROC, DeLong variance and class counts. Logit-DeLong, or Newcombe's score interval near the edge."""

    value: FloatArray
    variance: FloatArray
    positives: FloatArray
    negatives: FloatArray
    unit = "auroc"

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return self.positives + self.negatives

    def interval(self, level: float) -> Interval:
        value = np.where(np.isnan(self.value), 0.5, self.value)
        low, high = auroc.auroc_interval(value, self.variance, self.positives, self.negatives, level)
        undefined = np.isnan(self.value)
        return Interval(np.where(undefined, 0.0, low), np.where(undefined, 1.0, high))

    @property
    def method(self) -> list[str]:
        return [str(m) for m in auroc.auroc_method(self.value, self.variance, self.positives, self.negatives)]

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"positives": self.positives, "negatives": self.negatives, "delong_variance": self.variance}

    @property
    def insufficient(self) -> BoolArray:
        return np.minimum(self.positives, self.negatives) < MINIMUM_CLASS

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self.variance <= 0)
