from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.audit.stats.interval import FloatArray
from assay.audit.stats.means import Sums, paired_mean_difference, ratio_of_means, welch

seeds = st.integers(0, 2**32 - 1)


def sums(values: FloatArray) -> Sums:
    return Sums(values.shape[-1], values.sum(-1), (values**2).sum(-1))


def positive(seed: int, *shape: int) -> FloatArray:
    return np.random.default_rng(seed).gamma(4, size=shape)


@given(seed=seeds, m=st.integers(2, 60), n=st.integers(2, 60))
def test_welch_agrees_with_scipy(seed: int, m: int, n: int) -> None:
    x, y = positive(seed, m), positive(seed + 1, n)
    expected = stats.ttest_ind(x, y, equal_var=False).confidence_interval()
    assert welch(sums(x), sums(y)) == pytest.approx(tuple(expected), rel=1e-6)


@given(seed=seeds, n=st.integers(3, 60))
def test_paired_difference_agrees_with_scipy(seed: int, n: int) -> None:
    x, y = positive(seed, 2, n)
    expected = stats.ttest_rel(x, y).confidence_interval()
    assert paired_mean_difference(sums(x), sums(y), (x * y).sum()) == pytest.approx(tuple(expected), rel=1e-6)


def test_no_spread_leaves_hoeffdings_bounds() -> None:
    flat, some = Sums(20, 10.0, 5.0), sums(positive(1, 30) / 20)
    np.testing.assert_array_equal(welch(flat, some), (-np.inf, np.inf))
    low, high = welch(flat, some, lower=0, upper=1)
    assert -1 <= low < 0.5 - np.asarray(some.total) / 30 < high <= 1
    assert paired_mean_difference(flat, flat, 5.0, lower=0, upper=1) == pytest.approx(
        (-2 * np.sqrt(np.log(40) / 40), 2 * np.sqrt(np.log(40) / 40))
    )
    assert welch(Sums(0, 0, 0), some, lower=0, upper=1) == pytest.approx((-1, 1))


@given(seed=seeds, n=st.integers(5, 60), paired=st.booleans())
def test_fiellers_limits_are_where_the_t_test_rejects(seed: int, n: int, paired: bool) -> None:
    x, y = positive(seed, 2, n)
    interval = ratio_of_means(sums(x), sums(y), (x * y).sum() if paired else None)
    for limit in interval:
        if np.isfinite(limit):
            error = np.sqrt((x - limit * y).var(ddof=1) if paired else x.var(ddof=1) + limit**2 * y.var(ddof=1))
            t = abs(x.mean() - limit * y.mean()) / (error / np.sqrt(n))
            assert t == pytest.approx(stats.t.isf(0.025, n - 1), rel=1e-6)


@given(seed=seeds)
def test_the_ratio_turns_over_when_swapped(seed: int) -> None:
    x, y = positive(seed, 2, 200)
    low, high = ratio_of_means(sums(x), sums(y))
    swapped = ratio_of_means(sums(y), sums(x))
    assert low < x.mean() / y.mean() < high
    assert (low, high) == pytest.approx((1 / swapped.high, 1 / swapped.low), rel=1e-9)


def test_a_denominator_near_zero_or_without_spread_bounds_nothing() -> None:
    x = positive(3, 50)
    for other in (sums(x - x.mean()), Sums(50, 50.0, 50.0), Sums(1, 2.0, 4.0)):
        np.testing.assert_array_equal(ratio_of_means(sums(x), other), (-np.inf, np.inf))


def test_leading_axes() -> None:
    x, y = positive(4, 3, 2, 40), positive(5, 2, 30)
    for method in (welch, ratio_of_means):
        low, high = method(sums(x), sums(y))
        assert low.shape == high.shape == (3, 2)
        np.testing.assert_allclose((low[2, 1], high[2, 1]), method(sums(x[2, 1]), sums(y[1])))
