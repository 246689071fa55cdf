"""How well scores rank: the area under the ROC curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, Slices
from ..stats import auroc
from ..stats.interval import Interval
from .base import MINIMUM_CLASS, BoolArray, RowStatistic, Statistic
from .ranked import Ranked, ranked


@dataclass(frozen=True)
class Ranking(RowStatistic):
    """Scores ``(n,)`` and labels ``(n,)`` in {0, 1}; the statistic is the AUROC, ties counted half."""

    scores: FloatArray
    labels: npt.NDArray[np.int64]

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedRanking:
        found = [_one(one) for one in ranked(self.scores, self.labels, slices)]
        return SlicedRanking(*np.array(found).T)


def _one(counts: Ranked) -> tuple[float, float, float, float]:
    """Area, variance and class counts."""
    area, variance = auroc.delong_counts(*counts)
    return float(area), float(variance), float(counts.positives.sum()), float(counts.negatives.sum())


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
