"""Agreement of rows with their nearest neighbours, and how much each row contributes to it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .interval import FloatArray

IntArray = NDArray[np.integer[Any]]


class Neighbourhood(NamedTuple):
    """``near``: the k nearest rows of each row, itself among them, ``(n, k)``; ``next``: the one after them, ``(n,)``."""

    near: IntArray
    next: IntArray


def neighbourhood(points: FloatArray, k: int) -> Neighbourhood:
    """The k nearest rows by Euclidean distance of ``points``, ``(n, d)``; of rows equally near any."""
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=k + 1, algorithm="ball_tree").fit(points).kneighbors(points)[1]
    return Neighbourhood(found[:, :k], found[:, k])


def agreement(decisions: IntArray, of: Neighbourhood) -> tuple[FloatArray, FloatArray]:
    """Share of the k nearest rows with the same decision, ``(n,)``; and what it changes by without each, ``(n, k)``.

    With two decisions this is 1 - abs(y - mean of the k nearest). A row that is gone is replaced by the next nearest.

    Zemel et al. (2013), ICML, section 5.1.
    """
    same = decisions[of.near] == decisions[:, None]
    instead = (decisions[of.next] == decisions)[:, None]
    own = of.near == np.arange(len(decisions))[:, None]
    change = np.where(own, 0.0, instead.astype(float) - same) / same.shape[1]
    return np.asarray(same.mean(axis=1)), change


def jackknife_error(values: FloatArray, changes: FloatArray, near: IntArray, rows: IntArray) -> float:
    """Standard error of the mean of ``values`` over ``rows``, from leaving out each row in turn.

    A row that is left out takes its own value with it and changes those of the rows that it is near to, so that
    rows are not taken for independent.

    Efron & Stein (1981), Ann. Stat. 9:586: on average not too small.
    """
    own = np.zeros(len(values))
    own[rows] = values[rows] - values[rows].mean()
    influence = own - np.bincount(near[rows].ravel(), changes[rows].ravel(), len(values))
    return float(np.sqrt(np.sum((influence - influence.mean()) ** 2)) / len(rows))
