"""Statistics of weighted or clustered rows that are smooth: each row says what it adds, clusters give the error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from ..slices import FloatArray, IntArray, Slices
from ..stats.designed_bins import DesignedBins, designed_bins, no_bins
from ..stats.interval import Interval
from ..stats.linearised import Scale, Spread, scaled_interval, spread
from .base import MINIMUM_CLASS, BoolArray, Statistic, rows_of

Influence = Callable[[IntArray, FloatArray], tuple[float, FloatArray]]
"""Row numbers and their weights, of mean 1, to the estimate and what each row adds to it: influence · weight / rows."""


class Linearised(Statistic):
    """Estimates of slices with their spread; t interval on a scale."""

    designed = True

    @classmethod
    def of(cls, other: Linearised) -> Self:
        """The same as this kind."""
        return cls(other.value, other.spread, other.scale, other.unit, other.classes)

    def __init__(self, value: FloatArray, found: Spread, scale: Scale, unit: str, classes: FloatArray | None) -> None:
        """``classes``: effective rows of the classes that are contrasted, ``(2, S)``, where there are some."""
        self.value, self.spread, self.scale, self.classes = value, found, scale, classes
        self.n, self.unit = found.clusters, unit  # type: ignore[misc]

    @property
    def error(self) -> FloatArray:
        """Standard error; NaN where the value is undefined."""
        return np.where(np.isnan(self.value), np.nan, self.spread.error)

    def interval(self, level: float) -> Interval:
        return scaled_interval(self.value, self.spread, self.scale, level)

    @property
    def method(self) -> list[str]:
        return [self.scale.name] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        shown = {
            "clusters": self.spread.clusters,
            "standard_error": self.spread.error,
            "degrees_of_freedom": self.spread.freedom,
            "effective_rows": self.spread.effective,
        }
        if self.classes is None:
            return shown
        return {"effective_positives": self.classes[1], "effective_negatives": self.classes[0], **shown}

    @property
    def insufficient(self) -> BoolArray:
        thin = super().insufficient
        return thin if self.classes is None else thin | (self.classes.min(axis=0) < MINIMUM_CLASS)

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self.spread.error <= 0)


def linearised(
    slices: Slices,
    influence: Influence,
    scale: Scale,
    unit: str = "",
    *,
    labels: Any = None,
    used: BoolArray | None = None,
) -> Linearised:
    """The estimate of every slice; rows without weight are left out.

    Args:
        slices: with a design.
        influence: called once for each slice that has rows.
        scale: of the interval.
        unit: of the value.
        labels: 0 or 1 per row, where the statistic contrasts both classes.
        used: rows that count.
    """
    size = len(slices.labels)
    value, parts, classes = np.full(size, np.nan), np.zeros((4, size)), np.zeros((2, size))
    for place, rows, weights, cluster in weighted_rows(slices, used):
        if labels is not None:
            classes[:, place] = effective_classes(labels[rows], weights)
        value[place], added = influence(rows, weights)
        if np.abs(added).sum() > 1e-12 * abs(value[place]):  # more than rounding, and defined
            parts[:, place] = spread(added, weights, cluster)
        else:
            parts[1:3, place] = len(rows) if cluster is None else len(np.unique(cluster)), 1
    return Linearised(value, Spread(*parts), scale, unit, None if labels is None else classes)


def weighted_rows(slices: Slices, used: BoolArray | None = None) -> Any:
    """Position, row numbers, weights of mean 1 and clusters (or None) of every slice that has a row with weight."""
    design = slices.design
    assert design is not None
    usable = design.weight > 0 if used is None else (design.weight > 0) & used
    for place, every in rows_of(slices):
        rows = every[usable[every]]
        if len(rows):
            weights = design.weight[rows]
            yield place, rows, weights / weights.mean(), None if design.cluster is None else design.cluster[rows]


def effective_classes(labels: Any, weights: FloatArray) -> FloatArray:
    """(Σw)²/Σw² of the rows with label 0 and with label 1, shape (2,). Kish (1965), section 11.7."""
    totals, squares = (np.bincount(labels, part, 2)[:2] for part in (weights, weights**2))
    return np.asarray(totals**2 / np.where(squares > 0, squares, 1.0))


def sliced_gaps(
    probabilities: FloatArray,
    labels: Any,
    slices: Slices,
    rng: np.random.Generator,
    gap: Callable[[FloatArray, FloatArray], FloatArray],
) -> DesignedBins:
    """Gaps by slice and bin; ``gap`` makes them of all labels, given the mean label of the slice."""
    assert slices.design is not None
    y = np.asarray(labels, np.float64)
    first = slices.design.halves(rng, probabilities, y, slices.cell)
    found = [no_bins()] * len(slices.labels)
    for place, rows, weights, own in weighted_rows(slices):
        gaps = gap(y, weights @ y[rows] / len(rows))[rows]
        found[place] = designed_bins(probabilities[rows], labels[rows], gaps, weights, own, first[rows])
    return DesignedBins(*(np.stack(parts) for parts in zip(*found, strict=True)))
