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
from .autodiff import Cotangent, cross_entropy
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

    Where a framework differentiates, its class defines ``pulled(rows, cotangent)``, which gives classifiers that return
    logits their ``pullback`` and ``loss_gradient``.
    """

    Options: ClassVar[type[ArrayOptions]] = ArrayOptions

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Take the object; it has gradients if its framework differentiates."""
        super().__init__(thing, table)
        if hasattr(self, "pulled") and table.output == "logits" and table.task in ("binary", "multiclass"):
            self.pullback, self.loss_gradient = self._pullback, self._loss_gradient

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
        if self.is_own(x):
            return x  # type: ignore[no-any-return]
        if isinstance(x, np.ndarray):
            return np.ascontiguousarray(x, dtype=self.options.dtype)
        if isinstance(x, list):
            raise ModelError("model: it takes numbers, the data are texts; wrap it in a function that encodes them")
        return np.column_stack([_numbers(x, name, self.options.dtype) for name in self.names(x)])

    def names(self, x: Any) -> list[str]:
        """Columns of a frame in the order that the model takes them."""
        return self.options.columns or list(x.columns)

    def is_own(self, x: Any) -> bool:
        """Whether it is an array of the model's own framework, which stays one, on its device."""
        return False

    def _pullback(self, x: Any, cotangent: Cotangent) -> tuple[Any, Any]:
        pulled: Any = self.pulled  # type: ignore[attr-defined]
        found: tuple[Any, Any] = pulled(self.to_array(x), cotangent)
        return found

    def _loss_gradient(self, x: Any, y: Any) -> npt.NDArray[Any]:
        rows, truth, size = self.to_array(x), np.asarray(y), self.options.batch

        def gradient(part: slice) -> npt.NDArray[Any]:
            found: npt.NDArray[Any] = self._pullback(rows[part], lambda logits: cross_entropy(logits, truth[part]))[1]
            return found

        return np.concatenate([gradient(slice(i, i + size)) for i in range(0, len(rows), size)])


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
