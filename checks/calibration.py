"""Whether predicted probabilities mean what they say."""

from __future__ import annotations

import numpy as np

from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.base import Statistic
from ..audit.shapes.binned import ExpectedError, SquaredError, sliced_bins
from ..audit.shapes.brier import brier_parts
from ..audit.shapes.calibration import ObservedExpected, Recalibration, SlicedFit
from ..audit.shapes.figures import Curve, Table
from ..audit.shapes.linearised import Linearised
from ..audit.slices import FloatArray, IntArray, Slices
from ..audit.stats.binning import Bins
from ..audit.stats.calibration import Binned, consistency_band
from ..audit.stats.proportion import clopper_pearson
from .calibration_groups import of_intercepts, of_squared_errors

EVIDENCE = ("eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")


@check(
    "calibration.ece",
    metrics=["ece"],
    tasks=["binary"],
    better="lower",
    addresses=EVIDENCE,
    cites=["arXiv:1706.04599", "arXiv:1909.10155"],
)
def ece(
    scores: FloatArray, labels: IntArray, slices: Slices, rng: np.random.Generator
) -> dict[str, ExpectedError | Curve]:
    """Expected calibration error.

    Mean distance between predicted probability and observed frequency over 15 bins of equal width, weighted by rows.
    The plain estimate is biased upwards, since noise in a bin counts as distance; the printed one is debiased, and
    the plain one stands among its counts beside what it would be for a perfectly calibrated model.

    Signs of trouble: an interval wholly above what the decision can bear; a curve on one side of the diagonal.
    Limits: measures the binned probabilities; within a bin, errors of opposite sign cancel. A percentile bootstrap
    is not used, as it does not cover the true value.
    """
    bins = sliced_bins(scores, labels, slices, rng)
    return {"ece": ExpectedError(bins), **reliability(bins)}


@check(
    "calibration.ce2", metrics=["ce2"], tasks=["binary"], better="lower", addresses=EVIDENCE, cites=["arXiv:1909.10155"]
)
def ce2(
    scores: FloatArray, labels: IntArray, slices: Slices, rng: np.random.Generator
) -> dict[str, SquaredError | Table]:
    """Squared calibration error.

    Mean over 15 bins of equal width, weighted by rows, of the squared distance between predicted probability and
    observed frequency, less what noise adds to it; from 0 to 1. Of the measures of calibration this is the one to
    write a requirement on: its estimate has no bias, but for the cut at 0, and its interval also holds for a
    calibrated model. To allow a typical error of 0.05, require at most 0.05 squared, 0.0025.

    Signs of trouble: an interval wholly above the square of the error that the decision can bear.
    Limits: measures the binned probabilities; within a bin, errors of opposite sign cancel.
    """
    errors = SquaredError(sliced_bins(scores, labels, slices, rng))
    return {"ce2": errors, **of_squared_errors(slices, errors)}


@check(
    "calibration.brier_decomposition",
    metrics=["reliability", "resolution", "uncertainty"],
    core=False,
    tasks=["binary"],
    better="lower",
    addresses=EVIDENCE,
    cites=["doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2", "doi:10.1002/qj.1924"],
)
def brier_decomposition(
    scores: FloatArray, labels: IntArray, slices: Slices, rng: np.random.Generator
) -> dict[str, Statistic]:
    """Parts of the Brier score.

    Brier score = reliability - resolution + uncertainty + what lies within the bins, over 15 bins of equal width.
    Reliability is the squared distance of the probabilities from the frequencies: 0 is right. Resolution is how far
    the frequencies of the bins lie apart: more is better. Uncertainty is the variance of the label, which no model
    changes. Each is freed of most of the bias that small bins cause, so that reliability and resolution can fall
    below 0; the counts of reliability hold the score itself and what lies within the bins.

    Signs of trouble: resolution near 0, which means that the probabilities hardly tell rows apart.
    Limits: depends on the bins. Write requirements on calibration.ce2, not on reliability.
    """
    return brier_parts(scores, labels, slices, rng)


@check("calibration.observed_expected", core=False, tasks=["binary"], better="one", addresses=EVIDENCE)
def observed_expected(scores: FloatArray, labels: IntArray) -> ObservedExpected:
    """Observed over expected positives.

    Number of positive rows over the sum of the predicted probabilities. 1 is right; 2 means twice as many
    positives as predicted.

    Signs of trouble: far from 1 in a group whose share of positives the model was not shown.
    Limits: an average; over- and under-estimation of different rows cancel. Its interval takes the number of
    positives for a Poisson number, and so is too wide where positives are common.
    """
    return ObservedExpected(scores, labels)


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
    metrics=["intercept"],
    tasks=["binary"],
    better="zero",
    addresses=EVIDENCE,
    cites=["doi:10.1016/j.jclinepi.2015.12.005"],
)
def intercept(
    scores: FloatArray, labels: IntArray, slices: Slices, rng: np.random.Generator
) -> dict[str, SlicedFit | Linearised | Table]:
    """Calibration in the large (intercept).

    Intercept a of logit P(y = 1) = a + logit p, the slope held at 1. 0 is right.

    Signs of trouble: above 0, risks are under-estimated on the whole; below 0, over-estimated. A difference between
    groups: the same stated probability means another risk; 0.7 is a factor of about two in the odds.
    Limits: an average; over- and under-estimation of different rows cancel.
    """
    fit = Recalibration(scores, labels, "intercept").by(slices, rng)
    return {"intercept": fit, **of_intercepts(slices, fit)}


def reliability(bins: Binned) -> dict[str, Curve]:
    """Mean probability and observed frequency of the bins of the whole, the first slice, with exact bars and a band.

    None where rows have weights or clusters, which exact bars do not allow for.
    """
    if not isinstance(bins, Bins):
        return {}
    rows, positives, total, _ = (sums[0].sum(axis=0) for sums in bins)
    used = rows > 0
    n, hits = rows[used], positives[used]
    low, high = clopper_pearson(hits, n)
    x = (total[used] / n).tolist()
    from_, to = consistency_band(n, x)
    band = Series(name="if calibrated", x=x, y=x, low=from_.tolist(), high=to.tolist())
    points = Series(
        name="observed frequency",
        x=x,
        y=(hits / n).tolist(),
        low=low.tolist(),
        high=high.tolist(),
        n=[int(count) for count in n],
    )
    curve = Curve(
        title="Reliability of the predicted probabilities",
        series=[points, band],
        x_label="predicted probability",
        y_label="observed frequency",
        kind="reliability",
        note="Bars are exact 95 % intervals (Clopper-Pearson) of each bin. Behind them, where 95 % of the frequencies of a "
        "calibrated model lie (consistency band of each bin).",
    )
    return {"reliability": curve}
