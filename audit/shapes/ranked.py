"""Scores in rising order, counted once for all statistics that rank rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, IntArray, Slices

T = TypeVar("T")

Counts = npt.NDArray[np.signedinteger[Any]]


class Ranked(NamedTuple):
    """Positive and negative rows of one slice at each distinct score, in rising order of the score, ``(k,)`` each."""

    positives: Counts
    negatives: Counts


def ranked(scores: FloatArray, labels: IntArray, slices: Slices) -> list[Ranked]:
    """The counts of every slice for scores ``(n,)`` and labels ``(n,)`` in {0, 1}."""
    return remembered(_count, scores, labels, slices)


def weighted_counts(scores: FloatArray, labels: IntArray, weights: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Weight of positive and negative rows at each distinct score, in rising order of the score."""
    _, place = np.unique(scores, return_inverse=True)
    w = np.ones(len(scores)) if weights is None else weights
    size = int(place.max(initial=-1)) + 1
    positives, negatives = (np.bincount(place[of], w[of], size) for of in (labels == 1, labels != 1))
    return positives.astype(np.float64), negatives.astype(np.float64)


def remembered(
    make: Callable[[FloatArray, IntArray, Slices], T], scores: FloatArray, labels: IntArray, slices: Slices
) -> T:
    """``make(scores, labels, slices)``, kept beside the slices until it is asked for other scores.

    Checks that rank, or fit, the same scores share most of their work by it.
    """
    name = f"_{make.__module__}_{make.__name__}"
    held = vars(slices).get(name)
    if held is None or not (_same(held[0], scores) and _same(held[1], labels)):
        held = scores, labels, make(scores, labels, slices)
        vars(slices)[name] = held
    found: T = held[2]
    return found


def _count(scores: FloatArray, labels: IntArray, slices: Slices) -> list[Ranked]:
    # One sort for all: within each slice the rows stay in the order of their scores.
    order = np.argsort(scores)
    positive, cell, place = labels.astype(np.int8)[order], slices.cell[order], _places(scores[order])
    del order
    nobody = np.zeros(0, dtype=np.int8)
    found = [Ranked(nobody, nobody)] * len(slices.labels)
    for partition in slices.partitions:
        for one, rows in zip(partition.slices, np.split(*slices.sorted(partition, cell)), strict=True):
            found[one] = _of_sorted(place[rows], positive[rows])
    return found


def _places(rising: FloatArray) -> npt.NDArray[np.int32]:
    """Which of the distinct scores each row has."""
    return np.cumsum(_differs(rising), dtype=np.int32)


def _differs(rising: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """From the one before."""
    found = np.ones(len(rising), dtype=bool)
    np.not_equal(rising[1:], rising[:-1], out=found[1:])
    return found


def _of_sorted(place: npt.NDArray[np.int32], positive: npt.NDArray[np.int8]) -> Ranked:
    new = _differs(place)
    if new.all():
        return Ranked(positive, 1 - positive)
    starts = np.flatnonzero(new)
    rows = np.diff(starts, append=len(place))
    positives = np.add.reduceat(positive, starts, dtype=np.int64)
    least = np.min_scalar_type(-1 - int(rows.max()))  # a million different scores need a byte each
    return Ranked(positives.astype(least), (rows - positives).astype(least))


def _same(one: npt.NDArray[np.generic], other: npt.NDArray[np.generic]) -> bool:
    """Whether both are views of the same memory; that of ``one`` is in use, so it cannot be that of a later array."""
    return one.__array_interface__ == other.__array_interface__
