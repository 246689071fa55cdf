"""Calibration across groups: greatest differences, heterogeneity, multicalibration, observed over expected."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from assay.audit.stats.between_groups import greatest_difference, greatest_squared_error_difference, heterogeneity
from assay.audit.stats.binning import Bins, bin_cells
from assay.audit.stats.calibration import squared_error
from assay.audit.stats.multicalibration import multicalibration
from assay.audit.stats.observed_expected import observed_expected, observed_expected_interval


def test_the_greatest_difference_of_two_is_walds() -> None:
    found = greatest_difference([0.9, 0.2], [0.1, 0.2])
    half = stats.norm.ppf(0.975) * np.hypot(0.1, 0.2)
    assert found.value == pytest.approx(0.7)
    assert found.interval.high == pytest.approx(0.7 + half)
    assert 0 < found.interval.low <= 0.7 - half
    assert found.groups == (0, 1)


def test_groups_without_an_estimate_are_left_out() -> None:
    found = greatest_difference([0.5, np.nan, 0.1], [0.1, 0.1, 0.1])
    assert found.groups == (0, 2)
    alone = greatest_difference([0.5, np.nan], [0.1, 0.1])
    assert (alone.value, *map(float, alone.interval), alone.groups) == (0, 0, np.inf, (-1, -1))


def test_heterogeneity_is_statsmodels_q() -> None:
    values, errors = np.array([0.1, 0.5, -0.3, 0.2]), np.array([0.1, 0.2, 0.3, 0.05])
    found = combine_effects(values, errors**2).test_homogeneity()
    assert heterogeneity(values, errors) == pytest.approx((found.statistic, found.pvalue), rel=1e-10)
    assert heterogeneity([0.1, np.nan, 0.3], [0.1, 0.1, 0.0]) == (0, 1)


def group_bins(shift: float, n: int = 4000) -> Bins:
    rng = np.random.default_rng(11)
    p, cell = rng.uniform(0.1, 0.7, n), np.arange(n) % 3
    y = rng.random(n) < p + shift * (cell == 1)
    return bin_cells(p, y, cell, 3)


def test_a_shifted_group_differs_in_squared_error() -> None:
    found = greatest_squared_error_difference(group_bins(0.2))
    assert 1 in found.groups
    assert 0 < found.interval.low < found.value < found.interval.high
    assert found.interval.low < 0.04 < found.interval.high
    alike = greatest_squared_error_difference(group_bins(0.0))
    assert alike.interval.low == 0
    assert alike.value == pytest.approx(np.ptp(squared_error(group_bins(0.0))))


def test_one_group_differs_from_nothing() -> None:
    found = greatest_squared_error_difference(Bins(*(of[:1] for of in group_bins(0.0))))
    assert (found.value, *map(float, found.interval), found.groups) == (0, 0, 1, (-1, -1))


@pytest.mark.parametrize(("o", "low", "high"), [(0, 0, 3.688879), (1, 0.025318, 5.571643), (10, 4.795389, 18.390356)])
def test_poisson_limits_of_garwood(o: int, low: float, high: float) -> None:
    assert observed_expected_interval(o, 1.0) == pytest.approx((low, high), abs=5e-7)
    assert observed_expected_interval(o, 4.0) == pytest.approx((low / 4, high / 4), abs=5e-7)
    assert observed_expected(o, 4.0) == o / 4


def test_nothing_expected() -> None:
    assert observed_expected([0, 3], 0.0).tolist() == [1, np.inf]
    np.testing.assert_array_equal(observed_expected_interval([0, 3], 0.0), ([0, 0], [np.inf, np.inf]))


def planted(n: int = 8000) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    rng = np.random.default_rng(12)
    p, groups = rng.random(n), [np.ones(n, bool), *(rng.random((3, n)) < 0.3)]
    gap = 0.3 * (groups[2] & (p >= 0.4) & (p < 0.5))
    return p, (rng.random(n) < p + gap).astype(float), groups


def test_multicalibration_finds_the_planted_cell() -> None:
    p, y, groups = planted()
    found = multicalibration(p, y, groups, np.random.default_rng(0), replicates=500)
    assert (found.group, found.bin) == (2, 4)
    assert found.worst.p_value == pytest.approx(1 / 501)
    rows = groups[2] & (p >= 0.4) & (p < 0.5)
    assert found.gap[2, 4] == pytest.approx(np.mean((y - p)[rows]))
    assert found.z[2, 4] == pytest.approx((y - p)[rows].sum() / np.sqrt((p * (1 - p))[rows].sum()), rel=0.01)
    assert (found.adjusted_p > 0.05).sum() >= 35


@given(seed=st.integers(0, 1000))
def test_multicalibration_ignores_the_order_of_rows(seed: int) -> None:
    p, y, groups = planted(300)
    order = np.random.default_rng(seed).permutation(300)
    found = multicalibration(p, y, groups, np.random.default_rng(1), replicates=50)
    again = multicalibration(p[order], y[order], [g[order] for g in groups], np.random.default_rng(1), replicates=50)
    assert again.z == pytest.approx(found.z)
    assert again.adjusted_p.tolist() == found.adjusted_p.tolist()


def test_no_deviation_says_nothing() -> None:
    rng = np.random.default_rng(2)
    for p in ([], [0.0] * 50):
        found = multicalibration(p, np.zeros(len(p)), [np.ones(len(p), bool)], rng, replicates=20)
        assert (found.worst, found.group) == ((0, 1), -1)
        assert (found.adjusted_p == 1).all()
    assert multicalibration([0.5], [1], [], rng, replicates=20).worst == (0, 1)


def test_certainty_that_failed_is_found() -> None:
    found = multicalibration([0.0] * 50, np.ones(50), [np.ones(50, bool)], np.random.default_rng(3), replicates=99)
    assert found.worst == pytest.approx((50 / np.sqrt(5), 0.01))
    assert (found.group, found.bin) == (0, 0)
