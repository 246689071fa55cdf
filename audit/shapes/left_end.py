"""How well scores rank where false alarms are few: the area under the left end of the ROC curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray, Slices
from ..stats import partial_auroc
from ..stats.interval import Interval
from .base import MINIMUM_CLASS, BoolArray, RowStatistic, Statistic
from .rank_function import REPLICATES
from .ranked import ranked, weighted_counts
from .resampled import Resampled, ResampledRows


@dataclass(frozen=True)
class LeftEnd(RowStatistic):
    """Area under the ROC curve of scores ``(n,)`` and labels ``(n,)`` up to the false-positive rate ``most``."""

    scores: FloatArray
    labels: IntArray
    most: float

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedLeftEnd | Resampled:
        if slices.design is not None:
            return ResampledRows(self._weighted, [self.scores, self.labels], REPLICATES).by(slices, rng)
        found = [partial_auroc.partial_area(*one, self.most) for one in ranked(self.scores, self.labels, slices)]
        value, variance, positives, negatives = np.array(found).T
        return SlicedLeftEnd(value, variance, positives, negatives, self.most)

    def _weighted(self, rows: IntArray, weights: FloatArray | None) -> float:
        counts = weighted_counts(self.scores[rows], self.labels[rows], weights)
        return partial_auroc.partial_area(*counts, self.most).value


@dataclass(frozen=True)
class SlicedLeftEnd(Statistic):
    """Mean true-positive rate over false-positive rates up to ``most``, its variance, and class counts."""

    value: FloatArray
    variance: FloatArray
    positives: FloatArray
    negatives: FloatArray
    most: float

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return self.positives + self.negatives

    def interval(self, level: float) -> Interval:
        sizes = self.positives, self.negatives
        return partial_auroc.partial_area_interval(self.value, self.variance, *sizes, self.most, level)

    @property
    def method(self) -> list[str]:
        return ["logit-partial"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        shown = {"mean_true_positive_rate": self.value, "variance": self.variance}
        return {"positives": self.positives, "negatives": self.negatives, **shown}

    @property
    def insufficient(self) -> BoolArray:
        return np.minimum(self.positives, self.most * self.negatives) < MINIMUM_CLASS

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self.variance <= partial_auroc.ROUNDING)
