"""Whether two samples of rows come from the same distribution, and which of their inputs differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..audit.columns import Column
from ..audit.shapes.base import BoolArray
from ..audit.shapes.ranking import Ranking, SlicedRanking
from ..audit.slices import FloatArray, IntArray, cut
from ..audit.stats.multiple import holm
from ..audit.stats.significance import monte_carlo
from .classifier import folds_of, told
from .limits import Cell

LEAST = 20
"""Rows of the smaller sample; fewer teach a classifier nothing."""


@dataclass(frozen=True)
class Told:
    """How well a classifier tells one sample from the other on the half that it has not seen."""

    area: SlicedRanking
    p_value: float

    @property
    def cells(self) -> list[Cell]:
        """Area, its interval, and p."""
        low, high = self.area.interval(0.95)
        return [float(self.area.value[0]), float(low[0]), float(high[0]), self.p_value]


def told_apart(columns: Mapping[str, Column], inside: BoolArray, permutations: int, rng: np.random.Generator) -> Told:
    """The two-sample test by a classifier: fitted on one half, its area under the curve is taken on the other.

    The p-value is the share of permutations of the labels of the second half with an area as large. The classifier has not
    seen these rows, so that under the hypothesis of one distribution their labels can be exchanged and the test is exact.
    Lopez-Paz & Oquab (2017), arXiv:1610.06545; Kim et al. (2021), doi:10.1214/20-AOS1962.
    """
    of = inside.astype(np.int64)
    train = folds_of(of, 2, rng) == 0
    scores = told(columns, of, train, int(rng.integers(2**31)))[:, 1]
    return Told(_area(scores, of[~train]), _p_value(scores, of[~train], permutations, rng))


def _area(scores: FloatArray, of: IntArray) -> SlicedRanking:
    found = Ranking(scores, of).by(cut({}, len(scores), depth=1), np.random.default_rng(0))
    assert isinstance(found, SlicedRanking)  # rows without weights
    return found


def _p_value(scores: FloatArray, of: IntArray, permutations: int, rng: np.random.Generator) -> float:
    """By the sum of ranks, which grows with the area."""
    from scipy.stats import rankdata

    ranks, n = rankdata(scores), int(of.sum())
    drawn = np.array([rng.permutation(ranks)[:n].sum() for _ in range(permutations)])
    return float(monte_carlo(ranks[of == 1].sum(), drawn))


def differences(columns: Mapping[str, Column], inside: BoolArray) -> list[list[Cell]]:
    """Input, how far its distributions lie apart, in what measure, and p after Holm; the largest differences first."""
    rows = [(name, *_difference(column, inside)) for name, column in columns.items()]
    adjusted = holm(np.array([p for *_, p in rows]))
    order = sorted(range(len(rows)), key=lambda k: -rows[k][1])
    return [[*rows[k][:3], float(adjusted[k])] for k in order]


def _difference(column: Column, inside: BoolArray) -> tuple[float, str, float]:
    """Kolmogorov and Smirnov's distance of numbers; total variation of categories, with the chi-squared test."""
    from scipy.stats import chi2_contingency, ks_2samp

    if not column.is_text and column.values.dtype.kind in "iuf":
        values = np.where(column.missing, -np.inf, column.values.astype(np.float64))
        found = ks_2samp(values[inside], values[~inside], method="asymp")
        return float(found.statistic), "Kolmogorov-Smirnov", float(found.pvalue)
    codes = column.factored[0] + 1  # 0: missing
    counts = np.array([np.bincount(codes[side], minlength=int(codes.max()) + 1) for side in (inside, ~inside)])
    counts = counts[:, counts.sum(axis=0) > 0]
    shares = counts / counts.sum(axis=1, keepdims=True)
    p_value = float(chi2_contingency(counts, correction=False).pvalue) if counts.shape[1] > 1 else 1.0
    return float(np.abs(shares[0] - shares[1]).sum() / 2), "total variation", p_value
