from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from assay.audit.stats.average_precision import average_precision, average_precision_interval
from assay.audit.stats.scores import ranked_counts


@st.composite
def samples(draw: st.DrawFn) -> tuple[list[int], list[bool]]:
    n = draw(st.integers(3, 30))
    labels = draw(st.lists(st.booleans(), min_size=n - 3, max_size=n - 3))
    return draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), [True, True, False, *labels]


@given(sample=samples())
def test_value_and_variance_by_weighting_one_row_more(sample: tuple[list[int], list[bool]]) -> None:
    scores, labels = sample
    n, n_pos = len(labels), sum(labels)
    step = 1e-5 * np.eye(n)
    direct = [
        (
            average_precision_score(labels, scores, sample_weight=1 + h)
            - average_precision_score(labels, scores, sample_weight=1 - h)
        )
        / 2e-5
        for h in step
    ]
    value, variance = average_precision(*ranked_counts(scores, labels))
    assert value == pytest.approx(average_precision_score(labels, scores))
    assert variance == pytest.approx(np.sum(np.square(direct)) * n_pos / (n_pos - 1), rel=1e-6, abs=1e-10)


@given(sample=samples())
def test_interval_holds_the_value(sample: tuple[list[int], list[bool]]) -> None:
    value, variance = average_precision(*ranked_counts(*sample))
    low, high = average_precision_interval(value, variance, sum(sample[1]))
    assert 0 <= low <= value <= high <= 1
    assert low < high


def test_by_hand() -> None:
    positives, negatives = [0, 1, 0, 1], [1, 0, 1, 0]  # from the top: +, -, +, -
    value, variance = average_precision(positives, negatives)
    assert value == pytest.approx((1 + 2 / 3) / 2)
    # one row more: top (1 - 5/6)/2, next -(1·1/4 · 0 + 1·2/9)/2, second positive (2/3 - 5/6 + 1/9)/2, last -(2/9)/2
    rows = [(1 - 5 / 6) / 2 + (1 / 9) / 2, -(2 / 9) / 2, (2 / 3 - 5 / 6 + 1 / 9) / 2, 0]
    assert variance == pytest.approx(2 * np.sum(np.square(rows)))


def test_a_perfect_ranking_keeps_a_lower_bound() -> None:
    value, variance = average_precision([0, 0, 1, 1, 1], [1, 1, 0, 0, 0])
    np.testing.assert_array_equal((value, variance), (1, 0))
    assert average_precision_interval(value, variance, 3) == pytest.approx((0.025 ** (1 / 3), 1))


def test_fewer_than_two_positives_say_nothing() -> None:
    value, variance = average_precision([0, 0], [1, 2])
    assert np.isnan(value)
    np.testing.assert_array_equal(average_precision_interval(value, variance, 0), (0, 1))
    np.testing.assert_array_equal(average_precision_interval(*average_precision([0, 1], [1, 2]), 1), (0, 1))


def test_leading_axes() -> None:
    rng = np.random.default_rng(1)
    positives, negatives = rng.integers(0, 4, (2, 3, 20))
    value, variance = average_precision(positives, negatives)
    assert value.shape == variance.shape == (3,)
    np.testing.assert_allclose((value[1], variance[1]), average_precision(positives[1], negatives[1]))
