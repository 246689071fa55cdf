"""Where the truth is known: for each method of an interval the share of simulated intervals that hold it."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial

import numpy as np
from scipy import stats
from scipy.special import expit

from assay.audit.shapes.agreement import Agreement
from assay.audit.shapes.base import MINIMUM_CLASS, RowStatistic
from assay.audit.shapes.binned import Binned, CalibrationError, SquaredError
from assay.audit.shapes.calibration import ObservedExpected, Recalibration
from assay.audit.shapes.compared import Compared
from assay.audit.shapes.confusion import Bootstrapped, Functional
from assay.audit.shapes.contrasted import Differing, Multiplied
from assay.audit.shapes.everyone import Greatest
from assay.audit.shapes.joint import PairedRanking, PairedRecalls
from assay.audit.shapes.kernel import KernelCalibration
from assay.audit.shapes.left_end import LeftEnd
from assay.audit.shapes.losses import Loss
from assay.audit.shapes.neighbours import NeighbourAgreement
from assay.audit.shapes.ordered import PairOrder, Quantile, RankCorrelation
from assay.audit.shapes.precision import AveragePrecision
from assay.audit.shapes.predictive import MiscalibrationArea, NormalisedError
from assay.audit.shapes.rank_function import RankFunction
from assay.audit.shapes.ranking import Ranking
from assay.audit.shapes.rates import Proportion
from assay.audit.shapes.resampled import ResampledRows
from assay.audit.shapes.separation import Separation
from assay.audit.shapes.sides import Picked, Sides
from assay.audit.shapes.tabulated import Tabulated
from assay.audit.slices import IntArray, cut
from assay.audit.stats import (
    agreement,
    bootstrap,
    clusters,
    combine,
    difference,
    distributions,
    mean,
    means,
    observed_expected,
    odds_ratio,
    proportion,
    ratio,
    scores,
    skewed,
    stratified,
)
from assay.audit.stats.interval import FloatArray, Interval
from assay.audit.stats.neighbours import neighbourhood

from . import designs, labelled
from .designs import SHIFT

Draw = Callable[[int, int, np.random.Generator], tuple[Interval, float | FloatArray]]
"""Intervals of so many samples of n rows, and what they should hold."""
MANY, SOME, FEW = 20_000, 1_500, 400


@dataclass(frozen=True)
class Case:
    """One method on one kind of data. ``cautious`` methods hold the truth more often than they say."""

    method: str
    of: str
    draw: Draw
    draws: int = MANY
    sizes: tuple[int, ...] = (200, 1000, 5000)
    cautious: bool = field(default=False)

    def coverage(self, n: int, draws: int | None = None, seed: int = 0) -> float:
        """Share of intervals that hold the truth; the same for the same case, size and seed, whatever else is drawn."""
        rng = np.random.default_rng([seed, n, zlib.crc32(f"{self.method} {self.of}".encode())])
        interval, truth = self.draw(n, draws or self.draws, rng)
        return float(np.mean((interval.low <= truth) & (truth <= interval.high)))


def stacked(intervals: list[Interval]) -> Interval:
    """One interval of arrays from many of single numbers."""
    return Interval(*(np.array([float(np.ravel(end)[0]) for end in ends]) for ends in zip(*intervals, strict=True)))


def of_rows(make: Callable[[int, np.random.Generator], RowStatistic], truth: float | Callable[[], float]) -> Draw:
    """Simulation of a statistic of rows, sample by sample."""

    def draw(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
        whole = cut({}, n, depth=1)
        found = [make(n, rng).by(whole, rng).interval(0.95) for _ in range(draws)]
        return stacked(found), truth() if callable(truth) else truth

    return draw


def rate(method: Callable[..., Interval], p: float) -> Draw:
    return lambda n, draws, rng: (method(rng.binomial(n, p, draws), n), p)


def two_rates(method: Callable[..., Interval], p: float, q: float, truth: float) -> Draw:
    """n is the number of rows of both groups, of which three in ten are in the second."""

    def draw(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
        m = n * 3 // 10
        return method(rng.binomial(n - m, p, draws), n - m, rng.binomial(m, q, draws), m), truth

    return draw


def least_of_groups(method: Callable[..., Interval], rates: tuple[float, ...], truth: float) -> Draw:
    """Four groups of uneven size, each against the most selected one."""

    def draw(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
        sizes = np.array([n * share // 10 for share in (4, 3, 2, 1)])[:, None]
        x = rng.binomial(sizes, np.array(rates)[:, None], size=(4, draws))
        one = np.array([g for g in range(4) for h in range(4) if g != h])
        two = np.array([h for g in range(4) for h in range(4) if g != h])
        return combine.minimum(lambda level: method(x[one], sizes[one], x[two], sizes[two], level)), truth

    return draw


def greatest_difference(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    m = n // 2
    x, y = rng.binomial(m, [[0.6], [0.45]], (2, draws)), rng.binomial(m, 0.5, (2, draws))
    return combine.maximum_absolute(lambda level: difference.newcombe(x, m, y, m, level)), 0.1


def mean_difference(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    m = n // 2
    x, y = rng.binomial(m, [[0.7], [0.45]], (2, draws)), rng.binomial(m, [[0.5], [0.55]], (2, draws))
    return combine.mean_absolute(lambda level: difference.newcombe(x, m, y, m, level)), 0.15


def two_groups(make: Callable[[int, np.random.Generator], RowStatistic], how: type[Compared], truth: float) -> Draw:
    """The second of two groups, three rows in ten, against the first."""

    def draw(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
        group = (np.arange(n) >= n * 7 // 10).astype(np.int64)
        slices = cut({"group": (group, ["a", "b"])}, n, depth=1)
        sides = Sides(slices.partition(("group",)).slices, 0)
        found = [how(make(n, rng).by(slices, rng), sides).interval(0.95) for _ in range(draws)]
        return stacked([Interval(low[1:], high[1:]) for low, high in found]), truth

    return draw


def exponential(n: int, rng: np.random.Generator) -> Loss:
    """Losses with a mean of 1, and of 2 in the last three tenths of the rows."""
    return Loss(rng.exponential(1 + (np.arange(n) >= n * 7 // 10)), 0.0)


def within_strata(value: Callable[[stratified.Strata, float], Interval], truth: float, odds: bool = False) -> Draw:
    """Eight strata of uneven size and mix; hits of the first group are rarer by 0.1, or by half the odds."""
    share, rates = np.linspace(0.2, 0.8, 8), np.linspace(0.3, 0.8, 8)

    def draw(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
        sizes = n * np.arange(1, 9) // 36
        n1 = (sizes * share).astype(int)
        n2 = sizes - n1
        low = rates / (2 - rates) if odds else rates - 0.1
        x1, x2 = rng.binomial(n1, low, (draws, 8)), rng.binomial(n2, rates, (draws, 8))
        wide = (np.broadcast_to(part, (draws, 8)).astype(np.float64) for part in (x1, n1, x2, n2))
        return value(stratified.Strata(*wide), 0.95), truth

    return draw


def log_ratios(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    """Three groups selected at 0.5, 0.4 and 0.3: for the last one the greatest log ratio is ln(5/3)."""
    sizes = np.array([n // 2, n * 3 // 10, n // 5])
    found = []
    for x in rng.binomial(sizes, [0.5, 0.4, 0.3], (draws, 3)):
        rates = Proportion(x.astype(np.float64), sizes.astype(np.float64))
        low, high = Greatest(Picked(rates, np.arange(3))).interval(0.95)
        found.append(Interval(low[2:], high[2:]))
    return stacked(found), float(np.log(5 / 3))


def distance_of_scores(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    """Beta(2, 2) against Beta(2, 3) scores: the true distance comes from a fine grid."""
    t = np.linspace(0, 1, 100_001)
    truth = float(np.abs(stats.beta.cdf(t, 2, 2) - stats.beta.cdf(t, 2, 3)).max())
    found = []
    for _ in range(draws):
        one, two = rng.beta(2, 2, n // 2), rng.beta(2, 3, n // 2)
        found.append(distributions.within_bands(distributions.distances(one, two)[0], n // 2, n // 2))
    return stacked(found), truth


def paired_difference(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    return difference.newcombe_paired(*rng.multinomial(n, (0.7, 0.1, 0.05, 0.15), draws).T), 0.05


def balanced_accuracy(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    trials, rates = np.array([n // 5, n - n // 5])[:, None], np.array([0.9, 0.8])
    x = rng.binomial(trials, rates[:, None], (2, draws))
    limits = proportion.wilson(x, trials)
    return combine.mover_sum(x / trials, limits.low, limits.high, [0.5, 0.5]), 0.85


CELLS = np.array([0.6, 0.1, 0.1, 0.2])
"""True and predicted class: both negative, false alarm, miss, hit. F1 is 2/3."""


def f1(tables: FloatArray) -> FloatArray:
    return np.asarray(2 * tables[..., 1, 1] / (2 * tables[..., 1, 1] + tables[..., 0, 1] + tables[..., 1, 0]))


def f1_of_counts(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    tables = rng.multinomial(n, CELLS, draws).astype(np.float64).reshape(draws, 1, 2, 2)
    whole = cut({}, 1, depth=1)
    return stacked([Bootstrapped(lambda t: Functional(f1(t)), one, whole, rng).interval(0.95) for one in tables]), 2 / 3


def precision_without_alarms(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    """Tables that are conditioned on having no false alarm, where only the posterior shows a spread; few rows."""
    tables = rng.multinomial(n, (0.6, 0.002, 0.1, 0.298), draws * 8).astype(np.float64)
    tables = tables[tables[:, 1] == 0][:draws].reshape(-1, 1, 2, 2)
    whole = cut({}, 1, depth=1)

    def precision(t: FloatArray) -> Functional:
        return Functional(t[..., 1, 1] / (t[..., 1, 1] + t[..., 0, 1]))

    return stacked([Bootstrapped(precision, one, whole, rng).interval(0.95) for one in tables]), 0.298 / 0.3


def f1_by_abc(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    tables = rng.multinomial(n, CELLS, draws).astype(np.float64).reshape(draws, 2, 2)
    return Tabulated(f1, tables).interval(0.95), 2 / 3


SPARSE = np.array([0.95, 0.005, 0.02, 0.025])


def mcc(tables: FloatArray) -> FloatArray:
    (tn, fp), (fn, tp) = np.moveaxis(np.moveaxis(tables, -1, 0), -1, 0).swapaxes(0, 1)
    under = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return np.asarray(np.divide(tp * tn - fp * fn, np.sqrt(under), out=np.zeros_like(under), where=under > 0))


def mcc_by_abc(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    tables = rng.multinomial(n, SPARSE, draws).astype(np.float64).reshape(draws, 2, 2)
    return Tabulated(mcc, tables).interval(0.95), float(mcc(SPARSE.reshape(2, 2)))


def two_tables(score: Callable[[FloatArray], FloatArray], cells: FloatArray) -> Draw:
    """The second of two groups, three rows in ten, against the first; ``cells``: shares of counts, ``(2, 4)``."""

    def draw(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
        sizes, found = (n - n * 3 // 10, n * 3 // 10), []
        for _ in range(draws):
            tables = rng.multinomial(sizes, cells).astype(np.float64).reshape(2, 2, 2)
            found.append(Differing(Tabulated(score, tables), Sides(np.arange(2), 0)).interval(0.95))
        truth = score(cells.reshape(2, 2, 2))
        return stacked([Interval(low[1:], high[1:]) for low, high in found]), float(truth[1] - truth[0])

    return draw


def log_loss(n: int, rng: np.random.Generator) -> Loss:
    """Of probabilities that are much too extreme."""
    p, y = forecasts(n, rng, 2.5)
    return Loss(-np.log(np.where(y == 1, p, 1 - p)), lower=0.0)


@cache
def mean_log_loss() -> float:
    z = np.linspace(-14, 13, 200_001)
    given = expit(z) * np.log1p(np.exp(-2.5 * z)) + expit(-z) * np.log1p(np.exp(2.5 * z))
    return float(np.trapezoid(given * stats.norm.pdf(z, -0.5, 1.5), z))


def rare_log_loss(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    """Of calibrated probabilities, 1.75 in 100 of which come true; samples with fewer than five of these are no evidence."""
    p = expit(rng.normal(-4.5, 1.0, (draws, n)))
    y = rng.random((draws, n)) < p
    loss = -np.log(np.where(y, p, 1 - p))[y.sum(axis=1) >= MINIMUM_CLASS]
    return skewed.hall(skewed.shape(n, loss.sum(1), (loss**2).sum(1), (loss**3).sum(1)), lower=0), entropy_of_rare()


@cache
def entropy_of_rare() -> float:
    z = np.linspace(-12.5, 3.5, 200_001)
    given = expit(z) * np.log1p(np.exp(-z)) + expit(-z) * np.log1p(np.exp(z))
    return float(np.trapezoid(given * stats.norm.pdf(z, -4.5, 1.0), z))


def skewed_loss(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    y = rng.exponential(size=(draws, n))
    return skewed.hall(skewed.shape(n, y.sum(1), (y**2).sum(1), (y**3).sum(1)), lower=0), 1.0


def mean_loss(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    y = rng.beta(0.5, 2, (draws, n))
    return mean.student_t(n, y.sum(1), (y**2).sum(1), lower=0, upper=1), 0.2


def ratio_of_losses(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    x = 3 + rng.exponential(size=(draws, n))
    y = (x + 3 + rng.exponential(size=(draws, n))) / 2
    above, below = (means.Sums(n, of.sum(1), (of**2).sum(1)) for of in (x, y))
    return means.ratio_of_means(above, below, (x * y).sum(1)), 1.0


def clustered(n: int, draws: int, rng: np.random.Generator, icc: float = 0.2) -> tuple[FloatArray, FloatArray]:
    """Rows and hits of n/20 clusters of 10 to 30 rows whose rates differ: beta-binomial, 0.3 on average."""
    rows = rng.integers(10, 31, (draws, n // 20))
    rates = rng.beta(0.3 * (1 / icc - 1), 0.7 * (1 / icc - 1), rows.shape)
    return rows.astype(np.float64), rng.binomial(rows, rates).astype(np.float64)


def clustered_rate(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    rows, hits = clustered(n, draws, rng)
    return clusters.rate_interval(clusters.cluster_sums(hits, rows, rows)), 0.3


def clustered_mean(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    rows, hits = clustered(n, draws, rng)
    return clusters.mean_interval(clusters.cluster_sums(hits, rows, rows), lower=0.0, upper=1.0), 0.3


def cluster_bootstrap(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    found = []
    for rows, hits in zip(*clustered(n, draws, rng), strict=True):
        totals = clusters.resample_clusters(np.stack([hits, rows], -1), 400, rng)
        found.append(bootstrap.percentile(hits.sum() / rows.sum(), totals[:, 0] / totals[:, 1]))
    return stacked(found), 0.3


def classified(n: int, rng: np.random.Generator, area: float = 0.8, share: float = 0.3) -> tuple[IntArray, FloatArray]:
    """Labels, and scores that are normal in each class."""
    y = (rng.random(n) < share).astype(np.int64)
    return y, rng.normal(size=n) + np.sqrt(2) * stats.norm.ppf(area) * y


MOST = 0.1
"""Greatest false-positive rate of a partial area."""


@cache
def left_end() -> float:
    c = np.linspace(stats.norm.isf(MOST), 9, 200_001)
    return float(np.trapezoid(stats.norm.sf(c - SHIFT) * stats.norm.pdf(c), c) / MOST)


@cache
def precision_there() -> float:
    """Precision where the recall is 0.8."""
    return float(0.3 * 0.8 / (0.3 * 0.8 + 0.7 * stats.norm.sf(stats.norm.isf(0.8) + SHIFT)))


@cache
def recall_there() -> float:
    """Recall where the precision is 0.6."""
    t = np.linspace(-4, 6, 200_001)
    hits, alarms = 0.3 * stats.norm.sf(t - SHIFT), 0.7 * stats.norm.sf(t)
    return float(hits[hits >= 0.6 * (hits + alarms)].max() / 0.3)


def at_threshold(function: scores.RankStatistic) -> Callable[[int, np.random.Generator], RankFunction]:
    return lambda n, rng: RankFunction(*classified(n, rng)[::-1], function)


def two_models(n: int, rng: np.random.Generator) -> PairedRanking:
    y, one = classified(n, rng)
    return PairedRanking(y, one, 0.6 * one + 0.8 * (rng.normal(size=n) + SHIFT * y))


def two_classifiers(n: int, rng: np.random.Generator) -> PairedRecalls:
    y = (rng.random(n) < 0.3).astype(np.int64)
    before = np.where(rng.random(n) < 0.8, y, 1 - y)
    return PairedRecalls(y, before, np.where(rng.random(n) < 0.7, before, np.where(rng.random(n) < 0.9, y, 1 - y)), 2)


@cache
def precision_at_all_ranks() -> float:
    t = np.linspace(-8, 10, 100_001)
    hits, alarms = 0.3 * stats.norm.sf(t - SHIFT), 0.7 * stats.norm.sf(t)
    return float(np.trapezoid(hits / (hits + alarms) * stats.norm.pdf(t - SHIFT), t))


def forecasts(n: int, rng: np.random.Generator, slope: float = 1.6) -> tuple[FloatArray, IntArray]:
    """Probabilities that are too extreme, and labels."""
    z = rng.normal(-0.5, 1.5, n)
    return np.asarray(expit(slope * z)), (rng.random(n) < expit(z)).astype(np.int64)


def events(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    return observed_expected.observed_expected_interval(rng.binomial(n, 0.05, draws), n * 0.05), 1.0


def predicted(n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Values and predictions, normal, with correlation √0.5 and R² 0.5."""
    x = rng.normal(size=n)
    return x + rng.normal(size=n), x


