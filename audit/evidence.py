"""Evidence: what model and data offer together, computed lazily and once, and held against the contract."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from functools import cached_property
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from .attributes import is_missing, printable
from .data import Dataset
from .errors import DataError, ModelError, ModelTimeout, PlanError, nearest
from .model import Wrapper
from .plan import ModelTable
from .slices import FloatArray, IntArray

T = TypeVar("T")

SUM_TOLERANCE = 1e-3
"""How far probabilities of a row may sum from one; float16 outputs are within it, wrong outputs are not."""


class Classes:
    """The K class labels in order; with two classes, the positive one is last."""

    def __init__(self, names: list[Any], positive: Any, task: str) -> None:
        """Order the names.

        Raises:
            PlanError: the number of classes does not fit the task, or the positive class is unknown or not named.
        """
        self.names = names
        if task == "binary":
            if len(names) != 2:
                shown = ", ".join(map(repr, names[:8]))
                raise PlanError(f"model.task 'binary': expected two classes, got {len(names)}: {shown}")
            self.names = _positive_last(names, positive)
        self.positive = printable(self.names[1]) if task == "binary" else None

    def code(self, values: npt.NDArray[Any], where: str, error: type[Exception]) -> IntArray:
        """Positions of ``values`` among the classes, ``(n,)``.

        Raises:
            error: a value is missing or is not a class.
        """
        import pandas as pd

        gone = np.flatnonzero(is_missing(values))
        if len(gone):
            raise error(f"{where}: {len(gone)} of {len(values)} values are missing, the first in row {gone[0] + 1}")
        rows, distinct = pd.factorize(values)
        places = pd.Index(self.names, dtype=object).get_indexer(pd.Index(distinct, dtype=object))
        codes: IntArray = np.asarray(places, dtype=np.int64)[rows]
        unknown = np.flatnonzero(codes < 0)
        if len(unknown):
            value = values[unknown[0]]
            value = value.item() if isinstance(value, np.generic) else value
            raise error(
                f"{where}: {len(unknown)} values are not among the classes {self.names}, the first is {value!r} in row {unknown[0] + 1}"
            )
        return codes


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


class Evidence:
    """Everything that a check can ask for, by the names in ``registry.NEEDS``."""

    def __init__(self, model: Wrapper, dataset: Dataset, table: ModelTable) -> None:
        """Settle the classes and hold recorded predictions against the contract; the model is not called.

        Raises:
            InputError: labels that the model does not know, or recorded predictions that cannot be right.
        """
        self.dataset, self.table, self.live = dataset, table, model.live
        self._failed: dict[str, tuple[Exception, TracebackType | None]] = {}
        self.classes = Classes(_class_names(model, dataset, table), table.positive, table.task)
        self.labels = self.classes.code(
            dataset.labels, f"data.target {dataset.target!r} in {dataset.source}", DataError
        )
        self.model = AuditedModel(model, table, self.classes, dataset)
        if not model.live:
            self._check_recorded(model)

    @property
    def features(self) -> Any:
        """The model's inputs, a narwhals frame."""
        return self.dataset.inputs()

    @property
    def bounds(self) -> dict[str, tuple[float, float]]:
        """Limits of numeric inputs by feature."""
        return self.dataset.bounds

    @cached_property
    def predictions(self) -> IntArray:
        """Predicted class of each row."""
        return self._once("predictions", self.model.predict)

    @cached_property
    def probabilities(self) -> FloatArray:
        """Probability of each class, ``(n, K)``."""
        return self._once("probabilities", self.model.predict_proba)

    @property
    def scores(self) -> FloatArray:
        """Probability of the positive class, ``(n,)``."""
        return self.probabilities[:, 1]

    @cached_property
    def counts(self) -> FloatArray:
        """Confusion counts of each cell of the slices, ``(C, K, K)``."""
        k = len(self.classes.names)
        return self.dataset.slices.count(self.labels * k + self.predictions, k * k).reshape(-1, k, k)

    def lacks(self, need: str) -> str:
        """Why ``need`` is not offered; empty if it is."""
        if need in ("probabilities", "scores") and not self.model.has_probabilities:
            return "the model offers no probabilities"
        if need == "model" and not self.live:
            return "the audit has recorded predictions only; changing inputs needs a model that can be called"
        if need == "schema_report" and self.schema_report is None:
            return "no data schema was given"
        return ""

    schema_report: Any = None

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
                ask(self._rows.head(rows))
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
        return self.features if self.live else self.dataset.frame

    def _check_recorded(self, model: Wrapper) -> None:
        for key, column in getattr(model, "columns", {}).items():
            values = self.dataset.column(column, key)
            where = f"{key} {column!r} in {self.dataset.source}"
            if key == "model.prediction":
                self.classes.code(values, where, DataError)
            else:
                if self.table.task != "binary":
                    raise PlanError("model.probability: one column of probabilities needs task 'binary'")
                if values.dtype.kind not in "iuf":
                    raise DataError(f"{where}: expected numbers from 0 to 1, got values such as {values[0]!r}")
                valid_probabilities(values.astype(float), where, DataError)


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
    import threading

    def work() -> None:
        try:
            answer.set_result(call(argument))
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=work, daemon=True, name="assay model call").start()


def _class_names(model: Wrapper, dataset: Dataset, table: ModelTable) -> list[Any]:
    own = getattr(model, "classes_", None)
    if own is not None:
        return [name.item() if isinstance(name, np.generic) else name for name in own]
    values = [dataset.labels]
    column = getattr(model, "columns", {}).get("model.prediction")
    if column:
        recorded = dataset.column(column, "model.prediction")
        values.append(recorded[~is_missing(recorded)])
    names = {v for column in values for v in np.asarray(column, dtype=object).tolist()}
    names = {v.item() if isinstance(v, np.generic) else v for v in names}
    if (
        len(
            {type(n) for n in names if not isinstance(n, bool | int | float)}
            | ({int} if any(isinstance(n, bool | int | float) for n in names) else set())
        )
        > 1
    ):
        raise DataError(
            f"labels and predictions: expected one kind of values, got a mix: {sorted(map(repr, names))[:8]}"
        )
    return sorted(names)


def _positive_last(names: list[Any], positive: Any) -> list[Any]:
    if positive is None:
        if set(names) == {0, 1}:
            return sorted(names)
        raise PlanError(f"model.positive: expected which of {names} is the positive class, got nothing")
    found = [n for n in names if n == positive and isinstance(n, bool) == isinstance(positive, bool)] or [
        n for n in names if n == positive
    ]
    if not found:
        raise PlanError(
            f"model.positive: {positive!r} is not among the classes {names}{nearest(str(positive), map(str, names))}"
        )
    return [n for n in names if n != found[0]] + found[:1]
