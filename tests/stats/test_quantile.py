from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.audit.stats.quantile import exceedance, quantile_interval, quantile_ranks


def test_ranks_of_published_tables() -> None:
    low, high = quantile_ranks([5, 6, 10, 20, 100])  # the sign test's, Conover (1999), table A3
    assert low.tolist() == [0, 1, 2, 6, 40]
    assert high.tolist() == [6, 6, 9, 15, 61]


@given(n=st.integers(0, 300), share=st.floats(0.05, 0.95), level=st.floats(0.5, 0.99))
def test_tails_are_as_large_as_allowed_and_no_larger(n: int, share: float, level: float) -> None:
    low, high = (int(rank) for rank in quantile_ranks(n, share, level))
    below, tail = stats.binom(n, share).cdf, (1 - level) / 2
    assert below(low - 1) <= tail < below(low)
    assert 1 - below(high - 1) <= tail + 1e-12
    assert 1 - below(high - 2) > tail - 1e-12


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_agrees_with_scipy(share: float) -> None:
    values = np.sort(np.random.default_rng(1).exponential(size=83))
    expected = stats.quantile_test(values, p=share).confidence_interval(0.95)
    np.testing.assert_array_equal(quantile_interval(values, share), tuple(expected))  # type: ignore[arg-type]


def test_too_few_rows_reach_the_ends_of_the_range() -> None:
    np.testing.assert_array_equal(quantile_interval([1, 2, 3, 4, 5], lower=0), (0, np.inf))
    np.testing.assert_array_equal(quantile_interval([], lower=0), (0, np.inf))


def test_leading_axes() -> None:
    values = np.sort(np.random.default_rng(2).normal(size=(4, 3, 30)), axis=-1)
    low, high = quantile_interval(values)
    assert low.shape == high.shape == (4, 3)
    assert (low[1, 2], high[1, 2]) == tuple(quantile_interval(values[1, 2]))


def test_rows_beyond_the_maximum() -> None:
    assert exceedance(59) == pytest.approx(0.0495, abs=5e-5)  # the 59 rows of Wilks (1941): 95 % beyond 95 %
    assert exceedance([0, 1]).tolist() == pytest.approx([1, 0.95])
    maxima = np.random.default_rng(3).random((20_000, 30)).max(1)
    assert np.mean(1 - maxima <= exceedance(30)) == pytest.approx(0.95, abs=0.005)


@pytest.mark.parametrize("share", [0, 1, -0.5])
def test_impossible_shares_are_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share: expected a number between 0 and 1"):
        quantile_ranks(10, share)
