"""A wrapper for the models of another framework, which know neither ``predict`` nor data frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from assay.audit.plan import ModelTable


class AcmeScorecard:
    """The other framework: points per unit of each feature, and a number of points from which the answer is yes."""

    def __init__(self, points: dict[str, float], passing: float) -> None:
        self.points = points
        self.passing = passing

    def decide(self, row: Sequence[float]) -> bool:
        """Whether one row, its values in the order of ``points``, has enough points."""
        total = sum(value * each for value, each in zip(row, self.points.values(), strict=True))
        return bool(total >= self.passing)


class AcmeModel:
    """Lets assay ask an :class:`AcmeScorecard`; the labels are 0 and 1."""

    rank: ClassVar[int] = 20
    live: ClassVar[bool] = True
    about: ClassVar[str] = "Acme scorecards"

    def __init__(self, thing: AcmeScorecard, table: ModelTable) -> None:
        self._card = thing

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Scorecards only."""
        return isinstance(thing, AcmeScorecard)

    def predict(self, x: Any) -> npt.NDArray[np.int64]:
        """One decision per row."""
        rows = np.column_stack([np.asarray(x[name], dtype=float) for name in self._card.points])
        return np.array([self._card.decide(row) for row in rows.tolist()], dtype=np.int64)
