from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit import DataError
from assay.audit.slices import IntArray, Slices, cut

Columns = dict[str, tuple[IntArray, list[str]]]


@st.composite
def columns(draw: st.DrawFn) -> tuple[Columns, int]:
    n = draw(st.integers(1, 40))
    made = {}
    for name in "abc"[: draw(st.integers(0, 3))]:
        raw = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
        used, codes = np.unique(raw, return_inverse=True)
        made[name] = (codes.astype(np.int64), [f"{name}{v}" for v in used])
    return made, n


def rows_of(made: Columns, n: int, slices: Slices, position: int) -> IntArray:
    """By definition: rows that have all the levels of the slice."""
    label = slices.labels[position]
    chosen = [np.array(made[name][1])[made[name][0]] == level for name, level in label.items()]
    return np.flatnonzero(np.logical_and.reduce([np.ones(n, bool), *chosen]))


@given(columns(), st.integers(1, 3))
def test_every_slice_has_the_rows_that_its_label_says(drawn: tuple[Columns, int], depth: int) -> None:
    made, n = drawn
    slices = cut(made, n, depth=depth)
    values = np.arange(n) ** 2
    for position in range(len(slices.labels)):
        rows = rows_of(made, n, slices, position)
        assert slices.select(position).tolist() == rows.tolist()
        assert slices.rows[position] == len(rows) > 0
        assert slices.sum(values)[position] == values[rows].sum()


@given(columns(), st.integers(1, 3))
def test_every_partition_adds_up_to_the_whole(drawn: tuple[Columns, int], depth: int) -> None:
    made, n = drawn
    slices = cut(made, n, depth=depth)
    kinds = np.arange(n) % 4
    tables = slices.total_of(slices.count(kinds, 4).reshape(-1, 2, 2))
    assert slices.labels[0] == {}
    for partition in slices.partitions:
        assert slices.rows[partition.slices].sum() == n
        assert tables[partition.slices].sum(axis=0).ravel().tolist() == np.bincount(kinds, minlength=4).tolist()


def test_attributes_are_crossed_to_the_depth() -> None:
    made: Columns = {name: (np.array([0, 1, 0, 1]), ["0", "1"]) for name in "abc"}
    sizes = {depth: [len(p.attributes) for p in cut(made, 4, depth=depth).partitions] for depth in (1, 2, 3)}
    assert sizes == {1: [0, 1, 1, 1], 2: [0, 1, 1, 1, 2, 2, 2], 3: [0, 1, 1, 1, 2, 2, 2, 3]}
    assert cut(made, 4, depth=2).partition(("b", "a")).attributes == ("a", "b")


def test_too_many_slices_are_refused_before_they_fill_the_memory() -> None:
    rng = np.random.default_rng(0)
    made: Columns = {name: (rng.integers(0, 200, 20_000), [str(i) for i in range(200)]) for name in "abcdefgh"}
    with pytest.raises(
        DataError, match=r"'a', 'b', .* expected at most 5000 groups and intersections, got more; lower"
    ):
        cut(made, 20_000, depth=2)
