from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.regression.linear_model import WLS

from assay.audit.stats import clusters
from assay.audit.stats.clusters import cluster_sums, effective_trials, mean_interval, rate_interval, resample_clusters
from assay.audit.stats.interval import FloatArray
from assay.audit.stats.mean import student_t
from assay.audit.stats.proportion import clopper_pearson

seeds = st.integers(0, 10**6)


def rows(seed: int, n: int = 60, groups: int = 12) -> tuple[FloatArray, FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    group = np.concatenate([np.arange(groups), rng.integers(0, groups, n - groups)])
    return rng.normal(2, 1, n) + group / 5, rng.lognormal(size=n), group


@given(seed=seeds)
def test_variance_agrees_with_statsmodels(seed: int) -> None:
    x, w, group = rows(seed)
    fit = WLS(x, np.ones_like(x), weights=w).fit(cov_type="cluster", cov_kwds={"groups": group})
    sums = cluster_sums(np.bincount(group, w * x), np.bincount(group, w), np.bincount(group, w * w))
    assert sums.ratio == pytest.approx(fit.params[0])
    assert np.sqrt(sums.variance) == pytest.approx(fit.bse[0], rel=1e-6)
    assert sums.effective_rows == pytest.approx(w.sum() ** 2 / (w**2).sum())


@given(seed=seeds)
def test_clusters_of_one_without_weights_are_plain_rows(seed: int) -> None:
    x, w, _ = rows(seed)
    sums = cluster_sums(x, np.ones_like(x))
    np.testing.assert_allclose(mean_interval(sums), student_t(60, x.sum(), (x**2).sum()))
    hits = cluster_sums(w > 1, np.ones_like(x))
    p = float(hits.ratio)
    assert effective_trials(hits) == pytest.approx(59 if 0 < p < 1 else 60)


@given(seed=seeds)
def test_repeating_rows_within_clusters_adds_nothing(seed: int) -> None:
    hits = np.random.default_rng(seed).random(80) < 0.3
    once = cluster_sums(hits, np.ones(80))
    ten = cluster_sums(10 * hits, np.full(80, 10), np.full(80, 10))
    assert ten.effective_rows == 800
    assert effective_trials(ten) == pytest.approx(effective_trials(once))
    np.testing.assert_allclose(rate_interval(ten), rate_interval(once))


@given(seed=seeds)
def test_the_unit_of_the_weights_does_not_matter(seed: int) -> None:
    x, w, _ = rows(seed)
    for interval in (mean_interval, rate_interval):
        one, two = (interval(cluster_sums(c * w * (x > 2.5), c * w)) for c in (1.0, 1e-3))
        np.testing.assert_allclose(one, two)


def test_no_hit_counts_each_cluster_once() -> None:
    sums = cluster_sums(np.zeros(20), np.full(20, 50), np.full(20, 50))
    np.testing.assert_allclose(rate_interval(sums), clopper_pearson(0, 20))


def test_one_hit_of_small_weight_is_no_precision() -> None:
    weights = np.r_[0.001, np.ones(99)]
    assert float(rate_interval(cluster_sums(weights * (weights < 0.5), weights)).high) > 0.03


@pytest.mark.parametrize("groups", [0, 1])
def test_fewer_than_two_clusters_say_nothing(groups: int) -> None:
    sums = cluster_sums(np.full(groups, 3), np.full(groups, 10))
    np.testing.assert_array_equal(rate_interval(sums), (0, 1))
    np.testing.assert_array_equal(mean_interval(sums), (-np.inf, np.inf))
    np.testing.assert_array_equal(mean_interval(sums, lower=0, upper=1), (0, 1))


def test_clusters_without_weight_do_not_count() -> None:
    np.testing.assert_array_equal(cluster_sums([1, 0, 2], [3, 0, 4]), cluster_sums([1, 2], [3, 4]))


@pytest.mark.parametrize("weight", [-1, np.nan, np.inf])
def test_impossible_weights_are_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="m: expected weights that are finite and not negative"):
        cluster_sums([1, 1], [1, weight])


def test_equal_values_leave_hoeffdings_bound() -> None:
    low, high = mean_interval(cluster_sums(np.full(8, 0.5), np.ones(8)), lower=0, upper=1)
    assert (high - low) / 2 == pytest.approx(np.sqrt(np.log(40) / 16))


def test_resampled_totals_have_the_mean_and_spread_of_the_clusters() -> None:
    rng = np.random.default_rng(1)
    table = rng.normal(3, 1, (40, 2, 2))
    totals = resample_clusters(table, 20_000, rng)
    assert totals.shape == (20_000, 2, 2)
    np.testing.assert_allclose(totals.mean(0), table.sum(0), rtol=0.005)
    np.testing.assert_allclose(totals.std(0), np.sqrt(40) * table.std(0), rtol=0.03)


def test_no_cluster_resamples_to_nothing() -> None:
    assert clusters.resample_clusters(np.zeros((0, 3)), 5, np.random.default_rng(0)).tolist() == [[0, 0, 0]] * 5
