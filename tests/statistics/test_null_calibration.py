"""How often the tests of calibration raise a false alarm, and how often they find a planted defect: seeded simulation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from assay.audit.stats import conformal, dispersion, pit, quantile_forecasts
from assay.audit.stats.between_groups import greatest_difference, heterogeneity
from assay.audit.stats.cumulative import cumulative
from assay.audit.stats.designed_tests import designed_multicalibration, designed_tests
from assay.audit.stats.hosmer_lemeshow import hosmer_lemeshow
from assay.audit.stats.interval import FloatArray
from assay.audit.stats.isotonic import miscalibration_test
from assay.audit.stats.kernel import kernel_error
from assay.audit.stats.multicalibration import multicalibration
from assay.audit.stats.observed_expected import observed_expected_interval
from assay.audit.stats.recalibration import Sample, intercept
from assay.audit.stats.spiegelhalter import spiegelhalter

from .designs import forecasts, survey

PValue = Callable[[FloatArray, FloatArray, np.random.Generator], float]
TESTS: dict[str, PValue] = {
    "spiegelhalter": lambda p, y, rng: spiegelhalter(p, y).p_value,
    "hosmer_lemeshow": lambda p, y, rng: hosmer_lemeshow(p, y).test.p_value,
    "kolmogorov_smirnov": lambda p, y, rng: cumulative(p, y).kolmogorov_smirnov.p_value,
    "kuiper": lambda p, y, rng: cumulative(p, y).kuiper.p_value,
    "miscalibration": lambda p, y, rng: miscalibration_test(p, y, rng, replicates=99).p_value,
    "multicalibration": lambda p, y, rng: multicalibrated(p, y, rng),
    "kernel_error": lambda p, y, rng: kernel_error(p, y, rng).test.p_value,
}


def multicalibrated(p: FloatArray, y: FloatArray, rng: np.random.Generator) -> float:
    groups = [np.ones(p.size, bool), np.arange(p.size) % 2 == 0, np.arange(p.size) % 3 == 0]
    return multicalibration(p, y, groups, rng, bins=5, replicates=99).worst.p_value


def calibration_p_values(name: str, slope: float, draws: int, n: int) -> FloatArray:
    """Of probabilities whose log-odds are ``slope`` times the true ones."""
    rng = np.random.default_rng(20240602)
    values = np.empty(draws)
    for i in range(draws):
        z = rng.normal(-0.5, 1.5, n)
        values[i] = TESTS[name](expit(slope * z), (rng.random(n) < expit(z)).astype(float), rng)
    return values


def designed_p_values(slope: float, draws: int, n: int) -> FloatArray:
    """Of Spiegelhalter, Kolmogorov-Smirnov, Kuiper and all cells together, for weighted clusters, ``(draws, 4)``."""
    rng = np.random.default_rng(20261123)
    values = np.empty((draws, 4))
    for row in values:
        (p, y), slices = survey(n, rng, lambda error, rng: forecasts(error, rng, slope))
        assert slices.design is not None and slices.design.cluster is not None
        sample = slices.design.weight, slices.design.cluster
        row[:3] = [test.p_value for test in designed_tests(p, y, *sample, rng, replicates=199)]
        masks = [np.ones(p.size, bool), np.arange(p.size) % 2 == 0]
        row[3] = designed_multicalibration(p, y, masks, *sample, rng, bins=5, replicates=199).worst.p_value
    return values


def test_weighted_clusters_raise_few_false_alarms_and_overconfidence_is_found() -> None:
    for one in designed_p_values(1.0, 300, 1000).T:
        assert_few_false_alarms(one)
    assert (np.mean(designed_p_values(1.6, 60, 1000) <= 0.05, axis=0) >= 0.7).all()


def assert_few_false_alarms(values: FloatArray) -> None:
    for level in (0.01, 0.05, 0.1):
        assert np.mean(values <= level) <= level + 3 * np.sqrt(level * (1 - level) / values.size)


def assert_uniform(values: FloatArray) -> None:
    assert stats.kstest(values, "uniform").pvalue > 0.001
    assert_few_false_alarms(values)


@pytest.mark.parametrize(
    ("name", "draws", "n"),
    [
        ("spiegelhalter", 2000, 1000),
        ("hosmer_lemeshow", 2000, 1000),
        ("kolmogorov_smirnov", 1000, 4000),
        ("kuiper", 1000, 4000),  # its law is that of many rows: at n = 1000 the mean p-value is 0.52
        ("miscalibration", 300, 1000),
        ("multicalibration", 1000, 1000),
    ],
)
def test_p_values_of_a_calibrated_model_are_uniform(name: str, draws: int, n: int) -> None:
    assert_uniform(calibration_p_values(name, 1.0, draws, n))


@pytest.mark.parametrize("name", ["spiegelhalter", "hosmer_lemeshow", "kolmogorov_smirnov", "kuiper", "kernel_error"])
@pytest.mark.parametrize("n", [20, 200])
def test_small_samples_raise_few_false_alarms(name: str, n: int) -> None:
    values = calibration_p_values(name, 1.0, 1000, n)
    assert np.mean(values <= 0.05) <= 0.075
    assert np.mean(values <= 0.01) <= 0.03


@pytest.mark.parametrize(
    ("name", "power"),
    [
        ("spiegelhalter", 0.95),
        ("hosmer_lemeshow", 0.95),
        ("kolmogorov_smirnov", 0.95),
        ("kuiper", 0.95),
        ("miscalibration", 0.95),
        ("multicalibration", 0.95),
        ("kernel_error", 0.5),
    ],
)
def test_overconfidence_is_found(name: str, power: float) -> None:
    assert np.mean(calibration_p_values(name, 1.6, 100, 1000) <= 0.05) >= power


def test_pit_of_the_true_distribution_is_uniform(rng: np.random.Generator) -> None:
    samples = rng.random((1000, 300))
    assert_uniform(np.array([pit.pit_uniformity(u).p_value for u in samples]))
    histograms = [pit.pit_histogram(u) for u in samples]
    assert_uniform(np.array([found.test.p_value for found in histograms]))
    all_hold = [(found.interval.low <= 0.1).all() and (found.interval.high >= 0.1).all() for found in histograms]
    assert np.mean(all_hold) >= 0.94


def test_narrow_predictions_are_found(rng: np.random.Generator) -> None:
    u = pit.normal_pit(rng.normal(size=(100, 300)), 0, 0.7)
    assert np.mean([pit.pit_uniformity(row).p_value <= 0.05 for row in u]) >= 0.7
    assert np.mean([pit.pit_histogram(row).test.p_value <= 0.05 for row in u]) >= 0.9


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_coverage_of_the_miscalibration_area(scale: float, rng: np.random.Generator) -> None:
    truth = 0.5 - 2 / np.pi * np.arctan(scale)
    u = pit.normal_pit(rng.normal(size=(400, 200)), 0, scale)
    limits = [pit.miscalibration_area_interval(row) for row in u]
    assert np.mean([low <= truth <= high for low, high in limits]) >= 0.95


@pytest.mark.parametrize("tau", [0.05, 0.5])
def test_kupiec_raises_few_false_alarms(tau: float) -> None:
    hits = np.arange(1001)
    alarm = [quantile_forecasts.kupiec(int(x), 1000, tau).p_value <= 0.05 for x in hits]
    assert 0.04 <= stats.binom.pmf(hits, 1000, tau)[alarm].sum() <= 0.06


def test_conformal_coverage_raises_few_false_alarms(rng: np.random.Generator) -> None:
    a, b = conformal.coverage_law(100, 0.1)
    covered = rng.binomial(400, rng.beta(a, b, 1000))
    assert_few_false_alarms(np.array([conformal.coverage_test(int(x), 400, 100, 0.1).p_value for x in covered]))
    low = rng.binomial(400, 0.78, 100)
    assert np.mean([conformal.coverage_test(int(x), 400, 100, 0.1).p_value <= 0.05 for x in low]) >= 0.9


def test_equivalence_at_its_margin_raises_few_false_alarms(rng: np.random.Generator) -> None:
    z2 = rng.normal(size=(1000, 1000)) ** 2
    at_margin = np.array([dispersion.dispersion(1.2 * row, margin=0.2).equivalence_p for row in z2])
    assert_few_false_alarms(at_margin)
    assert np.mean([dispersion.dispersion(row, margin=0.2).equivalence_p <= 0.05 for row in z2]) >= 0.9


def test_groups_that_are_alike_and_groups_that_are_not(rng: np.random.Generator) -> None:
    alike, covered = [], []
    for _ in range(300):
        z = rng.normal(-0.5, 1.5, (4, 400))
        y = rng.random(z.shape) < expit(z + np.array([0, 0, 0, 0.5])[:, None])
        value, error = np.array([intercept(Sample.of_rows(x, of))[:2] for x, of in zip(z, y, strict=True)]).T
        alike.append(heterogeneity(value[:3], error[:3]).p_value)
        low, high = greatest_difference(value, error).interval
        covered.append(low <= 0.5 <= high)
    assert_uniform(np.array(alike))
    assert np.mean(covered) >= 0.95


@pytest.mark.parametrize("p", [0.002, 0.02, 0.5])
def test_observed_over_expected_is_covered(p: float) -> None:
    x = np.arange(2001)
    low, high = observed_expected_interval(x, 2000 * p)
    assert stats.binom.pmf(x, 2000, p)[(low <= 1) & (high >= 1)].sum() >= 0.95


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240603)
