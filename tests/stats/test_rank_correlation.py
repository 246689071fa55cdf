from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.audit.stats.interval import FloatArray
from assay.audit.stats.rank_correlation import spearman, spearman_interval


def rows(seed: int, n: int, levels: int) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, levels, n).astype(float)
    return x, x + rng.integers(0, levels, n)


@given(seed=st.integers(0, 10**6), n=st.integers(3, 60), levels=st.sampled_from([3, 10, 10**9]))
def test_value_agrees_with_scipy(seed: int, n: int, levels: int) -> None:
    x, y = rows(seed, n, levels)
    if np.ptp(x) > 0 and np.ptp(y) > 0:
        assert spearman(x, y).value == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-10)


@pytest.mark.parametrize("levels", [3, 10, 10**9])
def test_error_agrees_with_the_jackknife(levels: int) -> None:
    x, y = rows(1, 400, levels)
    without = [spearman(np.delete(x, i), np.delete(y, i)).value for i in range(400)]
    assert spearman(x, y).error == pytest.approx(np.sqrt(399 * 399 / 400 * np.var(without, ddof=1)), rel=0.03)


@given(seed=st.integers(0, 10**6))
def test_only_the_order_counts(seed: int) -> None:
    x, y = rows(seed, 30, 10**9)
    assert spearman(np.exp(x / 1e9), y**3) == pytest.approx(spearman(x, y))
    assert spearman(y, x) == pytest.approx(spearman(x, y))
    assert spearman(-x, y) == pytest.approx((-spearman(x, y).value, spearman(x, y).error))


def test_edges() -> None:
    assert np.isnan(spearman([1, 1, 1], [1, 2, 3]).value)
    assert np.isnan(spearman([], []).value)
    value, error = spearman(np.arange(30), np.arange(30))
    assert value == pytest.approx(1)
    low, high = spearman_interval([np.nan, value, -value], [0, error, error], 30)
    assert low.tolist() == [-1, -1, -1]
    assert high.tolist() == [1, 1, 1]
