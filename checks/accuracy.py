"""How often the model is right, and about what."""

from __future__ import annotations

import numpy as np

from ..audit.registry import check
from ..audit.shapes.confusion import Confusion, Functional
from ..audit.shapes.ranking import Ranking
from ..audit.shapes.rates import Average, Proportion
from ..audit.shapes.rows import Mean
from ..audit.slices import FloatArray, IntArray

EVIDENCE = ("eu-ai-act:13.3b", "eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")
SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)


@check("accuracy.accuracy", better="higher", addresses=EVIDENCE)
def accuracy(counts: Confusion) -> Proportion:
    """Accuracy.

    Share of all rows whose predicted class is the true one: correct / n.

    Signs of trouble: close to the share of the largest class, which predicting that class alone would reach.
    Limits: says nothing about which errors are made, or on whom; of little use when one class is rare.
    """
    return Proportion(counts.correct, counts.n)


@check("accuracy.balanced_accuracy", better="higher", addresses=EVIDENCE, cites=["doi:10.1109/ICPR.2010.764"])
def balanced_accuracy(counts: Confusion) -> Average:
    """Balanced accuracy.

    Mean over the classes of the share of each class's rows that are found: for two classes (TPR + TNR) / 2.
    Guessing reaches 1 / K.

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


@check("accuracy.recall", tasks=["binary"], better="higher", addresses=EVIDENCE)
def recall(counts: Confusion) -> Proportion:
    """Recall (true-positive rate, sensitivity).

    Share of the truly positive rows that the model calls positive: TP / (TP + FN).

    Signs of trouble: low where a missed positive is costly, or much lower in one group than in others.
    Limits: calling every row positive reaches 1; read it together with precision or the false-positive rate.
    """
    return Proportion(counts.tp, counts.tp + counts.fn)


@check("accuracy.false_positive_rate", tasks=["binary"], better="lower", addresses=EVIDENCE)
def false_positive_rate(counts: Confusion) -> Proportion:
    """False-positive rate.

    Share of the truly negative rows that the model calls positive: FP / (FP + TN).

    Signs of trouble: high where a false alarm harms the person concerned, or higher in one group.
    Limits: calling every row negative reaches 0; read it together with recall.
    """
    return Proportion(counts.fp, counts.fp + counts.tn)


@check("accuracy.false_negative_rate", tasks=["binary"], better="lower", addresses=EVIDENCE)
def false_negative_rate(counts: Confusion) -> Proportion:
    """False-negative rate.

    Share of the truly positive rows that the model calls negative: FN / (FN + TP), which is 1 - recall.

    Signs of trouble: high where a missed case harms the person concerned, or higher in one group.
    Limits: calling every row positive reaches 0; read it together with the false-positive rate.
    """
    return Proportion(counts.fn, counts.fn + counts.tp)


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
    size = counts.true + counts.predicted
    return Functional(
        np.divide(2 * counts.hits, size, out=np.zeros_like(size), where=size > 0).mean(axis=-1), unit="proportion"
    )


def _dice(jaccard: FloatArray) -> FloatArray:
    return 2 * jaccard / (1 + jaccard)


@check(
    "accuracy.auroc",
    tasks=["binary"],
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.2307/2531595", "doi:10.1002/sim.2324"],
)
def auroc(scores: FloatArray, labels: IntArray) -> Ranking:
    """Area under the ROC curve.

    Probability that a random positive row scores higher than a random negative one, ties counted half. Guessing
    reaches 0.5. No threshold is involved.

    Signs of trouble: near 0.5; or high while recall at the threshold in use is low, so that the threshold is wrong.
    Limits: says nothing about calibration, and averages over thresholds that nobody would use.
    """
    return Ranking(scores, labels)


@check(
    "accuracy.brier", better="lower", addresses=EVIDENCE, cites=["doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2"]
)
def brier(probabilities: FloatArray, labels: IntArray) -> Mean:
    """Brier score.

    Mean squared error of the probabilities. Two classes: mean of (p - y)^2, in [0, 1]; more classes: mean of the sum
    over the classes, in [0, 2]. A proper score: honest probabilities are the best that a model can report.

    Signs of trouble: not below p (1 - p) of the class shares, which constant probabilities reach.
    Limits: mixes calibration and discrimination; depends on how common the classes are.
    """
    if probabilities.shape[1] == 2:
        return Mean((probabilities[:, 1] - labels) ** 2, lower=0.0, upper=1.0)
    truth = np.eye(probabilities.shape[1])[labels]
    return Mean(((probabilities - truth) ** 2).sum(axis=1), lower=0.0, upper=2.0)


@check("accuracy.log_loss", better="lower", addresses=EVIDENCE, cites=["doi:10.1111/j.2517-6161.1952.tb00104.x"])
def log_loss(probabilities: FloatArray, labels: IntArray) -> Mean:
    """Log loss (cross-entropy).

    Mean of -ln(probability given to the true class), in nats; 0 is perfect. A proper score that punishes confident
    errors hard. Probabilities are kept above 2.2e-16, so that one row adds at most 36.04.

    Signs of trouble: above the entropy of the class shares, which constant probabilities reach.
    Limits: a few confident errors can dominate it; the t interval is approximate for such heavy tails.
    """
    given = np.clip(probabilities[np.arange(len(labels)), labels], SMALLEST_PROBABILITY, 1.0)
    return Mean(-np.log(given), lower=0.0, upper=float(-np.log(SMALLEST_PROBABILITY)), unit="nats")
