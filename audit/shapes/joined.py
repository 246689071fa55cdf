"""Several comparisons of the same slice in one number: the largest, or the mean, of their absolute values."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np

from ..slices import FloatArray
from ..stats import combine
from ..stats.interval import Interval
from .base import BoolArray, Statistic
from .compared import Compared


class Joined(Statistic):
    """What is made of the absolute values of several differences."""

    unit = "difference"
    name: str

    def __init__(self, parts: Mapping[str, Compared]) -> None:
        """``parts``: the differences by name; each may have its own reference slice."""
        self._parts = dict(parts)
        self.value = self.of_absolute(np.abs([p.value for p in parts.values()]))
        self.n = np.min([p.n for p in parts.values()], axis=0)

    @staticmethod
    @abstractmethod
    def of_absolute(values: FloatArray) -> FloatArray:
        """From absolute values ``(parts, L)`` to one number per slice."""

    def _at(self, level: float) -> Interval:
        bounds = [part.interval(level) for part in self._parts.values()]
        return Interval(np.stack([b.low for b in bounds]), np.stack([b.high for b in bounds]))

    def family(self, slices: int) -> FloatArray:
        return next(iter(self._parts.values())).family(slices)

    @property
    def method(self) -> list[str]:
        return [self.name] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {f"{name}_{key}": value for name, part in self._parts.items() for key, value in part.counts.items()}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(np.logical_or.reduce([part.insufficient for part in self._parts.values()]))


class Largest(Joined):
    """The largest absolute value."""

    name = "maximum-of-differences"

    @staticmethod
    def of_absolute(values: FloatArray) -> FloatArray:
        return np.asarray(values.max(axis=0))

    def interval(self, level: float) -> Interval:
        return combine.maximum_absolute(self._at, level)


class MeanAbsolute(Joined):
    """The mean of the absolute values."""

    name = "mean-of-absolute-differences"

    @staticmethod
    def of_absolute(values: FloatArray) -> FloatArray:
        return np.asarray(values.mean(axis=0))

    def interval(self, level: float) -> Interval:
        return combine.mean_absolute(self._at, level)
