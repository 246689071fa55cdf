"""Several labels per row: whether the labels that a row has get higher probabilities than those that it has not."""

from __future__ import annotations

import numpy as np

from ..audit.registry import check
from ..audit.shapes.label_areas import Area, LabelAreas
from ..audit.shapes.rows import Mean
from ..audit.slices import FloatArray, IntArray
from ..audit.stats.auroc import weighted_area
from ..audit.stats.average_precision import weighted_average_precision
from .multilabel import EVIDENCE

CITES = ["doi:10.1007/978-0-387-09823-4_34"]


@check("multilabel.ranking_precision", tasks=["multilabel"], better="higher", addresses=EVIDENCE, cites=CITES)
def ranking_precision(labels: IntArray, probabilities: FloatArray) -> Mean:
    """Label ranking average precision.

    For each row and each label that it has: the share of labels that it has among those that are at least as probable.
    Averaged over the labels of the row and then over rows, in (0, 1]. A row without labels counts as 1.

    Signs of trouble: not above that of the labels in the order of their frequency, which is the same for every row.
    Limits: no threshold is involved, so the labels that are assigned may be worse, or better, than it says.
    """
    rank, among, true = _ranks(labels, probabilities)
    shares = np.where(labels == 1, among / rank, 0.0).sum(axis=1)
    return Mean(np.where(true > 0, shares / np.maximum(true, 1), 1.0), 0.0, 1.0, unit="proportion")


@check("multilabel.coverage_error", core=False, tasks=["multilabel"], better="lower", addresses=EVIDENCE, cites=CITES)
def coverage_error(labels: IntArray, probabilities: FloatArray) -> Mean:
    """Coverage error.

    How many of the most probable labels one has to go through, on average, to meet all labels of a row; the best value
    is the mean number of labels per row. A row without labels counts as 0.

    Signs of trouble: near the number of labels.
    Limits: decided by the least probable label of a row; not comparable between data with other numbers of labels.
    """
    rank, _, _ = _ranks(labels, probabilities)
    most = float(labels.shape[1])
    return Mean(np.where(labels == 1, rank, 0.0).max(axis=1), 0.0, most, unit="labels")


@check("multilabel.ranking_loss", tasks=["multilabel"], better="lower", addresses=EVIDENCE, cites=CITES)
def ranking_loss(labels: IntArray, probabilities: FloatArray) -> Mean:
    """Label ranking loss.

    Share of the pairs of a label that a row has and one that it has not in which the latter is at least as probable;
    averaged over rows, in [0, 1]. A row with all labels or none counts as 0. Guessing reaches about 0.5.

    Signs of trouble: not below that of the labels in the order of their frequency.
    Limits: no threshold is involved; rows with all labels or none make it smaller.
    """
    rank, among, true = _ranks(labels, probabilities)
    pairs = true * (labels.shape[1] - true)
    wrong = np.where(labels == 1, rank - among, 0.0).sum(axis=1)
    return Mean(wrong / np.maximum(pairs, 1), 0.0, 1.0, unit="proportion")


@check("multilabel.auroc", metrics=["macro", "micro"], tasks=["multilabel"], better="higher", addresses=EVIDENCE)
def auroc(labels: IntArray, probabilities: FloatArray) -> dict[str, LabelAreas]:
    """Area under the ROC curve, macro- and micro-averaged.

    Macro: mean over the labels of the area of each, without labels that all rows of a slice have, or none. Micro: of all
    pairs of row and label taken together, so that labels have to be comparable with each other. Guessing reaches 0.5.

    Signs of trouble: macro near 0.5: rows are not told apart, even if frequent labels get high probabilities.
    Limits: micro is high for any model that knows which labels are frequent.
    """
    return _areas(labels, probabilities, weighted_area, "auroc")


@check(
    "multilabel.average_precision",
    metrics=["macro", "micro"],
    core=False,
    tasks=["multilabel"],
    better="higher",
    addresses=EVIDENCE,
)
def average_precision(labels: IntArray, probabilities: FloatArray) -> dict[str, LabelAreas]:
    """Average precision, macro- and micro-averaged.

    Macro: mean over the labels of the average precision of each, without labels that nobody in a slice has. Micro: of all
    pairs of row and label taken together. Guessing reaches the share of present labels.

    Signs of trouble: near the share of present labels.
    Limits: depends on how frequent labels are; not comparable between populations that differ in it.
    """
    return _areas(labels, probabilities, weighted_average_precision, "proportion")


def _areas(labels: IntArray, probabilities: FloatArray, area: Area, unit: str) -> dict[str, LabelAreas]:
    return {
        name: LabelAreas(probabilities, labels, area, pooled, unit)
        for name, pooled in (("macro", False), ("micro", True))
    }


def _ranks(labels: IntArray, probabilities: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Rank of each label in its row from the top, equal ones sharing the last, among all and among those of the row.

    Both are ``(n, L)``, the latter of use where the row has the label; and the number of labels of the row, ``(n,)``.
    """
    from scipy.stats import rankdata

    rank = rankdata(-probabilities, method="max", axis=1)
    among = rankdata(np.where(labels == 1, -probabilities, np.inf), method="max", axis=1)
    return rank, among, labels.sum(axis=1).astype(np.float64)
