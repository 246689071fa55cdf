from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from statsmodels.stats.proportion import confint_proportions_2indep

from assay.audit.stats.difference import miettinen_nurminen, newcombe, newcombe_paired
from assay.audit.stats.interval import Interval

sample = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
cells = st.tuples(*[st.integers(0, 60)] * 4)


METHODS: list[Callable[..., Interval]] = [newcombe, miettinen_nurminen]


@pytest.mark.parametrize(
    ("counts", "hybrid", "score"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339), (0.0528, 0.3382)),
        ((9, 10, 3, 10), (0.1705, 0.8090), (0.1700, 0.8406)),
        ((10, 10, 0, 20), (0.6791, 1), (0.7156, 1)),
        ((5, 56, 0, 29), (-0.0381, 0.1926), (-0.0326, 0.1933)),
    ],
)
def test_table_ii_of_newcombe_1998b(
    counts: tuple[int, ...], hybrid: tuple[float, float], score: tuple[float, float]
) -> None:
    assert newcombe(*counts) == pytest.approx(hybrid, abs=5e-5)
    assert miettinen_nurminen(*counts) == pytest.approx(score, abs=5e-5)


@given(one=sample, two=sample)
def test_score_limits_are_where_the_score_test_rejects(one: tuple[int, int], two: tuple[int, int]) -> None:
    (x, m), (y, n) = one, two
    limits = miettinen_nurminen(x, m, y, n)
    for delta in (float(limits.low), float(limits.high)):
        if abs(delta) < 1 - 1e-6:

            def misfit(q: float, delta: float = delta) -> float:
                p = np.clip([q + delta, q], 1e-300, 1)
                r = np.clip([1 - q - delta, 1 - q], 1e-300, 1)
                return -float(x * np.log(p[0]) + (m - x) * np.log(r[0]) + y * np.log(p[1]) + (n - y) * np.log(r[1]))

            q = minimize_scalar(misfit, bounds=(max(0, -delta), min(1, 1 - delta)), options={"xatol": 1e-12}).x
            variance = ((q + delta) * (1 - q - delta) / m + q * (1 - q) / n) * (m + n) / (m + n - 1)
            assert abs(x / m - y / n - delta) == pytest.approx(1.959964 * np.sqrt(variance), rel=2e-3, abs=1e-5)


@given(one=sample, two=sample)
def test_agrees_with_statsmodels(one: tuple[int, int], two: tuple[int, int]) -> None:
    expected = confint_proportions_2indep(*one, *two, method="newcomb", compare="diff")
    assert newcombe(*one, *two) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
@given(one=sample, two=sample)
def test_holds_the_estimate_and_turns_over_when_swapped(
    method: Callable[..., Interval], one: tuple[int, int], two: tuple[int, int]
) -> None:
    low, high = method(*one, *two)
    assert -1 <= low <= one[0] / one[1] - two[0] / two[1] <= high <= 1
    assert low < high
    swapped = method(*two, *one)
    assert (low, high) == pytest.approx((-swapped.high, -swapped.low), abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_limits_rise_with_the_first_and_fall_with_the_second(method: Callable[..., Interval]) -> None:
    hits = np.arange(31)
    for limit in method(hits, 30, 7, 20):
        assert (np.diff(limit) > 0).all()
    for limit in method(7, 20, hits, 30):
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
    for nothing in (
        newcombe(0, 0, 3, 5),
        newcombe(3, 5, 0, 0),
        newcombe_paired(0, 0, 0, 0),
        miettinen_nurminen(0, 0, 3, 5),
        miettinen_nurminen(3, 5, 0, 0),
    ):
        np.testing.assert_array_equal(nothing, (-1, 1))


@pytest.mark.parametrize("method", METHODS)
def test_broadcasting_equals_a_loop(method: Callable[..., Interval]) -> None:
    hits, others = np.array([[0], [4]]), np.array([1, 2, 9])
    low, high = method(hits, 10, others, 9)
    assert low.shape == (2, 3)
    for i, j in np.ndindex(2, 3):
        assert (low[i, j], high[i, j]) == tuple(method(hits[i, 0], 10, others[j], 9))
