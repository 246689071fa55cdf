"""How large a change is: units of each feature, and the budget that a change must keep to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray
from .feature import Feature

Unit = Literal["iqr", "rank"]
BoolArray = npt.NDArray[np.bool_]
SLACK = 1e-6
"""Relative: what rounding may add to a size."""


@dataclass(frozen=True)
class Scale:
    """Units of features: knots of a growing function from values to units, one for each feature.

    In ``iqr`` a unit is the interquartile range of the rows (where that is 0 their standard deviation, else their range, else
    1); in ``rank`` the size of a change is the share of rows that lie between, half of those at either end. Beyond the
    rows a rank goes on as far as the range of the rows is worth. A change of a category has size 1.
    """

    knots: tuple[tuple[FloatArray, FloatArray], ...]
    ordered: tuple[bool, ...]

    @classmethod
    def of(cls, features: Sequence[Feature], vectors: FloatArray, unit: Unit = "iqr") -> Scale:
        """The units that rows give, ``vectors`` being theirs."""
        make = _ranks if unit == "rank" else _ranges
        found = [make(values[np.isfinite(values)]) for values in vectors.T]
        return cls(tuple(found), tuple(feature.ordered for feature in features))

    def units(self, vectors: FloatArray) -> FloatArray:
        """The vectors in units."""
        return np.column_stack([_through(v, *knots) for v, knots in zip(vectors.T, self.knots, strict=True)])

    def values(self, units: FloatArray) -> FloatArray:
        """The vectors that have these units."""
        return np.column_stack([_through(u, y, x) for u, (x, y) in zip(units.T, self.knots, strict=True)])

    def sizes(self, vectors: FloatArray, of: FloatArray) -> FloatArray:
        """Size of each change, ``(n, m)``; 0 where there is none."""
        changed = (vectors != of) & ~np.isnan(of)
        apart = np.where(self.ordered, np.abs(self.units(vectors) - self.units(of)), 1.0)
        return np.where(changed, apart, 0.0)

    def around(self, of: FloatArray, eps: float | None) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest vectors within ``eps`` units of rows."""
        if eps == 0:
            return of.copy(), of.copy()
        if eps is None:
            return np.full(of.shape, -np.inf), np.full(of.shape, np.inf)
        units = self.units(of)
        low, high = self.values(units - eps), self.values(units + eps)
        wide = ~np.array(self.ordered)
        low[:, wide], high[:, wide] = -np.inf, np.inf
        return np.fmin(low, of), np.fmax(high, of)

    @property
    def one(self) -> list[float | None]:
        """What one unit is worth where that is the same everywhere; None for ranks and categories."""
        return [
            float(x[1] - x[0]) if ordered and len(x) == 2 and np.isclose(y[1] - y[0], 1) else None
            for (x, y), ordered in zip(self.knots, self.ordered, strict=True)
        ]


@dataclass(frozen=True)
class Budget:
    """What a change may be at most; None is no limit.

    ``eps``: the size of the change of each number and ordinal. ``features``: how many features change. ``cost``: the sum over
    features of cost times size.
    """

    eps: float | None = None
    features: int | None = None
    cost: float | None = None

    def spent(self, sizes: FloatArray, costs: FloatArray) -> FloatArray:
        """Cost of changes of these sizes, ``(n,)``."""
        return np.asarray(sizes @ costs)

    def keeps(self, sizes: FloatArray, costs: FloatArray, ordered: BoolArray) -> BoolArray:
        """Whether changes of these sizes, ``(n, m)``, are within the budget, ``(n,)``."""
        found = np.ones(len(sizes), dtype=bool)
        if self.eps is not None:
            found &= (sizes[:, ordered] <= self.eps * (1 + SLACK)).all(axis=1)
        if self.features is not None:
            found &= (sizes > 0).sum(axis=1) <= self.features
        if self.cost is not None:
            found &= self.spent(sizes, costs) <= self.cost * (1 + SLACK)
        return found


def _ranges(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    spread = 0.0
    if len(values):
        low, high = np.quantile(values, [0.25, 0.75])
        spread = next((s for s in (high - low, float(np.std(values)), float(np.ptp(values))) if s > 0), 1.0)
    return np.array([0.0, spread or 1.0]), np.array([0.0, 1.0])


def _ranks(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    found, counts = np.unique(values, return_counts=True)
    if len(found) < 2:
        return _ranges(values)
    return found, (np.cumsum(counts) - counts / 2) / counts.sum()


def _through(at: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """The piecewise linear function through the knots, which goes on with the slope of the line from end to end."""
    slope = (y[-1] - y[0]) / (x[-1] - x[0])
    if len(x) == 2:
        return np.asarray(y[0] + (at - x[0]) * slope)
    inside = np.interp(at, x, y)
    return np.where(at < x[0], y[0] + (at - x[0]) * slope, np.where(at > x[-1], y[-1] + (at - x[-1]) * slope, inside))
