"""How often nominal 95 % intervals hold the truth: exact sums where counts allow it, seeded simulation elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from assay.audit.stats import auroc, bootstrap, calibration, combine, difference, mean, multiple, proportion, ratio
from assay.audit.stats.binning import Bins
from assay.audit.stats.interval import FloatArray, Interval, wald
from assay.audit.stats.recalibration import recalibration

LOW, HIGH = 0.93, 0.985


def covered(interval: Interval, truth: float, weights: FloatArray | None = None) -> float:
    """Share (or probability) of the intervals that hold ``truth``."""
    return float(np.average((interval.low <= truth) & (truth <= interval.high), weights=weights))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240601)


@pytest.mark.parametrize("n", [200, 1000])
@pytest.mark.parametrize("p", [0.3, 0.5, 0.9, 0.98])
@pytest.mark.parametrize("method", [proportion.wilson, proportion.proportion])
def test_proportion(method: Callable[..., Interval], p: float, n: int) -> None:
    x = np.arange(n + 1)
    assert LOW <= covered(method(x, n), p, stats.binom.pmf(x, n, p)) <= HIGH


@pytest.mark.parametrize("n", [1, 5, 20, 39])
def test_small_samples_are_covered_exactly(n: int) -> None:
    x = np.arange(n + 1)
    assert (
        min(covered(proportion.proportion(x, n), p, stats.binom.pmf(x, n, p)) for p in np.linspace(0.01, 0.99, 99))
        >= 0.95
    )


@pytest.mark.parametrize(("p1", "p2"), [(0.85, 0.75), (0.97, 0.95), (0.5, 0.5)])
def test_difference(p1: float, p2: float) -> None:
    x, y, weights = _two_samples(200, p1, 200, p2)
    assert LOW <= covered(difference.newcombe(x, 200, y, 200), p1 - p2, weights) <= HIGH


@pytest.mark.parametrize(("p1", "p2"), [(0.3, 0.3), (0.2, 0.5), (0.05, 0.1), (0.9, 0.95)])
@pytest.mark.parametrize("method", [ratio.koopman, ratio.katz])
def test_ratio(method: Callable[..., Interval], p1: float, p2: float) -> None:
    x, y, weights = _two_samples(200, p1, 200, p2)
    assert LOW <= covered(method(x, 200, y, 200), p1 / p2, weights) <= HIGH


@pytest.mark.parametrize("cells", [(0.7, 0.1, 0.05, 0.15), (0.3, 0.2, 0.2, 0.3)])
def test_paired_difference(cells: tuple[float, ...], rng: np.random.Generator) -> None:
    interval = difference.newcombe_paired(*rng.multinomial(200, cells, size=20_000).T)
    assert LOW <= covered(interval, cells[1] - cells[2]) <= HIGH


@pytest.mark.parametrize("n", [200, 1000])
def test_mean_of_skewed_losses(n: int, rng: np.random.Generator) -> None:
    losses = rng.exponential(size=(4000, n))
    assert LOW <= covered(mean.student_t(n, losses.sum(1), (losses**2).sum(1), lower=0), 1.0) <= HIGH


@pytest.mark.parametrize(
    ("area", "n", "prevalence"), [(0.85, 200, 0.3), (0.85, 1000, 0.3), (0.95, 1000, 0.1), (0.7, 400, 0.5)]
)
def test_auroc(area: float, n: int, prevalence: float, rng: np.random.Generator) -> None:
    interval = _auroc_intervals(area, n, prevalence, rng)
    assert LOW <= covered(interval, area) <= HIGH


@pytest.mark.parametrize(("area", "n", "prevalence"), [(0.95, 200, 0.1), (0.99, 100, 0.1), (0.99, 1000, 0.1)])
def test_auroc_near_one_errs_on_the_wide_side(area: float, n: int, prevalence: float, rng: np.random.Generator) -> None:
    interval = _auroc_intervals(area, n, prevalence, rng)
    assert covered(interval, area) >= LOW
    assert np.mean(interval.low > area) <= 0.035


@pytest.mark.parametrize(
    ("n", "cells"), [(200, (0.2, 0.1, 0.1, 0.6)), (200, (0.05, 0.02, 0.03, 0.9)), (1000, (0.2, 0.1, 0.1, 0.6))]
)
def test_bootstrap_of_f1(n: int, cells: tuple[float, ...], rng: np.random.Generator) -> None:
    tables = rng.multinomial(n, cells, size=1000)
    drawn = [bootstrap.bootstrap(_f1, table, rng, replicates=600) for table in tables]
    interval = Interval(np.array([i.low for i in drawn]), np.array([i.high for i in drawn]))
    assert LOW <= covered(interval, float(_f1(np.array(cells)))) <= HIGH


@pytest.mark.parametrize("rates", [(0.3, 0.3, 0.3, 0.3), (0.3, 0.28, 0.2, 0.25), (0.05, 0.06, 0.05, 0.07)])
def test_lowest_ratio_to_the_most_selected_group(rates: tuple[float, ...], rng: np.random.Generator) -> None:
    sizes, p = np.array([1000, 400, 200, 100])[:, None], np.array(rates)
    x = rng.binomial(sizes, p[:, None], size=(4, 1500))
    one, two = (np.array(pairs) for pairs in zip(*[(g, h) for g in range(4) for h in range(4) if g != h], strict=True))
    interval = combine.minimum(lambda level: ratio.koopman(x[one], sizes[one], x[two], sizes[two], level))
    assert covered(interval, p.min() / p.max()) >= 0.94


@pytest.mark.parametrize("gaps", [(0.0, 0.0), (0.1, -0.1), (0.15, 0.02)])
def test_greatest_absolute_difference(gaps: tuple[float, ...], rng: np.random.Generator) -> None:
    x = rng.binomial(200, 0.5 + np.array(gaps)[:, None], size=(2, 4000))
    y = rng.binomial(300, 0.5, size=(2, 4000))
    interval = combine.maximum_absolute(lambda level: difference.newcombe(x, 200, y, 300, level))
    assert covered(interval, max(map(abs, gaps))) >= 0.94


def test_balanced_accuracy_by_mover(rng: np.random.Generator) -> None:
    trials, rates = np.array([60, 400])[:, None], np.array([0.9, 0.8])
    x = rng.binomial(trials, rates[:, None], size=(2, 20_000))
    limits = proportion.wilson(x, trials)
    interval = combine.mover_sum(x / trials, limits.low, limits.high, [0.5, 0.5])
    assert LOW <= covered(interval, rates.mean()) <= HIGH


@pytest.mark.parametrize(("slope", "l1", "l2"), [(1.0, 0.0, 0.0), (1.2, 0.02770, 0.03001), (1.6, 0.07009, 0.07522)])
@pytest.mark.parametrize(("n", "draws"), [(200, 2000), (1000, 1000), (5000, 300)])
def test_calibration_error(slope: float, l1: float, l2: float, n: int, draws: int, rng: np.random.Generator) -> None:
    bins = _calibration_bins(slope, n, draws, rng)
    interval = calibration.expected_error_interval(bins)
    assert covered(interval, l1) >= LOW
    assert covered(calibration.squared_error_interval(bins), l2**2) >= LOW
    assert np.mean(interval.low > l1) <= 0.035
    value = calibration.expected_error(bins)
    assert abs(value.mean() - l1) <= 0.7 * abs(calibration.plug_in_error(bins).mean() - l1)


def test_calibration_slope_and_intercept(rng: np.random.Generator) -> None:
    fits = [recalibration(*_calibration_rows(1.6, 500, rng)) for _ in range(1000)]
    truth = recalibration(*_calibration_rows(1.6, 1_000_000, rng)).intercept
    slopes = wald([fit.slope for fit in fits], [fit.slope_se for fit in fits])
    intercepts = wald([fit.intercept for fit in fits], [fit.intercept_se for fit in fits])
    assert LOW <= covered(slopes, 1 / 1.6) <= HIGH
    assert LOW <= covered(intercepts, truth) <= HIGH


def test_holm_holds_the_family_wise_error(rng: np.random.Generator) -> None:
    shared = rng.normal(size=(10_000, 1))
    p = stats.norm.sf(np.sqrt(0.5) * (shared + rng.normal(size=(10_000, 8))))
    assert np.mean([multiple.holm(row).min() <= 0.05 for row in p]) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 10_000)


def _two_samples(m: int, p: float, n: int, q: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    x, y = np.meshgrid(np.arange(m + 1.0), np.arange(n + 1.0), indexing="ij")
    return x, y, np.asarray(stats.binom.pmf(x, m, p) * stats.binom.pmf(y, n, q))


def _auroc_intervals(area: float, n: int, prevalence: float, rng: np.random.Generator) -> Interval:
    positive = rng.random((2000, n)) < prevalence
    scores = rng.normal(size=positive.shape) + np.sqrt(2) * stats.norm.ppf(area) * positive
    ranked = np.take_along_axis(positive, scores.argsort(1), 1)
    value, variance = auroc.delong_counts(ranked, ~ranked)
    return auroc.auroc_interval(value, variance, ranked.sum(1), (~ranked).sum(1))


def _f1(tables: FloatArray) -> FloatArray:
    true_positive = tables[..., 0]
    return np.asarray(2 * true_positive / (2 * true_positive + tables[..., 1] + tables[..., 2]))


def _calibration_rows(
    slope: float, n: int | tuple[int, int], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    z = rng.normal(-0.5, 1.5, n)
    return np.asarray(expit(slope * z)), np.asarray(rng.random(n) < expit(z), np.float64)


def _calibration_bins(slope: float, n: int, draws: int, rng: np.random.Generator) -> Bins:
    """What bin_rows gives for each of the draws, all at once."""
    p, y = _calibration_rows(slope, (draws, n), rng)
    place = (2 * np.arange(draws)[:, None] + y.astype(int)) * 15 + np.minimum(p * 15, 14).astype(int)
    sums = [np.bincount(place.ravel(), of.ravel(), 30 * draws) for of in (np.ones_like(p), y, p, (y - p) ** 2)]
    return Bins(*(np.asarray(of, np.float64).reshape(draws, 2, 15) for of in sums))
