"""How well scores rank: the area under the ROC curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, IntArray, Slices
from ..stats import auroc
from ..stats.interval import Interval, normal_quantile
from ..stats.linearised import LOGIT, t_quantile
from .base import MINIMUM_CLASS, BoolArray, RowStatistic, Statistic
from .linearised import Linearised, linearised
from .ranked import Ranked, ranked


@dataclass(frozen=True)
class Ranking(RowStatistic):
    """Scores ``(n,)`` and labels ``(n,)`` in {0, 1}; the statistic is the AUROC, ties counted half."""

    scores: FloatArray
    labels: npt.NDArray[np.int64]

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedRanking | DesignedRanking:
        if slices.design is not None:
            return DesignedRanking.of(linearised(slices, self._area, LOGIT, "auroc", labels=self.labels))
        found = [_one(one) for one in ranked(self.scores, self.labels, slices)]
        return SlicedRanking(*np.array(found).T)

    def _area(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        return auroc.weighted_area(self.scores[rows], self.labels[rows], weights)


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
        pairs = self.value * self.positives * self.negatives  # in the right order; ties count half
        return {
            "ordered_pairs": pairs,
            "positives": self.positives,
            "negatives": self.negatives,
            "delong_variance": self.variance,
        }

    @property
    def insufficient(self) -> BoolArray:
        return np.minimum(self.positives, self.negatives) < MINIMUM_CLASS

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self.variance <= 0)


class DesignedRanking(Linearised):
    """AUROC of weighted or clustered rows: logit, or Newcombe's near the edge, as without a design."""

    def interval(self, level: float) -> Interval:
        low, high = super().interval(level)
        negatives, positives = self._sizes
        variance = self.spread.error**2 * (t_quantile(self.spread.freedom, level) / normal_quantile(level)) ** 2
        edge = auroc.effective_newcombe(self.value, variance, positives, negatives, level)
        found = edge.where(self._at_edge, Interval(low, high))
        undefined = np.isnan(self.value)
        return Interval(np.where(undefined, 0.0, found.low), np.where(undefined, 1.0, found.high))

    @property
    def _sizes(self) -> FloatArray:
        """Effective rows of both classes; no more than there are clusters where the rows tell nothing of the error."""
        assert self.classes is not None
        return np.where(self.spread.error > 0, self.classes, np.minimum(self.classes, self.spread.clusters))

    @property
    def _at_edge(self) -> BoolArray:
        negatives, positives = self._sizes
        return np.asarray(
            auroc.auroc_method(self.value, self.spread.error**2, positives, negatives) == "newcombe-auroc"
        )

    @property
    def method(self) -> list[str]:
        return ["effective-newcombe" if edge else self.scale.name for edge in self._at_edge]
