"""Rates of the labels of rows, where a row has several: they are not independent, so rows are what is sampled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..design import Design
from ..slices import FloatArray, Slices
from .base import RowStatistic
from .rates import Designed, designed


@dataclass(frozen=True)
class LabelRates(RowStatistic):
    """Sum of ``hits`` over sum of ``trials``, of which each row ``(n,)`` has several; ``of`` as in ``Proportion``."""

    hits: FloatArray
    trials: FloatArray
    of: Callable[[FloatArray], FloatArray] | None = None
    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> Designed:
        return designed(design_of(slices).of_rows(slices, self.hits, self.trials), self.of)


def design_of(slices: Slices) -> Design:
    """Weights and clusters of the rows; each row a cluster of its own where there are none."""
    return slices.design or Design(np.ones(len(slices.cell)))
