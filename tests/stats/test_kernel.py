from __future__ import annotations

import numpy as np
import pytest

from assay.audit.stats.kernel import kernel_error


def direct(p: np.ndarray, y: np.ndarray, bandwidth: float) -> float:
    """The U-statistic as a double loop over binary rows."""
    pairs = [(i, j) for i in range(len(p)) for j in range(len(p)) if i != j]
    return float(np.mean([np.exp(-abs(p[i] - p[j]) / bandwidth) * 2 * (y[i] - p[i]) * (y[j] - p[j]) for i, j in pairs]))


def test_one_block_is_the_double_loop() -> None:
    rng = np.random.default_rng(0)
    p, y = rng.random(12), rng.integers(0, 2, 12)
    assert kernel_error(p, y, rng, block=12, bandwidth=0.3).value == pytest.approx(direct(p, y, 0.3))


def test_two_columns_are_the_binary_problem() -> None:
    rng = np.random.default_rng(1)
    p, y = rng.random(200), rng.integers(0, 2, 200)
    one, two = (kernel_error(of, y, np.random.default_rng(2)) for of in (p, np.column_stack([1 - p, p])))
    assert two == one


def test_no_bias_when_calibrated_and_unbiased_value_otherwise() -> None:
    rng = np.random.default_rng(3)
    fair = [kernel_error(p, rng.random(256) < p, rng).value for p in rng.random((400, 256))]
    assert abs(np.mean(fair)) < 4 * np.std(fair) / np.sqrt(400)
    constant = [kernel_error(np.full(256, 0.6), rng.random(256) < 0.8, rng).value for _ in range(400)]
    assert abs(np.mean(constant) - 2 * 0.2**2) < 4 * np.std(constant) / np.sqrt(400)


def test_multiclass_power_and_interval() -> None:
    rng = np.random.default_rng(4)
    p = rng.dirichlet([1, 1, 1], 6000)
    sharp = p**3 / (p**3).sum(1, keepdims=True)
    y = (rng.random(6000)[:, None] > p.cumsum(1)).sum(1)
    found = kernel_error(sharp, y, rng)
    assert found.test.p_value < 1e-3
    assert 0 < found.interval.low < found.value < found.interval.high
    assert kernel_error(p, y, rng).test.p_value > 0.001


@pytest.mark.parametrize("n", [0, 1, 40, 64])
def test_too_few_blocks_or_no_spread_say_nothing(n: int) -> None:
    found = kernel_error(np.full(n, 0.5), np.ones(n), np.random.default_rng(5))
    assert found.test == (0, 1)
    assert tuple(map(float, found.interval)) == (0, 2)


def test_the_interval_has_width_also_far_below_zero() -> None:
    p = np.full(640, 0.5)
    found = kernel_error(p, np.arange(640) % 2, np.random.default_rng(6), block=2)
    assert 0 <= found.interval.low < found.interval.high
