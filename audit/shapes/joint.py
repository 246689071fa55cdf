"""Two models on the same rows: differences of statistics that are no rate of all rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray, Slices
from ..stats import combine
from ..stats.auroc import weighted_area
from ..stats.interval import Interval
from ..stats.linearised import plain, ratio_of_totals
from ..stats.paired import PairedAreas, delong_paired
from .base import MINIMUM_CLASS, BoolArray, RowStatistic, Statistic
from .confusion import Bootstrapped, Functional
from .linearised import Linearised, linearised
from .rows import SlicedPairs


@dataclass(frozen=True)
class PairedRecalls(RowStatistic):
    """Mean over the classes of the recall of ``predictions`` minus that of ``baseline``, all ``(n,)`` classes from 0."""

    labels: IntArray
    baseline: IntArray
    predictions: IntArray
    kinds: int

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedRecalls | Linearised:
        if slices.design is not None:
            return linearised(slices, self._weighted, plain(-1.0, 1.0), "difference")
        before, after = self.baseline == self.labels, self.predictions == self.labels
        cells = slices.count(self.labels * 4 + before * 2 + after, self.kinds * 4).reshape(-1, self.kinds, 2, 2)
        tables = slices.total_of(cells.reshape(len(cells), self.kinds, 4)).reshape(-1, self.kinds, 2, 2)
        pairs = (tables[:, :, 1, 1], tables[:, :, 0, 1], tables[:, :, 1, 0], tables[:, :, 0, 0])
        return SlicedRecalls([SlicedPairs(*(of[:, k] for of in pairs)) for k in range(self.kinds)])

    def _weighted(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        y = self.labels[rows]
        change = (self.predictions[rows] == y).astype(np.float64) - (self.baseline[rows] == y)
        each = [ratio_of_totals(weights * (y == k) * change, weights * (y == k)) for k in range(self.kinds)]
        return float(np.mean([value for value, _ in each])), np.asarray(np.mean([added for _, added in each], axis=0))


@dataclass(frozen=True)
class SlicedRecalls(Statistic):
    """Paired differences of each class. Classes are disjoint rows, so their Newcombe intervals combine by MOVER."""

    classes: list[SlicedPairs]
    unit = "difference"

    @property
    def value(self) -> FloatArray:  # type: ignore[override]
        return np.asarray(np.mean([one.value for one in self.classes], axis=0))

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return np.asarray(np.sum([one.n for one in self.classes], axis=0))

    def interval(self, level: float) -> Interval:
        bounds = [one.interval(level) for one in self.classes]
        values = np.nan_to_num(np.stack([one.value for one in self.classes]))
        low, high = np.stack([b.low for b in bounds]), np.stack([b.high for b in bounds])
        return combine.mover_sum(values, low, high, np.full(len(bounds), 1 / len(bounds))).clip(-1, 1)

    @property
    def method(self) -> list[str]:
        return ["mover-paired"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {f"{key}_{k}": of for k, one in enumerate(self.classes) for key, of in one.counts.items()}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(np.min([one.n for one in self.classes], axis=0) < MINIMUM_CLASS)

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(np.logical_and.reduce([one.degenerate for one in self.classes]))


@dataclass(frozen=True)
class PairedF1(RowStatistic):
    """F1 of ``predictions`` minus F1 of ``baseline``, all ``(n,)`` in {0, 1}."""

    labels: IntArray
    baseline: IntArray
    predictions: IntArray

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> JointBootstrapped | Linearised:
        if slices.design is not None:
            return linearised(slices, self._weighted, plain(-1.0, 1.0), "difference")
        code = self.labels * 4 + self.baseline * 2 + self.predictions
        return JointBootstrapped(_f1_gain, slices.count(code, 8).reshape(-1, 2, 4), slices, rng)

    def _weighted(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        y = self.labels[rows]
        called = self.predictions[rows], self.baseline[rows]
        (ours, more), (theirs, less) = (ratio_of_totals(2 * weights * y * d, weights * (y + d)) for d in called)
        return ours - theirs, more - less


class JointBootstrapped(Bootstrapped):
    """Bootstrap of the joint counts of true class, baseline and model, so that the pairing of the rows is kept."""

    @property
    def counts(self) -> dict[str, FloatArray]:
        tables = self._cells.reshape(-1, 2, 2, 2)
        places = [(i, j, k) for i in range(2) for j in range(2) for k in range(2)]
        return {f"true_{i}_baseline_{j}_predicted_{k}": tables[:, i, j, k] for i, j, k in places}


def _f1_gain(tables: FloatArray) -> Functional:
    joint = tables.reshape(*tables.shape[:-1], 2, 2)  # true class, baseline, model
    return Functional(_f1(joint.sum(axis=-2)) - _f1(joint.sum(axis=-1)), unit="difference")


def _f1(cells: FloatArray) -> FloatArray:
    hits, size = 2 * cells[..., 1, 1], cells[..., 1, :].sum(axis=-1) + cells[..., :, 1].sum(axis=-1)
    return np.asarray(hits / size)


@dataclass(frozen=True)
class PairedRanking(RowStatistic):
    """AUROC of ``scores`` minus that of ``baseline`` on the same rows ``(n,)``, labels in {0, 1}."""

    labels: IntArray
    baseline: FloatArray
    scores: FloatArray

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedAreas | Linearised:
        if slices.design is not None:
            return DesignedAreas.of(
                linearised(slices, self._weighted, plain(-1.0, 1.0), "difference", labels=self.labels)
            )
        found = [self._areas(slices.select(s)) for s in range(len(slices.labels))]
        return SlicedAreas(PairedAreas(*np.array(found).T))

    def _areas(self, rows: IntArray) -> PairedAreas:
        return delong_paired(self.scores[rows], self.baseline[rows], self.labels[rows])

    def _weighted(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        both = self.scores[rows], self.baseline[rows]
        (ours, more), (theirs, less) = (weighted_area(scores, self.labels[rows], weights) for scores in both)
        return ours - theirs, more - less


class DesignedAreas(Linearised):
    """The same of weighted or clustered rows; where both scores rank alike, the rule of three for as many clusters."""

    def interval(self, level: float) -> Interval:
        assert self.classes is not None
        found, gap = super().interval(level), np.nan_to_num(self.value)
        fewest = np.minimum(self.classes.min(axis=0), self.n)
        three = (1 + np.abs(gap)) * (1 - ((1 - level) / 2) ** (1 / np.maximum(fewest, 1)))
        alike = self.degenerate & ~np.isnan(self.value)
        return Interval(gap - three, gap + three).clip(-1, 1).where(alike, found)


class SlicedAreas(Statistic):
    """Both areas of each slice, with DeLong's variances and covariance; square-and-add of their own intervals."""

    unit = "difference"

    def __init__(self, areas: PairedAreas) -> None:
        """``areas``: arrays of shape ``(S,)``."""
        self._areas = areas
        self.value, self.n = areas.difference, areas.n_pos + areas.n_neg

    def interval(self, level: float) -> Interval:
        return self._areas.interval(level)

    @property
    def method(self) -> list[str]:
        return ["delong-paired"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        names = {"first": "area", "second": "baseline_area", "n_pos": "positives", "n_neg": "negatives"}
        return {names.get(name, name): of for name, of in self._areas._asdict().items()}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(np.minimum(self._areas.n_pos, self._areas.n_neg) < MINIMUM_CLASS)

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self._areas.variance <= 1e-15)
