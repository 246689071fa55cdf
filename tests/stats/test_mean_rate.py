"""Means of rates of the same rows: variance against the bootstrap, edges against exact limits, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.stats import binomtest

from assay.audit.slices import FloatArray
from assay.audit.stats.mean_rate import mean_rate, mean_rate_interval


def tables(n: int, seed: int = 4) -> tuple[FloatArray, FloatArray]:
    """Three rates whose rows depend on each other, with several trials in some rows."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    trials = rng.integers(0, 3, (n, 3)).astype(np.float64)
    return rng.binomial(trials.astype(int), stats.norm.cdf(common + np.array([0, 0.5, 1]))).astype(np.float64), trials


def test_variance_is_that_of_resampled_rows() -> None:
    hits, trials = tables(800)
    rng = np.random.default_rng(1)
    draws = []
    for _ in range(2000):
        rows = rng.integers(0, len(hits), len(hits))
        draws.append((hits[rows].sum(0) / trials[rows].sum(0)).mean())
    found = mean_rate(hits, trials)
    assert found.value == pytest.approx((hits.sum(0) / trials.sum(0)).mean())
    assert found.variance == pytest.approx(np.var(draws), rel=0.08)


def test_one_rate_of_many_rows_has_the_exact_interval() -> None:
    hits = (np.arange(4000) < 900).astype(np.float64)[:, None]
    low, high = mean_rate_interval(mean_rate(hits, np.ones_like(hits)))
    exact = binomtest(900, 4000).proportion_ci()
    assert (float(low), float(high)) == pytest.approx((exact.low, exact.high), abs=2e-4)


def test_where_all_hit_the_lower_end_is_near_the_exact_one() -> None:
    ones = np.ones((30, 1))
    low, high = mean_rate_interval(mean_rate(ones, ones))
    assert high == 1
    assert float(low) == pytest.approx(binomtest(30, 30).proportion_ci().low, abs=0.03)


def test_a_rate_that_is_listed_twice_adds_nothing_but_independent_ones_do() -> None:
    hits, trials = tables(500)
    once, twice = mean_rate(hits[:, :1], trials[:, :1]), mean_rate(hits[:, [0, 0]], trials[:, [0, 0]])
    assert once.value == twice.value
    assert twice.variance == pytest.approx(once.variance, rel=0.01)
    apart = mean_rate(np.kron(np.eye(4), hits[:, :1]), np.kron(np.eye(4), trials[:, :1]))
    assert apart.variance == pytest.approx(once.variance / 4, rel=0.02)


@pytest.mark.parametrize("factor", [0.2, 7.0])
def test_the_scale_of_weights_does_not_matter(factor: float) -> None:
    hits, trials = tables(100)
    for one, other in zip(mean_rate(hits, trials), mean_rate(factor * hits, factor * trials), strict=True):
        assert one == pytest.approx(other)


def test_rates_without_trials_do_not_count() -> None:
    hits, trials = tables(100)
    found = mean_rate(np.hstack([hits, np.zeros((100, 2))]), np.hstack([trials, np.zeros((100, 2))]))
    assert [float(part) for part in found] == pytest.approx([float(part) for part in mean_rate(hits, trials)])
    nothing = mean_rate(np.zeros((100, 2)), np.zeros((100, 2)))
    assert np.isnan(nothing.value)
    assert [float(end) for end in mean_rate_interval(nothing)] == [0, 1]
    single = mean_rate(np.ones((1, 2)), np.ones((1, 2)))
    assert [float(end) for end in mean_rate_interval(single)] == [0, 1]


def test_leading_axes() -> None:
    stacked = [tables(50, seed) for seed in range(3)]
    hits, trials = (np.stack(of) for of in zip(*stacked, strict=True))
    together = mean_rate_interval(mean_rate(hits, trials))
    assert together.low.shape == (3,)
    for k, one in enumerate(stacked):
        low, high = mean_rate_interval(mean_rate(*one))
        assert (together.low[k], together.high[k]) == pytest.approx((float(low), float(high)))
