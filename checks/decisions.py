"""What the decisions look like, and what other thresholds would give: figures beside the rates."""

from __future__ import annotations

import numpy as np

from ..audit.design import Design
from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.base import divide
from ..audit.shapes.confusion import Confusion
from ..audit.shapes.figures import Curve, Table
from ..audit.shapes.rates import Proportion, designed
from ..audit.slices import FloatArray, IntArray, Slices
from ..audit.stats.binning import placed
from ..audit.stats.proportion import proportion, wilson

EVIDENCE = ("eu-ai-act:13.3b", "eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")
THRESHOLDS = np.arange(1, 20) / 20
WIDEST = 10
"""A matrix of more classes than this does not fit a page; then its largest errors are listed."""
LISTED = 30


@check("accuracy.confusion_matrix", metrics=["recall_of_class_{k}"], better="higher", addresses=EVIDENCE)
def confusion_matrix(counts: Confusion, classes: list[str]) -> dict[str, Proportion | Table]:
    """Confusion matrix.

    How many rows of each true class the model puts into each class, and for each class the recall: the share of its rows
    that are found. The metrics number the classes from 0, in the order of the table.

    Signs of trouble: a class that is hardly ever found, or two classes that are often taken for each other.
    Limits: the matrix is of all rows; groups have their recalls alone.
    """
    kinds = counts.cells.shape[-1]
    recalls = {f"recall_of_class_{k}": Proportion(counts.hits[..., k], counts.true[..., k]) for k in range(kinds)}
    cells = counts.cells.reshape(-1, kinds, kinds)[0]
    return {**recalls, "matrix": _matrix(cells, classes) if kinds <= WIDEST else _largest(cells, classes)}


@check("accuracy.threshold_curve", tasks=["binary"], better="higher", addresses=EVIDENCE)
def threshold_curve(scores: FloatArray, labels: IntArray, predictions: IntArray, slices: Slices) -> Curve:
    """Rates at other thresholds.

    Precision, recall, false-positive rate and accuracy if rows were called positive from a threshold on, for 19
    thresholds from 0.05 to 0.95. Precision is left out where no row reaches the threshold.

    Signs of trouble: another threshold with clearly better rates; rates that change steeply at the one in use.
    Limits: a threshold that is chosen on these rows looks better on them than it is.
    """
    design = slices.design
    series = _of_counts(scores, labels) if design is None else _of_design(scores, labels, design)
    method = "Wilson" if design is None else "Korn and Graubard, for the weights and clusters of the rows"
    return Curve(
        title="Rates at other thresholds",
        series=[one for one in series if one.x],
        x_label="threshold",
        y_label="share",
        note=f"{_in_use(scores, predictions)} Bars are 95 % intervals ({method}) of each point by itself.",
        designed=True,
    )


def _of_counts(scores: FloatArray, labels: IntArray) -> list[Series]:
    above = _above(scores, labels)
    return [_series(name, *rate, *wilson(*rate), rate[1]) for name, rate in _rates(above).items()]


def _of_design(scores: FloatArray, labels: IntArray, design: Design) -> list[Series]:
    """Of rows with weights or clusters: what lies above each threshold as a slice, which of the labels as a count."""
    steps = np.arange(len(THRESHOLDS) + 1)
    members = (steps >= steps[:, None]).astype(np.float64)
    slices = Slices([{}] * len(steps), placed(scores, THRESHOLDS), members, [])
    rows = _rates(_above(scores, labels))
    found = []
    for name in rows:
        sums = design.of_counts(slices, labels * 2, 2, lambda tables, name=name: _rates(tables[..., 0])[name])  # type: ignore[misc]
        rate = designed(sums)
        found.append(_series(name, rate.hits, rate.trials, *rate.interval(0.95), rows[name][1]))
    return found


def _above(scores: FloatArray, labels: IntArray) -> FloatArray:
    """Negatives and positives at or above each threshold, the first of which is below all scores, ``(20, 2)``."""
    counts = np.bincount(placed(scores, THRESHOLDS) * 2 + labels, minlength=40).reshape(-1, 2)
    return np.asarray(counts[::-1].cumsum(axis=0)[::-1], dtype=np.float64)


def _rates(above: FloatArray) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Hits and trials of each rate, from negatives and positives at or above each threshold, ``(..., 20, 2)``."""
    fp, tp = above[..., 0], above[..., 1]
    negatives, positives = (np.broadcast_to(of[..., :1], of.shape) for of in (fp, tp))
    return {
        "precision": (tp, tp + fp),
        "recall": (tp, positives),
        "false positives": (fp, negatives),
        "accuracy": (tp + negatives - fp, positives + negatives),
    }


def _series(
    name: str, hits: FloatArray, trials: FloatArray, low: FloatArray, high: FloatArray, rows: FloatArray
) -> Series:
    """Of all thresholds but that below all scores, where there are trials."""
    used = np.flatnonzero(rows[1:] > 0) + 1
    x, y, low, high = (of[used].tolist() for of in (np.append(0, THRESHOLDS), divide(hits, trials), low, high))
    return Series(name=name, x=x, y=y, low=low, high=high, n=rows[used].astype(int).tolist())


def _matrix(cells: FloatArray, classes: list[str]) -> Table:
    rows: list[list[str | float | int | None]] = []
    for k, row in enumerate(cells):
        low, high = proportion(row[k], row.sum())
        recall = row[k] / row.sum() if row.sum() else None
        rows.append([classes[k], *(int(count) for count in row), int(row.sum()), recall, float(low), float(high)])
    predicted = [f"as {name}" for name in classes]
    return Table(
        "Rows by true and predicted class", ["True class", *predicted, "Rows", "Recall", "95 % from", "to"], rows
    )


def _largest(cells: FloatArray, classes: list[str]) -> Table:
    errors = cells * (1 - np.eye(len(cells)))
    order = np.argsort(-errors, axis=None, kind="stable")[:LISTED]
    places = [(int(i), int(j)) for i, j in zip(*np.unravel_index(order, cells.shape), strict=True) if errors[i, j]]
    rows: list[list[str | float | int | None]] = [
        [classes[i], classes[j], int(cells[i, j]), int(cells[i].sum()), float(cells[i, j] / cells[i].sum())]
        for i, j in places
    ]
    columns = ["True class", "Predicted as", "Rows", "Rows of the true class", "Share"]
    return Table(f"The most frequent errors among {len(cells)} classes", columns, rows)


def _in_use(scores: FloatArray, predictions: IntArray) -> str:
    """Where the threshold in use lies, to 0.05: scores of single rows stay out of the record."""
    positive = predictions == 1
    below, above = float(scores[~positive].max(initial=0.0)), float(scores[positive].min(initial=1.0))
    if below > above:
        return "The decisions in use do not follow from a threshold on these probabilities."
    return f"The threshold in use lies between {np.floor(below * 20) / 20:.2f} and {np.ceil(above * 20) / 20:.2f}."
