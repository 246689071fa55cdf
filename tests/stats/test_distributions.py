"""Distances of scores, mutual information and exposure against other people's code and hand-made numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import mutual_info_score, roc_auc_score

from assay.audit.stats import distributions, exposure, information


def test_distances_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.beta(2, 3, 80).round(2), rng.beta(3, 2, 50).round(2)
    ks, wasserstein = distributions.distances(a, b)
    assert ks == pytest.approx(stats.ks_2samp(a, b).statistic, abs=1e-12)
    assert wasserstein == pytest.approx(stats.wasserstein_distance(a, b), abs=1e-12)


def test_no_sample_has_no_distance() -> None:
    assert np.isnan(distributions.distances([], [0.5])).all()
    assert [float(end) for end in distributions.within_bands(np.nan, 0, 5)] == [0, 1]


def test_the_area_between_ordered_curves_is_the_difference_of_areas() -> None:
    rng = np.random.default_rng(1)
    y, weak, strong = rng.integers(0, 2, 400), rng.normal(size=400), rng.normal(size=400)
    tables = []
    for scores in (weak, strong + 4 * y):
        table = np.zeros((2, 400))
        np.add.at(table, (y, np.searchsorted(np.sort(scores), scores)), 1)
        tables.append(table)
    expected = roc_auc_score(y, strong + 4 * y) - roc_auc_score(y, weak)
    assert float(distributions.between_roc_curves(*tables)) == pytest.approx(expected, abs=2e-3)
    assert float(distributions.between_roc_curves(tables[0], tables[0])) == 0
    assert np.isnan(distributions.between_roc_curves(tables[0], np.zeros((2, 400))))


def test_information_is_that_of_scikit_learn_less_its_bias() -> None:
    rng = np.random.default_rng(2)
    group, y = rng.integers(0, 3, 900), rng.integers(0, 2, 900)
    decided = (rng.random(900) < 0.3 + 0.15 * group).astype(int)
    tables = np.zeros((3, 2, 2))
    np.add.at(tables, (group, y, decided), 1)
    found = information.independence(tables)
    assert found.value == pytest.approx(mutual_info_score(group, decided) - 2 / 1800, abs=1e-12)
    peer = stats.chi2_contingency(tables.sum(axis=1), correction=False, lambda_="log-likelihood")
    assert found.p_value == pytest.approx(peer.pvalue, rel=1e-9)
    parts = sum((y == k).mean() * mutual_info_score(group[y == k], decided[y == k]) for k in (0, 1))
    assert information.separation(tables).value == pytest.approx(parts - 4 / 1800, abs=1e-12)
    assert information.sufficiency(np.swapaxes(tables, 1, 2)) == information.separation(tables)
    assert information.independence(np.zeros((3, 2, 2))) == (0.0, 1.0)


def test_ranks_start_again_in_every_query() -> None:
    scores, queries = np.array([0.1, 0.9, 0.5, 0.5, 0.7, 0.2]), np.array([1, 0, 0, 0, 1, 1])
    assert exposure.ranks(scores, queries).tolist() == [3, 1, 2.5, 2.5, 1, 2]


def test_exposure_and_places_are_shared_within_a_query() -> None:
    queries = np.repeat([0, 1], [3, 4])
    ranks = np.array([1.0, 2, 3, 1, 2.5, 2.5, 4])
    found = exposure.relative_exposure(ranks, queries)
    assert found[0] == pytest.approx(1 / np.mean([1, 1 / np.log2(3), 0.5]))
    # Of the second query the first item is among two, and one of the two that tie.
    assert exposure.relative_top(ranks, queries, 2) == pytest.approx([1.5, 1.5, 0, 2, 1, 1, 0])
    assert np.bincount(queries, exposure.relative_top(ranks, queries, 10)) == pytest.approx([3, 4])


def test_divergence_by_hand() -> None:
    found = exposure.ndkl(np.array([0, 0, 1, 1]), np.arange(4), np.zeros(4, dtype=int))
    weights = 1 / np.log2([2, 3, 4, 5])
    third = 2 / 3 * np.log(4 / 3) + 1 / 3 * np.log(2 / 3)
    assert found == pytest.approx(weights @ [np.log(2), np.log(2), third, 0] / weights.sum())
