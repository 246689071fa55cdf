"""Whether predicted probabilities mean what they say."""

from __future__ import annotations

import numpy as np

from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.calibration import CalibrationError, Recalibration
from ..audit.shapes.figures import Curve
from ..audit.slices import FloatArray, IntArray
from ..audit.stats.proportion import clopper_pearson

EVIDENCE = ("eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")
BINS = 15


@check(
    "calibration.ece",
    tasks=["binary"],
    better="lower",
    addresses=EVIDENCE,
    cites=["arXiv:1706.04599", "arXiv:1909.10155"],
)
def ece(scores: FloatArray, labels: IntArray) -> dict[str, CalibrationError | Curve]:
    """Expected calibration error.

    Mean distance between predicted probability and observed frequency over 15 bins of equal width, weighted by rows.
    The plain estimate is biased upwards, since noise in a bin counts as distance; the printed one is debiased, and
    the plain one stands among its counts beside what it would be for a perfectly calibrated model.

    Signs of trouble: an interval wholly above what the decision can bear; a curve on one side of the diagonal.
    Limits: measures the binned probabilities; within a bin, errors of opposite sign cancel. A percentile bootstrap
    is not used, as it does not cover the true value.
    """
    return {"ece": CalibrationError(scores, labels), "reliability": _reliability(scores, labels)}


@check("calibration.slope", tasks=["binary"], better="one", addresses=EVIDENCE, cites=["doi:10.1093/biomet/45.3-4.562"])
def slope(scores: FloatArray, labels: IntArray) -> Recalibration:
    """Calibration slope.

    Slope b of logit P(y = 1) = a + b logit p, fitted to the audited rows. 1 is right.

    Signs of trouble: below 1, probabilities are too extreme (over-confident, often over-fitted); above 1, too timid.
    Limits: sees only straight-line departures on the logit scale.
    """
    return Recalibration(scores, labels, "slope")


@check(
    "calibration.intercept",
    tasks=["binary"],
    better="zero",
    addresses=EVIDENCE,
    cites=["doi:10.1016/j.jclinepi.2015.12.005"],
)
def intercept(scores: FloatArray, labels: IntArray) -> Recalibration:
    """Calibration in the large (intercept).

    Intercept a of logit P(y = 1) = a + logit p, the slope held at 1. 0 is right.

    Signs of trouble: above 0, risks are under-estimated on the whole; below 0, over-estimated. Look at the groups.
    Limits: an average; over- and under-estimation of different rows cancel.
    """
    return Recalibration(scores, labels, "intercept")


def _reliability(scores: FloatArray, labels: IntArray) -> Curve:
    bin_of = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    rows = np.bincount(bin_of, minlength=BINS)
    used = np.flatnonzero(rows)
    n, hits = rows[used].astype(float), np.bincount(bin_of, labels, BINS)[used]
    predicted = np.bincount(bin_of, scores, BINS)[used] / n
    low, high = clopper_pearson(hits, n)
    points = Series(
        name="observed frequency",
        x=predicted.tolist(),
        y=(hits / n).tolist(),
        low=low.tolist(),
        high=high.tolist(),
        n=[int(count) for count in n],
    )
    return Curve(
        title="Reliability of the predicted probabilities",
        series=[points],
        x_label="predicted probability",
        y_label="observed frequency",
        kind="reliability",
        note="Bars are exact 95 % intervals (Clopper-Pearson) of each bin; rows on the diagonal are calibrated.",
    )
