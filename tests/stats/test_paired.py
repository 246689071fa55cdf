from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from assay.audit.stats.auroc import delong
from assay.audit.stats.paired import delong_paired, mcnemar_exact, mcnemar_mid_p

Sample = tuple[list[int], list[int], list[bool]]


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    n = draw(st.integers(4, 25))
    scores = st.lists(st.integers(0, 8), min_size=n, max_size=n)
    labels = draw(st.lists(st.booleans(), min_size=n - 4, max_size=n - 4))
    return draw(scores), draw(scores), [True, True, False, False, *labels]


@pytest.mark.parametrize(
    ("table", "exact", "mid_p"),
    [((121, 59), 4.434e-6, 3.267e-6), ((1, 7), 0.0703, 0.0391)],  # the second: Fagerland et al. (2013), airway data
)
def test_published_p_values(table: tuple[int, int], exact: float, mid_p: float) -> None:
    assert mcnemar_exact(*table) == pytest.approx(exact, rel=1e-3)
    assert mcnemar_mid_p(*table) == pytest.approx(mid_p, rel=1e-3)


@given(b=st.integers(0, 400), c=st.integers(0, 400))
def test_mcnemar_agrees_with_statsmodels(b: int, c: int) -> None:
    exact, point = mcnemar([[5, b], [c, 5]], exact=True).pvalue, stats.binom.pmf(min(b, c), b + c, 0.5)
    assert mcnemar_exact(b, c) == pytest.approx(exact, abs=1e-12)
    assert mcnemar_mid_p(b, c) == pytest.approx(min(2 * stats.binom.cdf(min(b, c), b + c, 0.5) - point, 1), abs=1e-12)


@pytest.mark.parametrize("n", [10, 40, 200])
def test_false_alarms_stay_near_the_level(n: int) -> None:
    b = np.arange(n + 1)
    weight = stats.binom.pmf(b, n, 0.5)
    assert weight[mcnemar_exact(b, n - b) <= 0.05].sum() <= 0.05
    assert 0.02 <= weight[mcnemar_mid_p(b, n - b) <= 0.05].sum() <= 0.057


def test_counts_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="first and second: expected counts"):
        mcnemar_exact(-1, 3)


@given(sample=samples())
def test_areas_and_variances_are_those_of_each_alone(sample: Sample) -> None:
    first, second, labels = sample
    both = delong_paired(first, second, labels)
    np.testing.assert_allclose((both.first, both.first_variance), delong(first, labels), atol=1e-12)
    np.testing.assert_allclose((both.second, both.second_variance), delong(second, labels), atol=1e-12)


@given(sample=samples())
def test_variance_of_the_difference_by_double_sums(sample: Sample) -> None:
    labels = np.array(sample[2])
    wins = [np.sign(np.subtract.outer(np.array(s)[labels], np.array(s)[~labels])) / 2 + 0.5 for s in sample[:2]]
    gap = wins[0] - wins[1]
    expected = gap.mean(1).var(ddof=1) / gap.shape[0] + gap.mean(0).var(ddof=1) / gap.shape[1]
    found = delong_paired(*sample)
    assert found.difference == pytest.approx(gap.mean(), abs=1e-12)
    assert found.variance == pytest.approx(expected, abs=1e-12)


@given(sample=samples())
def test_interval_holds_the_difference_and_turns_over_when_swapped(sample: Sample) -> None:
    first, second, labels = sample
    found = delong_paired(first, second, labels)
    low, high = found.interval()
    assert -1 <= low <= found.difference <= high <= 1
    assert low < high
    swapped = delong_paired(second, first, labels).interval()
    assert (low, high) == pytest.approx((-swapped.high, -swapped.low), abs=1e-9)


def test_by_hand() -> None:
    found = delong_paired([0.1, 0.4, 0.35, 0.8], [1, 2, 3, 4], [0, 0, 1, 1])  # placements .5, 1 and 1, .5; then all 1
    assert [float(part) for part in found] == [0.75, 1.0, 0.125, 0.0, 0.0, 2, 2]


def test_the_same_ranking_leaves_the_rule_of_three() -> None:
    scores, labels = np.arange(40.0), np.arange(40) % 4 == 0
    assert delong_paired(scores, np.exp(scores), labels).interval() == pytest.approx(
        (-1 + 0.025 ** (1 / 10), 1 - 0.025 ** (1 / 10))
    )


def test_an_empty_class_says_nothing() -> None:
    found = delong_paired([1, 2], [2, 1], [1, 1])
    assert np.isnan(found.difference)
    np.testing.assert_array_equal(found.interval(), (-1, 1))
