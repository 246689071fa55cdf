"""The audited model against the one that it is compared with, on the same rows: errors of predicted quantities."""

from __future__ import annotations

import numpy as np

from ..audit.registry import check
from ..audit.shapes.losses import Loss, square
from ..audit.slices import FloatArray

EVIDENCE = ("eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")


@check("comparison.mae", tasks=["regression"], better="higher", addresses=EVIDENCE)
def mae(labels: FloatArray, predictions: FloatArray, baseline_predictions: FloatArray) -> Loss:
    """Gain in mean absolute error over the baseline.

    Mean of |y - b| - |y - f| over the same rows, f the audited and b the baseline prediction, in the unit of the
    target, so that above 0 the audited model is closer. at_least = 0 asks that it is better, at_least = -0.1 that it is
    not worse by more than 0.1.

    Signs of trouble: an interval below 0, on the whole or in a group.
    Limits: a model can be closer on the whole and worse in a group: look at the groups.
    """
    return Loss(np.abs(labels - baseline_predictions) - np.abs(labels - predictions), unit="target")


@check("comparison.mse", tasks=["regression"], better="higher", addresses=EVIDENCE)
def mse(labels: FloatArray, predictions: FloatArray, baseline_predictions: FloatArray) -> Loss:
    """Gain in mean squared error over the baseline.

    Mean of (y - b)^2 - (y - f)^2 over the same rows, f the audited and b the baseline prediction, in the squared unit of
    the target, so that above 0 the audited model is closer. at_least = 0 asks that it is better, at_least = -0.1 that
    it is not worse by more than 0.1.

    Signs of trouble: an interval below 0, on the whole or in a group.
    Limits: a few large errors dominate it.
    """
    return Loss(square(labels - baseline_predictions) - square(labels - predictions), unit="target²")
