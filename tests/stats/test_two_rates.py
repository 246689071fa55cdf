from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest

from assay.audit.stats.two_rates import boschloo, fisher, mid_p, pooled_z

sample = st.integers(2, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(one=sample, two=sample)
def test_z_is_that_of_statsmodels(one: tuple[int, int], two: tuple[int, int]) -> None:
    if 0 < one[0] + two[0] < one[1] + two[1]:
        expected, _ = proportions_ztest([one[0], two[0]], [one[1], two[1]])
        assert pooled_z(*one, *two) == pytest.approx(expected, abs=1e-12)
    else:
        assert pooled_z(*one, *two) == 0


@given(one=sample, two=sample)
def test_mid_p_takes_half_the_observed_table_from_each_tail(one: tuple[int, int], two: tuple[int, int]) -> None:
    table = np.array([[one[0], two[0]], [one[1] - one[0], two[1] - two[0]]])
    tails = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    here = stats.hypergeom.pmf(one[0], one[1] + two[1], one[0] + two[0], one[1])
    assert mid_p(*one, *two) == pytest.approx(min(1, 2 * (min(tails) - here / 2)), abs=1e-9)


@given(one=sample, two=sample)
@settings(max_examples=20, deadline=None)
def test_boschloo_is_never_weaker_than_the_doubled_tail_of_fisher(one: tuple[int, int], two: tuple[int, int]) -> None:
    table = np.array([[one[0], two[0]], [one[1] - one[0], two[1] - two[0]]])
    tail = min(stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater"))
    assert boschloo(*one, *two) <= min(1.0, 2 * tail) + 1e-6


def test_fishers_tea() -> None:
    assert fisher(3, 4, 1, 4) == pytest.approx(0.4857, abs=1e-4)


def test_all_alike_is_no_evidence() -> None:
    assert boschloo(5, 5, 7, 7) == boschloo(0, 5, 0, 7) == fisher(5, 5, 7, 7) == mid_p(0, 5, 0, 7) == 1
