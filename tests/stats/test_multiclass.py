from __future__ import annotations

import numpy as np
import pytest

from assay.audit.stats.binning import Bins, bin_rows
from assay.audit.stats.calibration import expected_error, squared_error, squared_error_interval
from assay.audit.stats.multiclass import classwise_bins, classwise_error, classwise_squared_error, top_label


def softmax_rows(n: int, sharpness: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 1.5, (n, 4))
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    y = (rng.random(n)[:, None] > p.cumsum(1)).sum(1).clip(0, 3)
    sharp = p**sharpness
    return sharp / sharp.sum(1, keepdims=True), y


def sums(p: np.ndarray, y: np.ndarray) -> Bins:
    return classwise_bins(p, y)


def test_top_label_takes_the_first_of_equals() -> None:
    found = top_label([[0.5, 0.5], [0.1, 0.9], [1.0, 0.0]], [1, 1, 0])
    assert found.confidence.tolist() == [0.5, 0.9, 1]
    assert found.correct.tolist() == [0, 1, 1]


def test_each_class_is_a_binary_problem() -> None:
    p, y = softmax_rows(500, 1.5)
    bins = classwise_bins(p, y)
    parts = [bin_rows(p[:, k], y == k) for k in range(4)]
    assert classwise_squared_error(bins)[0] == pytest.approx(np.mean([squared_error(part) for part in parts]))
    assert classwise_error(bins)[0] == pytest.approx(np.mean([expected_error(part) for part in parts]))


def test_a_sharpened_softmax_is_found_and_a_fair_one_is_not() -> None:
    value, interval = classwise_squared_error(sums(*softmax_rows(6000, 2.0)))
    assert 0 < interval.low < value < interval.high
    value, interval = classwise_squared_error(sums(*softmax_rows(6000, 1.0)))
    assert interval.low == 0
    assert abs(value) < 3e-4
    confidence, correct = top_label(*softmax_rows(6000, 2.0))
    assert squared_error_interval(bin_rows(confidence, correct)).low > 0.002


def test_intervals_cover_the_mean_of_the_classes() -> None:
    p, y = softmax_rows(1_000_000, 1.5, 99)
    truth = squared_error(sums(p, y)).mean()
    limits = [classwise_squared_error(sums(*softmax_rows(600, 1.5, seed)))[1] for seed in range(150)]
    assert np.mean([low <= truth <= high for low, high in limits]) >= 0.95


@pytest.mark.parametrize(("p", "y"), [([0.5, 0.5], [0, 1]), ([[0.5, 0.5]], [0, 1])])
def test_wrong_shapes_are_refused(p: list[float], y: list[int]) -> None:
    with pytest.raises(ValueError, match="expected shapes"):
        top_label(p, y)


def test_unknown_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="labels: expected classes 0 to 1, got 0 to 2"):
        top_label([[0.5, 0.5]] * 2, [0, 2])
