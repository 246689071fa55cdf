"""What is predicted: classes, coded as positions among their names, several labels, or a quantity."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .attributes import printable
from .columns import coded, is_missing
from .data import Dataset
from .errors import DataError, PlanError, nearest
from .labels import Labels
from .model import Wrapper
from .plan import ModelTable
from .registry import CLASSIFICATION
from .slices import FloatArray, IntArray


class Target(Protocol):
    """What is predicted for a row."""

    names: list[Any]
    positive: str | None
    favorable: int | None
    """Position of the class that people want to get; None where there is none."""

    def code(self, values: npt.NDArray[Any], where: str, error: type[Exception]) -> Any:
        """The values as numbers, in their shape; raises ``error`` for values that cannot be."""


class Quantity:
    """A number: the target of regression."""

    def __init__(self) -> None:
        """There are no classes."""
        self.names: list[Any] = []
        self.positive: str | None = None
        self.favorable: int | None = None

    def code(self, values: npt.NDArray[Any], where: str, error: type[Exception]) -> FloatArray:
        """The values as floats.

        Raises:
            error: one is missing, not a number, or infinite.
        """
        try:
            numbers = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError) as reason:
            raise error(f"{where}: expected numbers, got {reason}") from reason
        bad = np.flatnonzero(~np.isfinite(numbers))
        if len(bad):
            raise error(
                f"{where}: {len(bad)} of {len(numbers)} values are missing or infinite, the first in row {bad[0] + 1}"
            )
        return numbers


class Classes:
    """The K class labels in order; with two classes, the positive one is last, and favourable if no other is named."""

    def __init__(self, names: list[Any], positive: Any, task: str, favorable: Any = None) -> None:
        """Order the names.

        Raises:
            PlanError: the number of classes does not fit the task, the positive class is unknown or not named, or
                the favourable one is unknown.
        """
        self.names = names
        if task == "binary":
            if len(names) != 2:
                shown = ", ".join(map(repr, names[:8]))
                raise PlanError(f"model.task 'binary': expected two classes, got {len(names)}: {shown}")
            self.names = _positive_last(names, positive)
        self.positive = printable(self.names[1]) if task == "binary" else None
        self.favorable = 1 if task == "binary" else None
        if favorable is not None:
            self.favorable = self.names.index(_named("favorable", self.names, favorable))

    def code(self, values: npt.NDArray[Any], where: str, error: type[Exception]) -> IntArray:
        """Positions of ``values`` among the classes, ``(n,)``.

        Raises:
            error: a value is missing or is not a class.
        """
        import pandas as pd

        gone = np.flatnonzero(is_missing(values))
        if len(gone):
            raise error(f"{where}: {len(gone)} of {len(values)} values are missing, the first in row {gone[0] + 1}")
        rows, distinct = coded(values)
        places = pd.Index(self.names, dtype=object).get_indexer(pd.Index(distinct, dtype=object))
        codes: IntArray = np.asarray(places, dtype=np.int32)[rows]
        if (places < 0).any():
            unknown = np.flatnonzero(codes < 0)
            value = values[unknown[0]]
            value = value.item() if isinstance(value, np.generic) else value
            raise error(
                f"{where}: {len(unknown)} values are not among the classes {self.names}, the first is {value!r} in row "
                f"{unknown[0] + 1}{self._another_kind(value)}"
            )
        return codes

    def _another_kind(self, value: Any) -> str:
        """What to do where the model calls its classes by names, and the data by numbers, or the other way."""
        if any(isinstance(name, str) == isinstance(value, str) for name in self.names):
            return ""
        return "; declare them as the data have them, in the order of the model's outputs, in model.classes"


def target_of(model: Wrapper, dataset: Dataset, table: ModelTable) -> Target:
    """What is predicted, as the task, the data and the model say it.

    Raises:
        InputError: they do not fit each other.
    """
    if table.favorable is not None and table.task not in CLASSIFICATION:
        raise PlanError(f"model.favorable: only classes can be favourable; model.task is {table.task!r}")
    if table.task == "multilabel":
        return Labels(dataset.targets)
    if dataset.labels.ndim > 1:
        raise PlanError(
            f"model.task {table.task!r}: expected one label column, got {len(dataset.targets)}; "
            "several labels need task 'multilabel'"
        )
    if table.task in CLASSIFICATION:
        return Classes(class_names(model, dataset), table.positive, table.task, table.favorable)
    return Quantity()


def class_names(model: Wrapper, dataset: Dataset) -> list[Any]:
    """The classes that a model says it has; else those among labels and recorded predictions, sorted.

    Raises:
        DataError: texts and numbers are mixed.
    """
    own = getattr(model, "classes_", None)
    if own is not None:
        return [name.item() if isinstance(name, np.generic) else name for name in own]
    values = [dataset.labels]
    column = getattr(model, "columns", {}).get("model.prediction")
    if column:
        recorded = dataset.column(column, "model.prediction")
        values.append(recorded[~is_missing(recorded)])
    found = {value for each in values for value in _distinct(each)}
    if len({isinstance(value, bool | int | float) for value in found}) > 1:
        shown = sorted(map(repr, found))[:8]
        raise DataError(f"labels and predictions: expected one kind of values, got a mix: {', '.join(shown)}")
    return sorted(found)


def _distinct(values: npt.NDArray[Any]) -> list[Any]:
    return [value.item() if isinstance(value, np.generic) else value for value in coded(values)[1]]


def _positive_last(names: list[Any], positive: Any) -> list[Any]:
    if positive is None:
        if set(names) == {0, 1}:
            return sorted(names)
        raise PlanError(f"model.positive: expected which of {names} is the positive class, got nothing")
    found = _named("positive", names, positive)
    return [n for n in names if n != found] + [found]


def _named(key: str, names: list[Any], wanted: Any) -> Any:
    found = [name for name in names if name == wanted]
    if not found:
        raise PlanError(
            f"model.{key}: {wanted!r} is not among the classes {names}{nearest(str(wanted), map(str, names))}"
        )
    return found[0]
