from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from assay.audit.stats import scores
from assay.audit.stats.auroc import delong_counts
from assay.audit.stats.average_precision import average_precision
from assay.audit.stats.interval import FloatArray

Direct = Callable[[FloatArray, FloatArray, FloatArray], float]
CASES: list[tuple[scores.RankStatistic, Direct]] = [
    (scores.area, lambda s, y, w: float(roc_auc_score(y, s, sample_weight=w))),
    (scores.precision_area, lambda s, y, w: float(average_precision_score(y, s, sample_weight=w))),
]


def drawn(n: int, seed: int, *, distinct: int | None = None) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.3).astype(np.float64)
    labels[:2] = 1, 0
    values = rng.normal(size=n) + labels
    return (values if distinct is None else np.round(values * distinct / 6)), labels


@pytest.mark.parametrize(("statistic", "direct"), CASES)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 60), distinct=st.sampled_from([None, 3, 20]))
def test_weighted_statistics_agree_with_sklearn(
    statistic: scores.RankStatistic, direct: Direct, seed: int, n: int, distinct: int | None
) -> None:
    s, y = drawn(n, seed, distinct=distinct)
    w = np.random.default_rng(seed).poisson(1, n).astype(np.float64) + (np.arange(n) < 2)
    _, place = np.unique(s, return_inverse=True)
    at = np.equal.outer(np.arange(place.max() + 1), place).astype(np.float64)
    assert statistic(at @ (w * y), at @ (w * (1 - y))) == pytest.approx(direct(s, y, w), abs=1e-12)
    assert statistic(*scores.ranked_counts(s, y)) == pytest.approx(direct(s, y, np.ones(n)), abs=1e-12)


def test_kolmogorov_smirnov_agrees_with_scipy() -> None:
    s, y = drawn(300, 1, distinct=30)
    found = scores.kolmogorov_smirnov(*scores.ranked_counts(s, y))
    assert found == pytest.approx(ks_2samp(s[y == 1], s[y == 0]).statistic)


def test_an_empty_class_has_no_value() -> None:
    for statistic in (scores.area, scores.precision_area, scores.kolmogorov_smirnov):
        assert np.isnan(statistic(np.zeros(3), np.ones(3)))


@pytest.mark.parametrize("distinct", [None, 12])
def test_spread_is_that_of_the_analytic_variance(distinct: int | None) -> None:
    counts = scores.ranked_counts(*drawn(2000, 2, distinct=distinct))
    for statistic, variance in (
        (scores.area, delong_counts(*counts)[1]),
        (scores.precision_area, average_precision(*counts)[1]),
    ):
        value, replicates = scores.bootstrap_scores(statistic, *counts, 2000, np.random.default_rng(3))
        assert value == statistic(*counts)
        assert replicates.std() == pytest.approx(float(np.sqrt(variance)), rel=0.06)


def test_cells_show_the_same_spread_around_the_exact_value() -> None:
    counts = scores.ranked_counts(*drawn(scores.EXACT_ROWS + 50_000, 4))
    for statistic, variance in (
        (scores.area, delong_counts(*counts)[1]),
        (scores.precision_area, average_precision(*counts)[1]),
    ):
        value, replicates = scores.bootstrap_scores(statistic, *counts, 1000, np.random.default_rng(5))
        assert value == statistic(*counts)
        assert replicates.std() == pytest.approx(float(np.sqrt(variance)), rel=0.08)
        assert abs(replicates.mean() - value) < 4 * np.sqrt(variance / 1000)


def test_merging_keeps_every_row_and_the_order() -> None:
    positives, negatives = scores.ranked_counts(*drawn(5000, 6))
    merged = scores.merge(positives, negatives, 50)
    assert [len(part) for part in merged] == [50, 50]
    assert [part.sum() for part in merged] == [positives.sum(), negatives.sum()]
    assert scores.area(*merged) == pytest.approx(scores.area(positives, negatives), abs=0.002)


@pytest.mark.parametrize("distinct", [None, 40])
def test_the_result_does_not_depend_on_the_block(distinct: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = scores.ranked_counts(*drawn(301, 7, distinct=distinct))
    whole = scores.bootstrap_scores(scores.area, *counts, 50, np.random.default_rng(8))[1]
    monkeypatch.setattr(scores, "BLOCK", 1000)
    np.testing.assert_array_equal(scores.bootstrap_scores(scores.area, *counts, 50, np.random.default_rng(8))[1], whole)


@given(seed=st.integers(0, 10**6), n=st.integers(4, 80), distinct=st.sampled_from([None, 4, 20]), at=st.floats(0.05, 1))
def test_thresholds_are_those_of_scikit_learns_curve(seed: int, n: int, distinct: int | None, at: float) -> None:
    s, y = drawn(n, seed, distinct=distinct)
    precision, recall = (of[:-1] for of in precision_recall_curve(y, s)[:2])
    counts = scores.ranked_counts(s, y)
    best = max(recall[precision >= at - 1e-9], default=0.0)
    assert scores.recall_at_precision(*counts, precision=at) == pytest.approx(best)
    assert scores.precision_at_recall(*counts, recall=at) == pytest.approx(precision[recall >= at - 1e-9][-1])


def test_a_share_of_one_has_an_exact_limit_and_an_unknown_one_none() -> None:
    low, high = scores.share_interval([1.0, 0.0, np.nan], np.array([[1.0, 0.0, np.nan]] * 9), [20, 20, 20])
    three = 1 - 0.025 ** (1 / 20)
    np.testing.assert_allclose([low, high], [[1 - three, 0, 0], [1, three, 1]], atol=1e-12)
