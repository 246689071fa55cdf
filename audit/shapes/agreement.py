"""How well predicted quantities agree with the true ones: R², explained variance, correlation, concordance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..errors import NotAssessed
from ..slices import FloatArray, IntArray, Slices
from ..stats.agreement import Delta, below_one, influence, power_sums, within_one
from ..stats.interval import Interval
from ..stats.linearised import BELOW_ONE, FISHER, Scale
from .base import BoolArray, RowStatistic, Statistic, divide
from .linearised import Linearised, linearised

Limits = Callable[[Delta, float], Interval]

SCALES: dict[Limits, Scale] = {below_one: BELOW_ONE, within_one: FISHER}
"""Where the rows have weights or clusters, the scale on which the limits are taken."""


@dataclass(frozen=True)
class Agreement(RowStatistic):
    """A function of the moments of true and predicted values ``(n,)``, from :mod:`assay.audit.stats.agreement`.

    ``limits`` makes its interval: ``below_one`` for R² and its like, ``within_one`` for correlations.
    """

    labels: FloatArray
    predictions: FloatArray
    function: Callable[[FloatArray], Delta]
    limits: Limits

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> Estimated | Linearised:
        with np.errstate(over="ignore", invalid="ignore"):
            centre = float(np.mean(self.labels))
            y, f = self.labels - centre, self.predictions - centre
            scale = float(np.std(y)) or 1.0
            per_cell = power_sums(y / scale, f / scale, slices.cell, slices.cells)
        if not np.isfinite(per_cell).all():
            raise NotAssessed("the fourth power of an error is too large for a floating-point number")
        if slices.design is not None:
            return linearised(slices, partial(self._weighted, y / scale, f / scale), SCALES[self.limits])
        sums = np.moveaxis(slices.total(np.moveaxis(per_cell, 0, -1)), -1, 0)
        return Estimated(self.function(sums), self.limits, _moments(sums, scale))

    def _weighted(self, y: FloatArray, f: FloatArray, rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        y, f = y[rows], f[rows]
        found = Delta(*(part[0] for part in self.function(power_sums(y, f, np.zeros(len(y), np.int64), 1, weights))))
        if not found.error > 0:
            return float(found.value), np.zeros(len(y))
        return float(found.value), influence(found, y, f, weights) * weights / len(y)


@dataclass(frozen=True)
class Estimated(Statistic):
    """An estimate with its standard error, and the limits that they give; ``shown`` are the counts beside it."""

    estimate: Delta
    limits: Limits
    shown: dict[str, FloatArray]
    name: str = "delta"
    unit = ""

    @property
    def value(self) -> FloatArray:  # type: ignore[override]
        return self.estimate.value

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return self.estimate.n

    def interval(self, level: float) -> Interval:
        return self.limits(self.estimate, level)

    @property
    def method(self) -> list[str]:
        return [self.name] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"n": self.n, "standard_error": self.estimate.error, **self.shown}

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self.estimate.error <= 0)


def _moments(sums: FloatArray, scale: float) -> dict[str, FloatArray]:
    """The moments that all these statistics are functions of, in the units of the labels."""
    n, y, e = sums[..., 0, 0], sums[..., 1, 0], sums[..., 0, 1]
    mean_y, mean_e = divide(y, n), divide(e, n)
    return {
        "mean_error": mean_e * scale,
        "label_variance": (divide(sums[..., 2, 0], n) - mean_y**2) * scale**2,
        "error_variance": (divide(sums[..., 0, 2], n) - mean_e**2) * scale**2,
        "covariance": (divide(sums[..., 1, 1], n) - mean_y * mean_e) * scale**2,
    }
