"""Gains over a reference: skill scores, and increasing functions of statistics of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..design import Design
from ..slices import FloatArray, IntArray, Slices
from ..stats.interval import Interval
from ..stats.linearised import BELOW_ONE, LOG, ratio_of_totals
from ..stats.mean import student_t
from ..stats.means import Sums, ratio_of_means
from .base import BoolArray, RowStatistic, Statistic, divide
from .linearised import Linearised, linearised
from .losses import Mapped


@dataclass(frozen=True)
class Rescaled(RowStatistic):
    """An increasing function of a statistic of rows; interval ends are mapped alike, so coverage is unchanged."""

    inner: RowStatistic
    of: Callable[[FloatArray], FloatArray]
    unit: str = ""

    @property
    def designed(self) -> bool:  # type: ignore[override]
        """As the inner statistic."""
        return self.inner.designed

    def by(self, slices: Slices, rng: np.random.Generator) -> Mapped:
        return Mapped(self.inner.by(slices, rng), self.of, self.unit)


@dataclass(frozen=True)
class Skill(RowStatistic):
    """1 - mean loss / mean loss of a reference on the same rows ``(n,)``; both in [0, ``upper``]."""

    losses: FloatArray
    reference: FloatArray
    upper: float

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedSkill | Linearised:
        if slices.design is not None:
            return linearised(slices, self._weighted, BELOW_ONE, "skill")
        ours, theirs = self.losses, self.reference
        return SlicedSkill(
            n=slices.rows.astype(float),
            total=slices.sum(ours),
            reference_total=slices.sum(theirs),
            squares=slices.sum(ours**2),
            reference_squares=slices.sum(theirs**2),
            products=slices.sum(ours * theirs),
            upper=self.upper,
        )

    def _weighted(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        ratio, added = ratio_of_totals(weights * self.losses[rows], weights * self.reference[rows])
        return 1 - ratio, -added


@dataclass(frozen=True)
class SlicedSkill(Statistic):
    """Sums of both losses, their squares and products. Fieller's interval of the ratio of means.

    Where all losses of the model, or all of the reference, are equal, Fieller's has no width or no value; there it is
    the t interval (or Hoeffding's bound) of the mean loss, divided by the mean loss of the reference.
    """

    n: FloatArray
    total: FloatArray
    reference_total: FloatArray
    squares: FloatArray
    reference_squares: FloatArray
    products: FloatArray
    upper: float
    unit = "skill"

    @property
    def value(self) -> FloatArray:  # type: ignore[override]
        return 1 - divide(self.total, np.where(self.reference_total > 0, self.reference_total, 0))

    def interval(self, level: float) -> Interval:
        ours = Sums(self.n, self.total, self.squares)
        theirs = Sums(self.n, self.reference_total, self.reference_squares)
        ratio = ratio_of_means(ours, theirs, self.products, level)
        alone = student_t(*ours, level, lower=0.0, upper=self.upper)
        mean = divide(self.reference_total, self.n)
        edge = self.degenerate & (mean > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = Interval(alone.low / mean, alone.high / mean).where(edge, ratio)
        undefined = np.isnan(self.value)
        low, high = np.fmin(1 - ratio.high, self.value), np.fmax(1 - ratio.low, self.value)
        return Interval(np.where(undefined, -np.inf, low), np.where(undefined, 1.0, np.minimum(high, 1)))

    @property
    def method(self) -> list[str]:
        return ["student-t" if edge else "fieller" for edge in self.degenerate]

    @property
    def counts(self) -> dict[str, FloatArray]:
        sums = ("total", "reference_total", "squares", "reference_squares", "products")
        return {"n": self.n, **{name: getattr(self, name) for name in sums}}

    @property
    def degenerate(self) -> BoolArray:
        return _flat(self.n, self.total, self.squares) | _flat(self.n, self.reference_total, self.reference_squares)


@dataclass(frozen=True)
class MeanRatio(RowStatistic):
    """Mean over k of Σ over / Σ under, of quantities per row ``(K, n)``, such as errors of a model and of a reference."""

    over: FloatArray
    under: FloatArray

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> Linearised:
        design = slices.design or Design(np.ones(len(slices.cell)))
        return linearised(replace(slices, design=design), self._weighted, LOG, "ratio")

    def _weighted(self, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        pairs = zip(self.over, self.under, strict=True)
        parts = [ratio_of_totals(weights * ours[rows], weights * theirs[rows]) for ours, theirs in pairs]
        return float(np.mean([ratio for ratio, _ in parts])), np.mean([added for _, added in parts], axis=0)


def _flat(n: FloatArray, total: FloatArray, squares: FloatArray) -> BoolArray:
    return np.asarray((n < 2) | (squares - total**2 / np.maximum(n, 1) <= 1e-12 * squares))
