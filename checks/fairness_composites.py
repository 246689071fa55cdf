"""Difference between groups of single numbers that are made of the whole confusion matrix."""

from __future__ import annotations

from ..audit.registry import check
from ..audit.shapes.compare import Comparison, Difference
from ..audit.shapes.confusion import Confusion
from . import accuracy, composites
from .fairness import EVIDENCE


@check("fairness.balanced_accuracy_difference", better="zero", addresses=EVIDENCE, core=False)
def balanced_accuracy_difference(counts: Confusion) -> Comparison:
    """Balanced accuracy difference.

    Balanced accuracy (mean over the classes of the share of each class's rows that are found) of a group minus that of the
    reference group; by default that of the group with the highest one. 0 is parity.

    Signs of trouble: a group whose smaller class is missed more often.
    Limits: a group can be found less often in one class and more often in the other, and be at parity here.
    """
    return Difference(accuracy.balanced_accuracy(counts))


@check("fairness.f1_difference", better="zero", addresses=EVIDENCE, core=False)
def f1_difference(favorable_counts: Confusion) -> Comparison:
    """F1 difference.

    F1 score of the favourable outcome, 2 TP / (2 TP + FP + FN), of a group minus that of the reference group; by default
    that of the group with the highest one. 0 is parity.

    Signs of trouble: a group for which the favourable outcome is less often given to whom it is due.
    Limits: F1 rises with the share of rows that are truly favourable, so that equal rates of errors give groups with
    different shares different F1 scores.
    """
    return Difference(composites.f1(favorable_counts))


@check("fairness.mcc_difference", better="zero", addresses=EVIDENCE, core=False)
def mcc_difference(counts: Confusion) -> Comparison:
    """Matthews correlation difference.

    Matthews correlation coefficient of true and predicted class of a group minus that of the reference group; by default
    that of the group with the highest one. 0 is parity.

    Signs of trouble: a group for which the decisions tell less about the truth.
    Limits: depends on how common the classes are in each group, not on the errors alone.
    """
    return Difference(composites.mcc(counts))


@check("fairness.cohen_kappa_difference", better="zero", addresses=EVIDENCE, core=False)
def cohen_kappa_difference(counts: Confusion) -> Comparison:
    """Cohen's kappa difference.

    Agreement of predicted and true class beyond chance (Cohen's kappa) of a group minus that of the reference group; by
    default that of the group with the highest one. 0 is parity.

    Signs of trouble: a group for which the decisions are little better than guessing.
    Limits: depends on how common the classes are in each group, not on the errors alone.
    """
    return Difference(composites.cohen_kappa(counts))
