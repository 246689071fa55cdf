"""Logits of the audited model and their pull-backs, in the order of the classes, from whatever its wrapper offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import ModelError
from .model import Wrapper

TINY = 1e-300
Array = Any
"""A numpy array, or one of the model's own framework."""


class Logits:
    """What an attack asks of a model, ``(n, K)`` in the order of the classes; a single logit ``z`` becomes ``[0, z]``.

    Inputs are as the model takes them (:meth:`AuditedModel.native`), or arrays of its own framework (:meth:`own`); answers
    are arrays of the same kind. Without ``logits`` the logarithms of the probabilities serve, which differ by a constant per
    row; without ``pullback`` it is put together from ``loss_gradient``.
    """

    def __init__(self, model: Wrapper, classes: list[Any], ask: Callable[[str, Any], Any], where: str) -> None:
        """``classes``: as the audit orders them; ``ask``: calls a method of the wrapper within its time limit."""
        self._model, self._classes, self._ask, self._where = model, classes, ask, where

    @property
    def differentiable(self) -> bool:
        """Whether there is a gradient."""
        return hasattr(self._model, "pullback") or hasattr(self._model, "loss_gradient")

    @property
    def available(self) -> bool:
        """Whether there are logits, or probabilities."""
        return hasattr(self._model, "logits") or hasattr(self._model, "predict_proba")

    @property
    def takes_arrays(self) -> bool:
        """Whether a table reaches it as one array of numbers."""
        return hasattr(self._model, "to_array")

    def names(self, native: Any) -> list[str]:
        """Columns of a frame in the order that the model takes them."""
        model: Any = self._model
        found: list[str] = model.names(native) if hasattr(model, "names") else list(native.columns)
        return found

    @property
    def batch(self) -> int:
        """Rows that are pulled back at once."""
        return int(getattr(getattr(self._model, "options", None), "batch", 256))

    def own(self, native: Any) -> Array:
        """Inputs as an array of the model's framework, on its device, if it can work on such; else as they are."""
        model: Any = self._model
        as_array = model.to_array(native) if hasattr(model, "to_array") else native
        return model.own(as_array) if self.differentiable and hasattr(model, "own") else as_array

    def of(self, x: Any) -> Array:
        """Logits of all rows, ``(n, K)``.

        Raises:
            ModelError: they are missing or infinite, or have the wrong shape.
        """
        model: Any = self._model
        if hasattr(model, "is_own") and model.is_own(x):
            return self._in_order(model.own_logits(x), len(x))
        if hasattr(model, "logits"):
            return self._in_order(np.asarray(self._ask("logits", x), dtype=np.float64), len(x))
        return self._in_order(self._log_probabilities(x), len(x))

    def pullback(self, x: Any, cotangent: Callable[[Array], Array]) -> tuple[Array, Array]:
        """Logits ``(n, K)``, and the gradient ``J^T c`` of each row; ``cotangent`` gives ``c`` from the logits.

        Each row of ``c`` must sum to zero: no function that an attack climbs changes when a constant is added to all logits.
        """
        if hasattr(self._model, "pullback"):
            return self._native(x, cotangent)
        logits = self.of(x)
        return logits, self._composed(x, logits, self._own_order(np.asarray(cotangent(logits), dtype=np.float64)))

    def _native(self, x: Any, cotangent: Callable[[Array], Array]) -> tuple[Array, Array]:
        model: Any = self._model
        seen: list[Array] = []

        def own(logits: Array) -> Array:
            seen.append(self._in_order(logits, len(x)))
            found = cotangent(seen[0])
            return found[:, 1].reshape(logits.shape) if _single(logits) else self._own_order(found)

        _, gradient = model.pullback(x, own)
        if not seen:
            raise ModelError(f"{self._where}: pullback must call its cotangent with the logits, and did not")
        return seen[0], gradient

    def _composed(self, x: Any, logits: Array, c: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """From ``loss_gradient(x, k) = J^T (p - e_k)``: with ``sum_k a_k = alpha`` and ``a = alpha p - c`` it is
        ``J^T c = sum_k a_k loss_gradient(x, k)`` for every alpha. Of 0 and 1, per row, the one that asks for fewer classes:
        with 1 the gradient of cross-entropy takes a single one.
        """  # fmt: skip
        from scipy.special import softmax

        one = softmax(self._own_order(logits), axis=1) - c
        one[np.abs(one) < 1e-12] = 0
        fewer = np.count_nonzero(one, axis=1) < np.count_nonzero(c, axis=1)
        weights = np.where(fewer[:, None], one, -c)
        model: Any = self._model
        found: npt.NDArray[np.float64] | None = None
        for k in range(c.shape[1]):
            rows = np.flatnonzero(weights[:, k])
            if len(rows) or (k == 0 and found is None):
                rows = rows if len(rows) else np.arange(1)
                part = np.asarray(model.loss_gradient(_taken(x, rows), np.full(len(rows), k)), dtype=np.float64)
                found = np.zeros((len(x), *part.shape[1:])) if found is None else found
                found[rows] += weights[rows, k].reshape(-1, *[1] * (part.ndim - 1)) * part
        assert found is not None
        return found

    def _log_probabilities(self, x: Any) -> npt.NDArray[np.float64]:
        p = np.asarray(self._ask("predict_proba", x), dtype=np.float64)
        p = np.stack([1 - p, p], axis=1) if _single(p) and p.ndim == 1 else p
        return np.log(np.maximum(p, TINY))

    def _in_order(self, logits: Array, rows: int) -> Array:
        k = len(self._classes)
        if _single(logits) and k == 2:
            one = logits.reshape(-1, 1)
            logits = _concatenated([0 * one, one])
        elif (order := self._order) is not None and logits.shape[1] == k:
            logits = logits[:, order]
        if tuple(logits.shape) != (rows, k):
            raise ModelError(f"{self._where}: expected logits of shape ({rows}, {k}), got {tuple(logits.shape)}")
        if not bool((abs(logits) < np.inf).all()):
            raise ModelError(f"{self._where}: some logits are missing or infinite")
        return logits

    def _own_order(self, values: Array) -> Array:
        order = self._order
        return values if order is None else values[:, np.argsort(order)]

    @property
    def _order(self) -> list[int] | None:
        own = getattr(self._model, "classes_", None)
        if own is None or list(own) == self._classes or len(own) != len(self._classes):
            return None
        return [list(own).index(name) for name in self._classes]


def _taken(x: Any, rows: npt.NDArray[Any]) -> Any:
    """Some rows of an array or a frame."""
    if isinstance(x, np.ndarray):
        return x[rows]
    import narwhals as nw

    return nw.from_native(x)[rows].to_native()


def _single(values: Array) -> bool:
    return len(values.shape) == 1 or values.shape[1] == 1


def _concatenated(columns: list[Array]) -> Array:
    from array_api_compat import array_namespace

    return array_namespace(columns[0]).concat(columns, axis=1)
