"""What happens to the decisions when inputs go wrong in ordinary ways. No adversary is assumed here."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ..audit.answers import AuditedModel
from ..audit.columns import Column
from ..audit.errors import NotAssessed
from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.figures import Curve, Table
from ..audit.shapes.rows import Outcomes, Paired
from ..audit.slices import IntArray, Slices
from ..audit.stats.proportion import wilson
from . import perturb
from .groups_of_rows import in_order
from .table_corruptions import DEVIATIONS

EVIDENCE = ("eu-ai-act:15.1", "eu-ai-act:15.4", "nist-ai-rmf:measure-2.6")
Found = dict[str, Outcomes | Paired | Curve | Table]


@check(
    "robustness.noise",
    metrics=["accuracy", "accuracy_change", "flipped"],
    better="higher",
    addresses=EVIDENCE,
    cites=["arXiv:1903.12261"],
)
def noise(
    model: AuditedModel,
    features: perturb.Frame,
    labels: IntArray,
    predictions: IntArray,
    feature_columns: dict[str, Column],
    slices: Slices,
    bounds: dict[str, tuple[float, float]],
    rng: np.random.Generator,
    *,
    severity: Annotated[int, Field(ge=1, le=5)] = 3,
) -> Found:
    """Accuracy under noise.

    Every numeric input gets Gaussian noise of 0.05, 0.1, 0.2, 0.4 or 0.8 of its standard deviation (severity 1 to 5);
    whole numbers stay whole, values stay within the bounds of the audit file. Accuracy on the same rows, its change,
    and the share of decisions that flip.

    Signs of trouble: a drop at severity 1 or 2, which measurement error alone can cause.
    Limits: one draw per row; independent noise, where real errors are often systematic; text inputs stay as they are.
    """
    order = in_order(feature_columns, labels, slices.cell)
    answers = [model.predict(perturb.noisy(features, deviations, bounds, rng, order)) for deviations in DEVIATIONS]
    right = np.array([np.sum(answer == labels) for answer in answers], dtype=float)
    low, high = wilson(right, np.full(len(right), float(len(labels))))
    curve = Series(
        name="accuracy",
        x=list(DEVIATIONS),
        y=(right / len(labels)).tolist(),
        low=low.tolist(),
        high=high.tolist(),
        n=[len(labels)] * len(right),
    )
    figure = Curve("Accuracy under noise", [curve], "noise, in standard deviations of the input", "accuracy")
    return {**_compared(answers[severity - 1], predictions, labels), "curve": figure}


@check(
    "robustness.missing_values", metrics=["accuracy", "accuracy_change", "flipped"], better="higher", addresses=EVIDENCE
)
def missing_values(
    model: AuditedModel,
    features: perturb.Frame,
    labels: IntArray,
    predictions: IntArray,
    feature_columns: dict[str, Column],
    slices: Slices,
    rng: np.random.Generator,
    *,
    share: Annotated[float, Field(gt=0, le=1)] = 0.1,
) -> Found:
    """Accuracy with missing values.

    Each input value is removed with the same probability, completely at random. Accuracy on the same rows, its
    change, and the share of decisions that flip. A model that refuses missing values is not assessed.

    Signs of trouble: a drop much larger than the share of values removed.
    Limits: in practice values are missing for a reason, which can be worse.
    """
    order = in_order(feature_columns, labels, slices.cell)
    try:
        answers = model.predict(perturb.blanked(features, share, rng, order))
    except Exception as error:
        raise NotAssessed(
            f"the model refuses missing values: {type(error).__name__}: {str(error).splitlines()[0]}"
        ) from error
    return _compared(answers, predictions, labels)


@check("robustness.unit_error", metrics=["accuracy", "accuracy_change", "flipped"], better="higher", addresses=EVIDENCE)
def unit_error(
    model: AuditedModel,
    features: perturb.Frame,
    labels: IntArray,
    predictions: IntArray,
    feature_columns: dict[str, Column],
    slices: Slices,
    rng: np.random.Generator,
    *,
    factor: Annotated[float, Field(gt=0)] = 10.0,
) -> Found:
    """Accuracy under unit errors.

    In every row one numeric input, drawn at random, is multiplied by the factor, as if entered in the wrong unit.
    Accuracy on the same rows, its change, the share of decisions that flip, and all of it by the input that was hit.

    Signs of trouble: one input that decides alone.
    Limits: one input at a time; values outside of all plausible ranges would be caught by a data schema.
    """
    order = in_order(feature_columns, labels, slices.cell)
    changed, names, which = perturb.rescaled(features, factor, rng, order)
    answers = model.predict(changed)
    rows: list[list[str | float | int | None]] = []
    for position, name in enumerate(names):
        hit = which == position
        right, flipped = np.sum((answers == labels)[hit]), np.sum((answers != predictions)[hit])
        low, high = wilson(float(right), float(hit.sum()))
        rows.append([name, int(hit.sum()), int(right), float(low), float(high), int(flipped)])
    columns = ["Input", "Rows hit", "Still right", "95 % from", "to", "Decisions flipped"]
    table = Table(
        f"Inputs multiplied by {factor:g}", columns, rows, "The interval is of the share that is still right (Wilson)."
    )
    return {**_compared(answers, predictions, labels), "by_input": table}


def _compared(answers: IntArray, predictions: IntArray, labels: IntArray) -> Found:
    return {
        "accuracy": Outcomes(answers == labels),
        "accuracy_change": Paired(predictions == labels, answers == labels),
        "flipped": Outcomes(answers != predictions),
    }
