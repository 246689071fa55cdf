"""How far predicted probabilities are from observed frequencies, in 15 bins of equal width."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, Slices
from ..stats import binning, calibration, multiclass
from ..stats.binning import Bins
from ..stats.calibration import Binned as Sums
from ..stats.designed_bins import DesignedBins
from ..stats.interval import Interval
from .base import MINIMUM_CLASS, MINIMUM_ROWS, BoolArray, RowStatistic, Statistic
from .linearised import sliced_gaps


class SlicedBins(Statistic):
    """Sums per slice, label and bin, from which a calibration error is made; at least 0."""

    name: ClassVar[str]

    def __init__(self, bins: Sums) -> None:
        """``bins``: sums of shape ``(S, 2, bins)``, labels before bins, or what stands for them where rows have weights or clusters."""
        self.bins = bins
        self.designed = isinstance(bins, DesignedBins)  # type: ignore[misc]
        self.n = bins.rows
        self.value = np.where(self.n > 0, np.maximum(self.point(bins), 0), np.nan)

    @staticmethod
    @abstractmethod
    def point(bins: Sums) -> FloatArray:
        """The estimate."""

    @property
    def method(self) -> list[str]:
        return [f"designed-{self.name}" if self.designed else self.name] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        if not isinstance(self.bins, DesignedBins):
            return {"rows": self.n, "positives": self.bins.positives}
        negatives, positives = np.moveaxis(self.bins.classes, -1, 0)
        return {"clusters": self.n, "effective_positives": positives, "effective_negatives": negatives}

    @property
    def insufficient(self) -> BoolArray:
        thin = self.bins.smaller_class < MINIMUM_CLASS
        return np.asarray(thin | (self.n < MINIMUM_ROWS) if self.designed else thin)

    @property
    def degenerate(self) -> BoolArray:
        return self.bins.moments().pure


class ExpectedError(SlicedBins):
    """Debiased ECE; a lower bound by cross-fitted signs, an upper one by Jensen."""

    unit = "probability"
    name = "debiased-ece"

    @staticmethod
    def point(bins: Sums) -> FloatArray:
        return calibration.expected_error(bins)

    def interval(self, level: float) -> Interval:
        return calibration.expected_error_interval(self.bins, level)

    @property
    def counts(self) -> dict[str, FloatArray]:
        plain, null = calibration.plug_in_error(self.bins), calibration.null_mean(self.bins)
        mean, error = self.bins.signed_mean()
        return {
            **super().counts,
            "plug_in": plain,
            "plug_in_if_calibrated": null,
            "bias_taken_off": plain - self.value,
            "signed_mean": mean,
            "signed_variance": error**2,
            "squared": calibration.squared_error(self.bins),
            "squared_variance": self.bins.moments().spread,
        }


class SquaredError(SlicedBins):
    """Debiased squared calibration error, its limits by the delta method with a chi-square term."""

    unit = "squared probability"
    name = "debiased-squares"

    @staticmethod
    def point(bins: Sums) -> FloatArray:
        return calibration.squared_error(bins)

    def interval(self, level: float) -> Interval:
        return calibration.squared_error_interval(self.bins, level)

    @property
    def counts(self) -> dict[str, FloatArray]:
        m = self.bins.moments()
        uncut, plain = calibration.squared_error(self.bins), (m.share * m.gap**2).sum(-1)
        return {**super().counts, "uncut": uncut, "variance": m.spread, "plug_in": plain}


@dataclass(frozen=True)
class Binned(RowStatistic):
    """A calibration error, or another function of bins, of probabilities ``(n,)`` against labels ``(n,)`` in {0, 1}."""

    probabilities: FloatArray
    labels: npt.NDArray[Any]
    of: Callable[[Sums], Statistic]
    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> Statistic:
        return self.of(sliced_bins(self.probabilities, self.labels, slices, rng))


@dataclass(frozen=True)
class CalibrationError(Binned):
    """Expected calibration error of probabilities ``(n,)`` against labels ``(n,)`` in {0, 1}."""

    of: Callable[[Sums], Statistic] = ExpectedError


def sliced_bins(probabilities: FloatArray, labels: npt.NDArray[Any], slices: Slices, rng: np.random.Generator) -> Sums:
    """Sums per slice, label and bin, ``(S, 2, bins)``."""
    if slices.design is not None:
        return sliced_gaps(probabilities, labels, slices, rng, lambda y, _: y - probabilities)
    per_cell = binning.bin_cells(probabilities, labels, slices.cell, slices.cells)
    return Bins(*(slices.total_of(sums) for sums in per_cell))


def stacked(classes: Sequence[Sums]) -> Sums:
    """Of several classes in one, with an axis of classes after that of slices."""
    parts = [np.stack(sums, axis=1) for sums in zip(*classes, strict=True)]
    return DesignedBins(*parts) if isinstance(classes[0], DesignedBins) else Bins(*parts)


class SlicedClasses(Statistic):
    """Mean over the classes of a calibration error; limits of the classes at the Bonferroni level, averaged."""

    def __init__(self, classes: Sequence[Sums], of: type[SlicedBins]) -> None:
        """``classes``: sums of each, of shape ``(S, 2, bins)``."""
        self._bins, self._mean = stacked(classes), MEANS[of]
        self.designed = isinstance(self._bins, DesignedBins)  # type: ignore[misc]
        self.n = classes[0].rows
        self.value = np.where(self.n > 0, np.maximum(self._mean(self._bins, 0.95)[0], 0), np.nan)
        self.unit = of.unit  # type: ignore[misc]

    def interval(self, level: float) -> Interval:
        low, high = self._mean(self._bins, level)[1]
        return Interval(np.fmin(low, self.value), np.fmax(high, self.value))

    @property
    def method(self) -> list[str]:
        return ["mean-of-classes"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"rows": self.n, "rows_of_smallest_class": self._bins.positives.min(axis=1)}

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self._bins.moments().pure.all(axis=-1))


MEANS: dict[type[SlicedBins], Callable[[Sums, float], tuple[FloatArray, Interval]]] = {
    ExpectedError: multiclass.classwise_error,
    SquaredError: multiclass.classwise_squared_error,
}
