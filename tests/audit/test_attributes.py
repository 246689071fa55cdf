from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit import DataError
from assay.audit.attributes import MISSING, code
from assay.audit.columns import Column, is_missing


def levels_of(values: Any, edges: list[float] | None = None) -> list[str]:
    codes, levels = code("a", Column(np.asarray(values)), edges, "rows.csv")
    return [levels[i] for i in codes]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["b", "a", "b"], ["b", "a", "b"]),
        ([10, 9, 10], ["10", "9", "10"]),
        ([True, False, True], ["True", "False", "True"]),
        (np.array(["x", None, "y"], dtype=object), ["x", MISSING, "y"]),
        ([1.0, np.nan, 1.0], ["1.0", MISSING, "1.0"]),
        (np.array([1, "1", 2], dtype=object), ["1", "1", "2"]),
        (np.array(["", "x"], dtype=object), ["(empty)", "x"]),
        (np.array(["\ud800", "x"], dtype=object), ["?", "x"]),
    ],
)
def test_every_row_has_the_level_of_its_value(values: Any, expected: list[str]) -> None:
    assert levels_of(values) == expected


def test_numbers_are_in_numerical_order() -> None:
    assert code("a", Column(np.array([10, 9, 100])), None, "rows.csv")[1] == ["9", "10", "100"]


def test_bins_hold_their_lower_edge() -> None:
    found = levels_of([17, 25, 39.9, 40, np.nan], [25, 40])
    assert found == ["< 25", "25 to < 40", "25 to < 40", ">= 40", MISSING]


@pytest.mark.parametrize(
    ("values", "edges", "message"),
    [
        (["u", "u"], None, "sensitive attribute 'a' in rows.csv: expected two or more groups, got one: 'u'"),
        (
            range(10_000),
            None,
            "expected at most 200 groups, got 10000; give bins, such as [data.bins] a = [25, 40, 60]",
        ),
        ([f"k{i}" for i in range(201)], None, "expected at most 200 groups, got 201; group its values first"),
        (["young", "old"], [30], "data.bins.a: expected numbers in the column, got could not convert"),
        ([1, 2, 3], [3, 2], "data.bins.a: expected rising edges, got [3, 2]"),
    ],
)
def test_what_makes_no_groups_is_named(values: Any, edges: list[float] | None, message: str) -> None:
    with pytest.raises(DataError) as caught:
        levels_of(list(values), edges)
    assert message in str(caught.value)


@given(st.lists(st.one_of(st.text(max_size=3), st.none(), st.integers(0, 5)), min_size=2, max_size=40))
def test_rows_with_equal_values_share_a_group_and_all_levels_are_used(values: list[Any]) -> None:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    try:
        codes, levels = code("a", Column(array), None, "rows.csv")
    except DataError:
        assert len({str(v) for v in values}) == 1
        return
    assert sorted(set(codes.tolist())) == list(range(len(levels)))
    for value, group in zip(values, codes, strict=True):
        assert levels[group] == (
            MISSING if value is None else str(value).encode("utf-8", "replace").decode() or "(empty)"
        )


def test_all_kinds_of_nothing_are_missing() -> None:
    values = np.array([None, np.nan, pd.NA, pd.NaT, "", 0], dtype=object)
    assert is_missing(values).tolist() == [True, True, True, True, False, False]
