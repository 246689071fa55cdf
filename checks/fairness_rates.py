"""Difference and ratio of every rate of decisions between groups: parity in the sense of each definition of fairness.

One declaration per rate; the text of each check says who is subtracted from, or divided by, whom.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..audit.registry import check
from ..audit.shapes.compare import Comparison, Difference, Ratio
from ..audit.shapes.confusion import Confusion
from ..audit.shapes.rates import Proportion
from ..audit.shapes.sides import Best
from . import favorable
from .fairness import EVIDENCE

DOCUMENT = """{title} {kind}{known}.

{rate} of a group {verb} that of the reference group; by default that of the group with the {best} one. {parity} is parity.
{rate}: {formula}, where positive means the favourable outcome.

Signs of trouble: {trouble}.
Limits: {limits}{unstable}
"""


class Rate(NamedTuple):
    """A rate and what is said of it. ``known``: names of its parity, as (difference, ratio)."""

    of: Callable[[Confusion], Proportion]
    title: str
    formula: str
    best: Best
    known: tuple[str, str]
    trouble: str
    limits: str
    cites: tuple[str, ...] = ()


LABELS = "Trusts the labels; if they carry past bias, so does this measure."
ODDS, CHOULDECHOVA, BERK = "arXiv:1610.02413", "doi:10.1089/big.2016.0047", "doi:10.1177/0049124118782533"

RATES = {
    "true_positive_rate": Rate(
        favorable.true_positive, "True-positive rate", "TP / (TP + FN)", "highest", ("", "equal opportunity"),
        "a group whose deserving members get the favourable outcome less often", LABELS, (ODDS,)),
    "false_positive_rate": Rate(
        favorable.false_positive, "False-positive rate", "FP / (FP + TN)", "highest", ("predictive equality",) * 2,
        "a group that is wrongly favoured less often than others",
        f"{LABELS} OxonFair calls the difference of false-negative rates predictive equality.", (CHOULDECHOVA,)),
    "false_negative_rate": Rate(
        favorable.false_negative, "False-negative rate", "FN / (TP + FN)", "lowest", ("", ""),
        "a group whose deserving members are passed over more often", LABELS, (CHOULDECHOVA,)),
    "true_negative_rate": Rate(
        favorable.true_negative, "True-negative rate", "TN / (FP + TN)", "highest", ("specificity",) * 2,
        "a group for which those who should not get the favourable outcome are told from the others less often", LABELS),
    "positive_predictive_value": Rate(
        favorable.positive_predictive, "Positive predictive value", "TP / (TP + FP)", "highest", ("predictive parity",) * 2,
        "a group in which the favourable outcome is more often a mistake",
        f"{LABELS} Cannot hold together with equal error rates where the groups differ in their true rates.", (CHOULDECHOVA,)),
    "negative_predictive_value": Rate(
        favorable.negative_predictive, "Negative predictive value", "TN / (TN + FN)", "highest", ("", ""),
        "a group in which being refused is more often a mistake", LABELS, (BERK,)),
    "false_discovery_rate": Rate(
        favorable.false_discovery, "False-discovery rate", "FP / (TP + FP)", "lowest", ("", ""),
        "a group in which the favourable outcome is more often a mistake", LABELS),
    "false_omission_rate": Rate(
        favorable.false_omission, "False-omission rate", "FN / (TN + FN)", "lowest", ("", ""),
        "a group in which being refused is more often a mistake", LABELS),
    "accuracy": Rate(
        favorable.right, "Accuracy", "(TP + TN) / n", "highest", ("overall accuracy equality",) * 2,
        "a group for which the model is right less often",
        "counts errors in favour of a group and against it alike.", (BERK,)),
    "error_rate": Rate(
        favorable.wrong, "Error rate", "(FP + FN) / n", "lowest", ("", ""),
        "a group for which the model errs more often", "counts errors in favour of a group and against it alike."),
}  # fmt: skip
"""With more than two classes every rate is of the favourable class against all others."""

TAKEN = "true_positive_rate_difference"
"""It is a check of its own, of the core: fairness.equal_opportunity_difference."""


def _declare(name: str, rate: Rate, kind: str) -> Callable[[Confusion], Comparison]:
    difference = kind == "difference"
    known = rate.known[0 if difference else 1]

    def compare(favorable_counts: Confusion) -> Comparison:
        return (Difference if difference else Ratio)(rate.of(favorable_counts), best=rate.best)

    compare.__name__ = compare.__qualname__ = f"{name}_{kind}"
    compare.__doc__ = DOCUMENT.format(
        title=rate.title,
        kind=kind,
        known=f" ({known})" if known else "",
        rate=rate.title,
        verb="minus" if difference else "divided by",
        best=rate.best,
        parity=0 if difference else 1,
        formula=rate.formula,
        trouble=rate.trouble,
        limits=rate.limits,
        unstable="" if difference else " A ratio of small rates is unstable.",
    )
    declared = check(
        f"fairness.{name}_{kind}",
        better="zero" if difference else "one",
        addresses=EVIDENCE,
        cites=rate.cites,
        core=False,
    )
    return declared(compare)


CHECKS = [
    _declare(name, rate, kind)
    for name, rate in RATES.items()
    for kind in ("difference", "ratio")
    if f"{name}_{kind}" != TAKEN
]
globals().update({one.__name__: one for one in CHECKS})
