"""Whether groups are treated alike by scores, whatever the threshold. Scores are of the favourable outcome."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ..audit.record import slice_name
from ..audit.registry import check
from ..audit.shapes.base import MINIMUM_CLASS
from ..audit.shapes.binned import Binned, SquaredError
from ..audit.shapes.calibration import Recalibration
from ..audit.shapes.compare import Comparison, Difference, Ratio
from ..audit.shapes.distributions import CrossArea, Distance
from ..audit.shapes.figures import Table
from ..audit.shapes.losses import Loss
from ..audit.shapes.ranking import Ranking
from ..audit.shapes.rows import Outcomes
from ..audit.slices import FloatArray, IntArray, Slices
from ..audit.stats import distributions
from ..audit.stats.multiple import holm
from ..audit.stats.significance import monte_carlo
from .fairness import EVIDENCE
from .limits import LEFT_OUT, Cell, unweighted


@check("fairness.auroc_difference", better="zero", addresses=EVIDENCE, core=False)
def auroc_difference(favorable_scores: FloatArray, favorable_labels: IntArray) -> Comparison:
    """AUROC difference (AUC parity).

    Area under the ROC curve within a group minus that within the reference group; by default that of the group with the
    highest one. 0 is parity.

    Signs of trouble: a group whose members are told apart less well than others'.
    Limits: looks within groups only, and does not see a group whose scores are too low as a whole: see xAUC.
    """
    return Difference(Ranking(favorable_scores, favorable_labels))


@check("fairness.xauc_difference", better="zero", addresses=EVIDENCE, cites=["arXiv:1902.05826"], core=False)
def xauc_difference(favorable_scores: FloatArray, favorable_labels: IntArray) -> Comparison:
    """Cross-group AUROC difference (xAUC).

    Probability that a deserving member of a group scores above an undeserving one of the reference, minus the probability
    that a deserving one of the reference scores above an undeserving member of the group. By default the reference is all
    other rows. 0 is parity.

    Signs of trouble: below 0, a group whose deserving members are ranked behind others'.
    Limits: trusts the labels.
    """
    return CrossArea(favorable_scores, labels=favorable_labels)


@check("fairness.positive_class_balance", better="zero", addresses=EVIDENCE, cites=["arXiv:1609.05807"], core=False)
def positive_class_balance(favorable_scores: FloatArray, favorable_labels: IntArray) -> Comparison:
    """Balance for the positive class.

    Mean score of the truly favourable rows of a group minus that of the reference group; by default that of the group with
    the highest one. 0 is parity.

    Signs of trouble: a group whose deserving members are given lower scores.
    Limits: trusts the labels. Cannot hold together with calibration where groups differ in their true rates. aif360 has
    its complement as generalized false-negative rate.
    """
    return Difference(Loss(favorable_scores, 0.0, 1.0, unit="probability", used=favorable_labels == 1))


@check("fairness.negative_class_balance", better="zero", addresses=EVIDENCE, cites=["arXiv:1609.05807"], core=False)
def negative_class_balance(favorable_scores: FloatArray, favorable_labels: IntArray) -> Comparison:
    """Balance for the negative class.

    Mean score of the truly not favourable rows of a group minus that of the reference group; by default that of the group
    with the highest one. 0 is parity.

    Signs of trouble: a group whose members are given the benefit of the doubt less often.
    Limits: trusts the labels. Cannot hold together with calibration where groups differ in their true rates. aif360 calls
    the mean itself generalized false-positive rate.
    """
    return Difference(Loss(favorable_scores, 0.0, 1.0, unit="probability", used=favorable_labels == 0))


@check(
    "fairness.calibration_intercept_difference",
    better="zero",
    addresses=EVIDENCE,
    cites=["arXiv:1609.05807", "arXiv:1709.02012"],
    core=False,
)
def calibration_intercept_difference(favorable_scores: FloatArray, favorable_labels: IntArray) -> Comparison:
    """Calibration intercept difference (calibration within groups).

    Intercept of the logistic recalibration within a group minus that of the reference; by default that of all other rows.
    In log-odds; 0 means that scores are off by the same amount in both.

    Signs of trouble: above 0, a group whose scores are too low in comparison.
    Limits: sees a shift of the scores, not their spread; both sides can be off alike.
    """
    return Difference(Recalibration(favorable_scores, favorable_labels, "intercept"), best=None)


@check(
    "fairness.calibration_error_difference",
    better="zero",
    addresses=EVIDENCE,
    cites=["arXiv:1609.05807", "arXiv:1909.10155"],
    core=False,
)
def calibration_error_difference(favorable_scores: FloatArray, favorable_labels: IntArray) -> Comparison:
    """Squared calibration error difference (calibration within groups).

    Debiased squared calibration error of a group, over 15 bins, minus that of the reference group; by default that of the
    group with the lowest one. 0 is parity.

    Signs of trouble: above 0, a group whose scores mean less what they say.
    Limits: says nothing of the direction of the error: see the calibration intercept difference.
    """
    return Difference(Binned(favorable_scores, favorable_labels, SquaredError), best="lowest")


@check(
    "fairness.score_distance",
    metrics=["ks", "wasserstein"],
    better="lower",
    addresses=EVIDENCE,
    cites=["arXiv:1907.12059"],
    core=False,
)
def score_distance(favorable_scores: FloatArray) -> dict[str, Comparison]:
    """Distance of score distributions (strong demographic parity).

    Two distances between the scores of a group and those of the reference, by default all other rows. Kolmogorov-Smirnov:
    the greatest difference in selection rates that any threshold gives. Wasserstein: the mean difference over all thresholds
    from 0 to 1. 0 means that no threshold could tell the groups apart.

    Signs of trouble: an interval wholly above the difference in selection rates that would be accepted.
    Limits: without a sign, and too large on average in small groups. The interval covers more than it says.
    """
    return {"ks": Distance(favorable_scores), "wasserstein": Distance(favorable_scores, ks=False)}


@check("fairness.scoring_rate", better="higher", addresses=(*EVIDENCE, "nyc-ll144:301c1-2"), core=False)
def scoring_rate(favorable_scores: FloatArray) -> Outcomes:
    """Scoring rate.

    Share of rows that score above the median score of all rows, as 6 RCNY 5-300 defines it for tools that give scores.

    Signs of trouble: groups that differ by more than their true rates would explain.
    Limits: rows at the median do not count. The median is taken as fixed; with weights it is that of the rows.
    """
    return Outcomes(favorable_scores > np.median(favorable_scores))


@check(
    "fairness.scoring_rate_ratio",
    better="one",
    addresses=(*EVIDENCE, "nyc-ll144:301c1-2"),
    cites=["6 RCNY 5-300"],
    core=False,
)
def scoring_rate_ratio(favorable_scores: FloatArray) -> Comparison:
    """Impact ratio of scoring rates.

    Share of a group that scores above the median score of all rows, divided by that of the reference group; by default
    that of the group with the highest one. 1 is parity.

    Signs of trouble: below 0.8, by the four-fifths rule of thumb.
    Limits: those of the scoring rate.
    """
    return Ratio(Outcomes(favorable_scores > np.median(favorable_scores)))


CELLS = 512
"""Intervals of scores, each with as many rows, that ROC curves are drawn from."""


@check("fairness.abroca", better="lower", addresses=EVIDENCE, cites=["doi:10.1145/3303772.3303791"], core=False)
def abroca(
    favorable_scores: FloatArray,
    favorable_labels: IntArray,
    slices: Slices,
    rng: np.random.Generator,
    *,
    replicates: Annotated[int, Field(ge=19, le=9999)] = 199,
) -> Table:
    """Area between ROC curves (ABROCA).

    Area between the ROC curve of a group and that of all other rows, from 0 to 1. Chance alone gives more than 0: beside it
    stands what it is on average where groups are exchanged at random among rows with the same true label, and the p-value of
    that, adjusted for the number of groups (Holm).

    Signs of trouble: clearly above what chance gives; curves that cross, so that areas agree and the error rates do not.
    Limits: without a direction, and of no single threshold. Scores are cut into 512 classes of equal size.
    """
    unweighted(slices)
    edges = np.unique(np.quantile(favorable_scores, np.arange(1, CELLS) / CELLS))
    code = favorable_labels * CELLS + np.searchsorted(edges, favorable_scores, "right")
    tables = slices.total(slices.count(code, 2 * CELLS).T).T.reshape(-1, 2, CELLS)
    rows: list[list[Cell]] = []
    for partition in slices.partitions:
        if len(partition.attributes) == 1:
            rows += _curves(tables[0], partition.slices, tables, slices, rng, replicates)
    columns = ["group against the rest", "ABROCA", "by chance", "p-value"]
    return Table("Area between ROC curves", columns, rows, note=LEFT_OUT)


def _curves(
    whole: FloatArray, places: IntArray, tables: FloatArray, slices: Slices, rng: np.random.Generator, replicates: int
) -> list[list[Cell]]:
    found: list[tuple[int, float, FloatArray]] = []
    for place in places:
        own = tables[place]
        if min(own.sum(axis=1).min(), (whole - own).sum(axis=1).min()) < MINIMUM_CLASS:
            continue
        drawn = np.stack([rng.multivariate_hypergeometric(all_.astype(int), int(n), replicates, method="marginals")
                          for all_, n in zip(whole, own.sum(axis=1), strict=True)], axis=1)  # fmt: skip
        chance = distributions.between_roc_curves(drawn, whole - drawn)
        found.append((int(place), float(distributions.between_roc_curves(own, whole - own)), chance))
    adjusted = holm([float(monte_carlo(value, chance)) for _, value, chance in found])
    return [
        [slice_name(slices.labels[place]), value, float(chance.mean()), float(p)]
        for (place, value, chance), p in zip(found, adjusted, strict=True)
    ]
