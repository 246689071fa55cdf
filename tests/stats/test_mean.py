from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.audit.stats.mean import student_t, student_t_method

values = st.lists(st.floats(-100, 100), min_size=2, max_size=30)


@given(x=values, level=st.floats(0.5, 0.999))
def test_agrees_with_scipy(x: list[float], level: float) -> None:
    data = np.array(x) + np.arange(len(x))  # never all equal within rounding
    if np.ptp(data) < 1e-3:
        return
    expected = stats.ttest_1samp(data, 0).confidence_interval(level)
    assert student_t(*_sums(data), level) == pytest.approx(tuple(expected), rel=1e-6, abs=1e-6)


@given(x=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holds_the_mean_within_the_range_and_has_width(x: list[float]) -> None:
    low, high = student_t(*_sums(np.array(x)), lower=0, upper=1)
    assert 0 <= low <= np.mean(x) + 1e-12
    assert np.mean(x) - 1e-12 <= high <= 1
    assert low < high


def test_equal_values_get_hoeffdings_bound() -> None:
    half = np.sqrt(np.log(2 / 0.05) / (2 * 50))
    assert student_t(50, 25.0, 12.5, lower=0, upper=1) == pytest.approx((0.5 - half, 0.5 + half), rel=1e-12)
    assert student_t(50, 0.0, 0.0, lower=0, upper=1) == pytest.approx((0, half), rel=1e-12)
    np.testing.assert_array_equal(student_t(*_sums(np.full(7, 0.1))), (-np.inf, np.inf))


def test_one_value_and_none() -> None:
    np.testing.assert_array_equal(student_t(1, 0.3, 0.09), (-np.inf, np.inf))
    np.testing.assert_array_equal(student_t(1, 0.3, 0.09, lower=0), (0, np.inf))
    np.testing.assert_array_equal(student_t(0, 0.0, 0.0, lower=0, upper=1), (0, 1))


def test_names_and_broadcasting() -> None:
    n, total, squares = np.array([[1], [4]]), np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])
    low, high = student_t(n, total, squares, lower=0, upper=1)
    assert low.shape == (2, 3)
    for i, j in np.ndindex(2, 3):
        assert (low[i, j], high[i, j]) == tuple(student_t(n[i, 0], total[j], squares[j], lower=0, upper=1))
    assert student_t_method(n, total, squares).tolist() == [["hoeffding"] * 3, ["student-t"] * 3]


def _sums(x: np.ndarray) -> tuple[int, float, float]:
    return len(x), float(x.sum()), float((x**2).sum())
