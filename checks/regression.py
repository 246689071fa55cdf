"""How far predicted quantities are from the true ones."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..audit.errors import NotAssessed
from ..audit.registry import check
from ..audit.shapes.losses import Loss, square
from ..audit.shapes.ordered import Largest, Quantile
from ..audit.slices import FloatArray

EVIDENCE = ("eu-ai-act:13.3b", "eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")


@check("accuracy.mae", tasks=["regression"], better="lower", addresses=EVIDENCE)
def mae(labels: FloatArray, predictions: FloatArray) -> Loss:
    """Mean absolute error.

    Mean of |y - f|, y the true and f the predicted value; at least 0, in the unit of the target.

    Signs of trouble: not below the mean distance from the median, which predicting the median would reach.
    Limits: many small errors weigh as much as one large error; not comparable between targets of different scale.
    """
    return Loss(np.abs(labels - predictions), lower=0.0, unit="target")


@check("accuracy.mse", core=False, tasks=["regression"], better="lower", addresses=EVIDENCE)
def mse(labels: FloatArray, predictions: FloatArray) -> Loss:
    """Mean squared error.

    Mean of (y - f)^2; at least 0, in the squared unit of the target.

    Signs of trouble: not below the variance of y, which predicting the mean would reach.
    Limits: a few large errors dominate it; with very heavy tails its interval is too narrow for small groups.
    """
    return Loss(square(labels - predictions), lower=0.0, unit="target²")


@check("accuracy.rmse", tasks=["regression"], better="lower", addresses=EVIDENCE)
def rmse(labels: FloatArray, predictions: FloatArray) -> Loss:
    """Root mean squared error.

    Root of the mean of (y - f)^2; at least 0, in the unit of the target. Its interval is that of the mean squared
    error, mapped.

    Signs of trouble: not below the standard deviation of y; far above the mean absolute error, which means that a few
    rows are badly wrong.
    Limits: a few large errors dominate it.
    """
    return Loss(square(labels - predictions), lower=0.0, unit="target", of=np.sqrt)


@check(
    "accuracy.mape",
    core=False,
    tasks=["regression"],
    better="lower",
    addresses=EVIDENCE,
    cites=["doi:10.1016/j.ijforecast.2006.03.001"],
)
def mape(labels: FloatArray, predictions: FloatArray) -> Loss:
    """Mean absolute percentage error.

    Mean of |y - f| / |y| over the rows with y other than 0, as a proportion: 0.1 is 10 %. The rows that are left out
    are counted beside it.

    Signs of trouble: large because of a few rows with y near 0.
    Limits: undefined at y = 0; favours predictions that are too low, since those can be wrong by 100 % at most.
    """
    used = labels != 0
    return Loss(
        np.abs(labels - predictions) / np.where(used, np.abs(labels), 1.0), lower=0.0, used=used, unit="proportion"
    )


@check("accuracy.bias", tasks=["regression"], better="zero", addresses=EVIDENCE)
def bias(labels: FloatArray, predictions: FloatArray) -> Loss:
    """Mean error (bias).

    Mean of f - y, predicted less true, in the unit of the target. Above 0 predictions are too high on the whole.

    Signs of trouble: an interval without 0; groups with opposite signs.
    Limits: errors of opposite sign cancel; read it together with the mean absolute error.
    """
    return Loss(predictions - labels, unit="target")


@check("accuracy.median_absolute_error", tasks=["regression"], better="lower", addresses=EVIDENCE)
def median_absolute_error(labels: FloatArray, predictions: FloatArray) -> Quantile:
    """Median absolute error.

    Median of |y - f|: half of the rows are closer than that. At least 0, in the unit of the target. The interval lies
    between two of the errors and is exact whatever their distribution.

    Signs of trouble: far below the mean absolute error, which means that a minority of rows is badly wrong.
    Limits: does not see how wrong the worse half is.
    """
    return Quantile(np.abs(labels - predictions), lower=0.0, unit="target")


@check(
    "accuracy.max_error",
    core=False,
    tasks=["regression"],
    better="lower",
    addresses=EVIDENCE,
    cites=["doi:10.1214/aoms/1177731788"],
)
def max_error(labels: FloatArray, predictions: FloatArray) -> Largest:
    """Maximum error.

    Greatest |y - f| among the rows, in the unit of the target. The next rows can be worse, so there is no upper limit.
    What n rows do show, with 95 % confidence, is the largest share of future rows that can be worse:
    1 - 0.05^(1/n), which stands beside it as share_beyond_at_most.

    Signs of trouble: an error that no single case may suffer.
    Limits: grows with the number of rows; groups of different size are not comparable. A requirement can fail on
    it, and passes only if it is judged by the point value.
    """
    return Largest(np.abs(labels - predictions), unit="target")


@check(
    "accuracy.pinball",
    core=False,
    tasks=["regression"],
    better="lower",
    addresses=EVIDENCE,
    cites=["doi:10.2307/1913643"],
)
def pinball(
    labels: FloatArray, predictions: FloatArray, *, quantile: Annotated[float, Field(gt=0, lt=1)] = 0.5
) -> Loss:
    """Pinball loss.

    Mean of q (y - f) where y >= f and (1 - q) (f - y) elsewhere, with the quantile q that f predicts. A proper score:
    the true quantile is the best that a model can report. For q = 0.5 half the mean absolute error.

    Signs of trouble: not below that of the constant quantile of y.
    Limits: makes sense only for a model that predicts this quantile.
    """
    error = labels - predictions
    return Loss(np.maximum(quantile * error, (quantile - 1) * error), lower=0.0, unit="target")


@check("accuracy.poisson_deviance", core=False, tasks=["regression"], better="lower", addresses=EVIDENCE)
def poisson_deviance(labels: FloatArray, predictions: FloatArray) -> Loss:
    """Mean Poisson deviance.

    Mean of 2 (y ln(y / f) - y + f), y ln y being 0 at y = 0; at least 0. For counts and rates: a proper score for the
    mean, by which an error of one weighs more where little is expected.

    Signs of trouble: not below that of the constant mean of y; well above 1 for counts, which then vary more than
    Poisson counts do.
    Limits: needs y >= 0 and f > 0; else it is not assessed.
    """
    _domain("y >= 0 and f > 0", (labels < 0) | (predictions <= 0))
    some = labels > 0
    ratio = np.divide(labels, predictions, out=np.ones_like(labels), where=some)
    return Loss(2 * (labels * np.log(ratio) - labels + predictions), lower=0.0, unit="deviance")


@check("accuracy.gamma_deviance", core=False, tasks=["regression"], better="lower", addresses=EVIDENCE)
def gamma_deviance(labels: FloatArray, predictions: FloatArray) -> Loss:
    """Mean gamma deviance.

    Mean of 2 (ln(f / y) + y / f - 1); at least 0. For positive amounts such as costs: only the ratio y / f counts, so
    that an error of 10 % weighs alike at all sizes.

    Signs of trouble: not below that of the constant mean of y.
    Limits: needs y > 0 and f > 0; else it is not assessed.
    """
    _domain("y > 0 and f > 0", (labels <= 0) | (predictions <= 0))
    return Loss(2 * (np.log(predictions / labels) + labels / predictions - 1), lower=0.0, unit="deviance")


@check("accuracy.mae_gain", tasks=["regression"], better="higher", addresses=EVIDENCE)
def mae_gain(labels: FloatArray, predictions: FloatArray) -> Loss:
    """Gain in mean absolute error over a constant.

    Mean of |y - m| - |y - f|, m the median of all audited y: by how much the model is closer than the best constant, on
    the same rows, in the unit of the target. Above 0 it beats it; the requirement "at least 0" asks for that.

    Signs of trouble: an interval that holds 0: the inputs may add nothing; a group without gain.
    Limits: m is taken as given, which favours the constant a little.
    """
    return Loss(np.abs(labels - np.median(labels)) - np.abs(labels - predictions), unit="target")


@check("accuracy.mse_gain", core=False, tasks=["regression"], better="higher", addresses=EVIDENCE)
def mse_gain(labels: FloatArray, predictions: FloatArray) -> Loss:
    """Gain in mean squared error over a constant.

    Mean of (y - m)^2 - (y - f)^2, m the mean of all audited y: by how much the model is closer than the best constant,
    on the same rows, in the squared unit of the target. Above 0 it beats it; the requirement "at least 0" asks for that.

    Signs of trouble: an interval that holds 0: the inputs may add nothing; a group without gain.
    Limits: m is taken as given, which favours the constant a little; a few large errors dominate it.
    """
    return Loss(square(labels - np.mean(labels)) - square(labels - predictions), unit="target²")


def _domain(expected: str, outside: npt.NDArray[np.bool_]) -> None:
    if outside.any():
        raise NotAssessed(f"it needs {expected}; {int(outside.sum())} of {len(outside)} rows are otherwise")
