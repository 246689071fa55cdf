"""The squared kernel calibration error: calibration without bins, of two classes or more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, Slices
from ..stats.interval import Interval
from ..stats.kernel import BLOCK, kernel_blocks, of_blocks
from .base import BoolArray, RowStatistic, Statistic, rows_of


@dataclass(frozen=True)
class KernelCalibration(RowStatistic):
    """Squared kernel calibration error of probabilities ``(n, K)`` against labels ``(n,)``."""

    probabilities: FloatArray
    labels: npt.NDArray[np.int64]

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedKernel:
        blocks: list[FloatArray] = [np.empty(0)] * len(slices.labels)
        for place, rows in rows_of(slices):
            if len(rows) >= BLOCK:
                blocks[place] = kernel_blocks(self.probabilities[rows], self.labels[rows], rng)
        return SlicedKernel(blocks, slices.rows.astype(float))


class SlicedKernel(Statistic):
    """Mean over blocks of rows of an unbiased estimate, cut at 0; t interval over the blocks."""

    unit = "squared probability"

    def __init__(self, blocks: list[FloatArray], n: FloatArray) -> None:
        """``blocks``: estimates of the blocks of each slice; ``n``: its rows."""
        self._found = blocks
        self.n = n
        self.value = np.array([max(of_blocks(one).value, 0.0) if len(one) else np.nan for one in blocks])

    def interval(self, level: float) -> Interval:
        found = [of_blocks(one, level).interval for one in self._found]
        return Interval(*(np.array(ends, dtype=np.float64) for ends in zip(*found, strict=True)))

    @property
    def method(self) -> list[str]:
        return ["block-t"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        uncut = np.array([float(np.mean(one)) if len(one) else np.nan for one in self._found])
        deviation = np.array([float(np.std(one, ddof=1)) if len(one) > 1 else np.nan for one in self._found])
        return {"rows": self.n, "blocks": self._blocks, "uncut": uncut, "deviation_of_blocks": deviation}

    @property
    def _blocks(self) -> FloatArray:
        return np.array([float(len(one)) for one in self._found])

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(self._blocks < 10)

    @property
    def degenerate(self) -> BoolArray:
        return np.array([len(one) < 2 or float(np.ptp(one)) <= 1e-12 * float(np.abs(one).max()) for one in self._found])
