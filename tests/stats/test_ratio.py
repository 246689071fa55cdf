from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats.contingency import relative_risk

from assay.audit.stats.interval import Interval
from assay.audit.stats.ratio import katz, koopman

Method = Callable[..., Interval]
sample = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
filled = st.integers(2, 300).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n)))


def test_koopmans_example() -> None:
    assert koopman(36, 40, 16, 80) == pytest.approx((2.94, 7.15), abs=5e-3)


def test_many_at_once_equal_a_loop() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 500, (2, 50))
    x = rng.integers(0, n + 1)
    low, high = koopman(x[0], n[0], x[1], n[1])
    for i in range(50):
        assert (low[i], high[i]) == tuple(koopman(x[0, i], n[0, i], x[1, i], n[1, i]))


@given(one=filled, two=filled)
def test_limits_are_where_the_score_test_turns(one: tuple[int, int], two: tuple[int, int]) -> None:
    for theta in koopman(*one, *two):
        assert _chi_square(*one, *two, float(theta)) == pytest.approx(1.959963984540054**2, rel=1e-3)


@given(one=filled, two=filled)
def test_katz_agrees_with_scipy(one: tuple[int, int], two: tuple[int, int]) -> None:
    assert katz(*one, *two) == pytest.approx(tuple(relative_risk(*one, *two).confidence_interval(0.95)), rel=1e-9)


@pytest.mark.parametrize("method", [koopman, katz])
@given(one=sample, two=sample)
def test_holds_the_estimate_and_inverts_when_swapped(
    method: Method, one: tuple[int, int], two: tuple[int, int]
) -> None:
    low, high = method(*one, *two)
    assert 0 <= low < high
    if one[0] or two[0]:
        estimate = (one[0] / one[1]) / (two[0] / two[1]) if two[0] else np.inf
        assert low <= estimate * (1 + 1e-12)
        assert estimate <= high * (1 + 1e-12)
    swapped = method(*two, *one)
    with np.errstate(divide="ignore"):
        assert (low, high) == pytest.approx((1 / swapped.high, 1 / swapped.low), rel=1e-9)


def test_zeros_on_either_side() -> None:
    assert koopman(0, 10, 5, 10).low == 0 < koopman(0, 10, 5, 10).high < 1
    assert koopman(5, 10, 0, 10).high == np.inf
    assert koopman(5, 10, 0, 10).low > 1
    for nothing in (koopman(0, 10, 0, 10), koopman(0, 0, 5, 10), koopman(5, 10, 0, 0)):
        np.testing.assert_array_equal(nothing, (0, np.inf))


def test_all_hit_on_both_sides() -> None:
    low, high = koopman(10, 10, 10, 10)
    assert high == pytest.approx(1 + 1.959963984540054**2 / 10, rel=1e-12)  # n(θ - 1) = z² in closed form
    assert low == pytest.approx(1 / high, rel=1e-12)
    np.testing.assert_array_equal(katz(10, 10, 10, 10), (low, high))


def test_limits_rise_with_the_first_and_fall_with_the_second() -> None:
    hits = np.arange(1, 31)
    for limit in koopman(hits, 30, 7, 20):
        assert (np.diff(limit) > 0).all()
    for limit in koopman(7, 20, hits, 30):
        assert (np.diff(limit) < 0).all()


def _chi_square(x1: int, n1: int, x2: int, n2: int, theta: float) -> float:
    """Pearson's statistic at the maximum likelihood under p₁ = θp₂, found by search."""

    def loss(p: float) -> float:
        q = theta * p
        return -float(xlogy(x1, q) + xlogy(n1 - x1, 1 - q) + xlogy(x2, p) + xlogy(n2 - x2, 1 - p))

    p = minimize_scalar(loss, bounds=(0, min(1, 1 / theta)), method="bounded", options={"xatol": 1e-12}).x
    q = theta * p
    return float((x1 - n1 * q) ** 2 / (n1 * q * (1 - q)) + (x2 - n2 * p) ** 2 / (n2 * p * (1 - p)))
