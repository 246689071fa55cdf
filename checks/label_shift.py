"""Whether the shares of the classes changed, as far as predictions alone can tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..audit.answers import AuditedModel
from ..audit.errors import DataError, NotAssessed
from ..audit.registry import check
from ..audit.shapes.figures import Table
from ..audit.shapes.linearised import Linearised
from ..audit.shapes.whole import Whole
from ..audit.slices import IntArray, Slices
from ..audit.stats.label_shift import black_box
from ..audit.stats.linearised import Spread, plain
from .corruption import EVIDENCE
from .limits import Cell, unweighted
from .reference import reference_of

WORST = 100.0
"""Condition number of the confusion matrix from which on the weights are not to be trusted."""


@check(
    "robustness.label_shift",
    metrics=["weight_{class}"],
    better="one",
    core=False,
    addresses=(*EVIDENCE, "nist-ai-rmf:measure-2.4"),
    cites=["arXiv:1802.03916"],
)
def label_shift(
    model: AuditedModel,
    features: Any,
    labels: IntArray,
    predictions: IntArray,
    classes: list[str],
    slices: Slices,
    folder: Path,
    *,
    reference: str = "",
    target: str = "",
) -> dict[str, Whole | Table]:
    """Label shift.

    How often each class occurs among the rows audited, relative to a labelled 'reference' file such as the validation data, as it
    follows from predictions alone (black-box shift estimation): weights w solve C w = m, where C holds the shares of predicted and
    true classes in the reference and m the shares of predicted classes in the rows audited. 'weight_CLASS' is 1 where nothing
    changed. Intervals are from the errors of C and m (delta method). 'target' names the label column of the file, if it is
    another one than that of the data. A table holds this against the labels, which in operation are not yet known.

    Signs of trouble: an interval that leaves out 1: accuracy, thresholds and calibration found on the reference need not hold.
    Weights far from those by labels: more has changed than the shares of classes.
    Limits: true only if rows of one class look alike in both (label shift). A model that hardly tells two classes apart gives a matrix that
    can hardly be solved; the condition number says so. The reference must be rows that the model was not fitted to.
    """
    unweighted(slices)
    if not reference:
        raise NotAssessed("name a file with labelled rows in the option reference")
    other = reference_of(folder, reference)
    name = target or model.target
    try:
        before = model.positions(other.column(name), f"option reference: {name!r} in {other.name}")
    except DataError as error:
        raise NotAssessed(str(error)) from error
    told = model.predict(_like(features, other))
    k = len(classes)
    if not all(np.bincount(before, minlength=k)):
        raise NotAssessed("option reference: every class has to occur in it")
    found = black_box(told, before, predictions, k)
    if found is None:
        raise NotAssessed("the predictions do not tell the classes apart, so that the shares cannot be found")
    n = float(min(len(before), len(labels)))
    rows: list[list[Cell]] = []
    result: dict[str, Whole | Table] = {}
    for place, label in enumerate(classes):
        spread = Spread(*(np.array([part]) for part in (found.error[place], n, n - 1, n)))
        weight = Linearised(found.weight[place : place + 1], spread, plain(0.0), "ratio", None)
        low, high = weight.interval(0.95)
        was, now = np.mean(before == place), np.mean(labels == place)
        rows.append(
            [label, float(was), float(now), float(now / was), *map(float, (found.weight[place], low[0], high[0]))]
        )
        result[f"weight_{label}"] = Whole(weight)
    columns = [
        "Class",
        "Share in the reference",
        "Share audited",
        "Weight by labels",
        "Weight by predictions",
        "95 % from",
        "to",
    ]
    sure = "" if found.condition < WORST else "The matrix is close to singular: the weights are not to be trusted. "
    note = (
        f"Condition number of C {found.condition:.3g}. {sure}Predicted classes are distributed alike: chi-squared test, "
        f"p = {found.p_value:.4g}. Reference: {len(other):,} rows of {other}."
    )
    return {**result, "weights": Table("Shares of the classes", columns, rows, note)}


def _like(features: Any, other: Any) -> Any:
    """The inputs in the file, as a frame of the kind of the data."""
    import narwhals as nw

    columns = {name: other.column(name) for name in features.columns}
    made = nw.from_dict(columns, backend=features.implementation)
    kinds = {name: features[name].dtype for name in features.columns}
    wrong = [name for name, kind in kinds.items() if kind.is_numeric() != made[name].dtype.is_numeric()]
    if wrong:
        raise NotAssessed(f"option reference: {wrong[0]!r} is of another type in {other.name} than in the data")
    cast = [name for name, kind in kinds.items() if made[name].dtype != kind and not kind.is_numeric()]
    return made.with_columns(*(made[name].cast(kinds[name]) for name in cast))
