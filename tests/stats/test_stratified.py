"""Mantel-Haenszel against statsmodels and the published numbers of the Berkeley admissions."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from assay.audit.stats import stratified
from assay.audit.stats.stratified import Strata

# Admitted and rejected men, admitted and rejected women, departments A to F: Bickel, Hammel & O'Connell (1975), Science 187:398,
# in the counts of Freedman, Pisani & Purves (R's UCBAdmissions).
BERKELEY = np.array(
    [[512, 313, 89, 19], [353, 207, 17, 8], [120, 205, 202, 391], [138, 279, 131, 244], [53, 138, 94, 299], [22, 351, 24, 317]]
)  # fmt: skip


def strata(tables: np.ndarray) -> Strata:
    a, b, c, d = np.asarray(tables, np.float64).T
    return Strata(a, a + b, c, c + d)


def test_berkeley_is_as_published() -> None:
    of = strata(BERKELEY)
    assert float(stratified.odds_ratio(of)) == pytest.approx(0.9046968, abs=1e-7)  # R, mantelhaen.test(UCBAdmissions)
    assert [float(end) for end in stratified.odds_ratio_interval(of)] == pytest.approx([0.7719074, 1.0603298], abs=1e-7)
    assert stratified.homogeneity(of).p_value < 0.005
    assert stratified.association(of).p_value > 0.2
    men, women = BERKELEY[:, :2].sum(axis=0), BERKELEY[:, 2:].sum(axis=0)
    assert men[0] / men.sum() - women[0] / women.sum() > 0.14
    assert float(stratified.risk_difference(of)) < 0


def homogeneity_of_peer(peer: StratifiedTable) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it takes both roots of a quadratic
        return float(peer.test_equal_odds(adjust=True).pvalue)


@given(st.lists(st.tuples(*[st.integers(1, 40)] * 4), min_size=2, max_size=6))
def test_agrees_with_statsmodels(rows: list[tuple[int, int, int, int]]) -> None:
    of, peer = strata(np.array(rows)), StratifiedTable([np.reshape(row, (2, 2)).astype(float) for row in rows])
    assert float(stratified.odds_ratio(of)) == pytest.approx(peer.oddsratio_pooled, rel=1e-12)
    assert [float(end) for end in stratified.odds_ratio_interval(of)] == pytest.approx(
        list(peer.oddsratio_pooled_confint()), rel=1e-10
    )
    assert stratified.association(of).p_value == pytest.approx(peer.test_null_odds().pvalue, abs=1e-10)
    if abs(peer.oddsratio_pooled - 1) > 1e-6:  # there it has no value
        assert stratified.homogeneity(of).p_value == pytest.approx(homogeneity_of_peer(peer), abs=1e-6)


def test_one_stratum_is_the_plain_difference() -> None:
    of = strata(np.array([[30, 20, 15, 35]]))
    assert float(stratified.risk_difference(of)) == pytest.approx(0.6 - 0.3)
    assert float(stratified.odds_ratio(of)) == pytest.approx(30 * 35 / (20 * 15))


def test_strata_of_one_group_say_nothing() -> None:
    one, more = strata(np.array([[30, 20, 15, 35]])), strata(np.array([[30, 20, 15, 35], [10, 90, 0, 0]]))
    assert float(stratified.risk_difference(more)) == float(stratified.risk_difference(one))
    assert stratified.risk_difference_interval(more).low == stratified.risk_difference_interval(one).low
    none = strata(np.array([[30, 20, 0, 0], [0, 0, 5, 5]]))
    assert np.isnan(stratified.risk_difference(none))
    assert [float(end) for end in stratified.risk_difference_interval(none)] == [-1, 1]
    assert [float(end) for end in stratified.odds_ratio_interval(none)] == [0, np.inf]


def test_no_spread_is_no_zero_width() -> None:
    low, high = stratified.risk_difference_interval(strata(np.array([[20, 0, 0, 20]])))
    assert low < 1.0 == high


def test_a_group_without_hits_has_an_uncertainty_of_its_own() -> None:
    """Sato's variance leaves it out: 3 rows without a hit, and a difference known to two hundredths."""
    low, high = stratified.risk_difference_interval(strata(np.array([[0, 3, 380, 2600]])))
    assert low < -0.12 and high > 0.4
    many = stratified.risk_difference_interval(strata(np.array([[0, 3000, 380, 2600]])))
    assert many.high - many.low < 0.03
