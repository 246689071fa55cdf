"""Weighted and clustered rows: every statistic against scikit-learn's, statsmodels', and the one without a design."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import sklearn.metrics as skm
import statsmodels.api as sm

from assay.audit.design import Design
from assay.audit.errors import NotAssessed
from assay.audit.shapes.agreement import Agreement
from assay.audit.shapes.base import RowStatistic, Statistic
from assay.audit.shapes.calibration import ObservedExpected, Recalibration
from assay.audit.shapes.joint import PairedF1, PairedRanking, PairedRecalls
from assay.audit.shapes.left_end import LeftEnd
from assay.audit.shapes.ordered import Explained, Largest, Quantile, RankCorrelation
from assay.audit.shapes.precision import AveragePrecision, Lift
from assay.audit.shapes.predictive import LowestRate, MiscalibrationArea
from assay.audit.shapes.queries import PerQuery
from assay.audit.shapes.ranking import Ranking
from assay.audit.shapes.separation import Separation
from assay.audit.shapes.skill import Skill
from assay.audit.slices import FloatArray, IntArray, cut
from assay.audit.stats import agreement, pit, retrieval

N = 2000
RNG = np.random.default_rng(11)
Z = RNG.normal(size=N)
P = 1 / (1 + np.exp(-1.3 * Z))
Y = (RNG.random(N) < 1 / (1 + np.exp(-Z))).astype(np.int64)
P2 = np.clip(P + RNG.normal(0, 0.1, N), 0.01, 0.99)
D, D2 = (P > 0.5).astype(np.int64), (P2 > 0.5).astype(np.int64)
V, F = Z + RNG.normal(size=N), Z
W = RNG.uniform(0.2, 3, N)
CLUSTER = RNG.integers(0, 100, N)

STATISTICS: dict[str, tuple[RowStatistic, Callable[[FloatArray], float]]] = {
    "area": (Ranking(P, Y), lambda w: skm.roc_auc_score(Y, P, sample_weight=w)),
    "area of tied scores": (
        Ranking(np.round(P, 1), Y),
        lambda w: skm.roc_auc_score(Y, np.round(P, 1), sample_weight=w),
    ),
    "average precision": (AveragePrecision(P, Y), lambda w: skm.average_precision_score(Y, P, sample_weight=w)),
    "lift": (Lift(P, Y, 0.2), lambda w: _lift(w)),
    "R²": (Agreement(V, F, agreement.r_squared, agreement.below_one), lambda w: skm.r2_score(V, F, sample_weight=w)),
    "explained variance": (
        Agreement(V, F, agreement.explained_variance, agreement.below_one),
        lambda w: skm.explained_variance_score(V, F, sample_weight=w),
    ),
    "correlation": (
        Agreement(V, F, agreement.pearson, agreement.within_one),
        lambda w: np.cov(V, F, aweights=w)[0, 1] / np.sqrt(np.prod(np.diag(np.cov(V, F, aweights=w)))),
    ),
    "concordance": (Agreement(V, F, agreement.concordance, agreement.within_one), lambda w: _concordance(w)),
    "absolute error explained": (Explained(V, F), lambda w: skm.d2_absolute_error_score(V, F, sample_weight=w)),
    "median": (Quantile(np.abs(V - F)), lambda w: skm.median_absolute_error(V, F, sample_weight=w)),
    "skill": (
        Skill(np.square(P - Y), np.square(0.5 - Y), 1.0),
        lambda w: 1 - skm.brier_score_loss(Y, P, sample_weight=w) / 0.25,
    ),
    "observed over expected": (ObservedExpected(P, Y), lambda w: float(w @ Y / (w @ P))),
    "slope": (Recalibration(P, Y, "slope"), lambda w: _fit(w, "slope").params[1]),
    "intercept": (Recalibration(P, Y, "intercept"), lambda w: _fit(w, "intercept").params[0]),
    "gain in area": (
        PairedRanking(Y, P2, P),
        lambda w: skm.roc_auc_score(Y, P, sample_weight=w) - skm.roc_auc_score(Y, P2, sample_weight=w),
    ),
    "gain in F1": (
        PairedF1(Y, D2, D),
        lambda w: skm.f1_score(Y, D, sample_weight=w) - skm.f1_score(Y, D2, sample_weight=w),
    ),
    "gain in balanced accuracy": (
        PairedRecalls(Y, D2, D, 2),
        lambda w: (
            skm.balanced_accuracy_score(Y, D, sample_weight=w) - skm.balanced_accuracy_score(Y, D2, sample_weight=w)
        ),
    ),
    "rank correlation": (RankCorrelation(V, F), lambda w: _repeated_spearman(w)),
}
"""A statistic of the rows above, and its value with weights according to somebody else."""

WHOLE = {"rank correlation"}
"""Those whose oracle repeats rows, so that weights must be whole."""


def _lift(w: FloatArray) -> float:
    order = np.argsort(-P)
    top = np.zeros(N, bool)
    top[order[: int(np.searchsorted(np.cumsum(w[order]), 0.2 * w.sum())) + 1]] = True
    return float((w[top] @ Y[top] / w[top].sum()) / (w @ Y / w.sum()))


def _concordance(w: FloatArray) -> float:
    covariance = np.cov(V, F, aweights=w, ddof=0)
    gap = np.average(V, weights=w) - np.average(F, weights=w)
    return float(2 * covariance[0, 1] / (np.trace(covariance) + gap**2))


def _repeated_spearman(w: FloatArray) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(np.repeat(V, w.astype(int)), np.repeat(F, w.astype(int))).statistic)


def _fit(w: FloatArray, which: str, cluster: IntArray | None = None) -> Any:
    logits = np.log(P / (1 - P))
    x, offset = (np.ones((N, 1)), logits) if which == "intercept" else (sm.add_constant(logits), np.zeros(N))
    family = sm.families.Binomial()
    if cluster is None:
        return sm.GLM(Y, x, family=family, freq_weights=w, offset=offset).fit()
    y, x, offset, cluster = (np.repeat(of, w.astype(int), axis=0) for of in (Y, x, offset, cluster))
    kwds = {"groups": cluster, "use_correction": False}
    return sm.GLM(y, x, family=family, offset=offset).fit(cov_type="cluster", cov_kwds=kwds)


def measured(statistic: RowStatistic, weight: FloatArray | None, cluster: IntArray | None = None) -> Statistic:
    """Of all rows."""
    design = None if weight is None else Design(weight, cluster)
    return statistic.by(replace(cut({}, N, depth=1), design=design), np.random.default_rng(0))


def limits(found: Statistic) -> tuple[float, float]:
    low, high = found.interval(0.95)
    return float(low[0]), float(high[0])


each = pytest.mark.parametrize("name", STATISTICS)


@each
def test_values_are_those_of_others(name: str) -> None:
    statistic, oracle = STATISTICS[name]
    weights = np.ceil(W) if name in WHOLE else W
    found = measured(statistic, weights, CLUSTER)
    assert found.value[0] == pytest.approx(oracle(weights), abs=1e-9)
    low, high = limits(found)
    assert low < found.value[0] < high


@each
def test_equal_weights_change_no_more_than_the_degrees_of_freedom_do(name: str) -> None:
    statistic, _ = STATISTICS[name]
    plain = measured(statistic, None)
    low, high = limits(plain)
    for found in (measured(statistic, np.full(N, 2.5)), measured(statistic, np.ones(N), RNG.permutation(N))):
        assert found.value[0] == pytest.approx(plain.value[0], abs=1e-9)
        if name == "observed over expected":  # its plain interval is known to be too wide
            assert low < limits(found)[0] < limits(found)[1] < high
        else:
            assert limits(found) == pytest.approx((low, high), abs=0.05 * (high - low))


@each
def test_rows_counted_twice_as_clusters_of_two_tell_no_more(name: str) -> None:
    """So an interval that takes them for independent is too narrow, by the root of two."""
    statistic, _ = STATISTICS[name]
    twice = _twice(statistic)
    slices = cut({}, 2 * N, depth=1)
    rng = np.random.default_rng(0)
    pairs = replace(slices, design=Design(np.ones(2 * N), np.tile(np.arange(N), 2)))
    single = replace(slices, design=Design(np.ones(2 * N)))
    once, paired, alone = measured(statistic, np.ones(N)), twice.by(pairs, rng), twice.by(single, rng)
    assert limits(paired) == pytest.approx(limits(once), abs=2e-6 if name != "median" else 0.01)
    ratio = np.diff(limits(paired))[0] / np.diff(limits(alone))[0]
    assert ratio == pytest.approx(np.sqrt(2), rel=0.04 if name != "median" else 0.12)


def _twice(statistic: RowStatistic) -> RowStatistic:
    arrays = {key: np.tile(part, 2) for key, part in vars(statistic).items() if isinstance(part, np.ndarray)}
    return replace(statistic, **arrays)  # type: ignore[type-var]


@each
def test_rows_without_weight_do_not_count(name: str) -> None:
    statistic, _ = STATISTICS[name]
    weights = np.where(np.arange(N) % 3 == 0, 0.0, W)
    slices = replace(cut({"kept": (np.minimum(np.arange(N) % 3, 1), ["no", "yes"])}, N, depth=1))
    weighed = statistic.by(replace(slices, design=Design(weights, CLUSTER)), np.random.default_rng(0))
    sliced = statistic.by(replace(slices, design=Design(W, CLUSTER)), np.random.default_rng(0))
    for end, other in zip(weighed.interval(0.95), sliced.interval(0.95), strict=True):
        assert end[0] == other[2]
    assert weighed.state == ["ok", "undefined", "ok"]
    assert np.isnan(weighed.value[1])


@pytest.mark.parametrize("which", ["slope", "intercept"])
def test_errors_of_recalibration_are_those_of_statsmodels(which: str) -> None:
    """There weighted rows are rows repeated within their cluster."""
    found = measured(Recalibration(P, Y, which), np.ceil(W), CLUSTER)  # type: ignore[arg-type]
    expected = _fit(np.ceil(W), which, CLUSTER).bse[-1]
    assert found.counts["standard_error"][0] == pytest.approx(expected * np.sqrt(100 / 99), rel=1e-6)


def test_error_of_the_area_is_that_of_obuchowski() -> None:
    """Written as in the paper, by cluster and class; it corrects each class, by clusters that have one, for its own mean."""
    found = measured(Ranking(P, Y), np.ones(N), CLUSTER)
    greater = (P[Y == 1][:, None] > P[Y == 0]).astype(float)
    area, positives, negatives = greater.mean(), (Y == 1).sum(), (Y == 0).sum()
    clusters = range(100)
    x = np.array([(greater.mean(1) - area)[CLUSTER[Y == 1] == c].sum() for c in clusters]) / positives
    y = np.array([(greater.mean(0) - area)[CLUSTER[Y == 0] == c].sum() for c in clusters]) / negatives
    variance = 100 / 99 * (x @ x + y @ y + 2 * x @ y)
    assert found.counts["standard_error"][0] ** 2 == pytest.approx(variance, rel=1e-9)


def test_equal_rankings_and_perfect_ones_have_an_interval_that_is_called_degenerate() -> None:
    alike = measured(PairedRanking(Y, P, P**2), W, CLUSTER)
    assert (alike.value[0], alike.state) == (0, ["degenerate"])
    assert -0.1 < limits(alike)[0] < -0.01 < 0.01 < limits(alike)[1] < 0.1
    perfect = measured(Ranking(Y.astype(float), Y), W, CLUSTER)
    assert (perfect.value[0], perfect.state, limits(perfect)[1]) == (1, ["degenerate"], 1)
    assert 0.9 < limits(perfect)[0] < 0.99
    assert perfect.method == ["effective-newcombe"]


def test_one_class_and_one_cluster_give_no_value_and_no_limits() -> None:
    none = measured(Ranking(P, np.zeros(N, np.int64)), W, CLUSTER)
    assert (none.state, limits(none)) == (["undefined"], (0, 1))
    alone = measured(Agreement(V, F, agreement.r_squared, agreement.below_one), W, np.zeros(N, np.int64))
    assert (alone.state, limits(alone)) == (["insufficient"], (-np.inf, 1))


def test_the_maximum_counts_clusters() -> None:
    found = measured(Largest(np.abs(V)), np.where(np.abs(V) > 2, 0.0, 1.0), CLUSTER)
    assert found.value[0] == np.abs(V)[np.abs(V) <= 2].max()
    assert found.n[0] == 100


def test_distance_is_that_of_the_weighted_distribution_functions() -> None:
    found = measured(Separation(P, Y), W, CLUSTER)
    below = P[:, None] >= P
    shares = [below[:, k == Y] @ W[k == Y] / W[k == Y].sum() for k in (0, 1)]
    assert found.value[0] == pytest.approx(np.abs(shares[0] - shares[1]).max(), rel=1e-9)
    assert limits(found)[0] < found.value[0] < limits(found)[1]
    plain, equal = measured(Separation(P, Y), None), measured(Separation(P, Y), np.full(N, 2.5))
    assert equal.value[0] == pytest.approx(plain.value[0], rel=1e-9)
    assert limits(equal) == pytest.approx(limits(plain), abs=0.05)  # other halves
    reversed_scores = measured(Separation(-P, Y), np.ones(N))
    assert limits(reversed_scores) == pytest.approx(limits(equal), abs=0.05)


def test_left_end_of_the_roc_curve_is_that_of_scikit_learn() -> None:
    found = measured(LeftEnd(P, Y, 0.2), W, CLUSTER)
    share = skm.roc_auc_score(Y, P, max_fpr=0.2, sample_weight=W)  # McClish's standardised area
    assert (1 + (found.value[0] - 0.1) / 0.9) / 2 == pytest.approx(share, abs=1e-9)
    assert limits(found)[0] < found.value[0] < limits(found)[1]


def test_miscalibration_area_of_whole_weights_is_that_of_repeated_rows() -> None:
    whole = np.ceil(W)
    found, repeated = measured(MiscalibrationArea(P), whole), np.repeat(P, whole.astype(int))
    assert found.value[0] == pytest.approx(pit.miscalibration_area(repeated), rel=1e-9)
    equal, plain = measured(MiscalibrationArea(P), np.full(N, 2.5)), measured(MiscalibrationArea(P), None)
    assert limits(equal) == pytest.approx(limits(plain), rel=1e-9)


def test_lowest_rate_is_that_of_the_weighted_strata() -> None:
    stratum = np.digitize(P, [0.3, 0.7])
    found = measured(LowestRate(Y == 1, stratum, ("low", "middle", "high")), W, CLUSTER)
    rates = [np.average(Y[stratum == k], weights=W[stratum == k]) for k in range(3)]
    assert found.value[0] == pytest.approx(min(rates), rel=1e-9)
    assert limits(found)[0] < min(rates) < limits(found)[1]


def test_queries_weigh_the_mean_of_their_items() -> None:
    queries = np.repeat(np.arange(200), 10)
    of = PerQuery(Y, P, queries, partial(retrieval.ndcg, k=5))
    found = measured(of, W, queries // 4)
    values = retrieval.ndcg(Y, P, queries, 200, k=5)
    assert found.value[0] == pytest.approx(np.average(values, weights=W.reshape(200, 10).sum(1)), rel=1e-12)
    assert found.n[0] == 50
    plain, equal = measured(of, None), measured(of, np.full(N, 2.5))
    assert limits(equal) == pytest.approx(limits(plain), rel=1e-9)
    with pytest.raises(NotAssessed, match="queries with items in several clusters"):
        measured(of, W, CLUSTER)
