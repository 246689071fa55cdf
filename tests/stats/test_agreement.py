from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import explained_variance_score, r2_score

from assay.audit.stats.agreement import (
    Delta,
    below_one,
    concordance,
    explained_variance,
    pearson,
    power_sums,
    r_squared,
    within_one,
)
from assay.audit.stats.interval import FloatArray, Interval

Weighted = Callable[[FloatArray, FloatArray, FloatArray], float]


def weighted_pearson(y: FloatArray, f: FloatArray, w: FloatArray) -> float:
    c = np.cov(y, f, ddof=0, aweights=w)
    return float(c[0, 1] / np.sqrt(c[0, 0] * c[1, 1]))


def weighted_concordance(y: FloatArray, f: FloatArray, w: FloatArray) -> float:
    c = np.cov(y, f, ddof=0, aweights=w)
    return float(2 * c[0, 1] / (c[0, 0] + c[1, 1] + np.average(y - f, weights=w) ** 2))


CASES: list[tuple[Callable[[FloatArray], Delta], Callable[..., Interval], Weighted]] = [
    (r_squared, below_one, lambda y, f, w: float(r2_score(y, f, sample_weight=w))),
    (explained_variance, below_one, lambda y, f, w: float(explained_variance_score(y, f, sample_weight=w))),
    (pearson, within_one, weighted_pearson),
    (concordance, within_one, weighted_concordance),
]
each = pytest.mark.parametrize(("statistic", "limits", "direct"), CASES)


def rows(seed: int, n: int) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    y = rng.gamma(3, size=n)
    return y, 0.2 + rng.normal(0.8, 0.2) * y + rng.normal(size=n) * rng.random()


def sums_of(y: FloatArray, f: FloatArray) -> FloatArray:
    return np.asarray(power_sums(y, f, np.zeros(y.size, np.intp), 1)[0])


@each
@given(seed=st.integers(0, 10**6), n=st.integers(4, 80))
def test_value_and_error_by_weighting_one_row_more(
    statistic: Callable[[FloatArray], Delta], limits: Callable[..., Interval], direct: Weighted, seed: int, n: int
) -> None:
    y, f = rows(seed, n)
    found = statistic(sums_of(y, f))
    step = 1e-5 * np.eye(n)
    slopes = [(direct(y, f, 1 + h) - direct(y, f, 1 - h)) / 2e-5 for h in step]
    assert found.value == pytest.approx(direct(y, f, np.ones(n)), rel=1e-9, abs=1e-12)
    assert found.error == pytest.approx(np.sqrt(np.sum(np.square(slopes)) * n / (n - 1)), rel=1e-4, abs=1e-7)
    low, high = limits(found)
    assert low < found.value < high <= 1


def test_pearson_agrees_with_scipy_and_fisher_on_normal_data() -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(size=200_000)
    f = y + rng.normal(size=y.size)
    expected = stats.pearsonr(y, f)
    found = pearson(sums_of(y, f))
    assert found.value == pytest.approx(expected.statistic, abs=1e-12)
    assert within_one(found) == pytest.approx(tuple(expected.confidence_interval()), abs=1e-4)


@each
def test_nothing_changes_with_the_common_origin_and_unit(
    statistic: Callable[[FloatArray], Delta], limits: Callable[..., Interval], direct: Weighted
) -> None:
    y, f = rows(2, 100)
    one, two = statistic(sums_of(y, f)), statistic(sums_of(5 * y - 20, 5 * f - 20))
    np.testing.assert_allclose(one[:3], two[:3], rtol=1e-6)


@each
def test_sums_of_parts_add_up(
    statistic: Callable[[FloatArray], Delta], limits: Callable[..., Interval], direct: Weighted
) -> None:
    y, f = rows(3, 90)
    parts = power_sums(y, f, np.arange(90) % 3, 3)
    np.testing.assert_allclose(parts.sum(0), sums_of(y, f), rtol=1e-12)
    assert statistic(parts).value[1] == pytest.approx(direct(y[1::3], f[1::3], np.ones(30)))


def test_perfect_predictions_have_a_value_but_no_spread() -> None:
    y, _ = rows(4, 50)
    for statistic, limits, _direct in CASES:
        found = statistic(sums_of(y, y))
        assert found.value == pytest.approx(1)
        np.testing.assert_array_equal(limits(found), (-1 if limits is within_one else -np.inf, 1))


def test_equal_targets_leave_most_undefined() -> None:
    flat = sums_of(np.ones(9), np.arange(9.0))
    for statistic in (r_squared, explained_variance, pearson):
        assert np.isnan(statistic(flat).value)
    assert concordance(flat).value == 0


def test_a_constant_prediction_still_has_an_interval_for_r_squared() -> None:
    y, _ = rows(5, 200)
    found = r_squared(sums_of(y, np.full(200, y.mean() + 0.3)))
    low, high = below_one(found)
    assert low < found.value < high < 1
    assert np.isnan(pearson(sums_of(y, np.full(200, 0.2))).value)


def test_no_rows_say_nothing() -> None:
    for statistic, limits, _direct in CASES:
        found = statistic(np.zeros((5, 5)))
        assert np.isnan(found.value)
        assert limits(found).high == 1
