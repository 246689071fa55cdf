from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.audit.stats.interval import Interval, normal_quantile
from assay.audit.stats.proportion import clopper_pearson, jeffreys, proportion, proportion_method, wilson

Method = Callable[..., Interval]
METHODS: list[Method] = [wilson, clopper_pearson, jeffreys, proportion]
tables = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("hits", "trials", "by_score", "exact"),
    [
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0, 0.1611), (0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_table_i_of_newcombe_1998a(
    hits: int, trials: int, by_score: tuple[float, ...], exact: tuple[float, ...]
) -> None:
    assert wilson(hits, trials) == pytest.approx(by_score, abs=5e-5)
    assert clopper_pearson(hits, trials) == pytest.approx(exact, abs=5e-5)


def test_rule_of_three() -> None:
    assert clopper_pearson(0, 100, 0.9).high == pytest.approx(0.0295130, abs=5e-8)
    assert clopper_pearson(0, 100).high == pytest.approx(1 - 0.025 ** (1 / 100), rel=1e-12)
    assert clopper_pearson(0, 100).high == pytest.approx(0.0362167, abs=5e-8)


@pytest.mark.parametrize(("method", "name"), [(wilson, "wilson"), (clopper_pearson, "exact")])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
@given(table=tables)
def test_agrees_with_scipy(
    method: Method, name: Literal["wilson", "exact"], level: float, table: tuple[int, int]
) -> None:
    assert method(*table, level) == pytest.approx(tuple(stats.binomtest(*table).proportion_ci(level, name)), abs=1e-9)


@given(table=tables)
def test_jeffreys_is_the_posterior_except_at_the_edges(table: tuple[int, int]) -> None:
    hits, trials = table
    low, high = stats.beta(hits + 0.5, trials - hits + 0.5).interval(0.95)
    expected = (0 if hits == 0 else low, 1 if hits == trials else high)
    assert jeffreys(*table) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
@given(table=tables, level=st.floats(0.5, 0.999))
def test_holds_the_estimate_within_the_range_and_has_width(
    method: Method, table: tuple[int, int], level: float
) -> None:
    low, high = method(*table, level)
    assert 0 <= low <= table[0] / table[1] <= high <= 1
    assert low < high


@pytest.mark.parametrize("method", METHODS)
@given(table=tables)
def test_hits_and_misses_mirror_each_other(method: Method, table: tuple[int, int]) -> None:
    hits, trials = table
    mirrored = method(trials - hits, trials)
    assert method(hits, trials) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=1e-12)


@pytest.mark.parametrize("method", [wilson, clopper_pearson, jeffreys])
@pytest.mark.parametrize("trials", [1, 7, 300])
def test_limits_rise_with_hits(method: Method, trials: int) -> None:
    low, high = method(np.arange(trials + 1), trials)
    assert (np.diff(low) > 0).all()
    assert (np.diff(high) > 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_broadcasting_equals_a_loop(method: Method) -> None:
    hits, trials = np.array([[0], [3], [5]]), np.array([5, 60])
    low, high = method(hits, trials)
    assert low.shape == high.shape == (3, 2)
    for i, j in np.ndindex(3, 2):
        assert (low[i, j], high[i, j]) == tuple(method(hits[i, 0], trials[j]))


@pytest.mark.parametrize("method", METHODS)
def test_no_trials_say_nothing(method: Method) -> None:
    np.testing.assert_array_equal(method(0, 0), (0, 1))


def test_the_rule_and_its_names() -> None:
    hits, trials = np.array([0, 50, 10, 11, 12]), np.array([50, 50, 39, 40, 41])
    names = ["clopper-pearson"] * 3 + ["wilson"] * 2
    assert proportion_method(hits, trials).tolist() == names
    by_name = {"wilson": wilson, "clopper-pearson": clopper_pearson}
    for x, n, name in zip(hits, trials, names, strict=True):
        assert proportion(x, n) == by_name[name](x, n)


@pytest.mark.parametrize("table", [(-1, 5), (6, 5), (np.nan, 5), (1, np.inf)])
def test_impossible_counts_are_refused(table: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="hits and trials: expected 0 <= hits <= trials"):
        wilson(*table)


@pytest.mark.parametrize("level", [0, 1, 95, -0.1])
def test_impossible_levels_are_refused(level: float) -> None:
    for method in METHODS:
        with pytest.raises(ValueError, match="level: expected a number between 0 and 1"):
            method(1, 5, level)


def test_normal_quantile() -> None:
    assert normal_quantile(0.95) == pytest.approx(1.959963984540054, rel=1e-14)
