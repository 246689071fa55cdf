from __future__ import annotations

import numpy as np
import pytest
import relplot
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.audit.stats.smooth import smooth_error, smooth_null_mean


@pytest.mark.parametrize("n", [1, 2, 7, 60, 1000, 20_000])
@pytest.mark.parametrize("power", [1.0, 1.5])
def test_agrees_with_relplot(n: int, power: float) -> None:
    rng = np.random.default_rng(n)
    p = rng.random(n)
    y = (rng.random(n) < p**power).astype(float)
    assert smooth_error(p, y) == pytest.approx(relplot.smECE(p, y, return_width=True), abs=1e-9)


@pytest.mark.parametrize("p", [[0.0, 0.0, 1.0], [0.5] * 4, [1.0]])
def test_agrees_with_relplot_at_the_edges(p: list[float]) -> None:
    y = np.ones(len(p))
    assert smooth_error(p, y) == pytest.approx(relplot.smECE(np.array(p), y, return_width=True), abs=1e-9)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 40))
def test_the_order_of_rows_means_nothing(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    p, y, order = rng.random(n).round(1), rng.random(n) < 0.5, rng.permutation(n)
    found = smooth_error(p, y)
    assert 0 <= found.value <= 1
    assert smooth_error(p[order], y[order]) == pytest.approx(found, abs=1e-9)


def test_no_rows_have_no_error() -> None:
    assert smooth_error([], []).value == 0


def test_the_null_mean_is_that_of_a_calibrated_model() -> None:
    rng = np.random.default_rng(8)
    p = rng.random(3000)
    calibrated = [smooth_error(p, rng.random(3000) < p).value for _ in range(40)]
    mean = smooth_null_mean(p, np.zeros(3000), rng, replicates=40)
    assert mean == pytest.approx(np.mean(calibrated), rel=0.15)
    assert mean > 0.01
