"""Functions of confusion counts by the ABC interval: a few dozen calls, no random numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial

import numpy as np

from ..slices import FloatArray, IntArray, Slices
from ..stats.abc_interval import Abc, abc, abc_limits
from ..stats.interval import Interval
from .band import Band, banded, functional
from .base import BoolArray
from .confusion import REPLICATES, Bootstrapped, Functional, OfCells

Score = Callable[[FloatArray], FloatArray]
"""Function of tables ``(B, K, K)`` of counts, whole or not, to values ``(B,)``; NaN where it has none."""


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
        found = [self._limits(level, n, tables) for n, tables in zip(self.n, self._expanded, strict=True)]
        return Interval(*(np.array(ends, dtype=np.float64) for ends in zip(*found, strict=True)))

    @cached_property
    def _expanded(self) -> list[list[Abc]]:
        """Of each slice: its table and, where a count is zero, the smoothed one; none where the value is undefined."""
        prior = min(0.5, 2 / self._cells[0].size)
        found: list[list[Abc]] = []
        for value, table in zip(self.value, self._cells.reshape(len(self.value), -1), strict=True):
            tables = [] if np.isnan(value) else [table, table + prior] if (table == 0).any() else [table]
            found.append([abc(self._of(float(table.sum())), one) for one in tables])
        return found

    def _limits(self, level: float, n: float, tables: list[Abc]) -> tuple[float, float]:
        found = [abc_limits(self._of(n), one, level) for one in tables if not one.flat]
        if not found or not np.isfinite(found).all():
            return -np.inf, np.inf
        lows, highs = zip(*found, strict=True)
        value = tables[0].value
        return min(*lows, value), max(*highs, value)

    def _of(self, n: float) -> Score:
        """The score as a function of shares of ``n`` rows, ``(B, cells)``."""
        return lambda shares: self._score((n * shares).reshape(-1, *self._cells.shape[1:]))

    @property
    def method(self) -> list[str]:
        return ["abc"] * len(self.n)

    @property
    def degenerate(self) -> BoolArray:
        return np.array([bool(tables) and tables[0].flat for tables in self._expanded])


MOST_CELLS = 36
"""Of a table of counts, whose errors are worked out for every replicate."""

RANGES = {"proportion": (0.0, 1.0), "correlation": (-1.0, 1.0), "kappa": (-1.0, 1.0)}
"""The least and the greatest value, by unit."""


class Expanded(Tabulated):
    """A :class:`Functional` of the counts of each slice.

    ABC, and :class:`~assay.audit.shapes.confusion.Bootstrapped` where the derivatives are zero, undefined or jump, and
    for so many cells that derivatives cost more than replicates.
    """

    def __init__(
        self,
        function: Callable[[FloatArray], Functional],
        per_cell: FloatArray,
        slices: Slices,
        rng: np.random.Generator,
    ) -> None:
        """Arguments as of :class:`~assay.audit.shapes.confusion.Bootstrapped`."""
        self._resampled = partial(Bootstrapped, function, per_cell, slices, rng)
        self._per_cell, self._members = per_cell, slices.members

        def score(tables: FloatArray) -> FloatArray:
            with np.errstate(invalid="ignore", divide="ignore"):
                return function(tables).value

        cells = slices.total_of(per_cell)
        with np.errstate(invalid="ignore", divide="ignore"):
            super().__init__(score, cells, function(cells).unit)

    @cached_property
    def _expanded(self) -> list[list[Abc]]:
        return [[]] * len(self.n) if self._cells[0].size > REPLICATES // 2 else super()._expanded

    def band(self, places: IntArray, rng: np.random.Generator) -> Band | None:
        if self._cells[0].size > MOST_CELLS:
            return None
        estimate = functional(self._score, self._members[places])
        return banded(estimate, self._per_cell, rng, domain=RANGES.get(self.unit, (-np.inf, np.inf)))

    @cached_property
    def _instead(self) -> Bootstrapped | None:
        """The bootstrap, if any slice needs it."""
        return self._resampled() if self._unexpanded.any() else None

    @property
    def _unexpanded(self) -> BoolArray:
        known = ~np.isnan(self.value)
        return np.asarray(known & np.array([not tables or tables[0].flat for tables in self._expanded]))

    def interval(self, level: float) -> Interval:
        found = super().interval(level)
        return found if self._instead is None else self._instead.interval(level).where(self._unexpanded, found)

    @property
    def method(self) -> list[str]:
        other = None if self._instead is None else self._instead.method
        return [other[i] if other and use else "abc" for i, use in enumerate(self._unexpanded)]

    @property
    def degenerate(self) -> BoolArray:
        return np.zeros(len(self.n), bool) if self._instead is None else self._unexpanded & self._instead.degenerate
