"""The model as checks see it: every answer is held against the contract before anyone uses it."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable
from functools import cached_property
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from .classes import Target
from .data import Dataset
from .errors import DataError, ModelError, ModelTimeout, PlanError
from .inputs import Kind, Layout, relaid
from .labels import Labels
from .logits import Logits
from .model import Wrapper
from .plan import ModelTable
from .slices import FloatArray

T = TypeVar("T")

SUM_TOLERANCE = 1e-3
"""How far probabilities of a row may sum from one; float16 outputs are within it, wrong outputs are not."""


class AuditedModel:
    """The model as checks see it: every answer is checked before anyone uses it."""

    def __init__(self, model: Wrapper, table: ModelTable, target: Target, dataset: Dataset, key: str = "model") -> None:
        """Bind a wrapped model to what it predicts and the kind of frame that the data came in."""
        self._model, self._table, self._target, self._dataset, self._key = model, table, target, dataset, key

    def predict(self, x: Any) -> Any:
        """Predictions for the rows of ``x`` (a narwhals frame of features): classes as positions, or values, ``(n,)``.

        Of several labels they are 0 or 1, ``(n, L)``.

        Raises:
            ModelError: wrong number of rows, missing or unknown labels, or no answer within ``model.timeout``.
        """
        if self.decides_by_probability:
            return self.decided(self.predict_proba(x))
        answer = self._call("predict", x)
        if isinstance(self._target, Labels):
            return self._target.predicted(answer, len(x), f"{self._key}.predict", ModelError)
        values = np.asarray(answer)
        if values.ndim != 1 or len(values) != len(x):
            raise ModelError(f"{self._key}.predict: expected {len(x)} values, one per row, got shape {values.shape}")
        return self._target.code(values, f"{self._key}.predict", ModelError)

    def predict_proba(self, x: Any) -> FloatArray:
        """Probabilities of the classes or labels, ``(n, K)`` in their order.

        Raises:
            ModelError: wrong shape, not finite, outside [0, 1], rows (of classes) that do not sum to one, or no answer
                in time.
        """
        where, answer = f"{self._key}.predict_proba", self._call("predict_proba", x)
        if isinstance(self._target, Labels):
            classes = getattr(self._model, "classes_", None)
            values = self._target.probabilities(answer, classes, len(x), where, ModelError)
            return valid_probabilities(values, where, ModelError, exclusive=False)
        values = np.asarray(answer, dtype=float)
        k = len(self._target.names)
        values = _both(values) if values.ndim == 1 and k == 2 else self._reordered(values)
        if values.shape != (len(x), k):
            raise ModelError(f"{where}: expected shape ({len(x)}, {k}), rows by classes, got {values.shape}")
        return valid_probabilities(values, where, ModelError)

    def decided(self, probabilities: FloatArray) -> Any:
        """The predictions that follow from probabilities of the classes or labels, ``(n, K)``."""
        if isinstance(self._target, Labels):
            return (probabilities >= self._table.threshold).astype(np.int32)
        if probabilities.shape[1] == 2:
            return (probabilities[:, 1] >= self._table.threshold).astype(np.int32)
        return np.argmax(probabilities, axis=1).astype(np.int32)

    def answer(self, x: Any) -> tuple[Any, FloatArray | None]:
        """Predictions, and probabilities where the model gives them, with as few calls as that takes."""
        if not self.has_probabilities:
            return self.predict(x), None
        probabilities = self.predict_proba(x)
        return self.decided(probabilities) if self.decides_by_probability else self.predict(x), probabilities

    def native(self, x: Any) -> Any:
        """Inputs of the kind that the data came in: a frame, an array, images as the model wants them, or texts.

        They are a copy, made lazily where the frame can, so that a model which writes into its inputs does not write into
        the data.
        """
        if not isinstance(x, np.ndarray):
            return x.to_numpy().copy() if self._dataset.is_array else _lazy_copy(x)
        inputs = self._dataset.apart_inputs
        if inputs is not None and inputs.kind in ("text", "words"):
            return x.tolist()
        given = relaid(x, self.data_layout, self.layout)
        return given.copy() if given is x else given

    @cached_property
    def raw(self) -> Logits:
        """Its logits and their pull-backs, on inputs that :meth:`native` gives."""
        ask = lambda method, native: within(self._table.timeout, getattr(self._model, method), native, self._key)  # noqa: E731
        return Logits(self._model, list(self._target.names), ask, f"{self._key}.logits")

    def logits(self, x: Any) -> Any:
        """Logits of the classes ``(n, K)``, or logarithms of their probabilities, as positions among the classes."""
        return self.raw.of(self.native(x))

    def pullback(self, x: Any, cotangent: Callable[[Any], Any]) -> tuple[Any, Any]:
        """Logits ``(n, K)`` and the gradient ``J^T c`` of each row of one batch, ``c`` being ``cotangent(logits)``, in rows
        that sum to zero. Images come in the axes of the data, and so does their gradient.
        """
        logits, found = self.raw.pullback(self.native(x), cotangent)
        return logits, relaid(found, self.layout, self.data_layout)

    @property
    def layout(self) -> Layout | None:
        """Axes of images as the model gets them."""
        have = self.data_layout
        return have and (self._table.layout or getattr(self._model, "layout", None) or have)

    @property
    def count(self) -> int:
        """Number of classes or labels."""
        return len(self._target.names)

    @property
    def shift(self) -> float:
        """What is added to the first of two logits, so that the larger one decides as the threshold does."""
        if self.count != 2 or not self.decides_by_probability or self._table.threshold == 0.5:
            return 0.0
        share = min(max(self._table.threshold, 1e-12), 1 - 1e-12)
        return float(np.log(share) - np.log1p(-share))

    @property
    def order(self) -> list[int]:
        """Position of each class among the model's own."""
        own = getattr(self._model, "classes_", None)
        names = list(self._target.names)
        return list(range(len(names))) if own is None else [list(own).index(name) for name in names]

    def taken(self, frame: Any) -> tuple[Any, list[str]]:
        """Inputs of a table in the columns and their order that the model takes, and the names of these columns."""
        native = self.native(frame)
        options = getattr(getattr(self._model, "options", None), "columns", None)
        own = options or getattr(self.thing, "feature_names_in_", None)
        names = list(frame.columns) if own is None else [str(name) for name in own]
        if isinstance(native, np.ndarray):
            return native, list(frame.columns)
        return (native[names] if own is not None else native), names

    @property
    def methods(self) -> list[str]:
        """What the audit calls on the model."""
        if not self.has_probabilities:
            return ["predict"]
        return ["predict_proba"] if self.decides_by_probability else ["predict", "predict_proba"]

    def bare(self, native: Any) -> None:
        """Ask for rows that :meth:`native` gave, without holding the answers against the contract: the model's own part."""
        for method in self.methods:
            within(self._table.timeout, getattr(self._model, method), native, f"{self._key}.{method}")

    @property
    def kind(self) -> Kind:
        """What an input is."""
        return self._dataset.kind

    @property
    def target(self) -> str:
        """Name of the column that it predicts."""
        return self._dataset.target

    def positions(self, values: Any, where: str) -> Any:
        """Labels from elsewhere as positions among the classes.

        Raises:
            DataError: one is missing or unknown; the message starts with ``where``.
        """
        return self._target.code(np.asarray(values), where, DataError)

    @property
    def data_layout(self) -> Layout | None:
        """Axes of the images of the data, which may be others than those that the model wants."""
        return self._dataset.apart_inputs.layout if self._dataset.apart_inputs else None

    @property
    def takes_names(self) -> bool:
        """Whether its inputs are columns with names."""
        return self._dataset.kind == "table" and not self._dataset.is_array

    @property
    def thing(self) -> Any:
        """The object behind the model, for those who look into it."""
        return getattr(self._model, "thing", None)

    def column_names(self, x: Any) -> list[str]:
        """Columns of a frame in the order in which the model puts them into an array."""
        return getattr(getattr(self._model, "options", None), "columns", None) or list(x.columns)

    @property
    def has_probabilities(self) -> bool:
        """Whether the model gives probabilities at all."""
        return hasattr(self._model, "predict_proba")

    @property
    def decides_by_probability(self) -> bool:
        """Whether the predictions follow from the probabilities, so that the model need not be asked for them."""
        declared = self._table.output in ("probability", "logits") and self._model.live
        return declared or not getattr(self._model, "decides", True)

    def _reordered(self, values: FloatArray) -> FloatArray:
        own = getattr(self._model, "classes_", None)
        if own is None or values.ndim != 2 or values.shape[1] != len(own):
            return values
        return values[:, [list(own).index(name) for name in self._target.names]]

    def _call(self, method: str, x: Any) -> Any:
        return within(self._table.timeout, getattr(self._model, method), self.native(x), f"{self._key}.{method}")


