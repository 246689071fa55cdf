"""What a check returns: a statistic, never a float. The shape decides the interval."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ..record import State
from ..slices import FloatArray, IntArray, Slices
from ..stats.interval import Interval
from .band import Band

BoolArray = npt.NDArray[np.bool_]

MINIMUM_ROWS = 10
"""Below this many rows an estimate is `insufficient`: printed, but no evidence for a verdict."""

MINIMUM_CLASS = 5
"""Likewise for the smaller class of statistics that contrast two classes."""


class Statistic(ABC):
    """Sufficient statistics of S slices at once; arrays have shape ``(S,)`` (or more leading axes).

    ``value`` is NaN where the quantity is undefined; ``n`` counts the rows that it rests on.
    """

    unit: ClassVar[str] = "proportion"
    designed: ClassVar[bool] = False
    """Whether its interval allows for weights and clusters of the rows."""
    value: FloatArray
    n: FloatArray

    @abstractmethod
    def interval(self, level: float) -> Interval:
        """Two-sided interval of the given coverage, ``(S,)`` each; infinite where there is no bound."""

    def guaranteed(self, level: float) -> Interval:
        """An interval that covers at least as often as it says also at extreme levels, for adjusted p-values."""
        return self.interval(level)

    def band(self, places: IntArray, rng: np.random.Generator) -> Band | None:
        """Joint replicates of the slices at ``places``, which are disjoint; None where there is no way to make them."""
        return None

    @property
    @abstractmethod
    def method(self) -> list[str]:
        """Name of the interval's method, per slice; the methods appendix defines it."""

    def family(self, slices: int) -> FloatArray:
        """Holm's factors for so many slices that are held to a bound together: that of the smallest p-value first."""
        return np.arange(slices, 0, -1.0)

    @property
    def counts(self) -> dict[str, FloatArray]:
        """The numbers from which value and interval can be recomputed by hand."""
        return {}

    @property
    def insufficient(self) -> BoolArray:
        """Where the evidence is too thin for a verdict."""
        return self.n < MINIMUM_ROWS

    @property
    def degenerate(self) -> BoolArray:
        """Where the data lie at the edge of what is possible and the interval is an exact bound."""
        return np.zeros(self.n.shape, dtype=bool)

    @property
    def state(self) -> list[State]:
        """One word per slice; the gravest one that applies."""
        undefined, thin, edge = np.isnan(self.value), self.insufficient, self.degenerate
        return [
            "undefined" if u else "insufficient" if t else "degenerate" if e else "ok"
            for u, t, e in zip(undefined, thin, edge, strict=True)
        ]


class RowStatistic(ABC):
    """A statistic of values per row, before the rows are divided into slices."""

    designed: ClassVar[bool] = False
    """Whether its interval allows for weights and clusters of the rows."""

    @abstractmethod
    def by(self, slices: Slices, rng: np.random.Generator) -> Statistic:
        """Reduce the rows to one set of sufficient statistics per slice."""


def rows_of(slices: Slices, wanted: set[int] | None = None) -> Iterator[tuple[int, IntArray]]:
    """Position and row numbers of every slice, or of those wanted; one sort per partition, however many slices it has."""
    for partition in slices.partitions:
        if wanted is None or not wanted.isdisjoint(partition.slices.tolist()):
            order, ends = slices.sorted(partition)
            for place, rows in zip(partition.slices, np.split(order, ends), strict=True):
                if wanted is None or int(place) in wanted:
                    yield int(place), rows


def divide(over: FloatArray, under: FloatArray) -> FloatArray:
    """``over / under``, NaN where ``under`` is zero, without a warning."""
    over, under = np.broadcast_arrays(np.asarray(over, float), np.asarray(under, float))
    return np.asarray(np.divide(over, under, out=np.full(over.shape, np.nan), where=under != 0))