def deviations(n: int, rng: np.random.Generator) -> NormalisedError:
    """Ten sizes of deviations, each a tenth too small for its errors."""
    stated = np.asarray(0.55 + 0.1 * rng.integers(0, 10, n), np.float64)
    return NormalisedError(rng.normal(size=n) * 1.1 * stated, stated)


def wrong_by_a_fifth(n: int, rng: np.random.Generator) -> KernelCalibration:
    """All rows alike, so that the error is 2·0.2²."""
    return KernelCalibration(np.tile([0.4, 0.6], (n, 1)), (rng.random(n) < 0.8).astype(np.int64))


def area_of(labels: IntArray, scores: FloatArray) -> float:
    y = labels.astype(bool)
    ranks = stats.rankdata(scores)
    return float((ranks[y].sum() - y.sum() * (y.sum() + 1) / 2) / (y.sum() * (~y).sum()))


def resampled_area(n: int, rng: np.random.Generator) -> ResampledRows:
    y, scores = classified(n, rng)
    return ResampledRows(lambda rows, _: area_of(y[rows], scores[rows]), [y, scores])


def consistency(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    """The truth depends on n, as neighbours come nearer: it is taken to be the mean over the samples."""
    whole, found, values = cut({}, n, depth=1), [], []
    for _ in range(draws):
        x = rng.normal(size=(n, 2))
        decided = (x[:, 0] + rng.normal(size=n) > 0).astype(np.int64)
        one = NeighbourAgreement(decided, neighbourhood(x, 5)).by(whole, rng)
        found.append(one.interval(0.95))
        values.append(one.value)
    return stacked(found), float(np.mean(values))


CASES = [
    Case("wilson", "a rate of 0.3", rate(proportion.proportion, 0.3)),
    Case("wilson", "a rate of 0.95", rate(proportion.proportion, 0.95)),
    Case("clopper-pearson", "a rate of 0.3", rate(proportion.clopper_pearson, 0.3), cautious=True),
    Case("newcombe", "rates of 0.85 and 0.75", two_rates(difference.newcombe, 0.85, 0.75, 0.1)),
    Case("newcombe-minimum", "four groups, equal", least_of_groups(difference.newcombe, (0.3,) * 4, 0.0), cautious=True),
    Case("newcombe-minimum", "four groups, one low", least_of_groups(difference.newcombe, (0.5, 0.5, 0.5, 0.3), -0.2), cautious=True),
    Case("newcombe-paired", "two models on the same rows", paired_difference),
    Case("koopman", "rates of 0.2 and 0.25", two_rates(ratio.koopman, 0.2, 0.25, 0.8)),
    Case("koopman-minimum", "four groups, one low", least_of_groups(ratio.koopman, (0.5, 0.5, 0.5, 0.3), 0.6), cautious=True),
    Case("katz", "rates of 0.2 and 0.25", two_rates(ratio.katz, 0.2, 0.25, 0.8)),
    Case("score-odds-ratio", "rates of 0.2 and 0.5", two_rates(odds_ratio.odds_ratio, 0.2, 0.5, 0.25)),
    Case("maximum-of-differences", "two gaps, the greater 0.1", greatest_difference, cautious=True),
    Case("mean-of-absolute-differences", "two gaps of 0.2 and 0.1", mean_difference, cautious=True),
    Case("mover-difference", "areas of two groups",
         two_groups(lambda n, rng: Ranking(*classified(n, rng)[::-1]), Differing, 0.0), FEW),
    Case("mover-difference", "losses of two groups", two_groups(exponential, Differing, 1.0), SOME),
    Case("mover-difference", "MCC of two groups, 0.70 and 0.38", two_tables(mcc, np.array([[0.5, 0.05, 0.1, 0.35], [0.6, 0.1, 0.15, 0.15]])), SOME),
    Case("mover-difference", "F1 of two groups, 2/3 each", two_tables(f1, np.stack([CELLS, CELLS])), SOME),
    Case("mover-difference", "MCC of two groups with few positives", two_tables(mcc, np.stack([SPARSE, SPARSE])), SOME, (1000, 5000)),
    Case("mover-ratio", "losses of two groups", two_groups(exponential, Multiplied, 2.0), SOME),
    Case("two-bands", "Kolmogorov-Smirnov distance of two groups", distance_of_scores, SOME, cautious=True),
    Case("mantel-haenszel-difference", "8 strata", within_strata(stratified.risk_difference_interval, -0.1)),
    Case("mantel-haenszel-odds", "8 strata", within_strata(stratified.odds_ratio_interval, 0.5, odds=True)),
    Case("greatest-log-ratio", "three groups", log_ratios, SOME, cautious=True),
    Case("mover", "balanced accuracy of 0.85", balanced_accuracy),
    Case("mover-paired", "gain in balanced accuracy", of_rows(two_classifiers, 0.03), SOME),
    Case("multinomial-bca", "F1 of 2/3", f1_of_counts, FEW),
    Case("dirichlet-jeffreys", "precision where no alarm was false", precision_without_alarms, FEW, (200,), cautious=True),
    Case("abc", "F1 of 2/3", f1_by_abc, SOME),
    Case("abc", "MCC with few positives", mcc_by_abc, SOME, (1000, 5000)),
    Case("logit-partial", "area up to a false-positive rate of 0.1",
         of_rows(lambda n, rng: LeftEnd(*classified(n, rng)[::-1], MOST), left_end), SOME),
    Case("score-bootstrap", "precision at a recall of 0.8",
         of_rows(at_threshold(partial(scores.precision_at_recall, recall=0.8)), precision_there), FEW, (200, 1000), cautious=True),
    Case("score-bootstrap", "recall at a precision of 0.6",
         of_rows(at_threshold(partial(scores.recall_at_precision, precision=0.6)), recall_there), FEW, (200, 1000), cautious=True),
    Case("logit-delong", "an area of 0.8", of_rows(lambda n, rng: Ranking(*classified(n, rng)[::-1]), 0.8), FEW),
    Case("newcombe-auroc", "an area of 0.98", of_rows(lambda n, rng: Ranking(*classified(n, rng, 0.98, 0.1)[::-1]), 0.98), SOME, (200,)),
    Case("delong-paired", "gain in area", of_rows(two_models, float(stats.norm.cdf(1.4 * SHIFT / np.sqrt(2)) - 0.8)), FEW),
    Case("logit-jackknife", "average precision", of_rows(lambda n, rng: AveragePrecision(*classified(n, rng)[::-1]), precision_at_all_ranks), SOME),
    Case("cross-fitted-newcombe", "Kolmogorov-Smirnov distance of the classes",
         of_rows(lambda n, rng: Separation(*classified(n, rng)[::-1]), float(2 * stats.norm.cdf(SHIFT / 2) - 1)), FEW, cautious=True),
    Case("row-bootstrap", "an area of 0.8", of_rows(resampled_area, 0.8), 300, (200, 1000)),
    Case("sections-t", "an area of 0.8", of_rows(resampled_area, 0.8), FEW, (5000,)),
    Case("student-t", "a bounded loss", mean_loss, SOME),
    Case("hall", "an exponential loss", skewed_loss, SOME),
    Case("hall", "log loss of over-confident forecasts", of_rows(log_loss, mean_log_loss), SOME),
    Case("hall", "log loss with one row in 57 positive, where five are or more", rare_log_loss, SOME),
    Case("fieller", "ratio of two losses", ratio_of_losses, SOME),
    Case("garwood", "events as expected", events, cautious=True),
    Case("debiased-ece", "over-confident forecasts",
         of_rows(lambda n, rng: CalibrationError(*forecasts(n, rng)), 0.07009), SOME, cautious=True),
    Case("debiased-ece", "calibrated forecasts",
         of_rows(lambda n, rng: CalibrationError(*forecasts(n, rng, 1.0)), 0.0), SOME, cautious=True),
    Case("debiased-squares", "over-confident forecasts",
         of_rows(lambda n, rng: Binned(*forecasts(n, rng), SquaredError), 0.07522**2), SOME, cautious=True),
    Case("debiased-squares", "calibrated forecasts",
         of_rows(lambda n, rng: Binned(*forecasts(n, rng, 1.0), SquaredError), 0.0), SOME, cautious=True),
    Case("wald-sandwich", "calibration slope of 1/1.6",
         of_rows(lambda n, rng: Recalibration(*forecasts(n, rng), "slope"), 1 / 1.6), FEW),
    Case("delta", "R² of 0.5", of_rows(lambda n, rng: Agreement(*predicted(n, rng), agreement.r_squared, agreement.below_one), 0.5), SOME),
    Case("rank-influence", "rank correlation of normal values",
         of_rows(lambda n, rng: RankCorrelation(*predicted(n, rng)), float(6 / np.pi * np.arcsin(np.sqrt(0.5) / 2))), SOME),
    Case("rank-influence", "Kendall correlation of normal values",
         of_rows(lambda n, rng: PairOrder(*predicted(n, rng)), 0.5), SOME),
    Case("mean-of-groups", "deviations that are a tenth too small", of_rows(deviations, 0.1), FEW, cautious=True),
    Case("block-t", "probability of 0.6 where it is 0.8", of_rows(wrong_by_a_fifth, 0.08), SOME, (1000, 5000)),
    Case("order-statistics", "the median",
         of_rows(lambda n, rng: Quantile(rng.exponential(size=n), 0.5), float(np.log(2))), SOME),
    Case("dkw-band", "predictive spread of one half",
         of_rows(lambda n, rng: MiscalibrationArea(stats.norm.cdf(rng.normal(size=n) / 0.5)), float(0.5 - 2 / np.pi * np.arctan(0.5))), SOME, cautious=True),
    Case("jackknife-t", "consistency of noisy decisions with 5 neighbours", consistency, FEW, (200, 1000)),
    Case("korn-graubard", "a rate in clusters of 10 to 30", clustered_rate, SOME),
    Case("korn-graubard", "micro F1 of five labels", of_rows(labelled.micro_f1, labelled.MICRO_F1), SOME),
    Case("mean-of-rates", "macro F1 of five labels", of_rows(labelled.macro_f1, labelled.MACRO_F1), SOME),
    Case("linearised-t", "a mean in clusters of 10 to 30", clustered_mean, SOME),
    Case("linearised-t", "calibration slope, weighted clusters", designs.drawn(designs.forecasts, lambda p, y: Recalibration(p, y, "slope"), 1 / 1.6), FEW, (200, 1000)),
    Case("linearised-t", "gain in area, weighted clusters", designs.drawn(designs.two_scores, PairedRanking, float(stats.norm.cdf(1.4 * SHIFT / np.sqrt(2)) - 0.8)), FEW, (200, 1000)),
    Case("linearised-logit", "mean area of five labels", of_rows(labelled.macro_area, 0.8), SOME, (200, 1000)),
    Case("linearised-logit", "an area of 0.8, weighted clusters", designs.drawn(designs.classes, Ranking, 0.8), FEW, (1000, 5000)),
    Case("linearised-logit", "average precision, weighted clusters", designs.drawn(designs.classes, AveragePrecision, precision_at_all_ranks), FEW, (200, 1000)),
    Case("linearised-log", "R² of 0.5, weighted clusters",
         designs.drawn(designs.values, lambda y, f: Agreement(y, f, agreement.r_squared, agreement.below_one), 0.5), FEW, (200, 1000)),
    Case("linearised-log", "observed over expected, weighted clusters", designs.drawn(designs.calibrated, ObservedExpected, 1.0), FEW, (200, 1000)),
    Case("linearised-fisher", "rank correlation, weighted clusters",
         designs.drawn(designs.values, RankCorrelation, float(6 / np.pi * np.arcsin(np.sqrt(0.5) / 2))), FEW, (200, 1000)),
    Case("designed-debiased-ece", "over-confident forecasts, weighted clusters", designs.drawn(designs.forecasts, CalibrationError, 0.07009), FEW, (200, 1000), cautious=True),
    Case("designed-debiased-squares", "over-confident forecasts, weighted clusters",
         designs.drawn(designs.forecasts, lambda p, y: Binned(p, y, SquaredError), 0.005658), FEW, (1000, 5000), cautious=True),
    Case("cross-fitted-linearised", "Kolmogorov-Smirnov distance, weighted clusters",
         designs.drawn(designs.classes, Separation, float(2 * stats.norm.cdf(SHIFT / 2) - 1)), FEW, (200, 1000), cautious=True),
    Case("cluster-bootstrap", "R² by resampled rows, weighted clusters",
         designs.drawn(designs.values, lambda y, f: ResampledRows(lambda rows, w: designs.r_squared(y[rows], f[rows], w), [y, f]), 0.5), FEW, (200, 1000)),
    Case("effective-newcombe", "an area of 0.98, weighted clusters", designs.drawn(designs.far_classes, Ranking, 0.98), FEW, (200, 1000), cautious=True),
    Case("woodruff", "the median, weighted clusters", designs.drawn(designs.losses, Quantile, float(np.log(2))), FEW, (200, 1000)),
    Case("weighted-bootstrap", "F1, weighted rows", designs.weighted_f1, FEW, (200, 1000)),
    Case("cluster-bootstrap", "a rate in clusters of 10 to 30", cluster_bootstrap, FEW, (1000, 5000)),
]  # fmt: skip

NOT_SIMULATED = {
    "hoeffding": "a bound that holds for every distribution",
    "newcombe-maximum": "newcombe-minimum of the other outcome",
    "newcombe-diluted": "newcombe against the rest, times the share of the rest",
    "koopman-maximum": "the pairs of koopman-minimum, joined from the other side",
    "koopman-diluted": "koopman against the rest, on another scale",
    "mover-difference-minimum": "limits of mover-difference at the Bonferroni level",
    "mover-difference-maximum": "limits of mover-difference at the Bonferroni level",
    "mover-ratio-minimum": "limits of mover-ratio at the Bonferroni level",
    "mover-ratio-maximum": "limits of mover-ratio at the Bonferroni level",
    "mean-of-classes": "limits of debiased-ece at the Bonferroni level",
    "lowest-of-rates": "limits of wilson at the Bonferroni level",
    "sample-maximum": "exact for every distribution",
}
"""Methods without an entry above, and why."""
