"""Whether groups are treated alike by predicted quantities."""

from __future__ import annotations

import numpy as np

from ..audit.registry import check
from ..audit.shapes.agreement import Agreement
from ..audit.shapes.compare import Comparison, Difference, Ratio
from ..audit.shapes.losses import Loss, square
from ..audit.shapes.rows import Outcomes
from ..audit.slices import FloatArray
from ..audit.stats import agreement
from .fairness import EVIDENCE


@check("fairness.mean_error_difference", tasks=["regression"], better="zero", addresses=EVIDENCE, core=False)
def mean_error_difference(labels: FloatArray, predictions: FloatArray) -> Comparison:
    """Mean error difference.

    Mean of predicted less true value in a group minus that in the reference, by default all other rows. 0 is parity.

    Signs of trouble: a group whose values are predicted too high or too low in comparison.
    Limits: both sides can be off alike.
    """
    return Difference(Loss(predictions - labels, unit="target"), best=None)


@check("fairness.mae_difference", tasks=["regression"], better="zero", addresses=EVIDENCE, core=False)
def mae_difference(labels: FloatArray, predictions: FloatArray) -> Comparison:
    """Mean absolute error difference.

    Mean absolute error in a group minus that of the reference group; by default that of the group with the lowest one. 0 is
    parity.

    Signs of trouble: above 0, a group for which the model is less exact.
    Limits: grows with the scale of the target, which can differ between groups.
    """
    return Difference(Loss(np.abs(labels - predictions), 0.0, unit="target"), best="lowest")


@check("fairness.mae_ratio", tasks=["regression"], better="one", addresses=EVIDENCE, core=False)
def mae_ratio(labels: FloatArray, predictions: FloatArray) -> Comparison:
    """Mean absolute error ratio.

    Mean absolute error in a group divided by that of the reference group; by default that of the group with the lowest one.
    1 is parity.

    Signs of trouble: above 1, a group for which the model is less exact.
    Limits: large where the reference is predicted almost exactly.
    """
    return Ratio(Loss(np.abs(labels - predictions), 0.0, unit="target"), best="lowest")


@check("fairness.rmse_difference", tasks=["regression"], better="zero", addresses=EVIDENCE, core=False)
def rmse_difference(labels: FloatArray, predictions: FloatArray) -> Comparison:
    """Root mean squared error difference.

    Root mean squared error in a group minus that of the reference group; by default that of the group with the lowest one.
    0 is parity.

    Signs of trouble: above 0, a group for which the model is less exact.
    Limits: a few large errors dominate it.
    """
    return Difference(Loss(square(labels - predictions), 0.0, unit="target", of=np.sqrt), best="lowest")


@check("fairness.rmse_ratio", tasks=["regression"], better="one", addresses=EVIDENCE, core=False)
def rmse_ratio(labels: FloatArray, predictions: FloatArray) -> Comparison:
    """Root mean squared error ratio.

    Root mean squared error in a group divided by that of the reference group; by default that of the group with the lowest
    one. 1 is parity.

    Signs of trouble: above 1, a group for which the model is less exact.
    Limits: a few large errors dominate it.
    """
    return Ratio(Loss(square(labels - predictions), 0.0, unit="target", of=np.sqrt), best="lowest")


@check("fairness.r2_difference", tasks=["regression"], better="zero", addresses=EVIDENCE, core=False)
def r2_difference(labels: FloatArray, predictions: FloatArray) -> Comparison:
    """R² difference.

    R² within a group minus that within the reference group; by default that of the group with the highest one. 0 is parity.

    Signs of trouble: below 0, a group whose members are told apart less well.
    Limits: R² falls where the target varies little, although errors are the same: compare errors too.
    """
    return Difference(Agreement(labels, predictions, agreement.r_squared, agreement.below_one))


@check("fairness.mean_prediction_difference", tasks=["regression"], better="zero", addresses=EVIDENCE, core=False)
def mean_prediction_difference(predictions: FloatArray) -> Comparison:
    """Mean prediction difference (statistical parity of a quantity).

    Mean prediction in a group minus that of the reference group; by default that of the group with the highest one. 0 is
    parity.

    Signs of trouble: a difference that the true values do not explain.
    Limits: looks at predictions alone, and says nothing about whether they are right.
    """
    return Difference(Loss(predictions, unit="target"))


@check(
    "fairness.share_above_ratio",
    tasks=["regression"],
    better="one",
    addresses=(*EVIDENCE, "nyc-ll144:301c1-2"),
    cites=["6 RCNY 5-300"],
    core=False,
)
def share_above_ratio(predictions: FloatArray, *, threshold: float | None = None) -> Comparison:
    """Ratio of shares above a threshold.

    Share of a group that is predicted to lie above a value (option threshold; the median of all predictions unless the plan
    says otherwise) divided by that of the reference group; by default that of the group with the highest one. 1 is parity.

    Signs of trouble: below 0.8, by the four-fifths rule of thumb, where a high value is to be had.
    Limits: predictions at the threshold do not count. A median is taken as fixed.
    """
    return Ratio(Outcomes(predictions > (np.median(predictions) if threshold is None else threshold)))
