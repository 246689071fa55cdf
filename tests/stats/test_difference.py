from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from assay.audit.stats.difference import newcombe, newcombe_paired

sample = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
cells = st.tuples(*[st.integers(0, 60)] * 4)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((10, 10, 0, 20), (0.6791, 1)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ],
)
def test_table_ii_of_newcombe_1998b(counts: tuple[int, ...], expected: tuple[float, float]) -> None:
    assert newcombe(*counts) == pytest.approx(expected, abs=5e-5)


@given(one=sample, two=sample)
def test_agrees_with_statsmodels(one: tuple[int, int], two: tuple[int, int]) -> None:
    expected = confint_proportions_2indep(*one, *two, method="newcomb", compare="diff")
    assert newcombe(*one, *two) == pytest.approx(expected, abs=1e-9)


@given(one=sample, two=sample)
def test_holds_the_estimate_and_turns_over_when_swapped(one: tuple[int, int], two: tuple[int, int]) -> None:
    low, high = newcombe(*one, *two)
    assert -1 <= low <= one[0] / one[1] - two[0] / two[1] <= high <= 1
    assert low < high
    swapped = newcombe(*two, *one)
    assert (low, high) == pytest.approx((-swapped.high, -swapped.low), abs=1e-12)


def test_limits_rise_with_the_first_and_fall_with_the_second() -> None:
    hits = np.arange(31)
    for limit in newcombe(hits, 30, 7, 20):
        assert (np.diff(limit) > 0).all()
    for limit in newcombe(7, 20, hits, 30):
        assert (np.diff(limit) < 0).all()


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ((20, 12, 2, 16), (0.0562, 0.3292)),  # Newcombe 1998c
        ((1, 1, 7, 12), (-0.507, -0.026)),  # Fagerland, Lydersen & Laake 2014, airway data
    ],
)
def test_published_paired_intervals(table: tuple[int, ...], expected: tuple[float, float]) -> None:
    assert newcombe_paired(*table) == pytest.approx(expected, abs=6e-4)


@given(table=cells)
def test_paired_holds_the_estimate_and_turns_over_when_swapped(table: tuple[int, int, int, int]) -> None:
    both, first, second, neither = table
    n = max(sum(table), 1)
    low, high = newcombe_paired(*table)
    assert -1 <= low <= (first - second) / n <= high <= 1
    assert low < high
    swapped = newcombe_paired(both, second, first, neither)
    assert (low, high) == pytest.approx((-swapped.high, -swapped.low), abs=1e-12)


def test_pairing_narrows_when_the_two_agree() -> None:
    paired, apart = newcombe_paired(80, 5, 5, 10), newcombe(85, 100, 85, 100)
    assert apart.low < paired.low < paired.high < apart.high


def test_pairing_without_correlation_is_newcombe() -> None:
    np.testing.assert_allclose(newcombe_paired(20, 20, 20, 20), newcombe(40, 80, 40, 80), rtol=1e-12)


def test_no_rows_say_nothing() -> None:
    for nothing in (newcombe(0, 0, 3, 5), newcombe(3, 5, 0, 0), newcombe_paired(0, 0, 0, 0)):
        np.testing.assert_array_equal(nothing, (-1, 1))


def test_broadcasting_equals_a_loop() -> None:
    hits, others = np.array([[0], [4]]), np.array([1, 2, 9])
    low, high = newcombe(hits, 10, others, 9)
    assert low.shape == (2, 3)
    for i, j in np.ndindex(2, 3):
        assert (low[i, j], high[i, j]) == tuple(newcombe(hits[i, 0], 10, others[j], 9))