def _both(positive: FloatArray) -> FloatArray:
    """Probabilities of two classes ``(n, 2)``, column by column in memory: most checks want those of one class."""
    found = np.empty((2, len(positive)))
    np.subtract(1, positive, out=found[0])
    found[1] = positive
    return found.T


def _lazy_copy(x: Any) -> Any:
    """The frame that narwhals holds, in a new object; nothing is copied before somebody writes into it."""
    frame = x.to_native()
    if x.implementation.is_pandas_like():
        return frame.copy(deep=False)
    return frame.clone() if x.implementation.is_polars() else frame


class Answers:
    """What one model says about all rows: asked once, and remembered, also if it failed."""

    def __init__(self, model: Wrapper, table: ModelTable, target: Target, dataset: Dataset, key: str = "model") -> None:
        """Hold recorded predictions against the contract; a live model is not called yet.

        Raises:
            InputError: recorded predictions that cannot be right; ``key`` is the table of the audit file.
        """
        self.live = model.live
        self.model = AuditedModel(model, table, target, dataset, key)
        self._table, self._target, self._dataset, self._key = table, target, dataset, key
        self._recorded: FloatArray | None = None
        self._failed: dict[str, tuple[Exception, TracebackType | None]] = {}
        if not model.live:
            self._check_recorded(model)

    @cached_property
    def predictions(self) -> Any:
        """Predicted class (as a position) or value of each row, ``(n,)``; of several labels ``(n, L)``."""
        if self.live and self.model.decides_by_probability:
            return self._once("predictions", lambda _: self.model.decided(self.probabilities))
        return self._once("predictions", self.model.predict)

    @property
    def probabilities(self) -> FloatArray:
        """Probability of each class or label, ``(n, K)``; recorded ones are in the data, and not kept a second time."""
        return self._asked if self.live else self._once("probabilities", self.model.predict_proba)

    @cached_property
    def _asked(self) -> FloatArray:
        return self._once("probabilities", self.model.predict_proba)

    @cached_property
    def scores(self) -> FloatArray:
        """Probability of the positive class, ``(n,)``."""
        return np.ascontiguousarray(self.probabilities[:, 1]) if self._recorded is None else self._recorded

    def probe(self, rows: int = 64) -> None:
        """Ask for a few rows first, so that a model that breaks the contract is refused before the work starts.

        A model that raises or gives no answer is not refused: the checks that need the answer end in that error.

        Raises:
            ModelError: an answer breaks the contract.
        """
        asked: dict[str, Callable[[Any], Any]] = {"predictions": self.model.predict} if self.live else {}
        if asked and self.model.has_probabilities:
            asked["probabilities"] = self.model.predict_proba
        for name, ask in asked.items():
            try:
                ask(self._rows[:rows])
            except Exception as error:
                if isinstance(error, ModelError) and not isinstance(error, ModelTimeout):
                    raise
                self._failed[name] = error, error.__traceback__

    def _once(self, name: str, ask: Callable[[Any], T]) -> T:
        """The answer for all rows; a failure is remembered and raised again, so that no model fails twice."""
        if name in self._failed:
            error, trace = self._failed[name]
            raise error.with_traceback(trace)
        try:
            return ask(self._rows)
        except Exception as error:
            self._failed[name] = error, error.__traceback__
            raise

    @property
    def _rows(self) -> Any:
        return self._dataset.inputs() if self.live else self._dataset.frame

    def _check_recorded(self, model: Wrapper) -> None:
        columns: dict[str, str] = getattr(model, "columns", {})
        if isinstance(self._target, Labels):
            self._target.one_column_each(columns, self._key)
        elif any(key.endswith("]") for key in columns):
            raise PlanError(f"{self._key}: a list of columns of predictions needs task 'multilabel'")
        for key, column in columns.items():
            key = key.replace("model", self._key)
            values = self._dataset.column(column, key)
            where = f"{key} {column!r} in {self._dataset.source}"
            if ".prediction" in key:
                self._target.code(values, where, DataError)
            else:
                if self._table.task not in ("binary", "multilabel"):
                    raise PlanError(f"{key}: one column of probabilities needs task 'binary'")
                if values.dtype.kind not in "iuf":
                    raise DataError(f"{where}: expected numbers from 0 to 1, got values such as {values[0]!r}")
                values = valid_probabilities(values.astype(float, copy=False), where, DataError)
                self._recorded = values if self._table.task == "binary" else None


