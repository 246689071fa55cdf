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

    def __init__(self, model: Any, classes: list[str] | None = None) -> None:
        self._model: Any = model
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


class Network:
    """Two layers of ReLU-like units (softplus), trained by numpy in a second; everything an attack asks for, by hand."""

    def __init__(self, x: Array, y: Any, *, hidden: int = 24, steps: int = 400, seed: int = 0) -> None:
        rng, k = np.random.default_rng(seed), int(np.max(y)) + 1
        flat = np.asarray(x, float).reshape(len(x), -1)
        self.a, self.c = rng.normal(size=(flat.shape[1], hidden)) / np.sqrt(flat.shape[1]), np.zeros(hidden)
        self.b, self.d = rng.normal(size=(hidden, k)) / np.sqrt(hidden), np.zeros(k)
        first = [np.zeros_like(one) for one in (self.a, self.c, self.b, self.d)]
        second = [np.zeros_like(one) for one in first]
        for t in range(1, steps + 1):  # Adam
            h = np.maximum(flat @ self.a + self.c, 0)
            g = (softmax(h @ self.b + self.d, axis=1) - np.eye(k)[y]) / len(y)
            back = (g @ self.b.T) * (h > 0)
            grads = [flat.T @ back, back.sum(axis=0), h.T @ g, g.sum(axis=0)]
            for one, m, v, grad in zip((self.a, self.c, self.b, self.d), first, second, grads, strict=True):
                m += 0.1 * (grad - m)
                v += 0.001 * (grad**2 - v)
                one -= 0.02 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)

    def logits(self, x: Any) -> Array:
        h = np.maximum(np.asarray(x, float).reshape(len(x), -1) @ self.a + self.c, 0)
        return np.asarray(h @ self.b + self.d)

    def predict_proba(self, x: Any) -> Array:
        return np.asarray(softmax(self.logits(x), axis=1))

    def predict(self, x: Any) -> Any:
        return self.logits(x).argmax(axis=1)

    def pullback(self, x: Any, cotangent: Callable[[Any], Any]) -> tuple[Array, Array]:
        before = np.asarray(x, float).reshape(len(x), -1) @ self.a + self.c
        z = np.maximum(before, 0) @ self.b + self.d
        back = (np.asarray(cotangent(z)) @ self.b.T) * (before > 0)
        return z, (back @ self.a.T).reshape(np.shape(x))


class Scaled(Network):
    """The same decisions from logits a thousand times as large: cross-entropy has no gradient left."""

    def __init__(self, network: Network, factor: float) -> None:
        self.__dict__ |= network.__dict__
        self.b, self.d = network.b * factor, network.d * factor


class Quantised(Network):
    """The network behind inputs that are rounded to few levels, whose true gradient is zero."""

    def __init__(self, network: Network, levels: int) -> None:
        self.__dict__ |= network.__dict__
        self.levels = levels

    def logits(self, x: Any) -> Array:
        return super().logits(np.rint(np.asarray(x, float) * self.levels) / self.levels)

    def pullback(self, x: Any, cotangent: Callable[[Any], Any]) -> tuple[Array, Array]:
        z = self.logits(x)
        cotangent(z)
        return z, np.zeros(np.shape(x))
