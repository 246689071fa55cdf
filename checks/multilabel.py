"""Several labels per row: how often the model assigns the right ones.

The labels of a row depend on each other, so rows (or their clusters) are what every interval counts, never labels.
"""

from __future__ import annotations

import numpy as np

from ..audit.registry import check
from ..audit.shapes.figures import Table
from ..audit.shapes.labelled import LabelRates, MeanOfLabels
from ..audit.shapes.rows import Mean, Outcomes
from ..audit.slices import FloatArray, IntArray
from ..audit.stats.proportion import proportion

EVIDENCE = ("eu-ai-act:13.3b", "eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")
MOST_LABELS = 30


@check("multilabel.subset_accuracy", tasks=["multilabel"], better="higher", addresses=EVIDENCE)
def subset_accuracy(labels: IntArray, predictions: IntArray) -> Outcomes:
    """Subset accuracy (exact match).

    Share of rows all of whose labels are right, those that are absent included.

    Signs of trouble: not above the share of the most frequent set of labels, which assigning that set alone would reach.
    Limits: one wrong label counts like all wrong; falls with the number of labels.
    """
    return Outcomes((labels == predictions).all(axis=1))


@check("multilabel.hamming_loss", tasks=["multilabel"], better="lower", addresses=EVIDENCE)
def hamming_loss(labels: IntArray, predictions: IntArray) -> LabelRates:
    """Hamming loss.

    Share of all decisions, one for each row and label, that are wrong, in [0, 1].

    Signs of trouble: not below the mean share of present labels, which assigning no label would reach.
    Limits: small for any model where labels are rare; absent and present labels count alike.
    """
    wrong = (labels != predictions).sum(axis=1).astype(np.float64)
    return LabelRates(wrong, np.full(len(labels), float(labels.shape[1])))


@check(
    "multilabel.micro", metrics=["f1", "precision", "recall"], tasks=["multilabel"], better="higher", addresses=EVIDENCE
)
def micro(labels: IntArray, predictions: IntArray) -> dict[str, LabelRates]:
    """Micro-averaged F1, precision and recall.

    True positives, false positives and false negatives are added up over all rows and labels: F1 is
    2 TP / (2 TP + FP + FN), precision TP / (TP + FP), recall TP / (TP + FN).

    Signs of trouble: precision far above recall, or the reverse, where both kinds of error cost alike.
    Limits: frequent labels dominate it: look at multilabel.macro and multilabel.labels.
    """
    both, true, called = _per_row(labels, predictions)
    return {
        "f1": LabelRates(both, true + called - both, of=_f1_of_jaccard),
        "precision": LabelRates(both, called),
        "recall": LabelRates(both, true),
    }


@check(
    "multilabel.macro", metrics=["f1", "precision", "recall"], tasks=["multilabel"], better="higher", addresses=EVIDENCE
)
def macro(labels: IntArray, predictions: IntArray) -> dict[str, MeanOfLabels]:
    """Macro-averaged F1, precision and recall.

    Mean over the labels of F1, of precision and of recall. A label without any true or assigned row in a slice has no
    F1, one that is never assigned no precision, one that nobody has no recall; it does not count there.

    Signs of trouble: far below multilabel.micro: rare labels are assigned badly.
    Limits: weighs all labels alike; with few rows of a label its value is little more than chance. A rare label that is
    never assigned pulls F1 and recall down, but not precision.
    """
    both, true, called = (of.astype(np.float64) for of in (labels & predictions, labels, predictions))
    return {
        "f1": MeanOfLabels(2 * both, true + called),
        "precision": MeanOfLabels(both, called),
        "recall": MeanOfLabels(both, true),
    }


@check(
    "multilabel.labels",
    metrics=["F1 of {class}", "precision of {class}", "recall of {class}"],
    tasks=["multilabel"],
    better="higher",
    addresses=EVIDENCE,
)
def by_label(labels: IntArray, predictions: IntArray, classes: list[str]) -> dict[str, LabelRates | Table]:
    """F1, precision and recall of each label.

    Each label by itself, as if it were the only one: metrics such as "recall of NAME". Beyond 30 labels only the 30
    that most rows have; multilabel.macro has all.

    Signs of trouble: a label that is hardly ever found, or mostly assigned in error.
    Limits: many numbers: some look bad by chance. Write down beforehand which labels matter, and require those.
    """
    shown = np.sort(np.argsort(-labels.sum(axis=0), kind="stable")[:MOST_LABELS])
    y, d = labels[:, shown].astype(np.float64), predictions[:, shown].astype(np.float64)
    found: dict[str, LabelRates | Table] = {}
    for metric, trials, of in (("F1", y + d - y * d, _f1_of_jaccard), ("precision", d, None), ("recall", y, None)):
        for k, label in enumerate(shown):
            found[f"{metric} of {classes[label]}"] = LabelRates((y * d)[:, k], trials[:, k], of)
    return {**found, "labels": _table(y, d, [classes[label] for label in shown])}


@check(
    "multilabel.samples",
    metrics=["f1", "jaccard", "precision", "recall"],
    tasks=["multilabel"],
    better="higher",
    addresses=EVIDENCE,
    cites=["doi:10.1109/TKDE.2013.39"],
)
def samples(labels: IntArray, predictions: IntArray) -> dict[str, Mean]:
    """F1, Jaccard index, precision and recall of the rows.

    Each is computed from the true and the assigned labels of one row, and averaged over rows. Jaccard is the number of
    labels that are both true and assigned over that of labels that are either. A row without any true or assigned label
    counts as 1; one with true labels and none assigned, or the reverse, as 0.

    Signs of trouble: much lower in a group than in others: its members get worse sets of labels.
    Limits: rows with few labels weigh as much as rows with many; rows without labels are easy to get right.
    """
    both, true, called = _per_row(labels, predictions)
    parts = {"f1": (2 * both, true + called), "jaccard": (both, true + called - both),
             "precision": (both, called), "recall": (both, true)}  # fmt: skip
    empty = (true + called) == 0
    return {
        name: Mean(np.where(empty, 1.0, hits / np.maximum(trials, 1)), 0.0, 1.0, unit="proportion")
        for name, (hits, trials) in parts.items()
    }


def _per_row(labels: IntArray, predictions: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Number of labels of each row that are true and assigned, true, and assigned, ``(n,)`` each."""
    counts = ((labels & predictions), labels, predictions)
    both, true, called = (np.asarray(of.sum(axis=1), dtype=np.float64) for of in counts)
    return both, true, called


def _f1_of_jaccard(jaccard: FloatArray) -> FloatArray:
    return 2 * jaccard / (1 + jaccard)


def _table(y: FloatArray, d: FloatArray, names: list[str]) -> Table:
    """Labels of the whole, the one with the lowest recall first."""
    both, true, called = ((y * d).sum(axis=0), y.sum(axis=0), d.sum(axis=0))
    rates = [(rate, *proportion(both, trials)) for trials in (called, true) for rate in [both / np.maximum(trials, 1)]]
    order = np.argsort(rates[1][0], kind="stable")
    known = [called > 0] * 3 + [true > 0] * 3
    columns = [np.where(use, of, np.nan) for use, of in zip(known, [of for rate in rates for of in rate], strict=True)]
    return Table(
        title="Labels, all rows",
        columns=["label", "rows with it", "assigned", "right", "precision", "low", "high", "recall", "low", "high"],
        rows=[
            [names[k], int(true[k]), int(called[k]), int(both[k]),
             *(None if np.isnan(of[k]) else float(of[k]) for of in columns)]
            for k in order
        ],
        note="The lowest recall first. Low and high: 95 % intervals.",
    )  # fmt: skip
