"""Comparisons of any statistic between groups: from the interval of each (MOVER), whatever it is an interval of.

Groups share no row, so their estimates are independent. Against all rows, of which the group is a part, that is taken
as well: the interval is then wider than need be.
"""

from __future__ import annotations

import numpy as np

from ..slices import FloatArray
from ..stats.combine import mover_difference
from ..stats.interval import Interval
from .base import divide
from .compared import Compared
from .sides import Picked


class Differing(Compared):
    """Value of the slice minus value of the reference.

    Zou & Donner (2008), Stat. Med. 27:1693.
    """

    unit = "difference"
    name = "mover-difference"
    neutral = 0.0
    extremes = (-np.inf, np.inf)

    @staticmethod
    def contrast(one: Picked, two: Picked) -> FloatArray:
        return one.value - two.value

    @staticmethod
    def pair(one: Picked, two: Picked, level: float) -> Interval:
        return _known(one.value, two.value, one.limits(level), two.limits(level))


class Multiplied(Compared):
    """Value of the slice divided by value of the reference, for statistics that are above 0; on the scale of logarithms.

    Zou & Donner (2008), as above, section 3 (ratios).
    """

    unit = "ratio"
    name = "mover-ratio"
    neutral = 1.0
    extremes = (0.0, np.inf)

    @staticmethod
    def contrast(one: Picked, two: Picked) -> FloatArray:
        return divide(np.where(one.value >= 0, one.value, np.nan), np.where(two.value > 0, two.value, np.nan))

    @staticmethod
    def pair(one: Picked, two: Picked, level: float) -> Interval:
        first, second = (Interval(_log(low), _log(high)) for low, high in (one.limits(level), two.limits(level)))
        low, high = _known(_log(one.value), _log(two.value), first, second)
        with np.errstate(over="ignore"):
            return Interval(np.exp(low), np.exp(high))


def _known(one: FloatArray, two: FloatArray, first: Interval, second: Interval) -> Interval:
    """No bound where a side has no value."""
    known = np.isfinite(one) & np.isfinite(two)
    with np.errstate(invalid="ignore"):
        found = mover_difference(np.where(np.isfinite(one), one, 0), np.where(np.isfinite(two), two, 0), first, second)
    return Interval(np.where(known, found.low, -np.inf), np.where(known, found.high, np.inf))


def _log(value: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.where(value > 0, np.log(np.maximum(value, 0)), np.where(value == 0, -np.inf, np.nan))
