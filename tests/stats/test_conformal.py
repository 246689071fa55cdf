from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from assay.audit.stats.conformal import coverage_law, coverage_test, size_strata
from assay.audit.stats.multiple import holm
from assay.audit.stats.proportion import proportion


def test_the_law_of_angelopoulos_and_bates() -> None:
    assert coverage_law(1000, 0.1) == (901, 100)
    assert stats.beta(901, 100).ppf([0.05, 0.95]) == pytest.approx([0.8841, 0.9152], abs=5e-5)


def test_a_rank_just_below_a_whole_number_is_that_number() -> None:
    assert coverage_law(99, 0.29) == (71, 29)  # 100 * 0.29 is 28.999999999999996


def test_conformal_sets_of_exchangeable_scores_follow_the_law() -> None:
    rng = np.random.default_rng(0)
    a, b = coverage_law(50, 0.1)
    thresholds = np.sort(rng.random((4000, 50)), axis=1)[:, a - 1]  # the coverage, as the scores are uniform
    assert stats.kstest(thresholds, stats.beta(a, b).cdf).pvalue > 0.01


def test_coverage_by_the_sum_over_the_beta_law() -> None:
    theta = np.linspace(0, 1, 200_001)
    weights = stats.beta(901, 100).pdf(theta) / stats.beta(901, 100).pdf(theta).sum()
    exact = 2 * (weights * stats.binom.cdf(430, 500, theta)).sum()
    assert coverage_test(430, 500, 1000, 0.1) == pytest.approx((0.86, exact), rel=1e-6)


@pytest.mark.parametrize("covered", [0, 3, 449, 450, 500])
def test_p_values_are_probabilities(covered: int) -> None:
    assert 0 <= coverage_test(covered, 500, 1000, 0.1).p_value <= 1


def test_the_edges_of_coverage() -> None:
    assert coverage_test(0, 0, 100, 0.1) == (1, 1)
    assert coverage_test(9, 9, 5, 0.1) == (1, 1)
    assert coverage_test(8, 9, 5, 0.1).p_value == 0
    with pytest.raises(ValueError, match="alpha"):
        coverage_law(100, 1.0)


def test_strata_by_hand() -> None:
    sizes = np.repeat([0, 1, 2, 7, 200], [5, 100, 50, 30, 2])
    covered = np.zeros(187, bool)
    covered[5:100] = covered[105:150] = covered[155:180] = covered[185:] = True
    found = size_strata(covered, sizes, 0.1)
    assert found.smallest.tolist() == [0, 1, 2, 4, 101]
    assert found.rows.tolist() == [5, 100, 50, 30, 2]
    assert found.covered.tolist() == [0, 95, 45, 25, 2]
    exact = [stats.binomtest(k, n, 0.9, "less").pvalue for k, n in zip(found.covered, found.rows, strict=True)]
    assert found.adjusted_p == pytest.approx(holm(exact))
    assert found.interval.low == pytest.approx(proportion(found.covered, found.rows).low)


def test_no_rows_have_no_strata() -> None:
    found = size_strata([], np.array([], int), 0.1)
    assert found.rows.size == found.adjusted_p.size == 0
