"""Single numbers made of the whole confusion matrix."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ..audit.registry import check
from ..audit.shapes.confusion import Confusion, Functional
from ..audit.shapes.contrast import OddsRatio, RateRatio
from ..audit.shapes.losses import Mapped
from ..audit.shapes.rates import Average, Proportion
from ..audit.slices import FloatArray

EVIDENCE = ("eu-ai-act:13.3b", "eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")


@check("accuracy.f1", better="higher", addresses=EVIDENCE, cites=["isbn:0-408-70929-4"])
def f1(counts: Confusion) -> Proportion | Functional:
    """F1 score.

    Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN). With more than two classes the unweighted mean
    over the classes (macro F1); a class that neither occurs nor is predicted counts as 0.
    For two classes F1 = 2J / (1 + J) with the Jaccard index J = TP / (TP + FP + FN), a rate; so its interval
    is that of J, mapped.

    Signs of trouble: much lower than accuracy, which means that the positive class is handled badly.
    Limits: ignores true negatives; weighs precision and recall alike.
    """
    if counts.cells.shape[-1] == 2:
        return Proportion(counts.tp, counts.tp + counts.fp + counts.fn, of=_dice)
    return Functional(_f(counts, 1.0).mean(axis=-1), unit="proportion")


@check("accuracy.fbeta", core=False, better="higher", addresses=EVIDENCE, cites=["isbn:0-408-70929-4"])
def fbeta(counts: Confusion, *, beta: Annotated[float, Field(gt=0)] = 2.0) -> Functional:
    """F-beta score.

    Weighted harmonic mean of precision and recall, (1 + b²) TP / ((1 + b²) TP + b² FN + FP), in [0, 1]: recall counts
    b times as much as precision (option beta, here 2 unless the plan says otherwise). With more than two classes the
    unweighted mean over the classes; a class that neither occurs nor is predicted counts as 0.

    Signs of trouble: much lower than F1, which means that recall (for beta above 1) is the weak side.
    Limits: ignores true negatives; what beta should be is a judgement about costs that nobody can read off the data.
    """
    score = _f(counts, beta)
    return Functional(score[..., 1] if score.shape[-1] == 2 else score.mean(axis=-1), unit="proportion")


@check("accuracy.weighted_f1", core=False, tasks=["multiclass"], better="higher", addresses=EVIDENCE)
def weighted_f1(counts: Confusion) -> Functional:
    """Weighted F1 score.

    Mean of the F1 scores of the classes, each weighted by its true rows, in [0, 1].

    Signs of trouble: well above the F1 score, which weighs all classes alike: then the small classes are handled badly.
    Limits: the large classes decide it. (The weighted recall is the accuracy, the macro recall the balanced accuracy,
    and micro-averages of single labels are all the accuracy.)
    """
    return Functional(_weighted(_f(counts, 1.0), counts), unit="proportion")


@check("accuracy.macro_precision", core=False, tasks=["multiclass"], better="higher", addresses=EVIDENCE)
def macro_precision(counts: Confusion) -> Functional:
    """Macro precision.

    Unweighted mean over the classes of the share of rows put into a class that belong there, in [0, 1]; a class that is
    never predicted counts as 0.

    Signs of trouble: well below accuracy, which means that some small class is predicted without ground.
    Limits: depends on how common the classes are; a class with few predictions makes it unstable.
    """
    return Functional(_shares(counts.hits, counts.predicted).mean(axis=-1), unit="proportion")


@check("accuracy.weighted_precision", core=False, tasks=["multiclass"], better="higher", addresses=EVIDENCE)
def weighted_precision(counts: Confusion) -> Functional:
    """Weighted precision.

    Mean of the precisions of the classes, each weighted by its true rows, in [0, 1]; a class that is never predicted
    counts as 0.

    Signs of trouble: well below accuracy.
    Limits: the large classes decide it; depends on how common the classes are.
    """
    return Functional(_weighted(_shares(counts.hits, counts.predicted), counts), unit="proportion")


@check(
    "accuracy.jaccard",
    core=False,
    tasks=["binary"],
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.1111/j.1469-8137.1912.tb05611.x"],
)
def jaccard(counts: Confusion) -> Proportion:
    """Jaccard index (critical success index).

    Share of the rows that are positive or called positive that are both: TP / (TP + FP + FN), in [0, 1].

    Signs of trouble: low although accuracy is high, which means that negatives make the accuracy.
    Limits: ignores true negatives; says the same as F1, on another scale.
    """
    return Proportion(counts.tp, counts.tp + counts.fp + counts.fn)


@check("accuracy.mcc", better="higher", addresses=EVIDENCE, cites=["doi:10.1016/0005-2795(75)90109-9"])
def mcc(counts: Confusion) -> Functional:
    """Matthews correlation coefficient.

    Correlation of true and predicted class. Two classes: (TP TN - FP FN) / sqrt((TP+FP)(TP+FN)(TN+FP)(TN+FN)), in
    [-1, 1]; 0 is guessing. More classes: Gorodkin's R_K. 0 where only one class occurs or is predicted.

    Signs of trouble: near 0 although accuracy is high.
    Limits: depends on how common the classes are; one number cannot tell which errors are made.
    """
    n, true, predicted = counts.n, counts.true, counts.predicted
    over = counts.correct * n - (true * predicted).sum(axis=-1)
    under = (n**2 - (true**2).sum(axis=-1)) * (n**2 - (predicted**2).sum(axis=-1))
    return Functional(_shares(over, np.sqrt(np.maximum(under, 0))), unit="correlation")


@check(
    "accuracy.cohen_kappa", core=False, better="higher", addresses=EVIDENCE, cites=["doi:10.1177/001316446002000104"]
)
def cohen_kappa(counts: Confusion) -> Functional:
    """Cohen's kappa.

    Agreement of predicted and true class beyond chance, (p_o - p_e) / (1 - p_e) with the accuracy p_o and the accuracy
    p_e of guessing with the same shares; at most 1, and 0 is guessing. Undefined where only one class occurs and is predicted.

    Signs of trouble: near 0 although accuracy is high.
    Limits: depends on how common the classes are; what value is good is a convention.
    """
    n = counts.n
    chance = (counts.true * counts.predicted).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Functional((counts.correct * n - chance) / (n**2 - chance), unit="kappa")


@check("accuracy.g_mean", core=False, better="higher", addresses=EVIDENCE)
def g_mean(counts: Confusion) -> Functional:
    """Geometric mean of the recalls.

    Geometric mean over the classes of the share of each class's rows that are found, in [0, 1]: for two classes
    sqrt(TPR TNR). 0 where a class is never found (Kubat & Matwin 1997).

    Signs of trouble: far below balanced accuracy, which means that the recalls are far apart.
    Limits: weighs all classes alike, whatever their errors cost.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        recalls = counts.hits / counts.true
    return Functional(np.prod(recalls, axis=-1) ** (1 / recalls.shape[-1]), unit="proportion")


