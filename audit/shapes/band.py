"""Joint replicates of several slices: intervals and p-values that hold for all of them at once (max-T)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray
from ..stats import bootstrap
from ..stats.interval import Interval
from ..stats.multiple import critical, greatest, max_t_p_values

REPLICATES = 2000

MOST = 500
"""Slices that are replicated together; of more only a few would differ from Bonferroni's limits."""

Scale = Callable[[FloatArray], FloatArray]
"""An increasing function."""


@dataclass(frozen=True)
class Band:
    """Estimates of m slices, their errors, and the greatest studentised distance of each joint replicate, ``(B,)``.

    ``back`` maps the scale of the estimates to that of the statistic; ``domain``: the least and greatest number on it.
    """

    estimates: FloatArray
    errors: FloatArray
    distances: FloatArray
    back: Scale
    domain: tuple[float, float]

    def interval(self, level: float) -> Interval:
        """Intervals that hold at once, ``(m,)`` each."""
        wide = critical(self.distances, level) * self.errors
        return Interval(*(self.back(np.clip(self.estimates + side * wide, *self.domain)) for side in (-1, 1)))

    def p_fail(self, lower: float, upper: float) -> FloatArray:
        """One-sided p-values of "it lies between these", adjusted for all slices."""
        t = [side * (self._on_scale(edge) - self.estimates) / self.errors for side, edge in ((1, lower), (-1, upper))]
        return max_t_p_values(self.distances, np.maximum(*t)) / 2

    def _on_scale(self, edge: float) -> float:
        """The number that ``back`` maps to ``edge``, by bisection; an end of the domain where none does."""
        if self.back is same:
            return edge
        low, high = self.domain
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if float(self.back(np.array(middle))) < edge else (low, middle)
        return (low + high) / 2


def same(values: FloatArray) -> FloatArray:
    """The scale of the statistic itself."""
    return values


def banded(
    estimate: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
    cells: FloatArray,
    rng: np.random.Generator,
    *,
    back: Scale = same,
    domain: tuple[float, float],
) -> Band | None:
    """The band of what ``estimate`` makes of counts ``(..., C)`` of disjoint cells: estimates and errors, ``(..., m)``.

    All cells are resampled together. None where an error is not above 0, or counts are no whole numbers.
    """
    if not np.array_equal(cells, np.rint(cells)):
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        theta, error = estimate(cells)
        drawn, spread = estimate(bootstrap.resample(cells, REPLICATES, rng))
    if theta.size > MOST or not (np.isfinite(theta).all() and np.isfinite(error).all() and (error > 0).all()):
        return None
    distances = greatest(theta, drawn, np.where(spread > 0, spread, np.inf))
    return Band(theta, error, distances, back, domain)


def rate(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rates and errors from hits and misses ``(..., 2, m)``, half a row added to each so that none is 0 or 1."""
    hits, misses = counts[..., 0, :] + 0.5, counts[..., 1, :] + 0.5
    trials = hits + misses
    return hits / trials, np.sqrt(hits * misses / trials**3)


def log_rate(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Logarithms of the rates of :func:`rate`, and their errors."""
    value, error = rate(counts)
    return np.log(value), error / value


def log_odds(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Logarithms of the odds of :func:`rate`, and their errors."""
    hits, misses = counts[..., 0, :] + 0.5, counts[..., 1, :] + 0.5
    return np.log(hits / misses), np.sqrt(1 / hits + 1 / misses)


def against_last(
    of: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
) -> Callable[[FloatArray], tuple[FloatArray, FloatArray]]:
    """The same of each slice minus that of the last one."""

    def difference(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, error = of(counts)
        return value[..., :-1] - value[..., -1:], np.hypot(error[..., :-1], error[..., -1:])

    return difference


def functional(
    function: Callable[[FloatArray], FloatArray], members: FloatArray
) -> Callable[[FloatArray], tuple[FloatArray, FloatArray]]:
    """A function of tables ``(..., m, K, K)``, and its errors by what one more row in each cell changes (delta method).

    ``members`` ``(m, C)`` says which of the counts ``(..., C, K, K)`` are in each slice. A small count is added to each cell.
    """

    def estimate(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
        tables = np.moveaxis(np.moveaxis(counts, -3, -1) @ members.T, -1, -3)
        tables = tables + min(0.5, 2 / np.prod(tables.shape[-2:]))
        value = function(tables)
        first, second = np.zeros_like(value), np.zeros_like(value)
        for place in np.ndindex(*tables.shape[-2:]):
            one = np.zeros(tables.shape[-2:])
            one[place] = 1
            slope, rows = function(tables + one) - value, tables[..., *place]
            first, second = first + rows * slope, second + rows * slope**2
        return value, np.sqrt(second - first**2 / tables.sum(axis=(-1, -2)))

    return estimate
