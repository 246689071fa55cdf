"""Murphy's and the CORP decomposition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from model_diagnostics.scoring import SquaredError, decompose
from sklearn.isotonic import IsotonicRegression

from assay.audit.stats.binning import Bins, bin_rows
from assay.audit.stats.calibration import squared_error
from assay.audit.stats.isotonic import corp, miscalibration_test, reliability_curve
from assay.audit.stats.murphy import murphy, murphy_corrected

TWENTY = np.repeat([0.2, 0.8], 10), np.repeat([1, 0, 1, 0], [3, 7, 7, 3])


@st.composite
def rows(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n = draw(st.integers(0, 60))
    return draw(hnp.arrays(float, n, elements=st.floats(0, 1))), draw(hnp.arrays(bool, n))


def binned(p: np.ndarray, y: np.ndarray) -> Bins:
    return bin_rows(p, y)


def test_twenty_rows_by_hand() -> None:
    assert murphy(binned(*TWENTY)) == pytest.approx((0.22, 0.01, 0.04, 0.25, 0))
    assert corp(*TWENTY) == pytest.approx((0.22, 0.01, 0.04, 0.25))
    corrected = murphy_corrected(binned(*TWENTY))
    assert corrected == pytest.approx((0.22, 0.01 - 0.21 / 9, 0.04 - 0.21 / 9 + 0.25 / 19, 0.25 + 0.25 / 19, 0))
    assert corrected.reliability == pytest.approx(squared_error(binned(*TWENTY)))


@given(sample=rows())
def test_the_parts_add_up(sample: tuple[np.ndarray, np.ndarray]) -> None:
    p, y = sample
    brier = np.mean((p - y) ** 2) if len(p) else 0.0
    for parts in (murphy(binned(p, y)), murphy_corrected(binned(p, y))):
        assert parts.score == pytest.approx(brier)
        assert parts.reliability - parts.resolution + parts.uncertainty + parts.within == pytest.approx(brier)
    best = corp(p, y)
    assert best.score == pytest.approx(brier)
    assert best.miscalibration - best.discrimination + best.uncertainty == pytest.approx(brier)
    assert min(best) >= 0


def test_the_corrected_terms_have_less_bias() -> None:
    rng, p, truth = np.random.default_rng(2), np.array([0.1, 0.5, 0.7]), np.array([0.2, 0.5, 0.6])
    samples = []
    for place in rng.integers(0, 3, (2000, 36)):
        samples.append(binned(p[place], rng.random(36) < truth[place]))
    mean = truth.mean()
    for name, value in (("reliability", 0.02 / 3), ("uncertainty", mean * (1 - mean)), ("resolution", truth.var())):
        drawn = np.array([getattr(murphy_corrected(of), name) for of in samples])
        plain = np.array([getattr(murphy(of), name) for of in samples])
        assert abs(drawn.mean() - value) < 4 * drawn.std() / np.sqrt(2000)
        assert abs(drawn.mean() - value) < abs(plain.mean() - value)


def test_corp_is_model_diagnostics() -> None:
    rng = np.random.default_rng(3)
    p = np.round(rng.random(500), 2)
    y = rng.random(500) < p**1.5
    table = decompose(y.astype(float), p, scoring_function=SquaredError())
    names = ["score", "miscalibration", "discrimination", "uncertainty"]
    assert corp(p, y) == pytest.approx([table[name][0] for name in names], abs=1e-12)


def test_the_curve_is_scikit_learns_isotonic_regression() -> None:
    rng = np.random.default_rng(4)
    p = np.round(rng.random(400), 2)
    y = (rng.random(400) < p).astype(float)
    curve = reliability_curve(p, y, rng, replicates=200)
    assert curve.recalibrated == pytest.approx(IsotonicRegression().fit(p, y).predict(curve.p), abs=1e-12)
    assert curve.n.sum() == 400
    assert (curve.band.low <= curve.band.high).all()
    inside = (curve.band.low <= curve.recalibrated) & (curve.recalibrated <= curve.band.high)
    assert inside.mean() > 0.7


def test_a_miscalibrated_curve_leaves_its_band() -> None:
    rng = np.random.default_rng(5)
    p = rng.random(3000)
    curve = reliability_curve(p, rng.random(3000) < p**2, rng, replicates=200)
    assert (curve.recalibrated < curve.band.low).mean() > 0.5
    assert curve.n.size == 2048


@pytest.mark.parametrize("p", [[], [0.4], [0.0, 1.0], [0.3] * 5])
def test_degenerate_rows_have_an_answer(p: list[float]) -> None:
    rng = np.random.default_rng(6)
    y = np.zeros(len(p))
    assert np.isfinite(corp(p, y)).all()
    assert 0 <= miscalibration_test(p, y, rng, replicates=19).p_value <= 1
    assert np.isfinite(reliability_curve(p, y, rng, replicates=19).band.low).all()


def test_the_impossible_is_found() -> None:
    found = miscalibration_test(np.zeros(9), np.ones(9), np.random.default_rng(7), replicates=99)
    assert found == pytest.approx((1.0, 0.01))
