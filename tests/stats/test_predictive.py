"""Predictive distributions of a number: PIT, quantiles, CRPS, dispersion."""

from __future__ import annotations

import numpy as np
import pytest
import scoringrules
import uncertainty_toolbox
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import integrate, stats
from sklearn.metrics import mean_pinball_loss
from statsmodels.stats.weightstats import DescrStatsW

from assay.audit.stats.crps import crps_ensemble, crps_normal
from assay.audit.stats.dispersion import dispersion, squared_z, tost
from assay.audit.stats.pit import (
    miscalibration_area,
    miscalibration_area_interval,
    normal_pit,
    pit_histogram,
    pit_uniformity,
)
from assay.audit.stats.proportion import wilson
from assay.audit.stats.quantile_forecasts import interval_score, kupiec, pinball

pits = hnp.arrays(float, st.integers(0, 50), elements=st.floats(0, 1))
ROWS = np.random.default_rng(0).normal(size=(3, 400))


def test_pit_of_a_normal() -> None:
    assert normal_pit([1.0, 2.0], 1.0, [2.0, 0.5]) == pytest.approx(stats.norm.cdf([1, 2], 1, [2, 0.5]))
    assert normal_pit([0.0, 1.0, 2.0], 1.0, 0.0).tolist() == [0, 0.5, 1]


def test_pit_histogram_by_hand() -> None:
    found = pit_histogram(np.repeat([0.05, 0.55, 1.0], [10, 50, 40]), bins=10)
    assert found.counts.tolist() == [10, 0, 0, 0, 0, 50, 0, 0, 0, 40]
    expected = stats.chisquare(found.counts)
    assert found.test == pytest.approx((expected.statistic, expected.pvalue), rel=1e-10)
    assert found.interval.low[5] == pytest.approx(wilson(50, 100, 0.995).low)


def test_pit_uniformity_is_scipys() -> None:
    u = stats.norm.cdf(ROWS[0])
    assert pit_uniformity(u) == pytest.approx(tuple(stats.kstest(u, "uniform")))


def test_area_of_halved_deviations_has_its_closed_form() -> None:
    z = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    area = 0.5 - 2 / np.pi * np.arctan(0.5)  # P(|Z| < |Z'|/2) is 2 arctan(1/2)/pi
    assert miscalibration_area(normal_pit(z, 0, 0.5)) == pytest.approx(area, abs=1e-5)


def test_area_is_that_of_uncertainty_toolbox() -> None:
    y, mean, sd = ROWS[0], ROWS[1] * 0.3, 0.6 + np.abs(ROWS[2])
    theirs = uncertainty_toolbox.miscalibration_area(mean, sd, y, num_bins=4000)
    assert miscalibration_area(normal_pit(y, mean, sd)) == pytest.approx(theirs, abs=5e-4)


@given(pit=pits)
def test_area_is_the_integral_and_within_its_interval(pit: np.ndarray) -> None:
    area = miscalibration_area(pit)
    low, high = miscalibration_area_interval(pit)
    assert 0 <= low <= area <= high <= 0.5
    assert low < high
    assert miscalibration_area(pit[::-1]) == area
    q = (np.arange(20_000) + 0.5) / 20_000
    if pit.size:
        share = np.searchsorted(np.sort(np.abs(2 * pit - 1)), q, side="right") / pit.size
        assert area == pytest.approx(np.abs(share - q).mean(), abs=1e-4)


def test_without_rows() -> None:
    assert pit_histogram([]).test == pit_uniformity([]) == kupiec(0, 0, 0.1) == (0, 1)
    assert miscalibration_area([]) == 0
    found = dispersion([])
    assert (found.value, *map(float, found.interval), found.equivalence_p) == (1, 0, np.inf, 1)


def test_what_is_no_pit_is_refused() -> None:
    for test in (pit_histogram, pit_uniformity, miscalibration_area):
        with pytest.raises(ValueError, match="pit: expected"):
            test([0.5, np.nan])


@pytest.mark.parametrize("tau", [0.05, 0.5, 0.9])
def test_pinball_is_scikit_learns(tau: float) -> None:
    assert pinball(ROWS[0], ROWS[1], tau).mean() == pytest.approx(mean_pinball_loss(ROWS[0], ROWS[1], alpha=tau))


