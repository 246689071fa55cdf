"""The partial area against scikit-learn, pROC and the bootstrap, and what it does at the edge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from assay.audit.stats.auroc import delong_counts
from assay.audit.stats.partial_auroc import partial_area, partial_area_interval, standardised
from assay.audit.stats.scores import ranked_counts

from .asah import NDKA, POOR, WFNS


@given(seed=st.integers(0, 10**6), n=st.integers(4, 60), digits=st.integers(0, 3), most=st.floats(0.02, 0.98))
def test_the_standardised_area_is_scikit_learns(seed: int, n: int, digits: int, most: float) -> None:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3 == 0
    s = np.round(rng.normal(size=n) + y, digits)
    found = standardised(np.array(partial_area(*ranked_counts(s, y), most).value), most)
    assert found == pytest.approx(roc_auc_score(y, s, max_fpr=most), abs=1e-9)


@pytest.mark.parametrize(
    ("marker", "area", "corrected"),
    [(WFNS, 0.0334417344173442, 0.649693339038653), (NDKA, 0.0107046070460705, 0.530024247610897)],
)
def test_partial_areas_that_proc_gives(marker: np.ndarray, area: float, corrected: float) -> None:
    found = partial_area(*ranked_counts(marker, POOR), 0.1).value
    assert found * 0.1 == pytest.approx(area, abs=1e-14)
    assert standardised(np.array(found), 0.1) == pytest.approx(corrected, abs=1e-13)


def test_the_whole_area_is_delongs() -> None:
    counts = ranked_counts(NDKA, POOR)
    assert partial_area(*counts, 1.0)[:2] == pytest.approx([float(of) for of in delong_counts(*counts)], rel=1e-12)


@pytest.mark.parametrize("most", [0.05, 0.2, 0.5])
def test_the_variance_is_that_of_the_bootstrap(most: float) -> None:
    rng = np.random.default_rng(1)
    y = rng.random(2000) < 0.3
    s = np.round(rng.normal(size=2000) + 1.2 * y, 2)
    drawn = [partial_area(*ranked_counts(s[i], y[i]), most).value for i in rng.integers(0, 2000, (400, 2000))]
    found = partial_area(*ranked_counts(s, y), most)
    assert np.sqrt(found.variance) == pytest.approx(np.std(drawn), rel=0.1)


def test_the_edges_have_limits() -> None:
    y = np.arange(100) < 40
    for scores, value in ((y * 1.0, 1.0), (1.0 - y, 0.0)):
        found = partial_area(*ranked_counts(scores, y), 0.1)
        low, high = partial_area_interval(*found, 0.1)
        assert found.value == value
        assert high - low == pytest.approx(1 - 0.025 ** (1 / 6), rel=1e-12)
    nobody = partial_area([1.0, 2.0], [0.0, 0.0], 0.1)
    assert np.isnan(nobody.value)
    np.testing.assert_array_equal(partial_area_interval(0.5, 0.0, 3, 0, 0.1), (0, 1))
