from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assay.audit.stats.binning import Bins, bin_rows, placed
from assay.audit.stats.calibration import (
    consistency_band,
    expected_error,
    expected_error_interval,
    null_mean,
    plug_in_error,
    squared_error,
    squared_error_interval,
)


@st.composite
def rows(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n = draw(st.integers(1, 80))
    return draw(hnp.arrays(float, n, elements=st.floats(0, 1))), draw(hnp.arrays(bool, n))


def binned(p: np.ndarray, y: np.ndarray) -> Bins:
    return bin_rows(p, y)


def two_bins() -> Bins:
    return binned(np.repeat([0.2, 0.8], 10), np.repeat([1, 0, 1, 0], [3, 7, 7, 3]))


def test_two_bins_by_hand() -> None:
    assert plug_in_error(two_bins()) == pytest.approx(0.1)
    assert squared_error(two_bins()) == pytest.approx(0.01 - 0.21 / 9)
    assert null_mean(two_bins()) == pytest.approx(np.sqrt(0.21 / 9 * 2 / np.pi))


def test_a_probability_of_one_is_in_the_last_bin() -> None:
    assert plug_in_error(binned(np.array([0.95, 1.0]), np.array([1, 0]))) == pytest.approx(0.475)


def test_edges_belong_to_the_bin_above() -> None:
    edges = np.linspace(0, 1, 16)
    assert binned(edges, np.zeros(16)).n.sum(0).tolist() == [1] * 14 + [2]


@given(
    st.lists(st.floats(0, 1), max_size=50),
    st.integers(1, 40),
)
def test_bins_are_found_as_a_search_finds_them(p: list[float], bins: int) -> None:
    edges = np.linspace(0, 1, bins + 1)
    values = np.concatenate([p, edges, np.nextafter(edges, 0), np.nextafter(edges, 1)]).clip(0, 1)
    np.testing.assert_array_equal(placed(values, edges[1:-1]), np.searchsorted(edges[1:-1], values, side="right"))


def test_a_population_with_known_error() -> None:
    p, n = np.repeat([0.9, 0.6], 50_000), np.array([0.8, 0.6])
    bins = binned(p, np.random.default_rng(1).random(p.size) < np.repeat(n, 50_000))
    assert squared_error(bins) == pytest.approx(0.0707107**2, abs=3e-4)
    assert expected_error(bins) == pytest.approx(0.05, abs=3e-3)


def test_squared_error_has_no_bias_when_calibrated() -> None:
    rng = np.random.default_rng(2)
    p = rng.random((500, 200))
    values = [squared_error(binned(row, rng.random(200) < row)) for row in p]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(500)


def test_null_mean_is_the_mean_of_the_plug_in_when_calibrated() -> None:
    rng = np.random.default_rng(3)
    p = np.linspace(0, 1, 3000)
    samples = [binned(p, rng.random(p.size) < p) for _ in range(200)]
    assert np.mean([null_mean(s) for s in samples]) == pytest.approx(
        np.mean([plug_in_error(s) for s in samples]), rel=0.05
    )


@given(sample=rows())
def test_limits_hold_the_value_within_the_range_and_have_width(sample: tuple[np.ndarray, np.ndarray]) -> None:
    bins = binned(*sample)
    low, high = expected_error_interval(bins)
    assert 0 <= low < high <= 1
    assert low <= expected_error(bins) <= high
    low, high = squared_error_interval(bins)
    assert 0 <= low < high <= 1
    assert low <= max(float(squared_error(bins)), 0) <= high


@pytest.mark.parametrize("sure", [0.0, 0.3, 1.0])
def test_equal_labels_give_at_least_the_rule_of_three(sure: float) -> None:
    bins = binned(np.full(100, sure), np.zeros(100))
    low, high = expected_error_interval(bins)
    assert low <= max(sure - 0.0362, 0)
    assert high >= min(sure + 0.0362, 1)


def test_no_rows_say_nothing() -> None:
    bins = binned(np.array([]), np.array([]))
    np.testing.assert_array_equal(squared_error_interval(bins), (0, 1))
    np.testing.assert_array_equal(expected_error_interval(bins), (0, 1))


def test_slices_stack_along_leading_axes() -> None:
    rng = np.random.default_rng(4)
    parts = [binned(p, rng.random(90) < p) for p in rng.random((3, 90))]
    stacked = Bins(*(np.stack(sums) for sums in zip(*parts, strict=True)))
    low, high = expected_error_interval(stacked)
    for i, part in enumerate(parts):
        assert (low[i], high[i]) == tuple(expected_error_interval(part))
        assert expected_error(stacked)[i] == expected_error(part)


def test_halves_follow_from_the_rows_and_not_from_their_order() -> None:
    rng = np.random.default_rng(7)
    p = rng.random(500)
    y, order = rng.random(500) < p, rng.permutation(500)
    assert binned(p, y).signed_mean() == pytest.approx(binned(p[order], y[order]).signed_mean())


def test_the_half_that_measures_is_not_the_one_that_gives_signs() -> None:
    rng = np.random.default_rng(8)
    p = rng.random((2000, 60))
    found = [binned(row, rng.random(60) < row).signed_mean() for row in p]  # calibrated: no sign helps
    means = np.array([mean for mean, _ in found])
    assert abs(means.mean()) < 3 * means.std() / np.sqrt(2000)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.nan])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="expected numbers from 0 to 1"):
        binned(np.array([0.5, wrong]), np.array([0, 1]))


@pytest.mark.parametrize("n", [5, 40, 900])
def test_the_band_holds_calibrated_frequencies(n: int) -> None:
    rng = np.random.default_rng(8)
    p = rng.uniform(0.1, 0.4, n)
    drawn = (rng.random((4000, n)) < p).mean(axis=1)
    low, high = consistency_band(n, p.mean())
    assert 0.95 - 0.01 <= np.mean((low <= drawn) & (drawn <= high)) <= 1
    assert high - low < 5 * np.sqrt(0.25 * 0.75 / n)