def valid_probabilities(
    values: FloatArray, where: str, error: type[Exception], *, exclusive: bool = True
) -> FloatArray:
    """``values`` if they are probabilities, ``(n,)`` or ``(n, K)``; of ``exclusive`` classes with rows that sum to one.

    Raises:
        error: the first row that is not finite, outside [0, 1], or does not sum to one.
    """
    rows = values.reshape(len(values), -1)
    if not (values.size and values.min() >= 0 and values.max() <= 1):  # which is not so either where one is missing
        _refuse(~np.isfinite(rows).all(axis=1), "missing or infinite", rows, where, error)
        hint = "; if they are logits, declare model.output = 'logits'"
        _refuse((rows < 0).any(axis=1) | (rows > 1).any(axis=1), "outside [0, 1]", rows, where, error, hint)
    if values.ndim == 2 and exclusive:
        total = rows.sum(axis=1)
        off = (total > 1 + SUM_TOLERANCE) | (total < 1 - SUM_TOLERANCE)
        if off.any():
            row = int(np.argmax(off))
            raise error(
                f"{where}: probabilities of {int(off.sum())} rows do not sum to one, the first is row {row + 1} with {rows[row].sum():.6g}"
            )
    return values


def _refuse(bad: Any, wrong: str, rows: FloatArray, where: str, error: type[Exception], hint: str = "") -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise error(
            f"{where}: {int(bad.sum())} rows have probabilities {wrong}, the first in row {row + 1}: "
            f"{rows[row].tolist()}{hint}"
        )


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