@check(
    "accuracy.informedness",
    core=False,
    tasks=["binary"],
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3"],
)
def informedness(counts: Confusion) -> Mapped:
    """Informedness (Youden's J).

    Recall plus specificity minus 1: TPR - FPR, in [-1, 1]; 0 is guessing.

    Signs of trouble: near 0 although accuracy is high.
    Limits: weighs both classes alike, whatever their errors cost.
    """
    rates = [Proportion(counts.tp, counts.tp + counts.fn), Proportion(counts.tn, counts.tn + counts.fp)]
    return Mapped(Average(rates), _youden, "difference")


@check(
    "accuracy.positive_likelihood_ratio",
    core=False,
    tasks=["binary"],
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.1016/0895-4356(91)90128-v"],
)
def positive_likelihood_ratio(counts: Confusion) -> RateRatio:
    """Positive likelihood ratio.

    Recall divided by the false-positive rate, TPR / FPR: the factor by which a positive decision raises the odds that
    the row is positive. At least 0; 1 is guessing; infinite without a false positive.

    Signs of trouble: near 1, so that a positive decision tells nothing.
    Limits: without false positives there is only a lower limit; unstable where they are few.
    """
    return RateRatio(Proportion(counts.tp, counts.tp + counts.fn), Proportion(counts.fp, counts.fp + counts.tn))


@check(
    "accuracy.negative_likelihood_ratio",
    core=False,
    tasks=["binary"],
    better="lower",
    addresses=EVIDENCE,
    cites=["doi:10.1016/0895-4356(91)90128-v"],
)
def negative_likelihood_ratio(counts: Confusion) -> RateRatio:
    """Negative likelihood ratio.

    False-negative rate divided by specificity, FNR / TNR: the factor by which a negative decision changes the odds that
    the row is positive. At least 0; 1 is guessing.

    Signs of trouble: near 1, so that a negative decision tells nothing.
    Limits: unstable where specificity is low.
    """
    return RateRatio(Proportion(counts.fn, counts.tp + counts.fn), Proportion(counts.tn, counts.fp + counts.tn))


@check(
    "accuracy.diagnostic_odds_ratio",
    core=False,
    tasks=["binary"],
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.1016/S0895-4356(03)00177-X"],
)
def diagnostic_odds_ratio(counts: Confusion) -> OddsRatio:
    """Diagnostic odds ratio.

    Odds of a positive decision among the truly positive rows, divided by those among the truly negative ones:
    TP TN / (FP FN). At least 0; 1 is guessing; infinite where one kind of error never occurs.

    Signs of trouble: near 1.
    Limits: says nothing about which kind of error prevails; unstable where a count is small.
    """
    return OddsRatio(Proportion(counts.tp, counts.tp + counts.fn), Proportion(counts.fp, counts.fp + counts.tn))


def _f(counts: Confusion, beta: float) -> FloatArray:
    """F-beta of each class, ``(..., S, K)``."""
    return _shares((1 + beta**2) * counts.hits, beta**2 * counts.true + counts.predicted)


def _weighted(scores: FloatArray, counts: Confusion) -> FloatArray:
    return _shares((scores * counts.true).sum(axis=-1), counts.n)


def _shares(over: FloatArray, under: FloatArray) -> FloatArray:
    """``over / under``, 0 where ``under`` is 0."""
    return np.divide(over, under, out=np.zeros_like(under), where=under > 0)


def _dice(jaccard: FloatArray) -> FloatArray:
    return 2 * jaccard / (1 + jaccard)


def _youden(average: FloatArray) -> FloatArray:
    return 2 * average - 1
