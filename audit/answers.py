"""The model as checks see it: every answer is held against the contract before anyone uses it."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from .classes import Classes
from .data import Dataset
from .errors import ModelError, ModelTimeout
from .model import Wrapper
from .plan import ModelTable
from .slices import FloatArray, IntArray

SUM_TOLERANCE = 1e-3
"""How far probabilities of a row may sum from one; float16 outputs are within it, wrong outputs are not."""


class AuditedModel:
    """The model as checks see it: every answer is checked before anyone uses it."""

    def __init__(self, model: Wrapper, table: ModelTable, classes: Classes, dataset: Dataset) -> None:
        """Bind a wrapped model to the classes and the kind of frame that the data came in."""
        self._model, self._table, self._classes, self._dataset = model, table, classes, dataset

    def predict(self, x: Any) -> IntArray:
        """Predicted classes of the rows of ``x`` (a narwhals frame of features), as positions, ``(n,)``.

        Raises:
            ModelError: wrong number of rows, missing or unknown labels, or no answer within ``model.timeout``.
        """
        if self._from_probabilities:
            probabilities = self.predict_proba(x)
            if probabilities.shape[1] == 2:
                return (probabilities[:, 1] >= self._table.threshold).astype(np.int64)
            return np.argmax(probabilities, axis=1).astype(np.int64)
        values = np.asarray(self._call("predict", x))
        if values.ndim != 1 or len(values) != len(x):
            raise ModelError(f"model.predict: expected {len(x)} labels, one per row, got shape {values.shape}")
        return self._classes.code(values, "model.predict", ModelError)

    def predict_proba(self, x: Any) -> FloatArray:
        """Probabilities of the classes, ``(n, K)`` in their order.

        Raises:
            ModelError: wrong shape, not finite, outside [0, 1], rows that do not sum to one, or no answer in time.
        """
        values = np.asarray(self._call("predict_proba", x), dtype=float)
        k = len(self._classes.names)
        values = np.column_stack([1 - values, values]) if values.ndim == 1 and k == 2 else self._reordered(values)
        if values.shape != (len(x), k):
            raise ModelError(
                f"model.predict_proba: expected shape ({len(x)}, {k}), rows by classes, got {values.shape}"
            )
        return valid_probabilities(values, "model.predict_proba", ModelError)

    @property
    def has_probabilities(self) -> bool:
        """Whether the model gives probabilities at all."""
        return hasattr(self._model, "predict_proba")

    @property
    def _from_probabilities(self) -> bool:
        declared = self._table.output == "probability" and self._model.live
        return declared or not getattr(self._model, "decides", True)

    def _reordered(self, values: FloatArray) -> FloatArray:
        own = getattr(self._model, "classes_", None)
        if own is None or values.ndim != 2 or values.shape[1] != len(own):
            return values
        return values[:, [list(own).index(name) for name in self._classes.names]]

    def _call(self, method: str, x: Any) -> Any:
        native = x.to_native()
        if self._dataset.is_array:
            native = x.to_numpy()
        return within(self._table.timeout, getattr(self._model, method), native, f"model.{method}")


def valid_probabilities(values: FloatArray, where: str, error: type[Exception]) -> FloatArray:
    """``values`` if they are probabilities, ``(n,)`` or ``(n, K)`` with rows that sum to one.

    Raises:
        error: the first row that is not finite, outside [0, 1], or does not sum to one.
    """
    rows = values.reshape(len(values), -1)
    for bad, wrong in (
        (~np.isfinite(rows).all(axis=1), "missing or infinite"),
        ((rows < 0).any(axis=1) | (rows > 1).any(axis=1), "outside [0, 1]"),
    ):
        if bad.any():
            row = int(np.argmax(bad))
            raise error(
                f"{where}: {int(bad.sum())} rows have probabilities {wrong}, the first in row {row + 1}: {rows[row].tolist()}"
            )
    if values.ndim == 2:
        off = np.abs(rows.sum(axis=1) - 1) > SUM_TOLERANCE
        if off.any():
            row = int(np.argmax(off))
            raise error(
                f"{where}: probabilities of {int(off.sum())} rows do not sum to one, the first is row {row + 1} with {rows[row].sum():.6g}"
            )
    return values


def within(seconds: float | None, call: Callable[[Any], Any], argument: Any, where: str) -> Any:
    """``call(argument)``, given up after ``seconds``.

    Raises:
        ModelTimeout: no answer in time. The call goes on in its thread, since Python cannot end it.
    """
    if seconds is None:
        return call(argument)
    answer: concurrent.futures.Future[Any] = concurrent.futures.Future()
    _in_thread(call, argument, answer)
    try:
        return answer.result(timeout=seconds)
    except concurrent.futures.TimeoutError as error:
        if answer.done():
            raise
        raise ModelTimeout(f"{where}: no answer within model.timeout = {seconds:g} seconds") from error


def _in_thread(call: Callable[[Any], Any], argument: Any, answer: concurrent.futures.Future[Any]) -> None:
    def work() -> None:
        try:
            answer.set_result(call(argument))
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=work, daemon=True, name="assay model call").start()
