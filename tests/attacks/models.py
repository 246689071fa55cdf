"""Models that numpy can differentiate, and training that takes a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from assay.audit import Dataset
from assay.audit.attacks.opened import surface
from assay.audit.attacks.surface import Surface
from assay.audit.evidence import Evidence
from assay.audit.model import wrap
from assay.audit.plan import ModelTable

Array = npt.NDArray[np.float64]


class Linear:
    """``z = x W^T + b``, ``(n, K)``; with a single row of weights the log-odds of the positive class."""

    def __init__(self, weights: Any, bias: Any = 0.0) -> None:
        self.weights, self.bias = np.atleast_2d(np.asarray(weights, float)), np.atleast_1d(np.asarray(bias, float))

    def logits(self, x: Any) -> Array:
        found = np.asarray(x, dtype=float).reshape(len(x), -1) @ self.weights.T + self.bias
        return np.asarray(found[:, 0] if len(self.weights) == 1 else found)

    def predict_proba(self, x: Any) -> Array:
        z = self.logits(x)
        return np.asarray(1 / (1 + np.exp(-z)) if z.ndim == 1 else softmax(z, axis=1))

    def predict(self, x: Any) -> Any:
        p = self.predict_proba(x)
        return (p >= 0.5).astype(int) if p.ndim == 1 else p.argmax(axis=1)

    def pullback(self, x: Any, cotangent: Callable[[Any], Any]) -> tuple[Array, Array]:
        z = self.logits(x)
        return z, (np.asarray(cotangent(z)).reshape(len(x), -1) @ self.weights).reshape(np.shape(x))


class OnlyLoss:
    """The same model as a wrapper that has nothing but probabilities and the gradient of the cross-entropy."""

    def __init__(self, model: Linear, classes: list[str] | None = None) -> None:
        self._model = model
        if classes:
            self.classes_ = classes
        self.predict, self.predict_proba = model.predict, model.predict_proba

    def loss_gradient(self, x: Any, y: Any) -> Array:
        p = self.predict_proba(x)
        c = (p - y)[:, None] if p.ndim == 1 else p - np.eye(p.shape[1])[y]
        return np.asarray((c @ self._model.weights).reshape(np.shape(x)))


def opened(
    model: Any, x: Any, y: Any, bounds: Any, *, layout: Any = None, plan: dict[str, Any] | None = None, **options: Any
) -> Surface:
    """The surface of a model over all rows."""
    table = ModelTable(**{"task": "binary" if len(np.unique(y)) == 2 else "multiclass", **(plan or {})})
    data = Dataset(x, y, kind="image" if layout else "array", layout=layout, bounds=bounds)
    evidence = Evidence(wrap(model, table)[1], data, table)
    return surface(evidence.model, evidence.inputs, {}, evidence.box, np.arange(len(x)), **options)
