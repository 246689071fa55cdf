"""Calibration of the probabilities of several classes: of the predicted class, and of each class against the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import Field

from ..audit.registry import check
from ..audit.shapes.binned import ExpectedError, SlicedBins, SlicedClasses, SquaredError, sliced_bins, stacked
from ..audit.shapes.figures import Curve, Table
from ..audit.shapes.kernel import KernelCalibration
from ..audit.slices import FloatArray, IntArray, Slices
from ..audit.stats import calibration, multiclass
from ..audit.stats.binning import Bins
from .calibration import EVIDENCE, reliability
from .limits import MAX_ROWS, at_most

MOST_CLASSES = 50


@check(
    "calibration.top_label",
    metrics=["squared_error", "expected_error"],
    core=False,
    better="lower",
    addresses=EVIDENCE,
    cites=["arXiv:1706.04599"],
)
def top_label(
    probabilities: FloatArray, labels: IntArray, slices: Slices, rng: np.random.Generator
) -> dict[str, SlicedBins | Curve]:
    """Calibration of the confidence.

    The confidence of a row is its greatest probability; it should be right as often as the confidence says.
    The errors are those of calibration.ce2 and calibration.ece, of confidence against right or wrong.

    Signs of trouble: points below the diagonal, which mean that the model is surer than it should be.
    Limits: says nothing about the probabilities of the other classes; the class that comes first in the order of
    the classes counts as predicted where two are equal, whatever the model decided.
    """
    bins = sliced_bins(*multiclass.top_label(probabilities, labels), slices, rng)
    curves = {
        key: replace(
            curve,
            title="Reliability of the confidence",
            x_label="confidence",
            y_label="share of rows that are right",
        )
        for key, curve in reliability(bins).items()
    }
    return {"squared_error": SquaredError(bins), "expected_error": ExpectedError(bins), **curves}


@check(
    "calibration.classwise",
    metrics=["squared_error", "expected_error"],
    core=False,
    tasks=["multiclass", "multilabel"],
    better="lower",
    addresses=EVIDENCE,
    cites=["arXiv:1904.01685", "arXiv:1910.12656"],
)
def classwise(
    probabilities: FloatArray, labels: IntArray, classes: list[str], slices: Slices, rng: np.random.Generator
) -> dict[str, SlicedClasses | Table]:
    """Calibration of every class or label.

    Each class against the rest, or each of several labels, is a question of its own; printed is the mean over the classes of its squared
    calibration error and of its expected calibration error, as in calibration.ce2 and calibration.ece.

    Signs of trouble: a class in the table whose interval lies wholly above what the decision can bear.
    Limits: with many classes most probabilities are near 0, where errors are small; look at the classes that matter.
    """
    truth = labels == 1 if labels.ndim == 2 else labels[:, None] == np.arange(len(classes))
    each = [sliced_bins(p, y, slices, rng) for p, y in zip(probabilities.T, truth.T, strict=True)]
    found: dict[str, SlicedClasses | Table] = {
        "squared_error": SlicedClasses(each, SquaredError),
        "expected_error": SlicedClasses(each, ExpectedError),
    }
    bins = stacked(each)
    return found | (
        {"classes": _by_class(Bins(*(sums[0] for sums in bins)), classes)} if isinstance(bins, Bins) else {}
    )


def _by_class(bins: Bins, classes: list[str]) -> Table:
    """Classes of the whole, the worst first."""
    value, expected = calibration.squared_error(bins), calibration.expected_error(bins)
    low, high = calibration.squared_error_interval(bins, 1 - 0.05 / len(classes))
    mean, rate = (of.sum(axis=(-1, -2)) / np.maximum(bins.n.sum(axis=(-1, -2)), 1) for of in (bins.sum_p, bins.sum_y))
    worst = np.argsort(-value, kind="stable")[:MOST_CLASSES]
    return Table(
        title="Calibration of each class against the rest, or of each label",
        columns=["class", "mean probability", "frequency", "squared error", "low", "high", "expected error"],
        rows=[
            [classes[k], *(float(of[k]) for of in (mean, rate, np.maximum(value, 0), low, high, expected))]
            for k in worst
        ],
        note="All rows, the worst class first. Low and high bound the squared errors of all classes at once (95 %, "
        f"Bonferroni).{f' The {MOST_CLASSES} worst of {len(classes)} classes.' if len(classes) > MOST_CLASSES else ''}",
    )


@check("calibration.skce", core=False, better="lower", addresses=EVIDENCE, cites=["arXiv:1910.11385"])
def skce(
    probabilities: FloatArray, labels: IntArray, *, max_rows: Annotated[int, Field(ge=1)] = MAX_ROWS
) -> KernelCalibration:
    """Squared kernel calibration error (SKCE).

    Mean over pairs of rows of the product of their errors, weighted by how alike their probabilities are, of all classes
    at once and without bins; 0 is right. Pairs are formed within random blocks of 32 rows. The estimate has no bias, but
    for the cut at 0, and calibration.tests gives the p-value.

    Signs of trouble: an interval wholly above 0.
    Limits: its size means little by itself: compare models on the same rows. Needs ten blocks, 320 rows, or more.
    """
    at_most(len(labels), max_rows, "calibration.skce")
    return KernelCalibration(probabilities, labels)
