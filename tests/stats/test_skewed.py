from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

from assay.audit.stats.interval import FloatArray
from assay.audit.stats.skewed import Shape, hall, shape


def of(values: FloatArray) -> Shape:
    return shape(values.shape[-1], *((values**power).sum(-1) for power in (1, 2, 3)))


@given(seed=st.integers(0, 10**6), n=st.integers(3, 60), offset=st.floats(-20, 20))
def test_moments_agree_with_scipy(seed: int, n: int, offset: float) -> None:
    values = np.random.default_rng(seed).exponential(size=n) + offset
    found = of(values)
    assert float(found.mean) == pytest.approx(values.mean(), abs=1e-10)
    assert float(found.deviation) == pytest.approx(values.std(ddof=1), rel=1e-8)
    assert float(found.skewness) == pytest.approx(stats.skew(values), abs=1e-5)


@given(seed=st.integers(0, 10**6), n=st.integers(3, 200), level=st.floats(0.5, 0.999))
def test_limits_solve_the_transformed_equation(seed: int, n: int, level: float) -> None:
    """Hall (1992): g(W) = W + aγW² + a²γ²W³/3 + bγ/n with a = 1/3 and b = 1/6 meets the quantiles of Student's t."""
    values = np.random.default_rng(seed).exponential(size=n)
    found, (low, high) = of(values), hall(of(values), level)
    g, y = float(found.skewness), float(stats.t.ppf((1 + level) / 2, n - 1)) / np.sqrt(n)

    def transformed(mu: float) -> float:
        w = (float(found.mean) - mu) / float(found.deviation)
        return w + g * w**2 / 3 + g**2 * w**3 / 27 + g / (6 * n)

    assert low == pytest.approx(brentq(lambda mu: transformed(mu) - y, -1e4, 1e4, xtol=1e-12), abs=1e-7)
    assert high == pytest.approx(brentq(lambda mu: transformed(mu) + y, -1e4, 1e4, xtol=1e-12), abs=1e-7)


def test_without_skewness_it_is_students() -> None:
    values = np.array([-3.0, -1, 0, 1, 3])
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert hall(of(values)) == pytest.approx((expected.low, expected.high))


def test_mirrored_values_give_mirrored_limits() -> None:
    values = np.random.default_rng(1).exponential(size=40)
    straight, mirrored = np.array(hall(of(values))), np.array(hall(of(-values)))
    assert -mirrored[::-1] == pytest.approx(straight)


def test_edges() -> None:
    n, sums = np.array([0, 1, 50]), np.array([0, 0.3, 15.0])
    found = shape(n, sums, 0.3 * sums, 0.09 * sums)
    assert found.flat.all()
    bounded, open_ended = hall(found, lower=0, upper=1), hall(found, lower=0)
    half = np.sqrt(np.log(2 / 0.05) / 100)
    assert bounded.low == pytest.approx([0, 0, 0.3 - half])
    assert bounded.high == pytest.approx([1, 1, 0.3 + half])
    assert open_ended.low.tolist() == [0, 0, 0]
    assert open_ended.high.tolist() == [np.inf] * 3