def test_interval_score_is_that_of_scoringrules() -> None:
    low, high = ROWS[1] - 1, ROWS[1] + np.abs(ROWS[2])
    assert interval_score(ROWS[0], low, high, 0.1) == pytest.approx(
        scoringrules.interval_score(ROWS[0], low, high, 0.1)
    )
    assert interval_score([0.0, 3.0], 1.0, 2.0, 0.5).tolist() == [5, 5]


def test_kupiec_is_the_likelihood_ratio_of_two_binomials() -> None:
    ratio = 2 * (stats.binom.logpmf(17, 252, 17 / 252) - stats.binom.logpmf(17, 252, 0.05))
    assert kupiec(17, 252, 0.05) == pytest.approx((ratio, stats.chi2.sf(ratio, 1)), rel=1e-9)
    assert kupiec(0, 50, 0.05).statistic == pytest.approx(-100 * np.log(0.95))
    assert kupiec(50, 1000, 0.05) == pytest.approx((0, 1), abs=1e-6)


def test_crps_of_a_standard_normal() -> None:
    assert crps_normal([0, 1, 2], 0, 1) == pytest.approx([0.23369498, 0.60244136, 1.45279182], abs=5e-9)


def test_crps_of_two_members_by_hand() -> None:
    assert crps_ensemble(0.5, [0.0, 1.0], fair=False) == pytest.approx(0.25)
    assert crps_ensemble(0.5, [0.0, 1.0], fair=True) == pytest.approx(0.0)


def test_crps_agrees_with_scoringrules() -> None:
    sd, members = 0.1 + np.abs(ROWS[2]), np.random.default_rng(1).normal(size=(400, 9))
    assert crps_normal(ROWS[0], ROWS[1], sd) == pytest.approx(scoringrules.crps_normal(ROWS[0], ROWS[1], sd))
    for fair, name in ((True, "fair"), (False, "nrg")):
        theirs = scoringrules.crps_ensemble(ROWS[0], members, estimator=name)
        assert crps_ensemble(ROWS[0], members, fair=fair) == pytest.approx(theirs)


def test_crps_is_the_integral_over_the_distribution() -> None:
    below = integrate.quad(lambda x: stats.norm.cdf(x, 0.3, 2) ** 2, -30, 1)[0]
    above = integrate.quad(lambda x: stats.norm.sf(x, 0.3, 2) ** 2, 1, 30)[0]
    assert crps_normal(1.0, 0.3, 2.0) == pytest.approx(below + above)


def test_crps_of_certainty_is_the_absolute_error() -> None:
    assert crps_normal([1.0, 4.0], 3.0, 0.0).tolist() == [2, 1]
    assert crps_ensemble([1.0], [[3.0]]).tolist() == [2]


def test_the_ensemble_of_two() -> None:
    assert crps_ensemble(0.5, [0.0, 1.0], fair=False) == 0.25
    assert crps_ensemble(0.5, [0.0, 1.0]) == 0


def test_the_fair_score_expects_that_of_the_distribution() -> None:
    rng = np.random.default_rng(2)
    gap = crps_ensemble(np.full(20_000, 0.7), rng.normal(size=(20_000, 3))) - crps_normal(0.7, 0, 1)
    assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(20_000)


def test_squared_z() -> None:
    assert squared_z([1.0, 2.0, 3.0], [0.0, 2.0, 2.0], [2.0, 0.0, 0.0]).tolist() == [0.25, 0, np.inf]


def test_dispersion_is_statsmodels_tost() -> None:
    z2 = squared_z(ROWS[0], 0, 1)
    found = dispersion(z2, margin=0.3)
    assert found.equivalence_p == pytest.approx(DescrStatsW(z2).ttost_mean(0.7, 1.3)[0], rel=1e-9)
    assert found.interval == pytest.approx(DescrStatsW(z2).tconfint_mean(), rel=1e-9)


def test_dispersion_of_too_little() -> None:
    wild, one = dispersion([np.inf, 1.0]), dispersion([2.0])
    assert (wild.value, *map(float, wild.interval), wild.equivalence_p) == (np.inf, 0, np.inf, 1)
    assert (one.value, *map(float, one.interval), one.equivalence_p) == (2, 0, np.inf, 1)


def test_tost_is_small_exactly_when_the_interval_lies_within() -> None:
    half = stats.t.ppf(0.95, 30) * 0.05
    assert tost(1.0, 0.05, 1 - half, 1 + 2 * half, 30) == pytest.approx(0.05)
    assert tost(1.0, 0.0, 0.9, 1.1, 30) == 1
