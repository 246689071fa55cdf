"""Metrics of other libraries that compare groups by their counts, referred to the same groups as ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, IntArray, cut
from .base import MINIMUM_ROWS
from .compare import Comparison
from .resampled import ResampledRows
from .sides import Best, Sides
from .tabulated import Tabulated
from .whole import Whole

Score = Callable[[FloatArray], float]
"""Function of the counts of true and predicted class of groups, ``(G, 2, 2)``; NaN where it has no value."""


class OfGroups(Tabulated):
    """``score`` of sets of groups: counts ``(S, G, 2, 2)``; ABC interval over all cells of a set."""

    def __init__(self, score: Score, tables: FloatArray, unit: str = "") -> None:
        """Too thin where a group has fewer than 5 rows of a label."""
        self._groups = tables.shape[1]

        def each(flat: FloatArray) -> FloatArray:
            return np.array([score(one) for one in flat.reshape(-1, self._groups, 2, 2)])

        super().__init__(each, tables.reshape(len(tables), -1, 2), unit)

    @property
    def counts(self) -> dict[str, FloatArray]:
        tables = self._cells.reshape(-1, self._groups, 2, 2)
        places = np.ndindex(self._groups, 2, 2)
        return {f"group_{g}_true_{i}_predicted_{j}": tables[:, g, i, j] for g, i, j in places}


def of_all_groups(score: Score, tables: FloatArray) -> Whole:
    """``score`` of all groups ``(G, 2, 2)`` at once."""
    return Whole(OfGroups(score, tables[None]))


def of_all_rows(
    score: Callable[[IntArray], float],
    columns: Sequence[npt.NDArray[Any]],
    replicates: int,
    rng: np.random.Generator,
) -> Whole:
    """``score`` of all rows, given by their numbers, which depends on ``columns``; as in :class:`ResampledRows`."""
    of = ResampledRows(lambda rows, _: score(rows), columns, replicates, weighs=False)
    return Whole(of.by(cut({}, len(columns[0]), depth=1), rng))


@dataclass(frozen=True)
class PairedGroups(Comparison):
    """``score`` of each group and its reference, ``(2, 2, 2)`` in this order; ``cells``: counts of every slice."""

    score: Score
    cells: FloatArray
    unit: str
    best: Best | None = "highest"
    word: str = "most selected"

    def of(self, sides: Sides) -> tuple[OfGroups, list[int | None]]:
        """The slices of a partition make up all rows. The most selected one is chosen once, by the data as they are."""
        tables = self.cells[sides.each]
        rows = tables.sum(axis=(1, 2))
        rates = np.where(rows >= MINIMUM_ROWS, tables[:, :, 1].sum(axis=1) / np.maximum(rows, 1), -1)
        chosen = int(np.argmax(rates)) if sides.reference == "most_selected" else sides.reference
        rest = tables.sum(axis=0) - tables
        others = np.broadcast_to(tables[chosen], tables.shape) if isinstance(chosen, int) else rest
        found = OfGroups(self._whole if chosen == "overall" else self.score, np.stack([tables, others], 1), self.unit)
        if isinstance(chosen, int):
            found.value[chosen] = np.nan  # nobody is compared with themselves
        return found, [chosen if isinstance(chosen, int) else None]

    def _whole(self, pair: FloatArray) -> float:
        """Against all rows: the group and the rest of the rows are what is independent."""
        return self.score(np.stack([pair[0], pair.sum(axis=0)]))
