"""The audited model against the one that it is compared with, on the same rows: several labels per row."""

from __future__ import annotations

from ..audit.registry import check
from ..audit.shapes.rows import Mean, Paired
from ..audit.slices import IntArray

EVIDENCE = ("eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")


@check("comparison.subset_accuracy", tasks=["multilabel"], better="higher", addresses=EVIDENCE)
def subset_accuracy(labels: IntArray, predictions: IntArray, baseline_predictions: IntArray) -> Paired:
    """Gain in subset accuracy over the baseline.

    Share of rows all of whose labels are right, of the model minus that of the baseline on the same rows, in [-1, 1].
    at_least = 0 asks that the model is better, at_least = -0.01 that it is not worse by more than one point.

    Signs of trouble: an interval below 0, on the whole or in a group.
    Limits: one wrong label counts like all wrong.
    """
    return Paired((baseline_predictions == labels).all(axis=1), (predictions == labels).all(axis=1))


@check("comparison.hamming_loss", tasks=["multilabel"], better="higher", addresses=EVIDENCE)
def hamming_loss(labels: IntArray, predictions: IntArray, baseline_predictions: IntArray) -> Mean:
    """Gain in Hamming loss over the baseline.

    Share of wrong decisions, one for each row and label, of the baseline minus that of the model on the same rows, so
    that above 0 the model is better; in [-1, 1]. at_least = 0 asks that it is better, at_least = -0.01 that it is not
    worse by more than 0.01.

    Signs of trouble: an interval below 0, on the whole or in a group.
    Limits: absent and present labels count alike.
    """
    gain = (baseline_predictions != labels).mean(axis=1) - (predictions != labels).mean(axis=1)
    return Mean(gain, -1.0, 1.0, unit="difference")
