"""Whether the audited model is better than the baseline that the audit names, on the same rows.

Every difference is that of the audited model over the baseline, turned so that above 0 the audited model is better. A requirement
``at_least = 0`` asks for superiority, ``at_least = -0.01`` for non-inferiority with a margin of 0.01.
"""

from __future__ import annotations

from ..audit.registry import check
from ..audit.shapes.base import BoolArray
from ..audit.shapes.figures import Table
from ..audit.shapes.joint import PairedF1, PairedRanking, PairedRecalls
from ..audit.shapes.losses import Loss, OfClasses
from ..audit.shapes.rows import Outcomes, Paired
from ..audit.slices import FloatArray, IntArray
from ..audit.stats.paired import mcnemar_exact, mcnemar_mid_p
from . import losses

EVIDENCE = ("eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")


@check(
    "comparison.accuracy",
    metrics=["accuracy"],
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C", "doi:10.1007/BF02295996"],
)
def accuracy(labels: IntArray, predictions: IntArray, baseline_predictions: IntArray) -> dict[str, Paired | Table]:
    """Gain in accuracy over the baseline.

    Accuracy of the model minus that of the baseline on the same rows, in [-1, 1]. Only rows on which one of them is right
    and the other wrong decide it. at_least = 0 asks that the model is better, at_least = -0.01 that it is not worse by
    more than one point.

    Signs of trouble: an interval below 0; or many rows lost although as many are gained.
    Limits: says nothing about which errors are made, or on whom.
    """
    before, after = baseline_predictions == labels, predictions == labels
    return {"accuracy": Paired(before, after), "pairs": _pairs(before, after)}


@check("comparison.balanced_accuracy", core=False, better="higher", addresses=EVIDENCE)
def balanced_accuracy(labels: IntArray, predictions: IntArray, baseline_predictions: IntArray) -> PairedRecalls:
    """Gain in balanced accuracy over the baseline.

    Mean over the classes of the recall of the model minus that of the baseline, on the same rows, in [-1, 1]. at_least =
    0 asks that the model is better, at_least = -0.01 that it is not worse by more than one point.

    Signs of trouble: below 0 while accuracy gains, which means that the smaller class pays.
    Limits: weighs all classes alike. Undefined in a group without rows of some class.
    """
    kinds = 1 + int(max(of.max(initial=1) for of in (labels, predictions, baseline_predictions)))
    return PairedRecalls(labels, baseline_predictions, predictions, kinds)


@check("comparison.f1", core=False, tasks=["binary"], better="higher", addresses=EVIDENCE)
def f1(labels: IntArray, predictions: IntArray, baseline_predictions: IntArray) -> PairedF1:
    """Gain in F1 over the baseline.

    F1 score of the model minus that of the baseline on the same rows, in [-1, 1]. at_least = 0 asks that the model is
    better, at_least = -0.01 that it is not worse by more than 0.01.

    Signs of trouble: below 0 while accuracy gains.
    Limits: ignores true negatives. Undefined where a model is without positives, true or predicted.
    """
    return PairedF1(labels, baseline_predictions, predictions)


@check("comparison.auroc", tasks=["binary"], better="higher", addresses=EVIDENCE, cites=["doi:10.2307/2531595"])
def auroc(labels: IntArray, scores: FloatArray, baseline_scores: FloatArray) -> PairedRanking:
    """Gain in the area under the ROC curve over the baseline.

    AUROC of the model minus that of the baseline on the same rows, in [-1, 1]. at_least = 0 asks that the model ranks
    better, at_least = -0.01 that it does not rank worse by more than 0.01.

    Signs of trouble: an interval below 0.
    Limits: says nothing about calibration, or about the threshold in use.
    """
    return PairedRanking(labels, baseline_scores, scores)


@check(
    "comparison.brier",
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2"],
)
def brier(labels: IntArray, probabilities: FloatArray, baseline_probabilities: FloatArray) -> OfClasses:
    """Gain in the Brier score over the baseline.

    Brier score of the baseline minus that of the model on the same rows, so that above 0 the model is better; in [-1, 1], with
    more than two classes in [-2, 2]. at_least = 0 asks that it is better, at_least = -0.01 that it is not worse by more
    than 0.01.

    Signs of trouble: an interval below 0.
    Limits: mixes calibration and discrimination.
    """
    most = losses.largest_brier_loss(probabilities)
    gain = losses.brier_loss(baseline_probabilities, labels) - losses.brier_loss(probabilities, labels)
    return OfClasses(Loss(gain, -most, most), labels, probabilities.shape[1])


@check("comparison.log_loss", core=False, better="higher", addresses=EVIDENCE)
def log_loss(labels: IntArray, probabilities: FloatArray, baseline_probabilities: FloatArray) -> OfClasses:
    """Gain in log loss over the baseline.

    Log loss of the baseline minus that of the model on the same rows, in nats, so that above 0 the model is better. at_least =
    0 asks that it is better, at_least = -0.01 that it is not worse by more than 0.01.

    Signs of trouble: an interval below 0.
    Limits: a few confident errors of one of them can dominate it and make its interval approximate for small groups.
    """
    gain = losses.log_loss(baseline_probabilities, labels) - losses.log_loss(probabilities, labels)
    found = Loss(gain, -losses.LARGEST_LOG_LOSS, losses.LARGEST_LOG_LOSS, "nats")
    return OfClasses(found, labels, probabilities.shape[1])


@check("comparison.agreement", better="higher", addresses=EVIDENCE)
def agreement(predictions: IntArray, baseline_predictions: IntArray) -> Outcomes:
    """Agreement with the baseline.

    Share of rows on which the model and the baseline decide alike, whether right or wrong, in [0, 1].

    Signs of trouble: low although both are equally accurate: many people would get another decision for no gain.
    Limits: two models that agree can share their errors.
    """
    return Outcomes(predictions == baseline_predictions)


def _pairs(before: BoolArray, after: BoolArray) -> Table:
    gained, lost = int((after & ~before).sum()), int((before & ~after).sum())
    rows: list[list[str | float | int | None]] = [
        ["both", int((before & after).sum())],
        ["the model alone", gained],
        ["the baseline alone", lost],
        ["neither", int((~before & ~after).sum())],
    ]
    exact, mid = float(mcnemar_exact(gained, lost)), float(mcnemar_mid_p(gained, lost))
    note = f"McNemar's test of equal accuracy: p = {mid:.3g} (mid-p), p = {exact:.3g} (exact)."
    return Table("Rows by who is right", ["Right", "Rows"], rows, note)
