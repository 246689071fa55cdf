"""Definitions of fairness that join two rates, and the rate of the worst-off group."""

from __future__ import annotations

import numpy as np

from ..audit.record import slice_name
from ..audit.registry import check
from ..audit.shapes.compare import Comparison, Difference, LargestDifference, MeanDifference, OddsRatio
from ..audit.shapes.confusion import Confusion
from ..audit.shapes.figures import Table
from ..audit.shapes.rates import Average, Proportion
from ..audit.slices import Partition, Slices
from ..audit.stats import combine
from . import favorable
from .fairness import EVIDENCE
from .limits import LEFT_OUT, Cell


@check("fairness.equalized_odds_mean", better="zero", addresses=EVIDENCE, cites=["arXiv:1610.02413"], core=False)
def equalized_odds_mean(favorable_counts: Confusion) -> Comparison:
    """Equalized odds, mean of the differences (average absolute odds difference).

    Mean of two absolute differences between a group and the reference group: of the true-positive rate and of the
    false-positive rate; by default each from the group with the highest one. 0 means equal errors of both kinds.

    Signs of trouble: a group that is passed over, or wrongly favoured, more often.
    Limits: trusts the labels. Never below 0. One large difference can hide behind a small one: see the larger of both,
    equalized odds difference. It is fairlearn's agg="mean" and aif360's average_odds_error.
    """
    return MeanDifference(
        true_positive_rate=favorable.true_positive(favorable_counts),
        false_positive_rate=favorable.false_positive(favorable_counts),
    )


@check("fairness.average_odds_difference", better="zero", addresses=EVIDENCE, cites=["arXiv:1810.01943"], core=False)
def average_odds_difference(favorable_counts: Confusion) -> Comparison:
    """Average odds difference.

    Mean of the true-positive and the false-positive rate of a group, minus that of the reference group; by default that of
    the group where the mean is highest. 0 is parity.

    Signs of trouble: a group that gets the favourable outcome less often, deserved or not.
    Limits: signed, as in aif360: a difference in one rate can cancel one in the other. Trusts the labels.
    """
    return Difference(Average([favorable.true_positive(favorable_counts), favorable.false_positive(favorable_counts)]))


@check(
    "fairness.conditional_use_accuracy_difference",
    better="zero",
    addresses=EVIDENCE,
    cites=["doi:10.1177/0049124118782533"],
    core=False,
)
def conditional_use_accuracy_difference(favorable_counts: Confusion) -> Comparison:
    """Conditional use accuracy difference.

    The larger of two absolute differences to the reference group: of the positive and of the negative predictive value; by
    default each from the group with the highest one. 0 means that decisions of both kinds are right equally often.

    Signs of trouble: a group whose decisions are less to be relied on.
    Limits: trusts the labels. Never below 0, so that its estimate leans upwards in small groups; its interval does not.
    """
    return LargestDifference(
        positive_predictive_value=favorable.positive_predictive(favorable_counts),
        negative_predictive_value=favorable.negative_predictive(favorable_counts),
    )


@check(
    "fairness.treatment_equality_ratio",
    better="one",
    addresses=EVIDENCE,
    cites=["doi:10.1177/0049124118782533"],
    core=False,
)
def treatment_equality_ratio(favorable_counts: Confusion) -> Comparison:
    """Treatment equality ratio.

    FN / FP of a group (people wrongly passed over for each one wrongly favoured) divided by that of the reference group; by
    default that of all other rows. 1 is parity.

    Signs of trouble: above 1, a group that errors hurt more than they help.
    Limits: says nothing about how many errors there are. Other libraries subtract FN / FP, or FP / FN, which has no
    interval where a group has no such error. Trusts the labels.
    """
    return OddsRatio(Proportion(favorable_counts.fn, favorable_counts.fn + favorable_counts.fp))


EXTREMES = {
    "Selection rate": favorable.selected,
    "Accuracy": favorable.right,
    "True-positive rate": favorable.true_positive,
    "False-positive rate": favorable.false_positive,
    "Positive predictive value": favorable.positive_predictive,
}
COLUMNS = ["rate", "attribute", "lowest", "low", "high", "of", "highest", "low ", "high ", "of "]


@check("fairness.group_extremes", better="higher", addresses=EVIDENCE, cites=["arXiv:1806.08010"], core=False)
def group_extremes(favorable_counts: Confusion, slices: Slices) -> Table:
    """Lowest and highest rate of any group.

    For five rates the group with the lowest and that with the highest one, by attribute (Rawlsian, worst-group fairness).
    The intervals are of the lowest and the highest true rate, and allow for the choice among the groups.

    Signs of trouble: a lowest rate that would not be accepted for everybody.
    Limits: the greatest minus the least rate grows with the number of groups even if all are alike. To require something of
    the worst group, require it of the rate itself on the attribute.
    """
    rows: list[list[Cell]] = []
    for name, rate in EXTREMES.items():
        of = rate(favorable_counts)
        for partition in slices.partitions[1:]:
            use = partition.slices[~of.insufficient[partition.slices]]
            if len(use) > 1:
                rows.append([name, " and ".join(partition.attributes), *_ends(of, Partition((), use), slices)])
    return Table(
        "Rates of the worst and the best group", COLUMNS, rows, note=f"Low and high: 95 % intervals. {LEFT_OUT}"
    )


def _ends(rate: Proportion, partition: Partition, slices: Slices) -> list[Cell]:
    use = partition.slices
    hits, trials = rate.hits[use], rate.trials[use]
    missed = Proportion(trials - hits, trials)
    least = combine.minimum(Proportion(hits, trials).interval)
    most = combine.minimum(missed.interval)
    lowest, highest = (int(use[np.argmin(of)]) for of in (hits / trials, -hits / trials))
    return [
        *(float(rate.value[lowest]), float(least.low), float(least.high), slice_name(slices.labels[lowest])),
        *(float(rate.value[highest]), 1 - float(most.high), 1 - float(most.low), slice_name(slices.labels[highest])),
    ]
