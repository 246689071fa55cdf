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
        return self.cells.sum(axis=(-1, -2))

    @property
    def correct(self) -> FloatArray:
        """Rows on the diagonal, ``(..., S)``."""
        return np.trace(self.cells, axis1=-2, axis2=-1)

    @property
    def hits(self) -> FloatArray:
        """Correct rows of each class, ``(..., S, K)``."""
        return np.diagonal(self.cells, axis1=-2, axis2=-1)

    @property
    def true(self) -> FloatArray:
        """Rows that truly belong to each class, ``(..., S, K)``."""
        return self.cells.sum(axis=-1)

    @property
    def predicted(self) -> FloatArray:
        """Rows that the model puts into each class, ``(..., S, K)``."""
        return self.cells.sum(axis=-2)

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
    """Any function of confusion counts, ``(..., S)``; its interval comes from resampled counts."""

    value: FloatArray
    unit: str = ""


class Bootstrapped(Statistic):
    """Multinomial bootstrap of a :class:`Functional` over the counts of each slice.

    Resampling counts is the row bootstrap exactly, at a cost that does not depend on the rows. BCa
    (Efron 1987, doi:10.1080/01621459.1987.10478410, eq. 6.6) with the jackknife in closed form: all
    rows of one cell are alike. Where every draw is equal, draws from the Jeffreys-Dirichlet
    posterior take their place, so that the width is never zero.
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
        point = function(self._cells)
        self.value, self.unit = point.value, point.unit  # type: ignore[misc]
        self.n = self._cells.sum(axis=(-1, -2))
        with np.errstate(all="ignore"):
            draws = function(slices.total_of(bootstrap.resample(per_cell, REPLICATES, rng))).value
            self._jackknife = self._leave_one_out(function)
            self._flat = bootstrap.degenerate(draws) | ~np.isfinite(self._jackknife).all(axis=0)
            if self._flat.any():
                smooth = slices.total_of(bootstrap.dirichlet(per_cell, REPLICATES, rng))
                draws = np.where(self._flat, function(smooth).value, draws)
        self._draws = draws

    def _leave_one_out(self, function: Callable[[FloatArray], Functional]) -> FloatArray:
        kinds = self._cells.shape[-1]
        unit = np.eye(kinds * kinds).reshape(kinds * kinds, 1, kinds, kinds)
        return function(np.maximum(self._cells - unit, 0)).value

    def interval(self, level: float) -> Interval:
        weights = self._cells.reshape(len(self.value), -1).T
        plain = bootstrap.percentile(self._draws, level)
        jackknife = np.where(self._flat, 0.0, self._jackknife)
        return plain.where(self._flat, bootstrap.bca(self.value, self._draws, jackknife, weights, level))

    @property
    def method(self) -> list[str]:
        return ["dirichlet-jeffreys" if flat else "multinomial-bca" for flat in self._flat]

    @property
    def counts(self) -> dict[str, FloatArray]:
        kinds = range(self._cells.shape[-1])
        return {f"true_{i}_predicted_{j}": self._cells[:, i, j] for i in kinds for j in kinds}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(self._cells.sum(axis=-1).min(axis=-1) < MINIMUM_CLASS)

    @property
    def degenerate(self) -> BoolArray:
        return self._flat
