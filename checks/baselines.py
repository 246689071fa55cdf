"""What the model adds to answers that need no model: the most frequent class, and the shares of the classes."""

from __future__ import annotations

import numpy as np

from ..audit.registry import check
from ..audit.shapes.losses import Loss, OfClasses
from ..audit.shapes.rows import Paired
from ..audit.shapes.skill import Skill
from ..audit.slices import FloatArray, IntArray
from . import losses

EVIDENCE = ("eu-ai-act:13.3b", "eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")


@check("accuracy.gain_over_majority", better="higher", addresses=EVIDENCE)
def gain_over_majority(labels: IntArray, predictions: IntArray) -> Paired:
    """Gain over the most frequent class.

    Accuracy minus the accuracy of always predicting the class that is most frequent among all audited rows, both on
    the same rows. In [-1, 1]; a requirement at_least = 0 asks that the model is better.

    Signs of trouble: an interval that holds 0, so that the model may be no better than one fixed answer.
    Limits: with a rare class even a useful model can be below 0: look at recall and precision. The baseline is chosen on
    the audited rows, which favours it, though by little.
    """
    return Paired(labels == np.bincount(labels).argmax(), predictions == labels)


@check(
    "accuracy.brier_skill",
    metrics=["brier_skill", "brier_gain"],
    core=False,
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2"],
)
def brier_skill(probabilities: FloatArray, labels: IntArray) -> dict[str, OfClasses]:
    """Brier skill score.

    1 - BS / BS_0, where BS_0 is the Brier score of the shares of the classes among all audited rows as probabilities.
    At most 1; 0 is no better than these shares. The metric brier_gain is the difference BS_0 - BS.

    Signs of trouble: an interval that holds 0.
    Limits: groups are compared with the shares of all rows, not with their own. These come from the audited rows, which
    favours them, though by little.
    """
    most = losses.largest_brier_loss(probabilities)
    ours = losses.brier_loss(probabilities, labels)
    theirs = losses.brier_loss(losses.shares(labels, probabilities.shape[1]), labels)
    found = {"brier_skill": Skill(ours, theirs, most), "brier_gain": Loss(theirs - ours, -most, most)}
    return {name: OfClasses(one, labels, probabilities.shape[1]) for name, one in found.items()}


@check(
    "accuracy.log_loss_gain",
    core=False,
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.1111/j.2517-6161.1952.tb00104.x"],
)
def log_loss_gain(probabilities: FloatArray, labels: IntArray) -> OfClasses:
    """Gain in log loss over the class shares.

    Log loss of the shares of the classes among all audited rows as probabilities, minus that of the model, in nats. 0 is
    no better than these shares.

    Signs of trouble: an interval that holds 0.
    Limits: a few confident errors can dominate it and make its interval approximate for small groups.
    """
    theirs = losses.log_loss(losses.shares(labels, probabilities.shape[1]), labels)
    gain = theirs - losses.log_loss(probabilities, labels)
    found = Loss(gain, -losses.LARGEST_LOG_LOSS, float(theirs.max(initial=0.0)), "nats")
    return OfClasses(found, labels, probabilities.shape[1])
