"""Search for a change that a row could have and that changes the decision: greedy, with a beam and restarts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..constraints.space import BoolArray
from ..slices import FloatArray, IntArray
from .asking import Answer, Asker, joined, only
from .grid import Grid
from .singles import Singles, first_round

DEEPEST = 8
"""Rounds where any number of features may change."""
WIDTH = 96
"""Changes of one feature that are tried again on top of others, for each row."""


@dataclass
class Fallen:
    """The best change found for each row so far: ``fooled``, ``(n,)``, and the ``vectors`` that do it, ``(n, m)``."""

    fooled: BoolArray
    vectors: FloatArray

    def take(self, asker: Asker, answer: Answer) -> None:
        """Keep for each row the change with the fewest features, and among these the cheapest."""
        hits = np.flatnonzero(answer.fooled)
        if not len(hits):
            return
        row, vectors = answer.row[hits], answer.vectors[hits]
        count, cost = price(asker, row, vectors)
        old_count, old_cost = price(asker, row, self.vectors[row])
        better = ~self.fooled[row] | (count < old_count) | ((count == old_count) & (cost < old_cost))
        row, vectors, count, cost = row[better], vectors[better], count[better], cost[better]
        order = np.lexsort([cost, count, row])
        first = order[np.unique(row[order], return_index=True)[1]]
        self.fooled[row[first]], self.vectors[row[first]] = True, vectors[first]


def price(asker: Asker, row: IntArray, vectors: FloatArray) -> tuple[IntArray, FloatArray]:
    """How many features each candidate changes, and what that costs."""
    sizes = asker.scale.sizes(vectors, asker.of[row])
    return np.asarray((sizes > 0).sum(axis=1)), asker.budget.spent(sizes, asker.space.cost)


def search(
    asker: Asker,
    grid: Grid,
    fallen: Fallen,
    rng: np.random.Generator,
    *,
    beam: int,
    restarts: int,
    starts: Answer | None = None,
    among: IntArray | None = None,
) -> None:
    """Look for a change of every row that still stands, and write what is found into ``fallen``.

    The first round tries every value of every feature alone. Each further one tries the most promising of these on top of the
    ``beam`` best candidates of the round before, so that round ``k`` changes at most ``k`` features; a last one, at as many
    features as the budget allows, tries other values once more. Each restart begins with random values of random
    features. All candidates of all rows go into one call of the model per round, as far as memory allows. Rows leave as
    soon as they fall. ``among``: rows to look at, where it is not all.
    """
    standing = np.flatnonzero(asker.right & ~fallen.fooled) if among is None else among
    if asker.budget.features == 0 or not asker.space.mutable.any():
        return
    for rows in np.array_split(standing, max(1, -(-len(standing) // grid.rows_at_once))):
        _block(asker, grid, fallen, rng, rows, beam, restarts, starts)


def _block(
    asker: Asker,
    grid: Grid,
    fallen: Fallen,
    rng: np.random.Generator,
    rows: IntArray,
    beam: int,
    restarts: int,
    starts: Answer | None,
) -> None:
    many = int(asker.space.mutable.sum())
    deepest = min(many, DEEPEST if asker.budget.features is None else asker.budget.features)
    found, singles = first_round(asker, grid, rows)
    fallen.take(asker, found)
    if deepest < 2:
        return
    found = _thinned(found, asker, fallen, rng)
    if starts is not None:
        found = joined([found, only(starts, np.flatnonzero(np.isin(starts.row, rows)))])
    _rounds(asker, singles, fallen, rng, *_best(found, fallen, beam, rng), deepest, beam)
    for _ in range(restarts):
        left = rows[~fallen.fooled[rows]]
        answer = _random(asker, singles, left, deepest, beam, rng)
        fallen.take(asker, answer)
        _rounds(asker, singles, fallen, rng, *_best(answer, fallen, beam, rng), 2, beam)


def _rounds(
    asker: Asker,
    singles: Singles,
    fallen: Fallen,
    rng: np.random.Generator,
    row: IntArray,
    vectors: FloatArray,
    rounds: int,
    beam: int,
) -> None:
    for _ in range(rounds):
        state, place, value = singles.promising(row, WIDTH, rng)
        kept = _worth(asker, row, vectors, state, place, value)
        state, place, value = state[kept], place[kept], value[kept]
        parts = []
        for i in range(0, len(state), asker.most):
            at = slice(i, i + asker.most)
            tried = vectors[state[at]].copy()
            tried[np.arange(len(tried)), place[at]] = value[at]
            answer = asker.ask(row[state[at]], tried)
            fallen.take(asker, answer)
            parts.append(_thinned(answer, asker, fallen, rng))
        if not parts:
            return
        row, vectors = _best(joined(parts), fallen, beam, rng)


def _worth(
    asker: Asker, row: IntArray, vectors: FloatArray, state: IntArray, place: IntArray, value: FloatArray
) -> BoolArray:
    """Candidates that are another than what they are made of, with no more features changed than allowed."""
    found = vectors[state, place] != value
    if asker.budget.features is not None:
        changed = (vectors != asker.of[row]) & ~np.isnan(vectors)
        others = changed.sum(axis=1)[state] - changed[state, place]
        found &= others < asker.budget.features
    return np.asarray(found)


def _thinned(answer: Answer, asker: Asker, fallen: Fallen, rng: np.random.Generator) -> Answer:
    """Of each row and each set of changed features the best candidate, so that a beam does not hold one idea many times."""
    changed = answer.vectors != asker.of[answer.row]
    key = (changed @ rng.integers(1, 2**40, changed.shape[1])) % 2**40  # a hash of the set
    order = np.lexsort([rng.random(len(key)), answer.margin, key, answer.row])
    row, key = answer.row[order], key[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (row[1:] != row[:-1]) | (key[1:] != key[:-1])
    return only(answer, order[new & ~fallen.fooled[row]])


def _best(answer: Answer, fallen: Fallen, beam: int, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
    """The ``beam`` candidates with the least margin of each row that stands; among equals any."""
    order = np.lexsort([rng.random(len(answer.row)), answer.margin, answer.row])
    order = order[~fallen.fooled[answer.row[order]]]
    row = answer.row[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    chosen = order[rank < beam]
    return answer.row[chosen], answer.vectors[chosen]


def _random(
    asker: Asker, singles: Singles, standing: IntArray, deepest: int, beam: int, rng: np.random.Generator
) -> Answer:
    """Rows with random values of up to ``deepest`` random features."""
    row = np.repeat(standing, 2 * beam)
    vectors = asker.of[row].copy()
    state, place, value = singles.random(row, deepest, rng)
    vectors[state, place] = value
    return asker.ask(row, vectors)
