"""Scores in rising order, counted once for all statistics that rank rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, IntArray, Slices

Counts = npt.NDArray[np.int32]


class Ranked(NamedTuple):
    """Positive and negative rows of one slice at each distinct score, in rising order of the score, ``(k,)`` each."""

    positives: Counts
    negatives: Counts


def ranked(scores: FloatArray, labels: IntArray, slices: Slices) -> list[Ranked]:
    """The counts of every slice for scores ``(n,)`` and labels ``(n,)`` in {0, 1}.

    Kept beside the slices until other scores are asked for: sorting is most of the work of such a statistic.
    """
    held = vars(slices).get("_ranked")
    if held is None or not (_same(held[0], scores) and _same(held[1], labels)):
        held = scores, labels, _count(scores, labels, slices)
        vars(slices)["_ranked"] = held
    found: list[Ranked] = held[2]
    return found


def _count(scores: FloatArray, labels: IntArray, slices: Slices) -> list[Ranked]:
    # One sort for all: within each slice the rows stay in the order of their scores.
    order = np.argsort(scores)
    scores, labels, cell = scores[order], labels[order], slices.cell[order]
    nobody = np.zeros(0, dtype=np.int32)
    found = [Ranked(nobody, nobody)] * len(slices.labels)
    for partition in slices.partitions:
        local = np.argmax(slices.members[partition.slices], axis=0)[cell].astype(np.int16)
        grouped = np.argsort(local, kind="stable")
        ends = np.cumsum(np.bincount(local, minlength=len(partition.slices)))[:-1]
        for place, rows in zip(partition.slices, np.split(grouped, ends), strict=True):
            found[place] = _of_sorted(scores[rows], labels[rows])
    return found


def _of_sorted(scores: FloatArray, labels: IntArray) -> Ranked:
    starts = np.flatnonzero(np.diff(scores, prepend=-np.inf))
    positives = np.add.reduceat(labels, starts)
    negatives = np.diff(starts, append=len(scores)) - positives
    return Ranked(positives.astype(np.int32), negatives.astype(np.int32))


def _same(one: npt.NDArray[np.generic], other: npt.NDArray[np.generic]) -> bool:
    """Whether both are views of the same memory; that of ``one`` is in use, so it cannot be that of a later array."""
    return one.__array_interface__ == other.__array_interface__
