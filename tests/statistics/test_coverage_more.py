"""How often nominal 95 % intervals hold the truth, for pairs, ratios, clusters, weights, quantiles and bands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from assay.audit.stats import (
    agreement,
    average_precision,
    bootstrap,
    clusters,
    difference,
    means,
    multiple,
    paired,
    proportion,
    quantile,
)
from assay.audit.stats.interval import FloatArray, Interval

LOW, HIGH = 0.93, 0.985


def covered(interval: Interval, truth: float | FloatArray, weights: FloatArray | None = None) -> float:
    """Share (or probability) of the intervals that hold ``truth``."""
    return float(np.average((interval.low <= truth) & (truth <= interval.high), weights=weights))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240602)


@pytest.mark.parametrize("n", [200, 1000])
@pytest.mark.parametrize("p", [0.3, 0.9, 0.98])
def test_jeffreys(p: float, n: int) -> None:
    x = np.arange(n + 1)
    assert LOW <= covered(proportion.jeffreys(x, n), p, stats.binom.pmf(x, n, p)) <= HIGH


@pytest.mark.parametrize(("p1", "p2"), [(0.85, 0.75), (0.97, 0.95), (0.5, 0.5)])
def test_miettinen_nurminen(p1: float, p2: float, rng: np.random.Generator) -> None:
    x, y = rng.binomial(140, p1, 20_000), rng.binomial(60, p2, 20_000)
    assert LOW <= covered(difference.miettinen_nurminen(x, 140, y, 60), p1 - p2) <= HIGH


@pytest.mark.parametrize(
    ("n", "prevalence", "shifts", "correlation"),
    [(200, 0.3, (1.5, 1.0), 0.8), (1000, 0.1, (2.3, 2.3), 0.7), (100, 0.1, (2.3, 2.0), 0.5)],
)
def test_paired_areas(
    n: int, prevalence: float, shifts: tuple[float, float], correlation: float, rng: np.random.Generator
) -> None:
    truth = np.subtract(*stats.norm.cdf(np.array(shifts) / np.sqrt(2)))
    found = []
    for _ in range(600):
        labels = rng.random(n) < prevalence
        noise = np.linalg.cholesky([[1, correlation], [correlation, 1]]) @ rng.normal(size=(2, n))
        one, two = noise + np.outer(shifts, labels)
        found.append(paired.delong_paired(one, two, labels).interval())
    assert covered(_stack(found), truth) >= LOW


@pytest.mark.parametrize(
    ("shift", "n", "prevalence"),
    [(1.5, 200, 0.3), (1.5, 1000, 0.05), (2.5, 1000, 0.1), (1.0, 400, 0.5), (2.5, 200, 0.5)],
)
def test_average_precision(shift: float, n: int, prevalence: float, rng: np.random.Generator) -> None:
    t = np.linspace(-8, 8 + shift, 100_001)
    hits, alarms = prevalence * stats.norm.sf(t - shift), (1 - prevalence) * stats.norm.sf(t)
    truth = np.trapezoid(hits / (hits + alarms) * stats.norm.pdf(t - shift), t)
    labels = rng.random((2000, n)) < prevalence
    ranked = np.take_along_axis(labels, (rng.normal(size=labels.shape) + shift * labels).argsort(1), 1)
    interval = average_precision.average_precision_interval(
        *average_precision.average_precision(ranked, ~ranked), ranked.sum(1)
    )
    assert 0.925 <= covered(interval, truth) <= HIGH


@pytest.mark.parametrize("sample", ["standard_exponential", "standard_normal"])
@pytest.mark.parametrize("n", [50, 200])
def test_means_of_pairs(sample: str, n: int, rng: np.random.Generator) -> None:
    one, two = 3 + getattr(rng, sample)((2, 4000, n))
    two = (one + two) / 2
    x, y, cross = _sums(one), _sums(two), (one * two).sum(1)
    assert LOW <= covered(means.paired_mean_difference(x, y, cross), 0.0) <= HIGH
    assert LOW <= covered(means.ratio_of_means(x, y, cross), 1.0) <= HIGH


@pytest.mark.parametrize(("m", "n"), [(200, 200), (200, 50)])
def test_means_of_separate_samples(m: int, n: int, rng: np.random.Generator) -> None:
    x, y = _sums(rng.exponential(2, (4000, m))), _sums(rng.exponential(1, (4000, n)))
    assert 0.925 <= covered(means.welch(x, y), 1.0) <= HIGH
    assert LOW <= covered(means.ratio_of_means(x, y), 2.0) <= HIGH


@pytest.mark.parametrize("noise", ["normal", "heavy", "skewed"])
@pytest.mark.parametrize("n", [200, 1000])
def test_agreement(noise: str, n: int, rng: np.random.Generator) -> None:
    draws = 1500 if n == 200 else 500
    sums = agreement.power_sums(*_regression(noise, draws * n, rng), np.repeat(np.arange(draws), n), draws)
    all_rows = agreement.power_sums(*_regression(noise, 2_000_000, rng), np.zeros(2_000_000, np.intp), 1)
    for statistic, limits in (
        (agreement.r_squared, agreement.below_one),
        (agreement.explained_variance, agreement.below_one),
        (agreement.pearson, agreement.within_one),
        (agreement.concordance, agreement.within_one),
    ):
        assert 0.92 <= covered(limits(statistic(sums)), float(statistic(all_rows).value[0])) <= HIGH


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_quantiles(share: float, rng: np.random.Generator) -> None:
    values = np.sort(rng.exponential(size=(10_000, 200)), axis=1)
    assert 0.945 <= covered(quantile.quantile_interval(values, share), -np.log1p(-share)) <= HIGH


@pytest.mark.parametrize(
    ("groups", "size", "icc", "p"),
    [(50, 20, 0.1, 0.3), (50, 20, 0.3, 0.3), (50, 20, 0.2, 0.9), (50, 5, 0.3, 0.8), (100, 10, 0.2, 0.97)],
)
def test_clustered_rates(groups: int, size: int, icc: float, p: float, rng: np.random.Generator) -> None:
    rows, hits = _clustered(groups, size, icc, p, (3000, groups), rng)
    assert covered(clusters.rate_interval(clusters.cluster_sums(hits, rows, rows)), p) >= LOW
    assert covered(proportion.proportion(hits.sum(1), rows.sum(1)), p) < 0.85


def test_clustered_means(rng: np.random.Generator) -> None:
    rows = rng.integers(10, 31, (3000, 50))
    totals = rows * (0.5 * rng.exponential(size=rows.shape)) + rng.normal(size=rows.shape) * np.sqrt(rows)
    assert covered(clusters.mean_interval(clusters.cluster_sums(totals, rows, rows)), 0.5) >= LOW


def test_cluster_bootstrap(rng: np.random.Generator) -> None:
    found = []
    for _ in range(300):
        rows, hits = _clustered(80, 10, 0.2, 0.4, (80,), rng)
        totals = clusters.resample_clusters(np.stack([hits, rows], -1), 400, rng)
        found.append(bootstrap.percentile(hits.sum() / rows.sum(), totals[:, 0] / totals[:, 1]))
    assert covered(_stack(found), 0.4) >= 0.92


@pytest.mark.parametrize(("p", "n", "spread"), [(0.3, 200, 0.5), (0.3, 200, 1.0), (0.05, 1000, 0.7), (0.95, 200, 0.7)])
@pytest.mark.parametrize("tilt", [0.0, 0.7])
def test_weighted_rates(p: float, n: int, spread: float, tilt: float, rng: np.random.Generator) -> None:
    many = rng.lognormal(0, spread, 1_000_000)
    truth = float(np.average(_tilted(p, tilt, many), weights=many))
    weights = rng.lognormal(0, spread, (3000, n))
    hits = weights * (rng.random(weights.shape) < _tilted(p, tilt, weights))
    assert covered(clusters.rate_interval(clusters.cluster_sums(hits, weights)), truth) >= LOW


def test_weighted_means(rng: np.random.Generator) -> None:
    weights = rng.lognormal(0, 0.5, (4000, 200))
    totals = weights * rng.exponential(size=weights.shape)
    assert LOW <= covered(clusters.mean_interval(clusters.cluster_sums(totals, weights)), 1.0) <= HIGH


@pytest.mark.parametrize(("n", "recall"), [(2000, 0.85), (2000, 0.97), (20_000, 0.85)])
def test_fifty_intervals_hold_at_once(n: int, recall: float, rng: np.random.Generator) -> None:
    sizes = np.array([0.3, 0.2, 0.12, 0.1, 0.08, 0.07, 0.05, 0.04, 0.03, 0.01])
    shares = sizes[:, None] * np.array([0.3 * recall, 0.3 * (1 - recall), 0.07, 0.63])
    truth = _five_rates(1e9 * shares)[0].ravel()
    banded, single = [], []
    for _ in range(250):
        table = rng.multinomial(n, shares.ravel()).reshape(shares.shape)
        rates, errors, hits, trials = _five_rates(table)
        drawn, spread, _, _ = _five_rates(bootstrap.resample(table, 500, rng))
        _, band = multiple.max_t(rates.ravel(), errors.ravel(), drawn.reshape(500, -1), spread.reshape(500, -1))
        banded.append(covered(band, truth) == 1)
        single.append(covered(proportion.wilson(hits.ravel(), trials.ravel()), truth) == 1)
    assert np.mean(banded) >= 0.94
    assert np.mean(single) < 0.3


def _stack(intervals: list[Interval]) -> Interval:
    return Interval(*(np.array(limits) for limits in zip(*intervals, strict=True)))


def _sums(values: FloatArray) -> means.Sums:
    return means.Sums(values.shape[1], values.sum(1), (values**2).sum(1))


def _regression(noise: str, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    draw: dict[str, Callable[[], FloatArray]] = {
        "normal": lambda: rng.normal(size=n),
        "heavy": lambda: rng.standard_t(5, size=n),
        "skewed": lambda: rng.exponential(size=n) - 1,
    }
    x = draw[noise]()
    return x + draw[noise](), 0.9 * x + 0.1


def _clustered(
    groups: int, size: int, icc: float, p: float, shape: tuple[int, ...], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Rows and hits of beta-binomial clusters of unequal size."""
    rows = rng.integers(size // 2, size * 3 // 2 + 1, shape)
    rates = rng.beta(p * (1 / icc - 1), (1 - p) * (1 / icc - 1), shape)
    return rows.astype(np.float64), rng.binomial(rows, rates).astype(np.float64)


def _tilted(p: float, tilt: float, weights: FloatArray) -> FloatArray:
    """Rates whose log-odds rise with the log of the weight."""
    return np.asarray(1 / (1 + (1 / p - 1) * weights**-tilt))


def _five_rates(tables: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Recall, false-alarm rate, precision, selection rate and accuracy with a half added to each count, and errors."""
    tp, fn, fp, tn = np.moveaxis(np.asarray(tables, np.float64), -1, 0)
    n = tp + fn + fp + tn
    hits = np.stack([tp, fp, tp, tp + fp, tp + tn], -1)
    trials = np.stack([tp + fn, fp + tn, tp + fp, n, n], -1)
    rates = (hits + 0.5) / (trials + 1)
    return rates, np.sqrt(rates * (1 - rates) / (trials + 1)), hits, trials
