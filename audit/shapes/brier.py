"""The parts of the Brier score. They must add up, so none is cut off at 0 where noise pulls it below."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, Slices
from ..stats import calibration, murphy, proportion
from ..stats.binning import Bins
from ..stats.calibration import Binned
from ..stats.designed_bins import DesignedBins
from ..stats.interval import Interval
from .base import MINIMUM_CLASS, BoolArray, Statistic
from .binned import SlicedBins, sliced_bins
from .linearised import sliced_gaps
from .rates import designed


class BrierPart(Statistic):
    """One part of the corrected decomposition, of sums per slice, label and bin ``(S, 2, bins)``."""

    unit = "squared probability"
    part: ClassVar[str]

    def __init__(self, bins: Bins) -> None:
        """``bins``: as they stand; both labels are taken together."""
        self.bins = bins
        self.n = bins.n.sum(axis=(-1, -2))
        self.positives = bins.sum_y.sum(axis=(-1, -2))
        self.parts = murphy.murphy_corrected(bins)
        self.value = np.where(self.n > 0, getattr(self.parts, self.part), np.nan)

    def interval(self, level: float) -> Interval:
        low, high = self.limits(level)
        return Interval(np.fmin(low, self.value), np.fmax(high, self.value))

    @abstractmethod
    def limits(self, level: float) -> Interval:
        """Of the quantity that the part estimates, which is at least 0."""

    @property
    def method(self) -> list[str]:
        return ["debiased-squares"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"rows": self.n, "positives": self.positives}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(np.minimum(self.positives, self.n - self.positives) < MINIMUM_CLASS)

    @property
    def degenerate(self) -> BoolArray:
        return self.bins.moments().pure


def brier_parts(
    probabilities: FloatArray, labels: npt.NDArray[Any], slices: Slices, rng: np.random.Generator
) -> dict[str, Statistic]:
    """Reliability, resolution and uncertainty of probabilities ``(n,)`` against labels ``(n,)`` in {0, 1}."""
    bins = sliced_bins(probabilities, labels, slices, rng)
    if isinstance(bins, Bins):
        return {of.part: of(bins) for of in (Reliability, Resolution, Uncertainty)}
    assert slices.design is not None
    around = sliced_gaps(probabilities, labels, slices, rng, lambda y, mean: y - mean)
    rates = sliced_gaps(probabilities, labels, slices, rng, lambda y, mean: y)
    rate = designed(slices.design.of_rows(slices, labels.astype(np.float64)))
    assert rate.sums is not None
    c, u = (rates.share * rates.noise).sum(axis=-1), np.where(np.isfinite(rate.sums.variance), rate.sums.variance, 0)
    plain, spread = ((of.share * of.gap**2).sum(axis=-1) for of in (bins, around))
    return {
        "reliability": DesignedPart(plain - c, bins, partial(calibration.squared_error_interval, bins)),
        "resolution": DesignedPart(spread - c + u, bins, partial(calibration.squared_error_interval, around)),
        "uncertainty": DesignedPart(
            rate.value * (1 - rate.value) + u, bins, lambda level: _of_rate(rate.interval(level))
        ),
    }


class DesignedPart(SlicedBins):
    """A part of the decomposition of weighted or clustered rows: corrections are the variances of rates."""

    unit = "squared probability"
    name = "debiased-squares"

    def __init__(self, value: FloatArray, bins: DesignedBins, limits: Callable[[float], Interval]) -> None:
        """``limits``: of the quantity, which is at least 0."""
        super().__init__(bins)
        self._limits, self.value = limits, np.where(self.n > 0, value, np.nan)

    @staticmethod
    def point(bins: Binned) -> FloatArray:
        return calibration.squared_error(bins)

    def interval(self, level: float) -> Interval:
        low, high = self._limits(level)
        return Interval(np.fmin(low, self.value), np.fmax(high, self.value))


class Reliability(BrierPart):
    """Mean squared distance between mean probability and rate of the bins."""

    part = "reliability"

    def limits(self, level: float) -> Interval:
        return calibration.squared_error_interval(self.bins, level)

    @property
    def counts(self) -> dict[str, FloatArray]:
        shown = {"brier_score": self.parts.score, "within_bins": self.parts.within}
        return {"rows": self.n, "positives": self.positives, **shown}


class Resolution(BrierPart):
    """Mean squared distance between the rates of the bins and that of the slice."""

    part = "resolution"

    def limits(self, level: float) -> Interval:
        return calibration.squared_error_interval(_around_the_mean(self.bins), level)


class Uncertainty(BrierPart):
    """Variance of the label; a function of its rate, so that the limits of the rate are mapped."""

    part = "uncertainty"

    def limits(self, level: float) -> Interval:
        return _of_rate(proportion.proportion(self.positives, self.n, level))

    @property
    def method(self) -> list[str]:
        return [str(name) for name in proportion.proportion_method(self.positives, self.n)]

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray((self.positives == 0) | (self.positives == self.n))


def _of_rate(limits: Interval) -> Interval:
    """Of r(1 - r) from those of r."""
    low, high = limits
    ends = low * (1 - low), high * (1 - high)
    most = np.where((low <= 0.5) & (high >= 0.5), 0.25, np.maximum(*ends))
    return Interval(np.minimum(*ends), most)


def _around_the_mean(bins: Bins) -> Bins:
    """The sums, had the model given every row of a slice the slice's own rate."""
    n, y = bins.n, bins.sum_y
    rate = (y.sum(axis=(-1, -2)) / np.maximum(n.sum(axis=(-1, -2)), 1))[..., None, None]
    return Bins(n, y, n * rate, y * (1 - rate) ** 2 + (n - y) * rate**2)
