"""The attack on tables: a possible row that is decided otherwise, found, made small, and proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..answers import AuditedModel
from ..constraints.scale import Budget, Scale
from ..constraints.space import BoolArray, Space
from ..constraints.verify import verified
from ..slices import FloatArray, IntArray
from .asking import Asker
from .climb import climb
from .grid import Grid
from .search import Fallen, search
from .smaller import smaller

Frame = Any
AGAIN = 50
"""Rows that stand and are attacked once more."""


@dataclass(frozen=True)
class Attacked:
    """What an attack on ``n`` rows found. All arrays have the rows first.

    ``right``: decided rightly as they are; ``fooled``: of these, those with a proven change that fools the model; ``sizes``: of
    the change of each feature in units, ``(n, m)``, 0 where the row stands; ``cost``: of all of it; ``queries``: until the
    row fell, 0 where it stands; ``after``: the changed rows, a frame, in the order of the rows that fell.
    """

    right: BoolArray
    fooled: BoolArray
    sizes: FloatArray
    cost: FloatArray
    queries: IntArray
    after: Frame
    asked: int
    calls: int
    gradients: int
    tried: int
    rejected: int
    unproved: int
    again: tuple[int, int]
    """Rows that were attacked once more with twice the effort, and how many of them fell only then."""

    @property
    def changed(self) -> IntArray:
        """How many features the change of each row changes, ``(n,)``."""
        return np.asarray((self.sizes > 0).sum(axis=1))


def attack(
    model: AuditedModel,
    rows: Frame,
    labels: IntArray,
    space: Space,
    scale: Scale,
    budget: Budget,
    data: FloatArray,
    *,
    thresholds: Mapping[str, FloatArray] | None = None,
    queries: int | None = None,
    candidates: int = 48,
    beam: int = 5,
    restarts: int = 1,
    rng: np.random.Generator,
) -> Attacked:
    """Attack rows that the model decides rightly.

    Without a limit of queries, some rows that stand are attacked again with twice the effort, which shows whether more of it
    would find more. Where the model has a gradient, steps along it come first (:func:`~.climb.climb`); then values of single features are tried, on
    ever more features at once (:func:`~.search.search`); what fools the model is made smaller (:func:`~.smaller.smaller`).
    Every change is held against the specification by code that the search does not use, and the model is asked afresh.

    Args:
        model: the model, which can be called.
        rows: rows that can be, ``n``.
        labels: their true classes as positions, ``(n,)``.
        space: what rows can be.
        scale: units of the budget.
        budget: how large a change may be.
        data: vectors of rows that values to try are taken from, ``(N, m)``.
        thresholds: of the model by feature, where they are known.
        queries: how often the model may be asked about each row, the proof included; None is as often as it takes.
        candidates: how many values of a number are tried on either side of its own.
        beam: how many candidates of a row each round goes on with.
        restarts: how often the search begins anew, at random.
        rng: for ties and restarts.

    Raises:
        ConstraintViolation: a change breaks the specification; nothing of the result can be trusted.
        NotAssessed: the model gives different answers to the same rows.
    """
    asker = Asker(model, rows, labels, space, scale, budget, queries, rng)
    grid = Grid(space, scale, budget, data, thresholds or {}, candidates)
    fallen = Fallen(np.zeros(len(labels), dtype=bool), asker.of.copy())
    starts, gradients = climb(asker, grid, fallen)
    search(asker, grid, fallen, rng, beam=beam, restarts=restarts, starts=starts)
    again = (0, 0)
    if queries is None:
        wider = Grid(space, scale, budget, data, thresholds or {}, 2 * candidates)
        again = _again(asker, wider, fallen, rng, beam=2 * beam, restarts=restarts + 1)
    smaller(asker, fallen)
    return _proved(asker, fallen, gradients, again)


def _again(
    asker: Asker, grid: Grid, fallen: Fallen, rng: np.random.Generator, *, beam: int, restarts: int
) -> tuple[int, int]:
    """Some of the rows that stand once more: how many were tried, and fell."""
    standing = np.flatnonzero(asker.right & ~fallen.fooled)
    chosen = np.sort(rng.choice(standing, min(AGAIN, len(standing)), replace=False))
    search(asker, grid, fallen, rng, beam=beam, restarts=restarts, among=chosen)
    return len(chosen), int(fallen.fooled[chosen].sum())


def _proved(asker: Asker, fallen: Fallen, gradients: int, again: tuple[int, int]) -> Attacked:
    """Each success once more: against the specification, and by the model."""
    import narwhals as nw

    fell = np.flatnonzero(fallen.fooled)
    before = nw.maybe_reset_index(asker.rows[fell])
    after, vectors, _ = asker.space.realise(before, fallen.vectors[fell], asker.of[fell])
    sizes = np.zeros(asker.of.shape)
    proof = np.zeros(len(fell), dtype=bool)
    if len(fell):
        verified(asker.space, asker.scale, asker.budget, before, after)
        proof = asker.model.predict(after) != asker.labels[fell]
        asker.asked[fell] += 1
        asker.calls += 1
        sizes[fell[proof]] = asker.scale.sizes(vectors, asker.of[fell])[proof]
    fooled = np.zeros(len(asker.of), dtype=bool)
    fooled[fell[proof]] = True
    return Attacked(
        right=asker.right,
        fooled=fooled,
        sizes=sizes,
        cost=asker.budget.spent(sizes, asker.space.cost),
        queries=np.where(fooled, asker.first, 0),
        after=after[np.flatnonzero(proof)],
        asked=int(asker.asked.sum()),
        calls=asker.calls,
        gradients=gradients,
        tried=asker.tried,
        rejected=asker.rejected,
        unproved=int((~proof).sum()),
        again=again,
    )
