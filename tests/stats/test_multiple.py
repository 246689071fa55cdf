from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy import stats
from scipy.stats import false_discovery_control

from assay.audit.stats.interval import FloatArray
from assay.audit.stats.multiple import benjamini_hochberg, benjamini_yekutieli, critical, holm, max_t, max_t_p_values

METHODS: list[Callable[[ArrayLike], FloatArray]] = [holm, benjamini_hochberg, benjamini_yekutieli]


def test_by_hand() -> None:
    p = [0.01, 0.04, 0.03, 0.005]
    assert holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert benjamini_hochberg(p) == pytest.approx([0.02, 0.04, 0.04, 0.02])


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_closes_bonferroni_over_all_subsets(p: list[float]) -> None:
    sets = [s for size in range(1, len(p) + 1) for s in combinations(range(len(p)), size)]
    expected = [max(min(1, len(s) * min(p[i] for i in s)) for s in sets if j in s) for j in range(len(p))]
    assert holm(p) == pytest.approx(expected)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_benjamini_hochberg_agrees_with_scipy(p: list[float]) -> None:
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p))


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_benjamini_yekutieli_agrees_with_scipy(p: list[float]) -> None:
    assert benjamini_yekutieli(p) == pytest.approx(false_discovery_control(p, method="by"))


@pytest.mark.parametrize("method", METHODS)
@given(p=st.lists(st.floats(0, 1), max_size=20))
def test_adjusting_never_lowers(method: Callable[[ArrayLike], FloatArray], p: list[float]) -> None:
    adjusted = method(p)
    assert adjusted.shape == (len(p),)
    assert (adjusted >= np.array(p)).all()
    assert (adjusted <= 1).all()


@pytest.mark.parametrize("p", [[0.5, 1.1], [-0.1], [np.nan], 0.5])
@pytest.mark.parametrize("method", METHODS)
def test_what_is_no_p_value_is_refused(method: Callable[[ArrayLike], FloatArray], p: ArrayLike) -> None:
    with pytest.raises(ValueError, match="p_values: expected one row of numbers from 0 to 1"):
        method(p)


def test_max_t_of_independent_normals_is_sidaks() -> None:
    draws = np.random.default_rng(1).normal(size=(200_000, 10))
    critical, interval = max_t(np.zeros(10), np.full(10, 2.0), draws, np.ones_like(draws))
    assert critical == pytest.approx(stats.norm.isf((1 - 0.95 ** (1 / 10)) / 2), abs=0.02)
    np.testing.assert_allclose(interval, (np.full(10, -2 * critical), np.full(10, 2 * critical)))


def test_max_t_of_one_quantity_under_many_names_costs_nothing() -> None:
    draws = np.repeat(np.random.default_rng(2).normal(size=(200_000, 1)), 10, axis=1)
    assert max_t(np.zeros(10), np.ones(10), draws, np.ones_like(draws))[0] == pytest.approx(1.96, abs=0.02)


def test_max_t_is_never_narrower_than_a_single_interval() -> None:
    same = np.zeros((100, 2))
    same[0, 0] = np.nan
    assert max_t([0, 0], [1, 1], same, np.ones_like(same))[0] == pytest.approx(1.959964, abs=1e-6)


def test_max_t_refuses_an_error_of_zero() -> None:
    with pytest.raises(ValueError, match="errors: expected standard errors above 0"):
        max_t([0.5], [0.0], [[0.5]], [[0.1]])


@given(st.integers(0, 10**6), st.sampled_from([0.8, 0.9, 0.95, 0.99]), st.integers(20, 400))
def test_p_values_of_max_t_agree_with_its_intervals(seed: int, level: float, draws: int) -> None:
    rng = np.random.default_rng(seed)
    distances = np.abs(rng.normal(size=(draws, 5))).max(axis=1)
    c = critical(distances, level)
    t = np.concatenate([rng.uniform(0, 5, 20), [c * (1 - 1e-9), c * (1 + 1e-9)]])
    assert ((max_t_p_values(distances, t) <= 1 - level + 1e-12) == (t > c)).all() or (draws + 1) * (1 - level) < 1
