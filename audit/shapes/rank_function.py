"""Functions of ranked scores that have no variance in closed form: a threshold is chosen by the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray, Slices
from ..stats import scores as stats
from ..stats.interval import Interval
from .base import MINIMUM_CLASS, BoolArray, RowStatistic, Statistic
from .ranked import Ranked, ranked, weighted_counts
from .resampled import Resampled, ResampledRows

REPLICATES = 500


@dataclass(frozen=True)
class RankFunction(RowStatistic):
    """``function`` of the ranked counts of scores ``(n,)`` and labels ``(n,)`` in {0, 1}, within [0, 1]; bootstrap."""

    scores: FloatArray
    labels: IntArray
    function: stats.RankStatistic

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedRankFunction | Resampled:
        if slices.design is not None:
            return ResampledRows(self._weighted, [self.scores, self.labels], REPLICATES).by(slices, rng)
        found = ranked(self.scores, self.labels, slices)
        draws = [self._draws(one, rng) for one in found]
        sizes = np.array([(one.positives.sum(), one.negatives.sum()) for one in found], dtype=np.float64)
        return SlicedRankFunction(
            np.array([value for value, _ in draws]), np.array([of for _, of in draws]).T, *sizes.T
        )

    def _weighted(self, rows: IntArray, weights: FloatArray | None) -> float:
        counts = weighted_counts(self.scores[rows], self.labels[rows], weights)
        return float(self.function(*counts)) if all(of.any() for of in counts) else np.nan

    def _draws(self, counts: Ranked, rng: np.random.Generator) -> tuple[float, FloatArray]:
        if not (counts.positives.any() and counts.negatives.any()):
            return np.nan, np.full(REPLICATES, np.nan)
        return stats.bootstrap_scores(self.function, *counts, REPLICATES, rng)


@dataclass(frozen=True)
class SlicedRankFunction(Statistic):
    """Values ``(S,)``, replicates ``(B, S)`` and class counts; see :func:`~assay.audit.stats.scores.share_interval`."""

    value: FloatArray
    draws: FloatArray
    positives: FloatArray
    negatives: FloatArray

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return self.positives + self.negatives

    def interval(self, level: float) -> Interval:
        return stats.share_interval(self.value, self.draws, np.minimum(self.positives, self.negatives), level)

    @property
    def method(self) -> list[str]:
        return ["score-bootstrap"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"positives": self.positives, "negatives": self.negatives}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(np.minimum(self.positives, self.negatives) < MINIMUM_CLASS)

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self.draws.max(axis=0) <= self.draws.min(axis=0))
