"""How good the probabilities are: as a ranking, and as forecasts. No threshold is involved."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import numpy as np
from pydantic import Field

from ..audit.errors import NotAssessed
from ..audit.registry import check
from ..audit.shapes.left_end import LeftEnd
from ..audit.shapes.losses import Loss, OfClasses
from ..audit.shapes.precision import AveragePrecision, Lift
from ..audit.shapes.rank_function import RankFunction
from ..audit.shapes.ranking import Ranking
from ..audit.shapes.rows import Outcomes
from ..audit.shapes.separation import Separation
from ..audit.shapes.skill import Rescaled
from ..audit.slices import FloatArray, IntArray
from ..audit.stats import scores as ranked
from ..audit.stats.partial_auroc import standardised
from . import losses

EVIDENCE = ("eu-ai-act:13.3b", "eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")
Share = Annotated[float, Field(gt=0, lt=1)]


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
    "accuracy.gini", core=False, tasks=["binary"], better="higher", addresses=EVIDENCE, cites=["doi:10.2307/2531595"]
)
def gini(scores: FloatArray, labels: IntArray) -> Rescaled:
    """Gini coefficient (accuracy ratio, Somers' D).

    2 AUROC - 1, in [-1, 1]; 0 is guessing.

    Signs of trouble: near 0.
    Limits: those of the area under the ROC curve, of which it is another scale.
    """
    return Rescaled(Ranking(scores, labels), _gini, "gini")


@check(
    "accuracy.partial_auroc",
    core=False,
    tasks=["binary"],
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.1177/0272989X8900900307", "doi:10.1111/1541-0420.00071"],
)
def partial_auroc(scores: FloatArray, labels: IntArray, *, max_false_positive_rate: Share = 0.1) -> Rescaled:
    """Partial area under the ROC curve.

    Area up to a false-positive rate (option max_false_positive_rate, a tenth unless the plan says otherwise), on McClish's
    scale: 0.5 is guessing, 1 the most. For uses in which more false alarms than that are out of the question.

    Signs of trouble: near 0.5 although the whole area is high: then the model ranks well where nobody would use it.
    Limits: rests on few negative rows, those with the highest scores; needs 5 of them or more.
    """
    most = max_false_positive_rate
    return Rescaled(LeftEnd(scores, labels, most), partial(standardised, most=most), "auroc")


@check("accuracy.recall_at_precision", core=False, tasks=["binary"], better="higher", addresses=EVIDENCE)
def recall_at_precision(scores: FloatArray, labels: IntArray, *, precision: Share = 0.9) -> RankFunction:
    """Recall at a precision.

    Greatest recall of any threshold whose precision is at least the option precision (0.9 unless the plan says
    otherwise); 0 where no threshold has it.

    Signs of trouble: near 0: decisions that can be relied on so far find hardly any of the positive rows.
    Limits: the data choose the threshold, which favours the model a little; each group has a threshold of its own.
    """
    return RankFunction(scores, labels, partial(ranked.recall_at_precision, precision=precision))


@check("accuracy.precision_at_recall", core=False, tasks=["binary"], better="higher", addresses=EVIDENCE)
def precision_at_recall(scores: FloatArray, labels: IntArray, *, recall: Share = 0.9) -> RankFunction:
    """Precision at a recall.

    Precision of the highest threshold whose recall is at least the option recall (0.9 unless the plan says otherwise).

    Signs of trouble: near the share of positives, which guessing reaches.
    Limits: depends on how common the positive class is; each group has a threshold of its own.
    """
    return RankFunction(scores, labels, partial(ranked.precision_at_recall, recall=recall))


@check("accuracy.average_precision", tasks=["binary"], better="higher", addresses=EVIDENCE)
def average_precision(scores: FloatArray, labels: IntArray) -> AveragePrecision:
    """Average precision (area under the precision-recall curve).

    Mean over the truly positive rows of the precision among all rows that score at least as high, in (0, 1]. Guessing
    reaches the share of positives. Not interpolated; tied rows are taken together.

    Signs of trouble: near the share of positives.
    Limits: depends on how common the positive class is; not comparable between populations that differ in it.
    """
    return AveragePrecision(scores, labels)


@check("accuracy.ks", core=False, tasks=["binary"], better="higher", addresses=EVIDENCE)
def ks(scores: FloatArray, labels: IntArray) -> Separation:
    """Kolmogorov-Smirnov distance of the scores.

    Greatest difference between the shares of positive and of negative rows below a score, in [0, 1]: the best
    informedness that any threshold reaches. 0 is guessing.

    Signs of trouble: near 0; or far above the informedness at the threshold in use, so that the threshold is wrong.
    Limits: the estimate is too high, since the data choose the threshold; the interval allows for that.
    """
    return Separation(scores, labels)


@check("accuracy.lift_at", core=False, tasks=["binary"], better="higher", addresses=EVIDENCE)
def lift_at(scores: FloatArray, labels: IntArray, *, share: Share = 0.1) -> Lift:
    """Lift at the top.

    Share of positives among the rows with the highest scores (option share, a tenth unless the plan says otherwise),
    divided by that among all rows. 1 is guessing, 1 / share the most. Rows that tie with the last one of the top belong to it.

    Signs of trouble: near 1.
    Limits: each group has a top of its own. Who is at the top is taken as fixed. Undefined where all scores are equal.
    """
    return Lift(scores, labels, share)


@check("accuracy.top_k_accuracy", core=False, tasks=["multiclass"], better="higher", addresses=EVIDENCE)
def top_k_accuracy(probabilities: FloatArray, labels: IntArray, *, k: Annotated[int, Field(ge=1)] = 2) -> Outcomes:
    """Top-k accuracy.

    Share of rows whose true class is among the k classes with the highest probabilities (option k, 2 unless the plan
    says otherwise). Guessing reaches k / K. A class that ties with the true one counts as ahead of it.

    Signs of trouble: near k / K.
    Limits: a model that is used for one answer gets credit for its second.

    Raises:
        NotAssessed: there are not more than k classes, so that no row could miss.
    """
    kinds = probabilities.shape[1]
    if k >= kinds:
        raise NotAssessed(f"the {k} most probable of {kinds} classes always hold the true one; choose a smaller k")
    given = probabilities[np.arange(len(labels)), labels]
    return Outcomes((probabilities >= given[:, None]).sum(axis=1) <= k)


@check(
    "accuracy.brier", better="lower", addresses=EVIDENCE, cites=["doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2"]
)
def brier(probabilities: FloatArray, labels: IntArray) -> OfClasses:
    """Brier score.

    Mean squared error of the probabilities. Two classes: mean of (p - y)^2, in [0, 1]; more classes: mean of the sum
    over the classes, in [0, 2]. A proper score: honest probabilities are the best that a model can report.

    Signs of trouble: not below p (1 - p) of the class shares, which constant probabilities reach.
    Limits: mixes calibration and discrimination; depends on how common the classes are. No evidence where fewer than 5
    rows lie outside the most frequent class.
    """
    most = losses.largest_brier_loss(probabilities)
    return OfClasses(Loss(losses.brier_loss(probabilities, labels), 0.0, most), labels, probabilities.shape[1])


@check("accuracy.log_loss", better="lower", addresses=EVIDENCE, cites=["doi:10.1111/j.2517-6161.1952.tb00104.x"])
def log_loss(probabilities: FloatArray, labels: IntArray) -> OfClasses:
    """Log loss (cross-entropy).

    Mean of -ln(probability given to the true class), in nats; 0 is perfect. A proper score that punishes confident
    errors hard. Probabilities are kept above 2.2e-16, so that one row adds at most 36.04.

    Signs of trouble: above the entropy of the class shares, which constant probabilities reach.
    Limits: a few confident errors can dominate it. Where fewer than 5 rows lie outside the most frequent class it is no
    evidence: too little is known of the errors in the rare classes, and intervals were too short in simulations.
    """
    found = Loss(losses.log_loss(probabilities, labels), 0.0, losses.LARGEST_LOG_LOSS, unit="nats")
    return OfClasses(found, labels, probabilities.shape[1])


def _gini(area: FloatArray) -> FloatArray:
    return 2 * area - 1
