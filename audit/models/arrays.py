"""Models whose output ``model.output`` declares, and those that map arrays to arrays: what frameworks have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..errors import ModelError
from ..plan import ModelTable
from ..registry import Task
from ..slices import FloatArray
from .options import Options as AnyOptions
from .options import options


class ArrayOptions(AnyOptions):
    """Options of models that take arrays."""

    batch: int = Field(256, ge=1)
    """Rows that are answered at once."""
    dtype: Literal["float32", "float64", "float16", "int64", "int32", "uint8"] = "float32"
    """What the inputs are converted to."""
    columns: list[str] | None = None
    """Columns of a table in the order that the model was trained with; default: in the order of the data."""


class DeclaredModel(ABC):
    """A model that returns one kind of numbers or names, and ``model.output`` declares which.

    ``label``: positions of the classes, or their names; in regression the values. ``probability`` and ``logits``: one
    column per class or label, or one value per row, of the positive class.
    """

    live: ClassVar[bool] = True
    offers: ClassVar[tuple[str, ...]] = ("predict", "predict_proba", "logits")
    Options: ClassVar[type[AnyOptions]]

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Take the object; what it can do beyond ``predict`` follows from the declared output."""
        self.thing, self._table = thing, table
        self.options: Any = options(self.Options, table.options)
        if table.classes:
            self.classes_ = list(table.classes)
        if table.output != "label":
            self.predict_proba = self._predict_proba
        if table.output == "logits":
            self.logits = self._logits

    @abstractmethod
    def outputs(self, x: Any) -> npt.NDArray[Any]:
        """What the model returns for all rows."""

    def predict(self, x: Any) -> npt.NDArray[Any]:
        """Labels or values, ``(n,)``."""
        if self._table.output != "label":
            probabilities = self._predict_proba(x)
            one = probabilities.ndim == 1
            found = probabilities >= self._table.threshold if one else np.argmax(probabilities, axis=1)
        else:
            found = self.outputs(x)
            found = found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found
        if self._table.classes and found.dtype.kind in "biu":
            return np.array(self._table.classes, dtype=object)[found.astype(np.int64)]
        return found

    def _predict_proba(self, x: Any) -> FloatArray:
        if self._table.output == "logits":
            return probabilities(self._logits(x), self._table.task)
        return _flat(self.outputs(x).astype(np.float64))

    def _logits(self, x: Any) -> FloatArray:
        return _flat(self.outputs(x).astype(np.float64))


class ArrayModel(DeclaredModel):
    """A network, or anything else that maps arrays to arrays.

    Where a framework differentiates, its class defines ``gradient(rows, y)``, which gives classifiers that return logits
    their ``loss_gradient``.
    """

    Options: ClassVar[type[ArrayOptions]] = ArrayOptions

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Take the object; it has ``loss_gradient`` if there is one."""
        super().__init__(thing, table)
        if hasattr(self, "gradient") and table.output == "logits" and table.task in ("binary", "multiclass"):
            self.loss_gradient = self._loss_gradient

    @abstractmethod
    def forward(self, batch: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """What the model returns for one batch, as numpy."""

    def outputs(self, x: Any) -> npt.NDArray[Any]:
        """What the model returns for all rows, batch by batch."""
        rows = self.to_array(x)
        size = self.options.batch
        return np.concatenate([np.asarray(self.forward(rows[i : i + size])) for i in range(0, len(rows), size)])

    def to_array(self, x: Any) -> npt.NDArray[Any]:
        """The inputs as one array: columns of a frame by name in the declared order, arrays as they are.

        Raises:
            ModelError: a column is missing or does not hold numbers.
        """
        if isinstance(x, np.ndarray):
            return np.ascontiguousarray(x, dtype=self.options.dtype)
        if isinstance(x, list):
            raise ModelError("model: it takes numbers, the data are texts; wrap it in a function that encodes them")
        names = self.options.columns or list(x.columns)
        return np.column_stack([_numbers(x, name, self.options.dtype) for name in names])

    def _loss_gradient(self, x: Any, y: Any) -> npt.NDArray[Any]:
        gradient: Any = self.gradient  # type: ignore[attr-defined]
        rows, size = self.to_array(x), self.options.batch
        return np.concatenate([gradient(rows[i : i + size], y[i : i + size]) for i in range(0, len(rows), size)])


def probabilities(logits: FloatArray, task: Task) -> FloatArray:
    """Softmax of ``(n, K)``; logistic function of ``(n,)``, and of each of several labels."""
    from scipy.special import expit, softmax

    return np.asarray(expit(logits) if logits.ndim == 1 or task == "multilabel" else softmax(logits, axis=1))


def _flat(values: FloatArray) -> FloatArray:
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values


def _numbers(frame: Any, name: str, dtype: str) -> npt.NDArray[Any]:
    if name not in frame.columns:
        raise ModelError(f"model: it expects a column {name!r} (model.options.columns), which the data lack")
    try:
        return np.asarray(frame[name]).astype(dtype)
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"model: column {name!r}: expected numbers, got {error}; encode it before the model"
        ) from error
