"""Small groups withheld for privacy: neither they nor what would give them away is measured at all.

The threshold rule of official statistics (Hundepool et al. 2012, Statistical Disclosure Control, sections 4.2 and 4.3): a
group is small with fewer rows than the threshold, with a label that fewer of its rows hold, or with one label only, which
would tell the label of all its members. Values and several labels per row are not looked at, only the rows. Errors of the model are no facts about people and are not protected by themselves.
Other groups are withheld too (complementary suppression) until no withheld one is a sum or difference of what is shown,
and none together with its withheld neighbours. The whole is always shown.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .slices import FloatArray, IntArray, Partition, Slices
from .stats.chunks import compact

BoolArray = npt.NDArray[np.bool_]


def withhold(slices: Slices, codes: IntArray | None, least: int) -> Slices:
    """``slices`` without the small ones and those that give them away; ``codes``: class of each row, if it has one."""
    kinds = 1 if codes is None else int(codes.max(initial=0)) + 1
    tables = slices.count(np.zeros_like(slices.cell) if codes is None else codes, kinds)
    hidden = small(slices.members @ tables, least)
    hidden[0] = False
    while (more := _exposing(slices, tables, hidden, least)).any():
        hidden |= more
    return _without(slices, hidden)


def small(tables: FloatArray, least: int) -> BoolArray:
    """Whether counts per class ``(S, K)`` tell too much of few people; with K = 1 only the rows count."""
    rows, classes = tables.sum(axis=1), (tables > 0).sum(axis=1)
    rare = ((tables > 0) & (tables < least)).any(axis=1)
    alike = (classes == 1) & (tables.shape[1] > 1)
    return np.asarray((rows > 0) & ((rows < least) | rare | alike))


def _exposing(slices: Slices, tables: FloatArray, hidden: BoolArray, least: int) -> BoolArray:
    """Shown slices that have to go next, one for each thing that they give away."""
    more = np.zeros_like(hidden)
    members, rows = slices.members, slices.rows
    shown, gone = np.flatnonzero(~hidden), np.flatnonzero(hidden)
    if not len(gone):
        return more
    weights = np.linalg.lstsq(members[shown].T, members[gone].T, rcond=None)[
        0
    ]  # how sums of the shown ones come closest
    exact = np.abs(members[shown].T @ weights - members[gone].T).max(axis=0) < 1e-6
    for column in weights.T[exact]:
        _add_smallest(more, shown[np.abs(column) > 1e-6], rows)
    for parent in shown:
        for partition in slices.partitions:
            children = partition.slices[_inside(members, partition.slices, parent)]
            lost = children[hidden[children]]
            if len(lost) and len(children) > 1 and members[children].sum() == members[parent].sum():
                united = (members[lost] @ tables).sum(axis=0, keepdims=True)
                if small(united, least)[0]:
                    _add_smallest(more, children[~hidden[children]], rows)
    return more


def _inside(members: FloatArray, places: IntArray, parent: np.intp) -> BoolArray:
    return np.asarray((members[places] <= members[parent]).all(axis=1) & (places != parent))


def _add_smallest(more: BoolArray, candidates: IntArray, rows: IntArray) -> None:
    candidates = candidates[candidates > 0]  # the whole stays
    if len(candidates):
        more[candidates[np.argmin(rows[candidates])]] = True


def _without(slices: Slices, hidden: BoolArray) -> Slices:
    place = np.cumsum(~hidden) - 1
    partitions = [Partition(p.attributes, place[p.slices[~hidden[p.slices]]]) for p in slices.partitions]
    members, cell = np.unique(slices.members[~hidden], axis=1, return_inverse=True)  # so that no cell is a hidden group
    return replace(
        slices,
        cell=compact(cell, members.shape[1])[slices.cell],
        labels=[label for label, gone in zip(slices.labels, hidden, strict=True) if not gone],
        members=members,
        partitions=[p for p in partitions if len(p.slices)],
        withheld=[label for label, gone in zip(slices.labels, hidden, strict=True) if gone],
    )
