"""Whether groups are treated alike in decisions. A comparison names whom it compares with.

All of it is seen from the favourable outcome (``model.favorable``, by default the positive class), against all others.
"""

from __future__ import annotations

from ..audit.registry import check
from ..audit.shapes.compare import Comparison, Difference, LargestDifference, Ratio
from ..audit.shapes.confusion import Confusion
from ..audit.shapes.rates import Proportion
from .favorable import false_positive, selected, true_positive

EVIDENCE = ("eu-ai-act:10.2f", "eu-ai-act:13.3b", "nist-ai-rmf:measure-2.11")


@check("fairness.selection_rate", better="higher", addresses=(*EVIDENCE, "nyc-ll144:301b1-2"))
def selection_rate(favorable_counts: Confusion) -> Proportion:
    """Selection rate.

    Share of rows to which the model gives the favourable outcome: (TP + FP) / n.

    Signs of trouble: groups that differ by more than their true rates would explain.
    Limits: looks at decisions alone, and says nothing about whether they are right.
    """
    return selected(favorable_counts)


@check(
    "fairness.impact_ratio",
    better="one",
    addresses=(*EVIDENCE, "nyc-ll144:301b1-2", "ugesp:4d"),
    cites=["29 CFR 1607.4(D)", "doi:10.1145/2783258.2783311"],
)
def impact_ratio(favorable_counts: Confusion) -> Comparison:
    """Impact ratio (disparate impact).

    Selection rate of a group divided by that of the reference group; by default that of the most selected group.
    1 is parity.

    Signs of trouble: below 0.8, the four-fifths rule of thumb.
    Limits: a ratio of small rates is unstable; parity of decisions is not equality of errors. Some libraries divide by the
    rate of the largest or of a privileged group, which can turn 0.8 into 1.25.
    """
    return Ratio(selected(favorable_counts), word="most selected")


@check(
    "fairness.demographic_parity_difference",
    better="zero",
    addresses=EVIDENCE,
    cites=["doi:10.1007/s10618-010-0190-x", "doi:10.1145/2090236.2090255"],
)
def demographic_parity_difference(favorable_counts: Confusion) -> Comparison:
    """Demographic parity difference.

    Selection rate of a group minus that of the reference group; by default that of the most selected group. 0 is parity.

    Signs of trouble: a difference that nobody can explain by the purpose of the model.
    Limits: a model can be at parity and still err more often on one group. Also called statistical parity; in aequitas that
    name is for the share of all selected rows that a group makes up.
    """
    return Difference(selected(favorable_counts), word="most selected")


@check("fairness.equal_opportunity_difference", better="zero", addresses=EVIDENCE, cites=["arXiv:1610.02413"])
def equal_opportunity_difference(favorable_counts: Confusion) -> Comparison:
    """Equal opportunity difference.

    True-positive rate of a group minus that of the reference group; by default that of the group with the highest one.
    0 means that those who deserve the favourable outcome get it equally often.

    Signs of trouble: a group whose deserving members are passed over more often.
    Limits: trusts the labels; if they carry past bias, so does this measure.
    """
    return Difference(true_positive(favorable_counts))


@check("fairness.equalized_odds_difference", better="zero", addresses=EVIDENCE, cites=["arXiv:1610.02413"])
def equalized_odds_difference(favorable_counts: Confusion) -> Comparison:
    """Equalized odds difference.

    The larger of two absolute differences to the reference group: of the true-positive rate and of the
    false-positive rate. 0 means equal errors of both kinds.

    Signs of trouble: a group that is passed over, or wrongly favoured, more often.
    Limits: trusts the labels. Never below 0, so that its estimate leans upwards in small groups; its interval does not.
    Other libraries call the mean or the sum of both differences by this name.
    """
    return LargestDifference(
        true_positive_rate=true_positive(favorable_counts), false_positive_rate=false_positive(favorable_counts)
    )
