"""Trees as libraries keep them, and how they become boxes of what may be moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import NotAssessed
from ..slices import FloatArray, IntArray
from .columns import Column
from .forest import Forest
from .results import BoolArray

MOST = 100_000_000
"""Numbers that the boxes of all leaves may take."""


@dataclass(frozen=True)
class Tree:
    """One tree: at node i left if ``goes_left(input column[i])``; leaves have ``column`` -1 and ``value``, ``(nodes, K)``.

    ``left_missing``: whether missing values go left. ``categories``: for splits of categories the values that go left.
    """

    column: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    value: FloatArray
    left_missing: BoolArray
    categories: dict[int, IntArray]


@dataclass(frozen=True)
class Trees:
    """Trees that add up. ``single``: inputs are rounded to single precision first; ``strict``: left is x < threshold."""

    trees: list[Tree]
    base: FloatArray
    single: bool = False
    strict: bool = False

    def goes_left(self, z: FloatArray, threshold: FloatArray) -> BoolArray:
        """As the library decides, which for thresholds and inputs that were rounded is not always as real numbers would."""
        with np.errstate(over="ignore"):
            z = z.astype(np.float32).astype(np.float64) if self.single else z
        return np.asarray(z < threshold if self.strict else z <= threshold)


def boxed(
    trees: Trees, columns: list[Column], inputs: FloatArray, moved: int, rank: IntArray
) -> tuple[Forest, BoolArray]:
    """The leaves as boxes of the ``moved`` inputs, and which of them the other inputs of each row leave open, ``(n, L)``.

    ``inputs``: what comes to the trees, ``(n, p)``; boxes end at the last number that a float can be on either side.
    """
    parts: list[tuple[int, FloatArray, FloatArray, FloatArray, BoolArray]] = []
    for number, tree in enumerate(trees.trees):
        edges = _edges(trees, tree, columns)
        far = np.full(moved, np.inf)
        stack = [(0, -far, far, np.ones(len(inputs), dtype=bool))]
        while stack:
            node, low, high, open_ = stack.pop()
            if not open_.any():
                continue
            j = int(tree.column[node])
            if j < 0:
                parts.append((number, low, high, tree.value[node], open_))
                continue
            left, right = int(tree.left[node]), int(tree.right[node])
            source = columns[j].source
            if source < 0:
                goes = _decided(trees, tree, node, inputs[:, j])
                stack += [(right, low, high, open_ & ~goes), (left, low, high, open_ & goes)]
                continue
            if node in tree.categories:
                raise NotAssessed("an input that may be moved is split by categories; leave it out of data.bounds")
            below, above = high.copy(), low.copy()
            below[source] = min(high[source], edges[node])
            above[source] = max(low[source], np.nextafter(edges[node], np.inf))
            if columns[j].slope < 0:
                left, right = right, left
            if above[source] <= high[source]:
                stack.append((right, above, high, open_))
            if low[source] <= below[source]:
                stack.append((left, low, below, open_))
        if len(parts) * max(moved, len(inputs)) > MOST:
            raise NotAssessed(f"the trees have more than {len(parts)} leaves, which is too many for exact distances")
    number_of, lows, highs, value, open_leaves = zip(*parts, strict=True)
    values = np.array(value)
    forest = Forest(
        np.array(number_of), np.array(lows), np.array(highs), values, trees.base, rank, quantum(values, trees.base)
    )
    return forest, np.stack(open_leaves, axis=1)


def quantum(value: FloatArray, base: FloatArray) -> float:
    """The greatest power of two down to 2^-10 that all values are whole multiples of; 0 if there is none."""
    every = np.concatenate([value.ravel(), base.ravel()])
    for power in range(11):
        scaled = every * 2**power
        if (scaled == np.rint(scaled)).all():
            return float(2.0**-power)
    return 0.0


def _decided(trees: Trees, tree: Tree, node: int, z: FloatArray) -> BoolArray:
    missing = np.isnan(z)
    if node in tree.categories:
        goes = np.isin(z, tree.categories[node])
    else:
        goes = trees.goes_left(z, np.full(len(z), tree.threshold[node]))
    return np.asarray(np.where(missing, tree.left_missing[node], goes))


def _edges(trees: Trees, tree: Tree, columns: list[Column]) -> FloatArray:
    """Of each split of a moved input the last number on the lower side, found by halving with the library's arithmetic."""
    found = np.full(len(tree.column), np.nan)
    for j in np.unique(tree.column[tree.column >= 0]):
        column, nodes = columns[j], np.flatnonzero(tree.column == j)
        if column.source < 0:
            continue
        threshold = tree.threshold[nodes]

        def lower_side(x: FloatArray, column: Column = column, threshold: FloatArray = threshold) -> BoolArray:
            return np.asarray(trees.goes_left(column.of(x), threshold) == (column.slope > 0))

        found[nodes] = last(lower_side, column.back(threshold))
    return found


def last(holds: object, near: FloatArray) -> FloatArray:
    """The greatest floats for which a condition holds that holds below some number ``near`` and not above it.

    ``holds`` takes and gives arrays like ``near``.
    """
    assert callable(holds)
    low, high, way = near.copy(), near.copy(), np.maximum(np.abs(near), 1e-6) * 1e-7
    for _ in range(40):  # way grows to 1e13 times the threshold
        bad_low, bad_high = ~holds(low), holds(high)
        if not (bad_low.any() or bad_high.any()):
            break
        low, high = np.where(bad_low, near - way, low), np.where(bad_high, near + way, high)
        way = way * 10
    else:
        raise NotAssessed("a threshold of a tree could not be located in the units of the inputs")
    while True:
        middle = low + (high - low) / 2
        between = (middle > low) & (middle < high)
        if not between.any():
            return low
        at = holds(middle)
        low, high = np.where(between & at, middle, low), np.where(between & ~at, middle, high)
