"""A small network on scikit-learn's digits that numpy can differentiate, sound, and broken in the ways that fool attacks."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

Array = npt.NDArray[np.float64]


@cache
def weights() -> tuple[list[Array], list[Array]]:
    """Of a ReLU network with 64 hidden units, fitted to the first 1,200 digits."""
    from sklearn.neural_network import MLPClassifier

    x, y = digits()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = MLPClassifier((64,), max_iter=60, random_state=0).fit(x[:1200], y[:1200])
    return fitted.coefs_, fitted.intercepts_


def digits() -> tuple[Array, npt.NDArray[np.int64]]:
    """All 1,797 images of 64 numbers from 0 to 1, and their digits."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return x / 16, y


def held_out(rows: int = 150) -> tuple[Array, npt.NDArray[np.int64]]:
    """Rows that the network was not fitted to."""
    x, y = digits()
    return x[1200 : 1200 + rows], y[1200 : 1200 + rows]


class Network:
    """The network. ``scale``: of the logits; ``levels``: inputs are rounded to so many, and gradients are zero."""

    def __init__(self, scale: float = 1.0, levels: int = 0) -> None:
        self.scale, self.levels = scale, levels

    def logits(self, x: Any) -> Array:
        return self._forward(x)[1]

    def predict_proba(self, x: Any) -> Array:
        return np.asarray(softmax(self.logits(x), axis=1))

    def predict(self, x: Any) -> npt.NDArray[np.int64]:
        return np.asarray(self.logits(x).argmax(axis=1))

    def pullback(self, x: Any, cotangent: Callable[[Any], Any]) -> tuple[Array, Array]:
        (first, second), before, z = weights()[0], *self._forward(x)
        gradient = (np.asarray(cotangent(z)) * self.scale @ second.T * (before > 0)) @ first.T
        return z, (0.0 if self.levels else 1.0) * gradient.reshape(np.shape(x))

    def _forward(self, x: Any) -> tuple[Array, Array]:
        (first, second), (one, two) = weights()
        flat = np.asarray(x, dtype=float).reshape(len(x), -1)
        flat = np.round(flat * self.levels) / self.levels if self.levels else flat
        before = flat @ first + one
        return before, self.scale * (np.maximum(before, 0) @ second + two)


class DecisionsOnly:
    """The network as an endpoint that tells nothing but classes, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked = self.calls = 0
        self._inner = Network()

    def predict(self, x: Any) -> npt.NDArray[np.int64]:
        self.asked += len(x)
        self.calls += 1
        return self._inner.predict(x)
