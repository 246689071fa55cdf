"""Steps along the gradient, for the numbers of a table; rounding and repair come before every look at the model."""

from __future__ import annotations

import numpy as np

from ..slices import FloatArray, IntArray
from .asking import Answer, Asker, joined, only
from .grid import Grid
from .search import Fallen

STEPS = 20


def climb(asker: Asker, grid: Grid, fallen: Fallen) -> tuple[Answer | None, int]:
    """Projected gradient ascent on the lead of the best other class, where the model has a gradient.

    From the gradient ``g`` at the present point, each number's best end in reach is the one in the direction of ``g``, worth
    ``g * room``. Asked about are the points at which the ``k`` numbers that are worth most are at their best end, for
    ``k = 1 .. K``, which is the exact optimum of a linear model with a box and ``K`` features, and a point one step of size
    ``2 / t`` of the room further on. The best of all goes on; what is found goes into ``fallen``.

    Returns:
        The best candidate of each row that stands, or None without a gradient; and how many rows were differentiated.
    """
    columns = _columns(asker)
    if asker.budget.features == 0 or not asker.model.raw.differentiable or not columns:
        return None, 0
    best: Answer | None = None
    low, high = grid.reach(asker.of)
    point, asked = asker.of.copy(), 0
    for t in range(1, STEPS + 1):
        row = np.flatnonzero(asker.right & ~fallen.fooled)
        if not len(row):
            break
        gradient = _gradient(asker, row, point[row], columns)
        asked += len(row)
        ends = np.where(gradient > 0, high[row], low[row])
        tried, k = _points(asker, row, point[row], ends, gradient, 2 / (t + 1))
        answer = asker.ask(np.tile(row, k), tried)
        fallen.take(asker, answer)
        best = _better(best, answer)
        nearest = _better(None, answer)
        point[nearest.row] = nearest.vectors
    if best is None:
        return None, asked
    live = ~fallen.fooled[best.row] & np.isfinite(best.margin)
    return only(best, np.flatnonzero(live)), asked


def _columns(asker: Asker) -> list[tuple[int, int]]:
    """Place of each number among the features and among the columns of the gradient."""
    names = asker.model.column_names(asker.rows)
    return [
        (place, names.index(feature.name))
        for place, feature in enumerate(asker.space.features)
        if feature.kind in ("continuous", "integer") and feature.mutable and feature.name in names
    ]


def _gradient(asker: Asker, row: IntArray, vectors: FloatArray, columns: list[tuple[int, int]]) -> FloatArray:
    """Of the lead of the best other class over the true one, with respect to the vectors, ``(n, m)``; 0 for no number."""
    import narwhals as nw

    labels = asker.labels[row]
    frame, _, _ = asker.space.realise(nw.maybe_reset_index(asker.rows[row]), vectors, asker.of[row])
    found = np.zeros(vectors.shape)
    size = asker.model.raw.batch
    for i in range(0, len(row), size):
        batch = slice(i, i + size)

        def towards(logits: FloatArray, y: IntArray = labels[batch]) -> FloatArray:
            values, at = np.asarray(logits, dtype=float).copy(), np.arange(len(y))
            values[at, y] = -np.inf
            wanted = np.zeros(values.shape)
            wanted[at, values.argmax(axis=1)], wanted[at, y] = 1.0, -1.0
            return wanted

        part = np.asarray(asker.model.pullback(frame[batch], towards)[1], dtype=float).reshape(len(labels[batch]), -1)
        for place, column in columns:
            found[batch, place] = part[:, column]
    return np.nan_to_num(found)


def _points(
    asker: Asker, row: IntArray, point: FloatArray, ends: FloatArray, gradient: FloatArray, step: float
) -> tuple[FloatArray, int]:
    of = asker.of[row]
    worth = np.nan_to_num(np.abs(gradient) * np.abs(ends - of))
    most = asker.budget.features or worth.shape[1]
    order = np.argsort(-worth, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(worth.shape[1])[None], axis=1)
    counts = sorted(
        {k for k in (*range(1, min(most, 8) + 1), most) if k <= int((worth > 0).sum(axis=1).max(initial=1))}
    )
    found = []
    for k in counts:
        chosen = (rank < k) & (worth > 0)
        found.append(np.where(chosen, ends, of))
        found.append(np.where(chosen, point + step * (ends - point), of))
    return np.concatenate(found or [of]), len(found) or 1


def _better(best: Answer | None, answer: Answer) -> Answer:
    """Of each row the candidate with the least margin."""
    every = joined([one for one in (best, answer) if one is not None])
    order = np.lexsort([every.margin, every.row])
    first = order[np.unique(every.row[order], return_index=True)[1]]
    return only(every, first)
