"""Make a change that fools the model smaller: put back what is not needed, and move the rest towards the row."""

from __future__ import annotations

import numpy as np

from ..slices import IntArray
from .asking import Asker
from .search import Fallen

POINTS = 4
"""Values between the row and the change that are tried at once."""
ROUNDS = 11
"""Of that; the rest of the way is 5^-11, one in fifty millions, of what it was."""


def smaller(asker: Asker, fallen: Fallen) -> None:
    """Change ``fallen`` in place; every step is a decision of the model, so that what is left still fools it."""
    put_back(asker, fallen)
    nearer(asker, fallen)


def put_back(asker: Asker, fallen: Fallen) -> None:
    """Give features their own value again, one at a time, as long as the decision stays wrong."""
    open_ = fallen.fooled.copy()
    while open_.any():
        row, place = np.nonzero(_changed(asker, fallen) & open_[:, None])
        several = np.bincount(row, minlength=len(open_))[row] > 1
        row, place = row[several], place[several]
        if not len(row):
            return
        tried = fallen.vectors[row].copy()
        tried[np.arange(len(row)), place] = asker.of[row, place]
        before = fallen.vectors.copy()
        fallen.take(asker, asker.ask(row, tried))
        open_ &= (np.nan_to_num(fallen.vectors) != np.nan_to_num(before)).any(axis=1)


def nearer(asker: Asker, fallen: Fallen) -> None:
    """Section search between the row and the change, in one number of each row after another."""
    ordered = _changed(asker, fallen) & asker.space.ordered
    for rank in range(int(ordered.sum(axis=1).max(initial=0))):
        row = np.flatnonzero(ordered.sum(axis=1) > rank)
        _nearer(asker, fallen, row, np.argsort(~ordered[row], axis=1, kind="stable")[:, rank])


def _nearer(asker: Asker, fallen: Fallen, row: IntArray, place: IntArray) -> None:
    step = asker.space.step[place]
    start = asker.of[row, place].copy()
    for _ in range(ROUNDS):
        end = fallen.vectors[row, place]
        gap = np.abs(end - start)
        live = gap > np.maximum(step, 1e-9 * np.abs(end)) * (1 + 1e-9)
        if not live.any():
            return
        shares = np.arange(1, POINTS + 1) / (POINTS + 1)
        values = start[live, None] + (end - start)[live, None] * shares
        at, where = np.repeat(row[live], POINTS), np.repeat(place[live], POINTS)
        # Whole numbers of steps that differ, where there are so few that these would fall together.
        whole = step[live, None] > 0
        sign = np.sign(end - start)[live, None]
        near = start[live, None] + sign * step[live, None] * np.maximum(
            np.round(np.abs(values - start[live, None]) / np.where(whole, step[live, None], 1)), 1
        )
        values = np.where(whole, near, values)
        tried = fallen.vectors[at].copy()
        tried[np.arange(len(at)), where] = values.ravel()
        answer = asker.ask(at, tried)
        fallen.take(asker, answer)
        # What is nearer than the new end did not fool it, or was not possible.
        new = fallen.vectors[row, place]
        nearest = np.where((values - new[live, None]) * sign < 0, values, start[live, None])
        start[live] = np.where(sign[:, 0] > 0, nearest.max(axis=1), nearest.min(axis=1))


def _changed(asker: Asker, fallen: Fallen) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    changed = (fallen.vectors != asker.of) & ~np.isnan(asker.of)
    return np.asarray(changed & fallen.fooled[:, None])
