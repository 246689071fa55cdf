"""Spiegelhalter, Hosmer-Lemeshow, the cumulative tests, and what they share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from assay.audit.stats.cumulative import brownian_maximum_tail, brownian_range_tail, cumulative
from assay.audit.stats.forecasts import coarse, distinct, equal_mass
from assay.audit.stats.hosmer_lemeshow import hosmer_lemeshow
from assay.audit.stats.isotonic import corp
from assay.audit.stats.significance import Significance, chi_square, monte_carlo
from assay.audit.stats.smooth import smooth_error
from assay.audit.stats.spiegelhalter import spiegelhalter

TWENTY = np.repeat([0.2, 0.8], 10), np.repeat([1, 0, 1, 0], [3, 7, 7, 3])
TESTS: dict[str, Callable[[np.ndarray, np.ndarray], Significance]] = {
    "spiegelhalter": spiegelhalter,
    "hosmer_lemeshow": lambda p, y: hosmer_lemeshow(p, y).test,
    "kolmogorov_smirnov": lambda p, y: cumulative(p, y).kolmogorov_smirnov,
    "kuiper": lambda p, y: cumulative(p, y).kuiper,
}
every_test = pytest.mark.parametrize("test", TESTS.values(), ids=TESTS)


@st.composite
def rows(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n = draw(st.integers(0, 40))
    probabilities = st.floats(0, 1) | st.sampled_from([0.0, 0.3, 0.5, 1.0])
    return draw(hnp.arrays(float, n, elements=probabilities)), draw(hnp.arrays(bool, n))


def test_spiegelhalter_by_hand() -> None:
    assert spiegelhalter(*TWENTY) == pytest.approx((2.5 / np.sqrt(5), 0.2635525), abs=5e-8)


def test_spiegelhalter_sees_both_directions() -> None:
    p = np.repeat([0.2, 0.8], 500)
    over, under = np.repeat([1, 0, 1, 0], [150, 350, 350, 150]), np.repeat([1, 0, 1, 0], [50, 450, 450, 50])
    assert spiegelhalter(p, over).statistic > 3
    assert spiegelhalter(p, under).statistic < -3
    assert max(spiegelhalter(p, over).p_value, spiegelhalter(p, under).p_value) < 0.003


def test_hosmer_lemeshow_by_hand() -> None:
    found = hosmer_lemeshow(*TWENTY, groups=2)
    assert found.test == pytest.approx((1.25, 0.5352614), abs=5e-8)
    assert found.df == 2


def test_cumulative_by_hand() -> None:
    found = cumulative(*TWENTY)
    assert found.fraction == pytest.approx([0, 0.5, 1])
    assert found.difference == pytest.approx([0, 0.05, 0])
    assert found.kolmogorov_smirnov.statistic == found.kuiper.statistic == pytest.approx(0.05 / np.sqrt(3.2 / 400))


@pytest.mark.parametrize("x", [0.3, 0.7, 1.0, 1.5, 2.2, 3.0])
def test_maximum_of_brownian_motion_by_its_other_series(x: float) -> None:
    k = np.arange(200)
    terms = (-1.0) ** k / (2 * k + 1) * np.exp(-((2 * k + 1) ** 2) * np.pi**2 / (8 * x**2))
    assert brownian_maximum_tail(x) == pytest.approx(1 - 4 / np.pi * terms.sum(), abs=1e-12)


def test_range_of_brownian_motion_has_its_known_moments() -> None:
    x = np.linspace(0, 12, 24_001)
    tail = np.array([brownian_range_tail(v) for v in x])
    assert np.trapezoid(tail, x) == pytest.approx(np.sqrt(8 / np.pi), abs=1e-6)  # Feller (1951)
    assert np.trapezoid(2 * x * tail, x) == pytest.approx(4 * np.log(2), abs=1e-6)


@pytest.mark.parametrize("tail", [brownian_maximum_tail, brownian_range_tail])
def test_tails_fall_from_one_to_nothing(tail: Callable[[float], float]) -> None:
    values = [tail(x) for x in np.linspace(0, 10, 500)]
    assert values[0] == 1
    assert max(np.diff(values)) <= 1e-12
    assert values[-1] < 1e-20


@every_test
@given(sample=rows(), seed=st.integers(0, 100))
def test_the_order_of_rows_means_nothing(
    test: Callable[[np.ndarray, np.ndarray], Significance], sample: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    p, y = sample
    order = np.random.default_rng(seed).permutation(len(p))
    found = test(p, y)
    assert 0 <= found.p_value <= 1
    assert not np.isnan(found.statistic)
    assert test(p[order], y[order]) == pytest.approx(found, rel=1e-6, abs=1e-9)


@every_test
def test_degenerate_rows_have_an_answer(test: Callable[[np.ndarray, np.ndarray], Significance]) -> None:
    assert test(np.array([]), np.array([])) == (0, 1)
    assert test(np.array([0.0, 1.0]), np.array([0, 1])) == (0, 1)
    assert test(np.array([0.0, 1.0]), np.array([1, 1])) == (np.inf, 0)


@pytest.mark.parametrize("test", [spiegelhalter, corp, smooth_error, hosmer_lemeshow, cumulative])
def test_what_is_no_forecast_is_refused(test: Callable[[object, object], object]) -> None:
    with pytest.raises(ValueError, match="numbers from 0 to 1"):
        test([0.5, np.nan], [0, 1])
    with pytest.raises(ValueError, match="labels: expected 0 or 1"):
        test([0.5, 0.5], [0, 2])
    with pytest.raises(ValueError, match="equal length"):
        test([0.5, 0.5], [0])


def test_chi_square_is_scipys() -> None:
    assert chi_square(7.3, 4).p_value == pytest.approx(stats.chi2.sf(7.3, 4), rel=1e-12)
    assert chi_square(0, 0) == (0, 1)


def test_monte_carlo_counts_ties_and_is_never_zero() -> None:
    assert monte_carlo([0.3, 9.0, 0.1 + 0.2], np.array([0.1, 0.2, 0.3])) == pytest.approx([0.5, 0.25, 0.5])


@given(values=hnp.arrays(float, st.integers(1, 60), elements=st.floats(0, 1)), groups=st.integers(1, 12))
def test_equal_mass_keeps_order_and_ties(values: np.ndarray, groups: int) -> None:
    found = equal_mass(values, groups)
    assert found.min() >= 0
    assert found.max() < groups
    ordered = values.argsort()
    assert (np.diff(found[ordered]) >= 0).all()
    assert (np.diff(found[ordered])[np.diff(values[ordered]) == 0] == 0).all()


def test_equal_mass_is_equal() -> None:
    assert np.bincount(equal_mass(np.random.default_rng(0).random(1000), 8)).tolist() == [125] * 8


def test_coarse_cells_keep_the_sums() -> None:
    rng = np.random.default_rng(1)
    p, y = rng.random(5000), rng.random(5000) < 0.4
    cells = coarse(p, y, 100)
    assert cells.n.size == 100
    assert (cells.n.sum(), cells.positives.sum()) == (5000, y.sum())
    assert (cells.n * cells.p).sum() == pytest.approx(p.sum())
    assert coarse(p[:50], y[:50], 100).n.size == distinct(p[:50], y[:50]).n.size == 50
