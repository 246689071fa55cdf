"""Parts of a data set put together: sufficient statistics of disjoint rows add up."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar, cast

import numpy as np

from ..stats.binning import Bins
from ..stats.clusters import ClusterSums
from .base import Statistic
from .binned import SlicedBins
from .confusion import Confusion
from .contrast import Contrast
from .excess import SlicedExcess
from .rates import Average, Designed, Proportion, designed
from .rows import DesignedMean, SlicedMean, SlicedPairs

ADDITIVE = (Confusion, Proportion, Average, Contrast, SlicedExcess, SlicedMean, SlicedPairs)

S = TypeVar("S", bound=Statistic | Confusion)


def merge(one: S, other: S) -> S:
    """The statistic of all rows from those of two parts of them, over the same slices in the same order.

    Raises:
        TypeError: the kinds differ, or this kind has no sums that add up (ranks, resamples).

    Rates and means of weighted or clustered rows add up where every cluster lies in one part.
    """
    if type(one) is type(other) and isinstance(one, SlicedBins) and isinstance(other, SlicedBins):
        first_bins, second_bins = one.bins, other.bins
        if isinstance(first_bins, Bins) and isinstance(second_bins, Bins):
            return type(one)(Bins(*(a + b for a, b in zip(first_bins, second_bins, strict=True))))
    if isinstance(one, Designed) and isinstance(other, Designed):
        return cast("S", designed(_totals(one.sums, other.sums), one.of))
    if isinstance(one, DesignedMean) and isinstance(other, DesignedMean):
        return cast("S", replace(one, sums=_totals(one.sums, other.sums)))
    if type(one) is not type(other) or not isinstance(one, ADDITIVE):
        raise TypeError(f"merge: {type(one).__name__} and {type(other).__name__} do not add up")
    first: Any = one
    second: Any = _around(other, one.centre) if isinstance(one, SlicedMean) and isinstance(other, SlicedMean) else other
    found: S = replace(
        first, **{f.name: _together(getattr(first, f.name), getattr(second, f.name)) for f in fields(first)}
    )
    return found


def _totals(one: ClusterSums | None, other: ClusterSums | None) -> ClusterSums:
    assert one is not None and other is not None
    return ClusterSums(*(a + b for a, b in zip(one, other, strict=True)))


def _together(one: Any, other: Any) -> Any:
    if isinstance(one, np.ndarray):
        return one + other
    if isinstance(one, Statistic):
        return merge(one, other)
    if isinstance(one, list | tuple) and one and isinstance(one[0], Statistic):
        return [merge(a, b) for a, b in zip(one, other, strict=True)]
    return one


def _around(of: SlicedMean, centre: float) -> SlicedMean:
    """The same sums around another centre: Σ(x - c)² = Σ(x - b)² + 2(b - c)Σ(x - b) + n(b - c)²."""
    step = of.centre - centre
    squares = of.squares + 2 * step * of.shifted + of.n * step**2
    return replace(of, centre=centre, shifted=of.shifted + of.n * step, squares=squares)
