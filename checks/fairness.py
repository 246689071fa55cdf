"""Whether groups are treated alike. A comparison names whom it compares with: the reference group, or the most selected."""

from __future__ import annotations

from ..audit.registry import check
from ..audit.shapes.compare import Comparison, Difference, LargestDifference, Ratio
from ..audit.shapes.confusion import Confusion
from ..audit.shapes.rates import Proportion

EVIDENCE = ("eu-ai-act:10.2f", "eu-ai-act:13.3b", "nist-ai-rmf:measure-2.11")


@check("fairness.selection_rate", tasks=["binary"], better="higher", addresses=(*EVIDENCE, "nyc-ll144:301b1"))
def selection_rate(counts: Confusion) -> Proportion:
    """Selection rate.

    Share of rows that the model calls positive: (TP + FP) / n.

    Signs of trouble: groups that differ by more than their true rates would explain.
    Limits: looks at decisions alone, and says nothing about whether they are right.
    """
    return Proportion(counts.tp + counts.fp, counts.n)


@check(
    "fairness.impact_ratio",
    tasks=["binary"],
    better="one",
    addresses=(*EVIDENCE, "nyc-ll144:301b2", "ugesp:4d"),
    cites=["29 CFR 1607.4(D)", "doi:10.1145/2783258.2783311"],
)
def impact_ratio(counts: Confusion) -> Comparison:
    """Impact ratio (disparate impact).

    Selection rate of a group divided by that of the reference group; by default that of the most selected group.
    1 is parity. The positive class is taken to be the favourable outcome.

    Signs of trouble: below 0.8, the four-fifths rule of thumb.
    Limits: a ratio of small rates is unstable; parity of decisions is not equality of errors.
    """
    return Ratio(Proportion(counts.tp + counts.fp, counts.n))


@check(
    "fairness.demographic_parity_difference",
    tasks=["binary"],
    better="zero",
    addresses=EVIDENCE,
    cites=["doi:10.1007/s10618-010-0190-x", "doi:10.1145/2090236.2090255"],
)
def demographic_parity_difference(counts: Confusion) -> Comparison:
    """Demographic parity difference.

    Selection rate of a group minus that of the reference group; by default that of the most selected group. 0 is parity.

    Signs of trouble: a difference that nobody can explain by the purpose of the model.
    Limits: a model can be at parity and still err more often on one group.
    """
    return Difference(Proportion(counts.tp + counts.fp, counts.n))


@check(
    "fairness.equal_opportunity_difference",
    tasks=["binary"],
    better="zero",
    addresses=EVIDENCE,
    cites=["arXiv:1610.02413"],
)
def equal_opportunity_difference(counts: Confusion) -> Comparison:
    """Equal opportunity difference.

    True-positive rate of a group minus that of the reference group; by default that of the group with the highest one.
    0 means that those who deserve the favourable outcome get it equally often.

    Signs of trouble: a group whose deserving members are passed over more often.
    Limits: trusts the labels; if they carry past bias, so does this measure.
    """
    return Difference(Proportion(counts.tp, counts.tp + counts.fn))


@check(
    "fairness.equalized_odds_difference",
    tasks=["binary"],
    better="zero",
    addresses=EVIDENCE,
    cites=["arXiv:1610.02413"],
)
def equalized_odds_difference(counts: Confusion) -> Comparison:
    """Equalized odds difference.

    The larger of two absolute differences to the reference group: of the true-positive rate and of the
    false-positive rate. 0 means equal errors of both kinds.

    Signs of trouble: a group that is passed over, or falsely accused, more often.
    Limits: trusts the labels. Never below 0, so that its estimate leans upwards in small groups; its interval does not.
    """
    return LargestDifference(
        true_positive_rate=Proportion(counts.tp, counts.tp + counts.fn),
        false_positive_rate=Proportion(counts.fp, counts.fp + counts.tn),
    )
