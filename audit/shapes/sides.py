"""Who is compared with whom: positions of slices, and a statistic at such positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..slices import FloatArray, IntArray
from ..stats.interval import Interval
from .base import BoolArray, Statistic
from .rates import Designed, Proportion
from .words import Word

Best = Literal["highest", "lowest"]
Reference = int | Word
"""A slice, by its place among the compared ones, or a word. ``most_selected`` is the best one of any statistic."""


@dataclass(frozen=True)
class Sides:
    """The L slices of one partition, and with whom they are compared.

    ``each``: their positions among all slices, ``(L,)``; ``rest``: of the rest of the rows of each, likewise, where the
    reference is a word for it; ``whole``: of all rows.
    """

    each: IntArray
    reference: Reference
    rest: IntArray | None = None
    whole: int = 0


@dataclass(frozen=True)
class Picked:
    """A statistic of all slices at some positions; ``at`` has any shape, and so has everything that it gives."""

    statistic: Statistic
    at: IntArray

    def moved(self, at: IntArray) -> Picked:
        """The same statistic elsewhere."""
        return Picked(self.statistic, at)

    @property
    def value(self) -> FloatArray:
        """Values."""
        return np.asarray(self.statistic.value[self.at])

    @property
    def n(self) -> FloatArray:
        """Rows that they rest on."""
        return np.asarray(self.statistic.n[self.at], np.float64)

    @property
    def insufficient(self) -> BoolArray:
        """Where there are too few rows for a verdict, or no value."""
        return np.asarray((self.statistic.insufficient | ~np.isfinite(self.statistic.value))[self.at])

    def limits(self, level: float) -> Interval:
        """Intervals."""
        low, high = self.statistic.interval(level)
        return Interval(low[self.at], high[self.at])

    @property
    def counts(self) -> tuple[FloatArray, FloatArray]:
        """Hits and trials of a rate."""
        assert isinstance(self.statistic, Proportion)
        return self.statistic.hits[self.at], self.statistic.trials[self.at]

    @property
    def weight(self) -> FloatArray:
        """Weight of the rows of a rate; their number, where every row counts alike."""
        rate = self.statistic
        assert isinstance(rate, Proportion)
        sizes = rate.sums.m if isinstance(rate, Designed) and rate.sums is not None else rate.trials
        return np.asarray(sizes[self.at], np.float64)
