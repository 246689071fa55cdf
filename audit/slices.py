"""Slices: the whole, every level of every sensitive attribute, and their intersections.

Rows are coded once into the finest cells that occur. Every slice is a union of cells, so counts per
cell give counts of every slice by one matrix product, and a bootstrap draw of the cells gives
replicates of all slices jointly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .errors import DataError
from .record import Slice
from .stats.chunks import chunks, compact, counted

if TYPE_CHECKING:
    from .design import Design

MOST = 5_000

IntArray = npt.NDArray[np.signedinteger[Any]]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Partition:
    """Disjoint slices over the values of ``attributes``; ``slices`` are their positions, shape ``(L,)``."""

    attributes: tuple[str, ...]
    slices: IntArray


@dataclass(frozen=True)
class Slices:
    """S slices over n rows that fall into C cells.

    ``cell``: cell of each row, shape ``(n,)``; ``members``: 1 where a cell belongs to a slice, shape ``(S, C)``.
    """

    labels: list[Slice]
    cell: IntArray
    members: FloatArray
    partitions: list[Partition]
    design: Design | None = None
    """Weights and clusters of the rows; None where every row counts alike and stands for itself."""
    withheld: list[Slice] = field(default_factory=list)
    """Slices that are not among these, for privacy."""

    @property
    def cells(self) -> int:
        """Number of cells C."""
        return int(self.members.shape[1])

    @cached_property
    def rows(self) -> IntArray:
        """Rows of each slice, shape ``(S,)``."""
        return np.asarray(self.members @ counted(self.cell, self.cells), dtype=np.int64)

    def total(self, per_cell: FloatArray) -> FloatArray:
        """Sum over the cells of each slice: ``(..., C)`` to ``(..., S)``."""
        if per_cell.ndim == 1:  # not by BLAS, whose order of summation depends on its threads
            return np.asarray((self.members * per_cell).sum(axis=1))
        return per_cell @ self.members.T

    def total_of(self, tables: FloatArray) -> FloatArray:
        """Sum over the cells of each slice for tables of counts: ``(..., C, K, K)`` to ``(..., S, K, K)``."""
        return np.moveaxis(self.total(np.moveaxis(tables, -3, -1)), -1, -3)

    def sum(self, values: npt.NDArray[np.generic]) -> FloatArray:
        """Sum of a value per row over each slice: ``(n,)`` to ``(S,)``."""
        return self.sums(lambda rows: [values[rows]])[0]

    def sums(self, made: Callable[[slice], Iterable[npt.NDArray[np.generic]]]) -> list[FloatArray]:
        """Sums over each slice, ``(S,)``, of values per row that are ``made`` of a few rows at a time."""
        total = np.zeros(())
        for rows in chunks(len(self.cell), self.cells):
            cell = self.cell[rows].astype(np.intp)
            total = total + np.stack([np.bincount(cell, values, self.cells) for values in made(rows)])
        return [self.total(per_cell) for per_cell in total]

    def count(self, code: IntArray, kinds: int, weight: FloatArray | None = None) -> FloatArray:
        """How often, or with which weight, each code below ``kinds`` occurs in each cell: ``(n,)`` to ``(C, kinds)``."""
        found = np.zeros(self.cells * kinds)
        for rows in chunks(len(code), len(found)):
            place = self.cell[rows] * np.int64(kinds) + code[rows]
            found += np.bincount(place, None if weight is None else weight[rows], len(found))
        return found.reshape(self.cells, kinds)

    def select(self, index: int) -> IntArray:
        """Row numbers of one slice."""
        return np.flatnonzero(self.members[index, self.cell] > 0)

    def at(self, rows: IntArray) -> Slices:
        """The same slices over some of the rows, in the order of ``rows``."""
        design = None if self.design is None else self.design.at(rows)
        return Slices(self.labels, self.cell[rows], self.members, self.partitions, design, self.withheld)

    def sorted(
        self, partition: Partition, cell: npt.NDArray[np.integer[Any]] | None = None
    ) -> tuple[IntArray, IntArray]:
        """Row numbers, slice by slice and in their order within each; and where the next slice starts.

        ``cell``: of the rows, where they have another order. Rows whose slice is withheld are left out.
        """
        local = self.within(partition).astype(np.int16)  # short keys sort in linear time
        local = local[self.cell if cell is None else cell]
        if len(partition.slices) == 1 and not (local < 0).any():
            return np.arange(len(local)), np.zeros(0, dtype=np.int64)
        rows = counted(local + 1, len(partition.slices) + 1)
        return np.argsort(local, kind="stable")[rows[0] :], np.cumsum(rows[1:-1])

    def within(self, partition: Partition) -> IntArray:
        """Which slice of the partition each cell belongs to, shape ``(C,)``; -1 where it is withheld."""
        members = self.members[partition.slices]
        return np.where(members.any(axis=0), np.argmax(members, axis=0), -1)

    def with_rest(self, partition: Partition) -> Slices:
        """The whole, then the slices of a partition, then for each of them the rest of the rows."""
        chosen = self.members[partition.slices]
        labels = [self.labels[i] for i in partition.slices]
        places = np.arange(1, len(labels) + 1)
        pairs = [Partition((), np.array([place, place + len(labels)])) for place in places]
        members = np.concatenate([np.ones((1, self.cells)), chosen, 1 - chosen])
        return Slices(
            [{}, *labels, *labels], self.cell, members, [Partition((), np.zeros(1, np.int64)), *pairs], self.design
        )

    def partition(self, attributes: tuple[str, ...]) -> Partition:
        """The partition by exactly these attributes, in any order."""
        return next(p for p in self.partitions if set(p.attributes) == set(attributes))


def cut(columns: Mapping[str, tuple[npt.NDArray[Any], list[str]]], n: int, *, depth: int) -> Slices:
    """All slices of ``n`` rows by coded ``columns`` (name to codes and level names).

    ``depth`` is the largest number of attributes that are crossed. Empty intersections are left out.

    Raises:
        DataError: there are more than 5,000 slices.
    """
    found, cell = _unique_rows(n, [(code, len(levels)) for code, levels in columns.values()])
    names = list(columns)
    labels: list[Slice] = []
    members: list[FloatArray] = []
    partitions: list[Partition] = []
    for size in range(min(depth, len(names)) + 1):
        for chosen in combinations(range(len(names)), size):
            values, which = _unique_rows(len(found), [(found[:, i], len(columns[names[i]][1])) for i in chosen])
            start = len(labels)
            if start + len(values) > MOST:
                raise DataError(
                    f"sensitive attributes {', '.join(map(repr, names))}: expected at most {MOST} groups and "
                    "intersections, got more; lower data.intersections or give bins"
                )
            labels += [{names[i]: columns[names[i]][1][v] for i, v in zip(chosen, row, strict=True)} for row in values]
            members.append((which == np.arange(len(values))[:, None]).astype(float))
            partitions.append(Partition(tuple(names[i] for i in chosen), np.arange(start, len(labels))))
    return Slices(labels, cell, np.concatenate(members), partitions)


def _unique_rows(n: int, columns: list[tuple[npt.NDArray[Any], int]]) -> tuple[IntArray, IntArray]:
    """Distinct rows in order, and which of them each row is. ``columns``: codes ``(n,)``, and how many there can be."""
    sizes = [size for _, size in columns]
    kinds = math.prod(sizes)
    packed = compact(np.zeros(n, dtype=np.int8), kinds)
    for column, size in columns:
        packed *= size
        packed += column.astype(packed.dtype)
    if kinds > 4 * max(n, 1024):
        found, which = np.unique(packed, return_inverse=True)
    else:  # counting beats sorting while the table of counts is small
        present = counted(packed, kinds) > 0
        found, which = np.flatnonzero(present), packed
        if not present.all():
            which = compact(np.cumsum(present) - 1, kinds)[packed]
    rows = np.column_stack(np.unravel_index(found, sizes)) if sizes else np.zeros((1, 0))
    return rows.astype(np.int64), compact(which, len(found))
