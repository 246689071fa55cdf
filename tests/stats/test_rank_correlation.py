from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy import stats

from assay.audit.stats.interval import FloatArray
from assay.audit.stats.rank_correlation import RankCorrelation, kendall, rank_interval, spearman

Correlation = Callable[[ArrayLike, ArrayLike], RankCorrelation]
both = pytest.mark.parametrize("correlation", [spearman, kendall])


def rows(seed: int, n: int, levels: int) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, levels, n).astype(float)
    return x, x + rng.integers(0, levels, n)


@given(seed=st.integers(0, 10**6), n=st.integers(3, 60), levels=st.sampled_from([3, 10, 10**9]))
def test_value_agrees_with_scipy(seed: int, n: int, levels: int) -> None:
    x, y = rows(seed, n, levels)
    if np.ptp(x) > 0 and np.ptp(y) > 0:
        assert spearman(x, y).value == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-10)
        assert kendall(x, y).value == pytest.approx(stats.kendalltau(x, y).statistic, abs=1e-10)


@both
@pytest.mark.parametrize("levels", [3, 10, 10**9])
def test_error_agrees_with_the_jackknife(correlation: Correlation, levels: int) -> None:
    x, y = rows(1, 300, levels)
    without = [correlation(np.delete(x, i), np.delete(y, i)).value for i in range(300)]
    assert correlation(x, y).error == pytest.approx(np.sqrt(299 * 299 / 300 * np.var(without, ddof=1)), rel=0.03)


@both
@given(seed=st.integers(0, 10**6))
def test_only_the_order_counts(correlation: Correlation, seed: int) -> None:
    x, y = rows(seed, 30, 10**9)
    assert correlation(np.exp(x / 1e9), y**3) == pytest.approx(correlation(x, y))
    assert correlation(y, x) == pytest.approx(correlation(x, y))
    assert correlation(-x, y) == pytest.approx((-correlation(x, y).value, correlation(x, y).error))


@both
def test_edges(correlation: Correlation) -> None:
    assert np.isnan(correlation([1, 1, 1], [1, 2, 3]).value)
    assert np.isnan(correlation([], []).value)
    value, error = correlation(np.arange(30), np.arange(30))
    assert value == pytest.approx(1)
    low, high = rank_interval([np.nan, value, -value], [0, error, error], 30)
    assert low.tolist() == [-1, -1, -1]
    assert high.tolist() == [1, 1, 1]
