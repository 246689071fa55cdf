"""Calibration without bins: monotone recalibration and kernel smoothing."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ..audit.errors import NotAssessed
from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.figures import Curve, Table
from ..audit.slices import FloatArray, IntArray, Slices
from ..audit.stats import isotonic, smooth
from .calibration import EVIDENCE
from .limits import LEFT_OUT, MAX_ROWS, TOO_FEW, Cell, at_most, groups, unweighted

POINTS = 20
"""Of the curve in print; blocks of equal values would be too many to tell apart."""


@check("calibration.corp", tasks=["binary"], better="lower", addresses=EVIDENCE, cites=["doi:10.1073/pnas.2016191118"])
def corp(
    scores: FloatArray,
    labels: IntArray,
    slices: Slices,
    rng: np.random.Generator,
    *,
    replicates: Annotated[int, Field(ge=99)] = 499,
    max_rows: Annotated[int, Field(ge=1)] = MAX_ROWS,
) -> dict[str, Curve | Table]:
    """Calibration curve without bins (CORP).

    The probabilities are recalibrated by the best rising function of themselves. How much the Brier score gains by
    that is the miscalibration; how much of the variance of the label (uncertainty) the recalibrated ones explain is
    the discrimination: score = miscalibration - discrimination + uncertainty. Miscalibration is above 0 also for a
    calibrated model, so a p-value says how often chance alone would give as much.

    Signs of trouble: points outside their bars; a small p-value together with a miscalibration that matters.
    Limits: sees only departures that keep the order of the probabilities. With many rows the p-value is small for
    any model. It gives a curve and a table, and nothing to write a requirement on.
    """
    unweighted(slices)
    at_most(len(labels), max_rows, "calibration.corp")
    tested = list(groups(slices, labels))
    if not tested:
        raise NotAssessed(TOO_FEW)
    found: dict[str, Curve | Table] = {"decomposition": _decomposition(scores, labels, tested)}
    p_value = isotonic.miscalibration_test(scores, labels, rng, replicates=replicates).p_value
    return {"curve": _curve(scores, labels, rng, replicates, p_value), **found}


def _decomposition(scores: FloatArray, labels: IntArray, tested: list[tuple[str, IntArray]]) -> Table:
    parts = [(name, len(rows), isotonic.corp(scores[rows], labels[rows])) for name, rows in tested]
    return Table(
        title="Brier score by monotone recalibration",
        columns=["group", "rows", "Brier score", "miscalibration", "discrimination", "uncertainty"],
        rows=[[name, n, *(float(part) for part in found)] for name, n, found in parts],
        note=f"Score = miscalibration - discrimination + uncertainty. {LEFT_OUT}",
    )


def _curve(scores: FloatArray, labels: IntArray, rng: np.random.Generator, replicates: int, p_value: float) -> Curve:
    found = isotonic.reliability_curve(scores, labels, rng, replicates=replicates)
    middle = np.cumsum(found.n) - found.n / 2
    group = (middle / found.n.sum() * POINTS).astype(np.intp)
    n = np.bincount(group, found.n, POINTS)
    filled = np.flatnonzero(n)
    at = np.searchsorted(middle, np.cumsum(n)[filled] - n[filled] / 2).clip(max=len(middle) - 1)
    x, y, low, high = (of[at].tolist() for of in (found.p, found.recalibrated, *found.band))
    points = Series(x=x, y=y, low=low, high=high, n=[round(rows) for rows in n[filled]])
    return Curve(
        title="Best monotone recalibration of the probabilities",
        series=[points],
        x_label="predicted probability",
        y_label="recalibrated probability",
        kind="reliability",
        note=f"The curve at {len(points.x)} points with nearly as many rows around each. Bars show where a calibrated model "
        f"has them, each with 95 % (consistency band). Test of calibration by {replicates} resamples: p = {p_value:.3g}.",
    )


@check(
    "calibration.smooth_ece",
    core=False,
    tasks=["binary"],
    better="lower",
    addresses=EVIDENCE,
    cites=["arXiv:2309.12236"],
)
def smooth_ece(
    scores: FloatArray,
    labels: IntArray,
    slices: Slices,
    rng: np.random.Generator,
    *,
    replicates: Annotated[int, Field(ge=2)] = 20,
    max_rows: Annotated[int, Field(ge=1)] = MAX_ROWS,
) -> Table:
    """Smooth calibration error.

    Mean distance between predicted probability and observed frequency, both smoothed by a kernel whose width
    follows from the data, in place of bins. Like the plain binned error it is above 0 also for a calibrated model;
    what a calibrated model would show on all rows stands beside it.

    Signs of trouble: a value of all rows far above that of a calibrated model.
    Limits: it has no interval, so nothing can be required of it; use calibration.ce2. Small groups show larger
    values by chance alone.
    """
    unweighted(slices)
    at_most(len(labels), max_rows, "calibration.smooth_ece")
    tested = list(groups(slices, labels))
    if not tested:
        raise NotAssessed(TOO_FEW)
    rows: list[list[Cell]] = [[name, len(of), smooth.smooth_error(scores[of], labels[of]).value] for name, of in tested]
    null = smooth.smooth_null_mean(scores, labels, rng, replicates=replicates)
    rows.insert(1, ["all rows, if the model were calibrated", len(labels), null])
    return Table(
        title="Smooth calibration error",
        columns=["group", "rows", "smooth error"],
        rows=rows,
        note=f"If calibrated: mean of {replicates} samples of labels drawn from the probabilities. {LEFT_OUT}",
    )
