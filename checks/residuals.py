"""Where and how the errors of predicted quantities arise: figures, and whether errors grow with the prediction."""

from __future__ import annotations

import numpy as np

from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.figures import Curve, Table
from ..audit.shapes.ordered import RankCorrelation
from ..audit.slices import FloatArray, IntArray
from ..audit.stats.quantile import quantile_interval
from ..audit.stats.skewed import hall, shape

EVIDENCE = ("eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")
BINS = 10
SHARES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


@check(
    "accuracy.heteroscedasticity",
    metrics=["heteroscedasticity"],
    tasks=["regression"],
    better="zero",
    addresses=EVIDENCE,
)
def heteroscedasticity(labels: FloatArray, predictions: FloatArray) -> dict[str, RankCorrelation | Curve | Table]:
    """Growth of errors with the prediction.

    Spearman correlation of |y - f| with f, in [-1, 1]; 0 where errors are as large at all levels. Figures show the mean
    residual y - f and the size of errors by tenths of the prediction, and the quantiles of the residuals.

    Signs of trouble: far from 0, so that one error bar for all predictions is wrong; a mean residual whose interval
    misses 0 at the ends, so that the form of the model is wrong.
    Limits: sees errors that grow or shrink steadily, not those that are largest in the middle: look at the table.
    """
    residual = labels - predictions
    bins = _tenths(predictions)
    return {
        "heteroscedasticity": RankCorrelation(np.abs(residual), predictions),
        "by_prediction": _by_prediction(residual, predictions, bins),
        "spread": _spread(residual, predictions, bins),
        "quantiles": _quantiles(residual),
    }


def _tenths(predictions: FloatArray) -> IntArray:
    """Which tenth a prediction falls into, ``(n,)``, empty ones left out; equal predictions stay together."""
    edges = np.quantile(predictions, np.arange(1, BINS) / BINS)
    codes = np.searchsorted(edges, predictions, side="right")
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)


def _by_prediction(residual: FloatArray, predictions: FloatArray, bins: IntArray) -> Curve:
    n = np.bincount(bins)
    centre = float(np.median(residual))
    scale = float(np.max(np.abs(residual - centre))) or 1.0
    x = (residual - centre) / scale
    low, high = hall(shape(n, *(np.bincount(bins, x**power) for power in (1, 2, 3))))
    points = Series(
        name="mean residual",
        x=(np.bincount(bins, predictions) / n).tolist(),
        y=(np.bincount(bins, residual) / n).tolist(),
        low=(np.maximum(low, -1.0) * scale + centre).tolist(),
        high=(np.minimum(high, 1.0) * scale + centre).tolist(),
        n=n.tolist(),
    )
    note = (
        "Bars are 95 % intervals of the mean in each tenth of the predictions, no longer than the largest residual; "
        "above 0 the prediction is too low."
    )
    return Curve("Mean residual by prediction", [points], "predicted value", "true less predicted value", note=note)


def _spread(residual: FloatArray, predictions: FloatArray, bins: IntArray) -> Table:
    rows: list[list[str | float | int | None]] = []
    for k in range(int(bins.max(initial=-1)) + 1):
        here = bins == k
        error = np.abs(residual[here])
        most = float(error.max()) or 1.0  # so that no square overflows
        sizes = float(np.mean(error)), most * float(np.sqrt(np.mean((error / most) ** 2)))
        rows.append([float(np.mean(predictions[here])), len(error), *sizes])
    columns = ["Mean prediction", "Rows", "Mean absolute error", "Root mean squared error"]
    return Table("Size of errors by prediction", columns, rows)


def _quantiles(residual: FloatArray) -> Curve:
    ordered = np.sort(residual)
    found = [quantile_interval(ordered, share, lower=ordered[0], upper=ordered[-1]) for share in SHARES]
    points = Series(
        name="quantile of residuals",
        x=list(SHARES),
        y=np.quantile(ordered, SHARES).tolist(),
        low=[float(interval.low) for interval in found],
        high=[float(interval.high) for interval in found],
        n=[len(ordered)] * len(SHARES),
    )
    note = "Bars are exact 95 % intervals between order statistics, cut off at the smallest and the largest residual."
    return Curve("Quantiles of the residuals", [points], "share of the rows", "true less predicted value", note=note)
