from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from assay.audit.stats.bootstrap import bca, bootstrap, degenerate, dirichlet, jackknife, percentile, resample

CELLS = np.array([[30, 12], [7, 51]])
tables = hnp.arrays(np.int64, (2, 2), elements=st.integers(0, 30)).filter(lambda table: table.sum() > 0)


def kappa(tables: np.ndarray) -> np.ndarray:
    n = tables.sum((-2, -1))
    chance = (tables.sum(-1) * tables.sum(-2)).sum(-1) / n**2
    return np.asarray((np.trace(tables, axis1=-2, axis2=-1) / n - chance) / (1 - chance))


def f1(tables: np.ndarray) -> np.ndarray:
    hit, false, missed = tables[..., 0, 0], tables[..., 0, 1], tables[..., 1, 0]
    return np.asarray(2 * hit / (2 * hit + false + missed))


def test_draws_have_the_rows_and_the_mean_of_the_table() -> None:
    for draw in (resample, dirichlet):
        drawn = draw(CELLS, 20_000, np.random.default_rng(0))
        assert drawn.shape == (20_000, 2, 2)
        assert drawn.sum((1, 2)) == pytest.approx(np.full(20_000, 100))
        assert np.abs(drawn.mean(0) - CELLS).max() < 0.6
    assert not resample([0, 0], 3, np.random.default_rng(0)).any()


def test_one_seed_gives_one_interval() -> None:
    one, two = (bootstrap(kappa, CELLS, np.random.default_rng(9)) for _ in range(2))
    assert one == two


def test_jackknife_is_that_of_the_rows() -> None:
    values, weights = jackknife(np.array([[2, 0], [1, 3]]))
    assert weights.tolist() == [2, 1, 3]
    assert values.tolist() == [[[1, 0], [1, 3]], [[2, 0], [0, 3]], [[2, 0], [1, 2]]]


def test_agrees_with_scipys_bca_on_the_rows() -> None:
    rows = np.repeat(np.arange(4), CELLS.ravel())

    def statistic(sample: np.ndarray, axis: int = -1) -> np.ndarray:
        counted = np.apply_along_axis(np.bincount, axis, np.moveaxis(sample, axis, -1), minlength=4)
        return kappa(counted.reshape(*counted.shape[:-1], 2, 2))

    rng = np.random.default_rng(1)
    expected = stats.bootstrap((rows,), statistic, n_resamples=4000, method="BCa", rng=rng, vectorized=True)
    ours = bootstrap(kappa, CELLS, np.random.default_rng(2), replicates=40_000)
    assert ours == pytest.approx(tuple(expected.confidence_interval), abs=0.015)


def test_percentile_of_known_replicates() -> None:
    assert percentile(50, np.arange(101.0), 0.9) == pytest.approx((5, 95))
    assert percentile(-3, np.arange(101.0), 0.9) == pytest.approx((-3, 95))


def test_bca_without_bias_and_acceleration_is_the_percentile() -> None:
    replicates = np.random.default_rng(3).permutation(np.arange(2001.0))
    plain = percentile(1000.0, replicates)
    assert bca(1000.0, replicates, np.array([1.0, -1.0]), np.array([5, 5])) == pytest.approx(tuple(plain), abs=1e-6)


def test_bca_of_several_statistics_equals_one_by_one() -> None:
    drawn, (deleted, weights) = resample(CELLS, 500, np.random.default_rng(4)), jackknife(CELLS)
    both = [np.stack([kappa(t), f1(t)], axis=-1) for t in (CELLS, drawn, deleted)]
    low, high = bca(both[0], both[1], both[2], weights)
    for i, statistic in enumerate((kappa, f1)):
        assert (low[i], high[i]) == tuple(bca(statistic(CELLS), statistic(drawn), statistic(deleted), weights))


def test_bca_takes_weights_of_each_statistic() -> None:
    drawn, deleted = kappa(resample(CELLS, 500, np.random.default_rng(4))), kappa(CELLS - np.eye(4).reshape(4, 2, 2))
    twice = [np.stack([of, of], axis=-1) for of in (kappa(CELLS), drawn, deleted, CELLS.ravel())]
    stacked = bca(twice[0], twice[1], twice[2], twice[3])
    alone = bca(kappa(CELLS), drawn, deleted, CELLS.ravel())
    np.testing.assert_allclose(stacked, np.stack([alone, alone], axis=-1))


def test_degenerate() -> None:
    replicates = np.array([[1.0, 1.0, 1.0, 0.1], [1.0, np.nan, np.inf, 0.2]])
    assert degenerate(replicates).tolist() == [True, True, True, False]


@given(table=tables)
def test_is_finite_holds_the_estimate_and_has_width_whatever_the_table(table: np.ndarray) -> None:
    low, high = bootstrap(f1, table, np.random.default_rng(0), replicates=200)
    assert 0 <= low < high <= 1
    if table.ravel()[:3].any():
        assert low <= f1(table) <= high


def test_an_empty_cell_is_not_taken_for_certain() -> None:
    def recall(tables: np.ndarray) -> np.ndarray:
        return np.asarray(tables[..., 0, 0] / tables[..., 0].sum(-1))

    six_of_six = bootstrap(recall, [[6, 20], [0, 100]], np.random.default_rng(0))
    assert six_of_six.low < 0.75
    assert six_of_six.high == 1


def test_quantiles_are_those_that_the_guide_of_fairlearn_prints() -> None:
    """Selected of 7 rows and of 11, its 100 row resamples (seed 20231019): ours are resamples of the counts of cells."""
    drawn = resample([[2, 5], [6, 5]], 20_000, np.random.default_rng(0))
    rows = drawn.sum(-1)
    quantiles = [0.159, 0.5, 0.841]
    assert np.quantile(drawn[..., 1].sum(-1) / 18, quantiles) == pytest.approx([0.444444, 0.555556, 0.666667], abs=5e-7)
    assert np.quantile(rows, quantiles, axis=0) == pytest.approx(np.array([[5, 9], [6.5, 11.5], [9, 13]]), abs=0.5)
    share = np.divide(drawn[..., 1], rows, out=np.full(rows.shape, np.nan), where=rows > 0)
    printed = np.array([[0.5, 0.333333], [0.7, 0.440972], [0.891767, 0.583333]])
    assert np.nanquantile(share, quantiles, axis=0) == pytest.approx(printed, abs=0.05)  # theirs have an error of 0.02
