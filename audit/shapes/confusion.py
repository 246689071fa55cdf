"""Confusion counts, and functions of them that have no interval in closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, Slices
from ..stats import bootstrap
from ..stats.interval import Interval
from .base import MINIMUM_CLASS, BoolArray, Statistic

REPLICATES = 2000


@dataclass(frozen=True)
class Confusion:
    """Counts of (true class, predicted class), shape ``(..., S, K, K)``; class 1 of two is the positive one."""

    cells: FloatArray

    @property
    def n(self) -> FloatArray:
        """Rows, ``(..., S)``."""
        return np.asarray(self.cells.sum(axis=(-1, -2)))

    @property
    def correct(self) -> FloatArray:
        """Rows on the diagonal, ``(..., S)``."""
        return np.asarray(np.trace(self.cells, axis1=-2, axis2=-1))

    @property
    def hits(self) -> FloatArray:
        """Correct rows of each class, ``(..., S, K)``."""
        return np.diagonal(self.cells, axis1=-2, axis2=-1)

    @property
    def true(self) -> FloatArray:
        """Rows that truly belong to each class, ``(..., S, K)``."""
        return np.asarray(self.cells.sum(axis=-1))

    @property
    def predicted(self) -> FloatArray:
        """Rows that the model puts into each class, ``(..., S, K)``."""
        return np.asarray(self.cells.sum(axis=-2))

    def against_others(self, position: int) -> Confusion:
        """Counts of two classes: that at ``position`` as the positive one, against all others together."""
        hits = self.cells[..., position, position]
        found, called, n = self.true[..., position], self.predicted[..., position], self.n
        rows = (n - found - called + hits, called - hits), (found - hits, hits)
        return Confusion(np.stack([np.stack(row, axis=-1) for row in rows], axis=-2))

    @property
    def tp(self) -> FloatArray:
        """True positives."""
        return self._binary(1, 1)

    @property
    def fp(self) -> FloatArray:
        """False positives."""
        return self._binary(0, 1)

    @property
    def fn(self) -> FloatArray:
        """False negatives."""
        return self._binary(1, 0)

    @property
    def tn(self) -> FloatArray:
        """True negatives."""
        return self._binary(0, 0)

    def _binary(self, true: int, predicted: int) -> FloatArray:
        if self.cells.shape[-1] != 2:
            msg = f"tp, fp, fn and tn need two classes, got {self.cells.shape[-1]}; declare tasks=['binary']"
            raise ValueError(msg)
        return self.cells[..., true, predicted]


@dataclass(frozen=True)
class Functional:
    """Any function of confusion counts, ``(..., S)``; its interval comes from derivatives, or else resampled counts."""

    value: FloatArray
    unit: str = ""


class OfCells(Statistic):
    """A statistic of confusion counts ``(S, K, K)``, which stand beside it; too thin with a class of under five rows."""

    _cells: FloatArray

    @property
    def counts(self) -> dict[str, FloatArray]:
        kinds = range(self._cells.shape[-1])
        return {f"true_{i}_predicted_{j}": self._cells[:, i, j] for i in kinds for j in kinds}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(self._cells.sum(axis=-1).min(axis=-1) < MINIMUM_CLASS)


class Bootstrapped(OfCells):
    """Multinomial bootstrap of a :class:`Functional` over the counts of each slice.

    Resampling counts is the row bootstrap exactly, at a cost that does not depend on the rows; all slices share the
    draws of the cells. The interval is :func:`~assay.audit.stats.bootstrap.hybrid`: BCa, widened to the
    Jeffreys-Dirichlet posterior where a count is zero, so that the width is never zero.
    """

    def __init__(
        self,
        function: Callable[[FloatArray], Functional],
        per_cell: FloatArray,
        slices: Slices,
        rng: np.random.Generator,
    ) -> None:
        """``per_cell``: confusion counts ``(C, K, K)``; ``function`` maps counts ``(..., S, K, K)`` to the functional."""
        self._cells = slices.total_of(per_cell)
        self.n = self._cells.sum(axis=(-1, -2))
        one = np.eye(self._cells[0].size).reshape(-1, 1, *self._cells.shape[1:])
        with np.errstate(invalid="ignore", divide="ignore"):
            point = function(self._cells)
            self._draws = function(slices.total_of(bootstrap.resample(per_cell, REPLICATES, rng))).value
            self._jackknife = function(np.maximum(self._cells - one, 0)).value
            self._posterior_only = bootstrap.degenerate(self._draws) | ~np.isfinite(self._jackknife).all(axis=0)
            self._smooth = self._draws
            if self._posterior_only.any() or (self._cells == 0).any():
                self._smooth = function(_posterior(self._cells, rng)).value
        self.value, self.unit = point.value, point.unit  # type: ignore[misc]

    def interval(self, level: float) -> Interval:
        weights = self._cells.reshape(len(self.value), -1).T
        empty = (weights == 0).any(axis=0)
        found = bootstrap.hybrid(self.value, self._draws, self._smooth, self._jackknife, weights, empty, level)
        undefined = np.isnan(self.value)
        return Interval(np.where(undefined, -np.inf, found.low), np.where(undefined, np.inf, found.high))

    @property
    def method(self) -> list[str]:
        return ["dirichlet-jeffreys" if only else "multinomial-bca" for only in self._posterior_only]

    @property
    def degenerate(self) -> BoolArray:
        return self._posterior_only


class ClusterBootstrapped(Statistic):
    """A :class:`Functional` of clustered rows: percentiles over resampled clusters."""

    designed = True

    def __init__(self, point: Functional, draws: Functional, tables: FloatArray) -> None:
        """``draws``: of the resampled totals, ``(B, S)``; ``tables``: weighted counts per cluster, ``(G, S, K, K)``."""
        self.value, self.unit = point.value, point.unit  # type: ignore[misc]
        self.n = (tables.sum(axis=(-1, -2)) > 0).sum(axis=0).astype(np.float64)
        self._draws = np.where(np.isfinite(draws.value), draws.value, point.value)
        self._flat = bootstrap.degenerate(self._draws)

    def interval(self, level: float) -> Interval:
        found = bootstrap.expanded_percentile(self.value, self._draws, self.n, level)
        unknown = self._flat | np.isnan(self.value)
        return Interval(np.where(unknown, -np.inf, found.low), np.where(unknown, np.inf, found.high))

    @property
    def method(self) -> list[str]:
        return ["cluster-bootstrap"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"clusters": self.n}

    @property
    def degenerate(self) -> BoolArray:
        return self._flat


class WeightBootstrapped(OfCells):
    """A :class:`Functional` of weighted rows: percentiles of the Bayesian bootstrap.

    A row weighs w times a standard exponential number, so a count, the sum of the weights of its rows, is about a
    gamma number with mean Σw and variance Σw²; an empty one gets the share of a row of Jeffreys' prior.

    Rubin (1981), Ann. Stat. 9:130.
    """

    designed = True

    def __init__(
        self,
        point: Functional,
        function: Callable[[FloatArray], Functional],
        cells: FloatArray,
        squares: FloatArray,
        rng: np.random.Generator,
    ) -> None:
        """``cells`` and ``squares``: sums of weights and of their squares by count, ``(S, K, K)``."""
        self.value, self.unit, self._cells = point.value, point.unit, cells  # type: ignore[misc]
        total = squares.sum(axis=(-1, -2), keepdims=True)
        unit = total / np.maximum(cells.sum(axis=(-1, -2), keepdims=True), 1e-300)
        per_row = np.where(cells > 0, squares / np.where(cells > 0, cells, 1.0), unit)
        self._rows = np.where(cells > 0, cells / np.where(cells > 0, per_row, 1.0), 0.0)
        self.n = np.asarray(cells.sum(axis=(-1, -2)) ** 2 / np.maximum(total[..., 0, 0], 1e-300))
        shape = np.where(cells > 0, self._rows, min(0.5, 2 / cells[0].size))
        with np.errstate(invalid="ignore", divide="ignore"):
            self._draws = function(per_row * rng.standard_gamma(shape, (REPLICATES, *shape.shape))).value

    def interval(self, level: float) -> Interval:
        found = bootstrap.percentile(self.value, np.where(np.isfinite(self._draws), self._draws, self.value), level)
        undefined = np.isnan(self.value)
        return Interval(np.where(undefined, -np.inf, found.low), np.where(undefined, np.inf, found.high))

    @property
    def method(self) -> list[str]:
        return ["weighted-bootstrap"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {**super().counts, "effective_rows": self.n}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(self._rows.sum(axis=-1).min(axis=-1) < MINIMUM_CLASS)


def _posterior(cells: FloatArray, rng: np.random.Generator) -> FloatArray:
    """As :func:`~assay.audit.stats.bootstrap.dirichlet`, but for each slice by itself: ``(B, S, K, K)``."""
    prior = min(0.5, 2 / cells[0].size)
    shares = rng.standard_gamma(cells + prior, size=(REPLICATES, *cells.shape))
    total = np.maximum(cells.sum(axis=(-1, -2), keepdims=True), 1)
    return np.asarray(total * shares / shares.sum(axis=(-1, -2), keepdims=True))
