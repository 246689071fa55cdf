"""The audited model against the one that it is compared with, on the same rows: errors of predicted quantities."""

from __future__ import annotations

import numpy as np

from ..audit.registry import check
from ..audit.shapes.losses import Loss
from ..audit.slices import FloatArray

EVIDENCE = ("eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")


@check("comparison.mae", tasks=["regression"], better="lower", addresses=EVIDENCE)
def mae(labels: FloatArray, predictions: FloatArray, baseline_predictions: FloatArray) -> Loss:
    """Mean absolute error less that of the baseline.

    Mean of |y - f| - |y - b| over the same rows, f the audited and b the baseline prediction, in the unit of the
    target. Below 0 the audited model is closer. "At most 0.1" asks that it be no worse than by 0.1 (non-inferiority),
    "at most 0" that it be better (superiority).

    Signs of trouble: an interval above 0, on the whole or in a group.
    Limits: a model can be closer on the whole and worse in a group: look at the groups.
    """
    return Loss(np.abs(labels - predictions) - np.abs(labels - baseline_predictions), unit="target")


@check("comparison.mse", tasks=["regression"], better="lower", addresses=EVIDENCE)
def mse(labels: FloatArray, predictions: FloatArray, baseline_predictions: FloatArray) -> Loss:
    """Mean squared error less that of the baseline.

    Mean of (y - f)^2 - (y - b)^2 over the same rows, f the audited and b the baseline prediction, in the squared unit
    of the target. Below 0 the audited model is closer. "At most 0" asks that it be better (superiority), a number
    above 0 that it be no worse than by that (non-inferiority).

    Signs of trouble: an interval above 0, on the whole or in a group.
    Limits: a few large errors dominate it.
    """
    return Loss((labels - predictions) ** 2 - (labels - baseline_predictions) ** 2, unit="target²")
