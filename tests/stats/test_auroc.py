from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats
from sklearn.metrics import roc_auc_score

from assay.audit.stats.auroc import auroc_interval, auroc_method, delong, delong_counts, logit_delong, newcombe_auroc

Z = 1.959963984540054


@st.composite
def samples(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Scores with many ties, and labels of both classes."""
    n = draw(st.integers(2, 60))
    labels = draw(hnp.arrays(bool, n))
    labels[:2] = True, False
    return draw(hnp.arrays(np.int64, n, elements=st.integers(0, 12))) / 12, labels


def test_by_hand() -> None:
    assert delong([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) == pytest.approx((0.75, 0.125))


@given(sample=samples())
def test_area_is_scikit_learns(sample: tuple[np.ndarray, np.ndarray]) -> None:
    assert delong(*sample)[0] == pytest.approx(roc_auc_score(sample[1], sample[0]), abs=1e-12)


@given(sample=samples())
def test_variance_is_that_of_the_placements_counted_pair_by_pair(sample: tuple[np.ndarray, np.ndarray]) -> None:
    scores, labels = sample
    wins = np.sign(scores[labels][:, None] - scores[~labels]) / 2 + 0.5
    if min(wins.shape) > 1:
        expected = wins.mean(1).var(ddof=1) / wins.shape[0] + wins.mean(0).var(ddof=1) / wins.shape[1]
        assert delong(*sample)[1] == pytest.approx(expected, abs=1e-12)


@given(sample=samples())
def test_reversed_scores_mirror_the_area(sample: tuple[np.ndarray, np.ndarray]) -> None:
    area, variance = delong(*sample)
    mirrored = delong(-sample[0], sample[1])
    np.testing.assert_allclose((area, variance), (1 - mirrored[0], mirrored[1]), atol=1e-12)


@pytest.mark.parametrize(("shift", "truth"), [(1.0, 0.76024994), (1.5, 0.85557782), (2.0, 0.92135040)])
def test_binormal_area(shift: float, truth: float) -> None:
    rng = np.random.default_rng(5)
    labels = np.arange(200_000) % 2
    area, variance = delong(rng.normal(size=labels.size) + shift * labels, labels)
    assert abs(area - truth) < 4 * np.sqrt(variance) < 0.005


def test_slices_share_one_sort() -> None:
    rng = np.random.default_rng(6)
    scores, labels, group = rng.integers(0, 40, 500), rng.random(500) < 0.4, rng.integers(0, 3, 500)
    positives, negatives = np.zeros((3, 40)), np.zeros((3, 40))
    np.add.at(positives, (group[labels], scores[labels]), 1)
    np.add.at(negatives, (group[~labels], scores[~labels]), 1)
    area, variance = delong_counts(positives, negatives)
    for g in range(3):
        alone = delong(scores[group == g], labels[group == g])
        np.testing.assert_allclose((area[g], variance[g]), alone, rtol=1e-12)


def test_an_empty_class_has_no_area() -> None:
    area, variance = delong([0.1, 0.2], [1, 1])
    assert np.isnan(area)
    assert variance == 0
    np.testing.assert_array_equal(auroc_interval(area, variance, 2, 0), (0, 1))


@pytest.mark.parametrize(
    ("area", "m", "n"), [(0.75, 2, 2), (0.9, 15, 80), (1.0, 10, 10), (0.995, 200, 30), (0.5, 40, 1)]
)
def test_newcombes_limits_are_roots_of_the_quartic(area: float, m: int, n: int) -> None:
    t = np.polynomial.Polynomial([0, 1])
    extra = (m + n) / 2 - 1
    spread = (2 - t) * (1 + t) + extra * (1 - t) * (1 + t) + extra * t * (2 - t)
    roots = (m * n * (area - t) ** 2 * (2 - t) * (1 + t) - Z**2 * t * (1 - t) * spread).roots()
    inside = np.sort(roots[(abs(roots.imag) < 1e-9) & (roots.real > -1e-9) & (roots.real < 1 + 1e-9)].real)
    assert newcombe_auroc(area, m, n) == pytest.approx((inside[0], inside[-1]), abs=1e-9)


@given(area=st.floats(0, 1), m=st.integers(1, 300), n=st.integers(1, 300))
def test_newcombes_interval_holds_the_area_and_mirrors(area: float, m: int, n: int) -> None:
    low, high = newcombe_auroc(area, m, n)
    assert 0 <= low <= area <= high + 1e-12 <= 1 + 1e-12
    assert low < high
    mirrored = newcombe_auroc(1 - area, m, n)
    assert (low, high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=1e-9)


def test_logit_delong_by_hand() -> None:
    half = Z * np.sqrt(0.001) / (0.8 * 0.2)
    expected = [stats.logistic.cdf(np.log(4) + side) for side in (-half, half)]
    np.testing.assert_allclose(logit_delong(0.8, 0.001), expected, rtol=1e-12)
    assert logit_delong([1.0, 0.0, 0.8], [0.0, 0.1, 0.0]).low.tolist() == [0, 0, 0]


def test_the_rule_and_its_names() -> None:
    area, variance = np.array([0.9, 0.9, 0.98, 0.02, 0.9]), np.array([0.001, 0.001, 0.001, 0.001, 0.0])
    n_pos, n_neg = np.array([50, 49, 500, 500, 500]), 500
    method = auroc_method(area, variance, n_pos, n_neg)
    assert method.tolist() == ["logit-delong"] + ["newcombe-auroc"] * 4
    low, high = auroc_interval(area, variance, n_pos, n_neg)
    assert (low[0], high[0]) == tuple(logit_delong(0.9, 0.001))
    for i in range(1, 5):
        assert (low[i], high[i]) == tuple(newcombe_auroc(area[i], n_pos[i], n_neg))
