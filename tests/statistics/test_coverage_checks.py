"""How often the 95 % intervals of the checks on classes hold the truth: composites, scores, baselines, comparisons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from assay.audit.shapes.base import RowStatistic
from assay.audit.shapes.confusion import Bootstrapped, Confusion, Functional
from assay.audit.shapes.joint import PairedF1, PairedRecalls
from assay.audit.shapes.precision import Lift
from assay.audit.shapes.separation import Separation
from assay.audit.shapes.skill import Skill
from assay.audit.shapes.tabulated import Expanded
from assay.audit.slices import FloatArray, Slices, cut
from assay.audit.stats.interval import Interval
from assay.audit.stats.odds_ratio import odds_ratio
from assay.checks import composites

LOW, HIGH = 0.93, 0.985


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240603)


def covered(interval: Interval, truth: float, weights: Any = None) -> float:
    return float(np.average((interval.low <= truth) & (truth <= interval.high), weights=weights))


def samples(rows: int, count: int) -> Slices:
    """``count`` samples of ``rows`` rows each as slices of one table; the whole comes first."""
    names = [str(k) for k in range(count)]
    return cut({"sample": (np.repeat(np.arange(count), rows), names)}, rows * count, depth=1)


def of_samples(statistic: RowStatistic, slices: Slices, rng: np.random.Generator) -> Interval:
    low, high = statistic.by(slices, rng).interval(0.95)
    return Interval(low[1:], high[1:])


TWO = np.array([[0.6, 0.1], [0.1, 0.2]])
RARE = np.array([[0.9, 0.03], [0.02, 0.05]])
SPARSE = np.array([[0.95, 0.005], [0.02, 0.025]])
THREE = np.array([[0.4, 0.05, 0.05], [0.05, 0.2, 0.05], [0.02, 0.03, 0.15]])
Composite = Callable[[Confusion], Functional]


@pytest.mark.parametrize("composite", [composites.mcc, composites.cohen_kappa, composites.g_mean, composites.fbeta])
@pytest.mark.parametrize(
    ("shares", "n"),
    [(TWO, 200), (RARE, 1000), (SPARSE, 1000), (THREE, 300)],
    ids=["two", "rare", "sparse", "three"],
)
def test_composites(composite: Composite, shares: FloatArray, n: int, rng: np.random.Generator) -> None:
    _composite(Expanded, composite, shares, n, rng)


@pytest.mark.parametrize("composite", [composites.mcc, composites.fbeta])
def test_composites_by_resampling(composite: Composite, rng: np.random.Generator) -> None:
    _composite(Bootstrapped, composite, TWO, 200, rng)


@pytest.mark.parametrize(
    "composite", [composites.weighted_f1, composites.macro_precision, composites.weighted_precision]
)
def test_averages_over_classes(composite: Composite, rng: np.random.Generator) -> None:
    _composite(Expanded, composite, THREE, 300, rng)


def _composite(
    kind: type[Bootstrapped | Expanded], composite: Composite, shares: FloatArray, n: int, rng: np.random.Generator
) -> None:
    k = len(shares)
    tables = rng.multinomial(n, shares.ravel(), 600 if k == 2 else 300).reshape(-1, k, k).astype(float)
    slices = samples(1, len(tables))
    slices = Slices(slices.labels[1:], slices.cell, slices.members[1:], slices.partitions[1:])
    found = kind(lambda cells: composite(Confusion(cells)), tables, slices, rng)
    assert LOW <= covered(found.interval(0.95), float(composite(Confusion(shares * 1e6)).value)) <= HIGH


@pytest.mark.parametrize(("p1", "p2"), [(0.8, 0.2), (0.95, 0.05), (0.6, 0.01), (0.5, 0.5)])
@pytest.mark.parametrize(("n1", "n2"), [(60, 140), (200, 800)])
def test_odds_ratio(p1: float, p2: float, n1: int, n2: int) -> None:
    x1, x2 = (np.arange(n + 1) for n in (n1, n2))
    x1, x2 = x1[stats.binom.pmf(x1, n1, p1) > 1e-8], x2[stats.binom.pmf(x2, n2, p2) > 1e-8]
    weights = np.outer(stats.binom.pmf(x1, n1, p1), stats.binom.pmf(x2, n2, p2))
    interval = odds_ratio(x1[:, None], n1, x2[None, :], n2)
    assert LOW <= covered(interval, p1 / (1 - p1) / (p2 / (1 - p2)), weights) <= HIGH


def _scores(
    n: int, prevalence: float, shift: float, count: int, rng: np.random.Generator
) -> tuple[FloatArray, Any, Slices]:
    """Binormal scores and labels."""
    labels = (rng.random(n * count) < prevalence).astype(np.int64)
    return rng.normal(size=n * count) + shift * labels, labels, samples(n, count)


@pytest.mark.parametrize(
    ("n", "prevalence", "shift"),
    [(200, 0.3, 1.0), (200, 0.1, 1.5), (1000, 0.3, 0.3), (1000, 0.1, 2.5), (1000, 0.5, 0.0)],
)
def test_kolmogorov_smirnov_distance(n: int, prevalence: float, shift: float, rng: np.random.Generator) -> None:
    scores, labels, slices = _scores(n, prevalence, shift, 500, rng)
    interval = of_samples(Separation(scores, labels), slices, rng)
    assert covered(interval, 2 * stats.norm.cdf(shift / 2) - 1) >= LOW


@pytest.mark.parametrize(
    ("n", "prevalence", "shift"), [(200, 0.3, 1.0), (1000, 0.1, 1.5), (1000, 0.3, 0.0), (2000, 0.05, 2.0)]
)
@pytest.mark.parametrize("share", [0.1, 0.3])
def test_lift(n: int, prevalence: float, shift: float, share: float, rng: np.random.Generator) -> None:
    scores, labels, slices = _scores(n, prevalence, shift, 600, rng)
    t = np.linspace(-6, 8, 200_001)
    called = prevalence * stats.norm.sf(t - shift) + (1 - prevalence) * stats.norm.sf(t)
    truth = float(np.interp(-share, -called, stats.norm.sf(t - shift)) / share)
    assert LOW <= covered(of_samples(Lift(scores, labels, share), slices, rng), truth) <= 0.99


@pytest.mark.parametrize(("n", "prevalence"), [(200, 0.5), (500, 0.1), (1000, 0.3)])
def test_skill(n: int, prevalence: float, rng: np.random.Generator) -> None:
    a, b = 2 * prevalence, 2 * (1 - prevalence)
    p = rng.beta(a, b, 1000 * n)
    y = (rng.random(p.size) < p).astype(np.int64)
    found = []
    for k in range(1000):
        rows = slice(k * n, (k + 1) * n)
        one = Skill((p[rows] - y[rows]) ** 2, (y[rows].mean() - y[rows]) ** 2, 1.0)
        found.append(one.by(samples(n, 1), rng).interval(0.95))
    interval = Interval(*(np.array([limits[0] for limits in side]) for side in zip(*found, strict=True)))
    assert (
        LOW <= covered(interval, 1 / (a + b + 1)) <= HIGH
    )  # of what is uncertain, a share 1/(a + b + 1) is known from p


@pytest.mark.parametrize("n", [200, 1000])
def test_paired_recalls_and_f1(n: int, rng: np.random.Generator) -> None:
    shares = np.array([[[0.45, 0.06], [0.03, 0.06]], [[0.05, 0.07], [0.03, 0.25]]])  # true class, baseline, model
    code = rng.choice(8, n * 600, p=shares.ravel())
    labels, baseline, predictions = code // 4, code // 2 % 2, code % 2
    slices = samples(n, 600)
    recalls = of_samples(PairedRecalls(labels, baseline, predictions, 2), slices, rng)
    gains = (0.07 - 0.03) / 0.4, (0.03 - 0.06) / 0.6
    assert LOW <= covered(recalls, sum(gains) / 2) <= HIGH
    truth = 2 * 0.32 / (0.4 + 0.44) - 2 * 0.28 / (0.4 + 0.37)
    assert LOW <= covered(of_samples(PairedF1(labels, baseline, predictions), slices, rng), truth) <= HIGH
