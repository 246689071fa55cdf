"""How often the model is right, and about what: rates of the confusion counts."""

from __future__ import annotations

from ..audit.registry import check
from ..audit.shapes.confusion import Confusion
from ..audit.shapes.rates import Average, Proportion

EVIDENCE = ("eu-ai-act:13.3b", "eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")


@check("accuracy.accuracy", better="higher", addresses=EVIDENCE)
def accuracy(counts: Confusion) -> Proportion:
    """Accuracy.

    Share of all rows whose predicted class is the true one: correct / n.

    Signs of trouble: close to the share of the largest class, which predicting that class alone would reach.
    Limits: says nothing about which errors are made, or on whom; of little use when one class is rare.
    """
    return Proportion(counts.correct, counts.n)


@check("accuracy.error_rate", core=False, better="lower", addresses=EVIDENCE)
def error_rate(counts: Confusion) -> Proportion:
    """Error rate.

    Share of all rows whose predicted class is not the true one: 1 - accuracy.

    Signs of trouble: not below the share of rows outside the largest class, which predicting that class would reach.
    Limits: counts all errors alike, whatever they cost.
    """
    return Proportion(counts.n - counts.correct, counts.n)


@check("accuracy.balanced_accuracy", better="higher", addresses=EVIDENCE, cites=["doi:10.1109/ICPR.2010.764"])
def balanced_accuracy(counts: Confusion) -> Average:
    """Balanced accuracy.

    Mean over the classes of the share of each class's rows that are found: for two classes (TPR + TNR) / 2.
    Guessing reaches 1 / K. Also known as macro recall.

    Signs of trouble: far below accuracy, which means that the smaller class is missed.
    Limits: weighs all classes alike, whatever their errors cost.
    """
    kinds = counts.cells.shape[-1]
    return Average([Proportion(counts.hits[..., k], counts.true[..., k]) for k in range(kinds)])


@check("accuracy.precision", tasks=["binary"], better="higher", addresses=EVIDENCE)
def precision(counts: Confusion) -> Proportion:
    """Precision (positive predictive value).

    Share of the rows called positive that truly are: TP / (TP + FP).

    Signs of trouble: low where acting on a positive is costly.
    Limits: depends on how common the positive class is; not comparable between populations that differ in it.
    """
    return Proportion(counts.tp, counts.tp + counts.fp)


@check("accuracy.false_discovery_rate", core=False, tasks=["binary"], better="lower", addresses=EVIDENCE)
def false_discovery_rate(counts: Confusion) -> Proportion:
    """False-discovery rate.

    Share of the rows called positive that truly are negative: FP / (TP + FP), which is 1 - precision.

    Signs of trouble: high where acting on a positive harms the person concerned.
    Limits: depends on how common the positive class is; not comparable between populations that differ in it.
    """
    return Proportion(counts.fp, counts.tp + counts.fp)


@check("accuracy.negative_predictive_value", core=False, tasks=["binary"], better="higher", addresses=EVIDENCE)
def negative_predictive_value(counts: Confusion) -> Proportion:
    """Negative predictive value.

    Share of the rows called negative that truly are: TN / (TN + FN).

    Signs of trouble: low where a negative means that nobody looks again.
    Limits: near 1 for any model when the positive class is rare.
    """
    return Proportion(counts.tn, counts.tn + counts.fn)


@check("accuracy.false_omission_rate", core=False, tasks=["binary"], better="lower", addresses=EVIDENCE)
def false_omission_rate(counts: Confusion) -> Proportion:
    """False-omission rate.

    Share of the rows called negative that truly are positive: FN / (TN + FN), which is 1 - negative predictive value.

    Signs of trouble: not much below the share of positives among all rows.
    Limits: near 0 for any model when the positive class is rare.
    """
    return Proportion(counts.fn, counts.tn + counts.fn)


@check("accuracy.recall", tasks=["binary"], better="higher", addresses=EVIDENCE)
def recall(counts: Confusion) -> Proportion:
    """Recall (true-positive rate, sensitivity).

    Share of the truly positive rows that the model calls positive: TP / (TP + FN).

    Signs of trouble: low where a missed positive is costly, or much lower in one group than in others.
    Limits: calling every row positive reaches 1; read it together with precision or the false-positive rate.
    """
    return Proportion(counts.tp, counts.tp + counts.fn)


@check("accuracy.false_negative_rate", tasks=["binary"], better="lower", addresses=EVIDENCE)
def false_negative_rate(counts: Confusion) -> Proportion:
    """False-negative rate.

    Share of the truly positive rows that the model calls negative: FN / (FN + TP), which is 1 - recall.

    Signs of trouble: high where a missed case harms the person concerned, or higher in one group.
    Limits: calling every row positive reaches 0; read it together with the false-positive rate.
    """
    return Proportion(counts.fn, counts.fn + counts.tp)


@check("accuracy.specificity", core=False, tasks=["binary"], better="higher", addresses=EVIDENCE)
def specificity(counts: Confusion) -> Proportion:
    """Specificity (true-negative rate).

    Share of the truly negative rows that the model calls negative: TN / (TN + FP).

    Signs of trouble: low where a false alarm is costly, or much lower in one group than in others.
    Limits: calling every row negative reaches 1; read it together with recall.
    """
    return Proportion(counts.tn, counts.tn + counts.fp)


@check("accuracy.false_positive_rate", tasks=["binary"], better="lower", addresses=EVIDENCE)
def false_positive_rate(counts: Confusion) -> Proportion:
    """False-positive rate.

    Share of the truly negative rows that the model calls positive: FP / (FP + TN), which is 1 - specificity.

    Signs of trouble: high where a false alarm harms the person concerned, or higher in one group.
    Limits: calling every row negative reaches 0; read it together with recall.
    """
    return Proportion(counts.fp, counts.fp + counts.tn)


@check("accuracy.prevalence", core=False, tasks=["binary"], better="higher", addresses=EVIDENCE)
def prevalence(counts: Confusion) -> Proportion:
    """Prevalence.

    Share of the rows that truly are positive: (TP + FN) / n. A property of the data, neither good nor bad.

    Signs of trouble: far from what the model will meet in use, so that precision and calibration will differ there.
    Limits: trusts the labels; if the rows were selected, it is that of the selection.
    """
    return Proportion(counts.tp + counts.fn, counts.n)
