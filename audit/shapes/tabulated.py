"""Functions of confusion counts that are not ours and cost too much to be called thousands of times."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from ..slices import FloatArray
from ..stats.abc_interval import Abc, abc, abc_limits
from ..stats.interval import Interval
from .base import BoolArray
from .confusion import OfCells

Score = Callable[[FloatArray], FloatArray]
"""Function of tables ``(B, K, K)``, of counts or of shares of the rows, to values ``(B,)``; NaN where it has none."""


class Tabulated(OfCells):
    """``score`` of the counts of each slice; ABC interval.

    A count of zero hides its uncertainty; there the interval is widened to that of the table with a small count
    added to every cell, as in :func:`~assay.audit.stats.bootstrap.dirichlet`.
    """

    def __init__(self, score: Score, cells: FloatArray, unit: str = "") -> None:
        """``cells``: counts of true and predicted class, ``(S, K, K)``."""
        self._cells, self.unit = cells, unit  # type: ignore[misc]
        self.n = cells.sum(axis=(-1, -2))
        self._score = score
        self.value = score(cells)

    def interval(self, level: float) -> Interval:
        found = [self._limits(level, tables) for tables in self._expanded]
        return Interval(*(np.array(ends, dtype=np.float64) for ends in zip(*found, strict=True)))

    @cached_property
    def _expanded(self) -> list[list[Abc]]:
        """Of each slice: its table and, where a count is zero, the smoothed one; none where the value is undefined."""
        prior = min(0.5, 2 / self._cells[0].size)
        found: list[list[Abc]] = []
        for value, table in zip(self.value, self._cells.reshape(len(self.value), -1), strict=True):
            tables = [] if np.isnan(value) else [table, table + prior] if (table == 0).any() else [table]
            found.append([abc(self._flat, one) for one in tables])
        return found

    def _limits(self, level: float, tables: list[Abc]) -> tuple[float, float]:
        found = [abc_limits(self._flat, one, level) for one in tables if not one.flat]
        if not found or not np.isfinite(found).all():
            return -np.inf, np.inf
        lows, highs = zip(*found, strict=True)
        value = tables[0].value
        return min(*lows, value), max(*highs, value)

    def _flat(self, tables: FloatArray) -> FloatArray:
        return self._score(tables.reshape(-1, *self._cells.shape[1:]))

    @property
    def method(self) -> list[str]:
        return ["abc"] * len(self.n)

    @property
    def degenerate(self) -> BoolArray:
        return np.array([bool(tables) and tables[0].flat for tables in self._expanded])
