"""Which input of the data each input of a model behind its preprocessing comes from, and by which arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ..errors import NotAssessed
from ..model import imported
from ..slices import FloatArray

Operation = Literal["-", "/", "*", "+"]
RUN: dict[Operation, Callable[[FloatArray, float], FloatArray]] = {
    "-": lambda x, c: x - c,
    "/": lambda x, c: x / c,
    "*": lambda x, c: x * c,
    "+": lambda x, c: x + c,
}
BACK: dict[Operation, Operation] = {"-": "+", "+": "-", "*": "/", "/": "*"}


@dataclass(frozen=True)
class Column:
    """One input behind the preprocessing.

    ``source``: which moved input it is made of, -1 if of none. ``steps``: the arithmetic, in the order in which the library
    does it, so that roundings are the same.
    """

    source: int = -1
    steps: tuple[tuple[Operation, float], ...] = ()

    def then(self, operation: Operation, constant: float) -> Column:
        """With one more step."""
        return self if self.source < 0 else replace(self, steps=(*self.steps, (operation, float(constant))))

    def of(self, x: FloatArray) -> FloatArray:
        """Its value, given that of its source."""
        for operation, constant in self.steps:
            x = RUN[operation](x, constant)
        return x

    def back(self, z: FloatArray) -> FloatArray:
        """The value of its source, but for rounding."""
        for operation, constant in reversed(self.steps):
            z = RUN[BACK[operation]](z, constant)
        return z

    @property
    def slope(self) -> float:
        """How fast it grows with its source."""
        found = 1.0
        for operation, constant in self.steps:
            found = found * constant if operation == "*" else found / constant if operation == "/" else found
        return found


def behind(step: Any, columns: list[Column], names: Sequence[str] | None) -> list[Column]:
    """The columns behind one fitted transformer of scikit-learn, a pipeline of them, or a column transformer.

    ``names``: of the columns, where they have some.

    Raises:
        NotAssessed: a transformer that mixes moved inputs, or is not known, gets one.
    """
    if isinstance(step, str) or step is None:  # "passthrough"
        return columns
    for known, rule in RULES.items():
        if imported(step, *known):
            return rule(step, columns, names)
    return _stays(step, columns)


def _stays(step: Any, columns: list[Column]) -> list[Column]:
    """Nothing, for a step that nothing moved goes through."""
    if any(column.source >= 0 for column in columns):
        raise NotAssessed(
            f"inputs that may be moved go through {type(step).__name__}, which does more to each of them than shift and scale; "
            "leave them out of data.bounds, or use method = 'smoothing'"
        )
    return []


def _function(step: Any, columns: list[Column], names: Sequence[str] | None) -> list[Column]:
    return columns if step.func is None else _stays(step, columns)


def _standard(step: Any, columns: list[Column], names: Sequence[str] | None) -> list[Column]:
    if step.with_mean:
        columns = [column.then("-", c) for column, c in zip(columns, step.mean_, strict=True)]
    if step.with_std:
        columns = [column.then("/", c) for column, c in zip(columns, step.scale_, strict=True)]
    return columns


def _min_max(step: Any, columns: list[Column], names: Sequence[str] | None) -> list[Column]:
    if step.clip and any(column.source >= 0 for column in columns):
        raise NotAssessed("inputs that may be moved go through MinMaxScaler(clip=True), which is not linear")
    return [
        column.then("*", scale).then("+", least)
        for column, scale, least in zip(columns, step.scale_, step.min_, strict=True)
    ]


def _robust(step: Any, columns: list[Column], names: Sequence[str] | None) -> list[Column]:
    if step.with_centering:
        columns = [column.then("-", c) for column, c in zip(columns, step.center_, strict=True)]
    if step.with_scaling:
        columns = [column.then("/", c) for column, c in zip(columns, step.scale_, strict=True)]
    return columns


def _max_abs(step: Any, columns: list[Column], names: Sequence[str] | None) -> list[Column]:
    return [column.then("/", c) for column, c in zip(columns, step.scale_, strict=True)]


def _imputer(step: Any, columns: list[Column], names: Sequence[str] | None) -> list[Column]:
    if step.add_indicator or step.transform(np.zeros((1, len(columns)))).shape[1] != len(columns):
        raise NotAssessed("SimpleImputer adds or drops columns, which is not followed here")
    return columns  # moved inputs of the audited rows are not missing


def _pipeline(step: Any, columns: list[Column], names: Sequence[str] | None) -> list[Column]:
    for _, one in step.steps:
        columns, names = behind(one, columns, names), None
    return columns


def _by_column(step: Any, columns: list[Column], names: Sequence[str] | None) -> list[Column]:
    found = [Column()] * max((part.stop for part in step.output_indices_.values()), default=0)
    for name, one, chosen in step.transformers_:
        if isinstance(one, str) and one == "drop":
            continue
        at = _positions(chosen, len(columns), names or getattr(step, "feature_names_in_", None))
        part = behind(one, [columns[i] for i in at], None if names is None else [names[i] for i in at])
        place = step.output_indices_[name]
        if part:
            found[place] = part
    return found


def _positions(chosen: Any, n: int, names: Sequence[str] | None) -> list[int]:
    """What a column transformer calls its columns, as positions."""
    if isinstance(chosen, slice):
        return list(range(n))[chosen]
    listed = [chosen] if isinstance(chosen, str | int) else list(chosen)
    if listed and isinstance(listed[0], bool | np.bool_):
        return [int(i) for i in np.flatnonzero(listed)]
    if listed and isinstance(listed[0], str):
        if names is None:
            raise NotAssessed(
                "a column transformer chooses columns by names behind another step, which is not followed here"
            )
        return [list(names).index(str(name)) for name in listed]
    return [int(i) for i in listed]


SCALERS = "sklearn.preprocessing"
RULES: dict[tuple[str, str], Callable[[Any, list[Column], Sequence[str] | None], list[Column]]] = {
    (SCALERS, "FunctionTransformer"): _function,
    (SCALERS, "StandardScaler"): _standard,
    (SCALERS, "MinMaxScaler"): _min_max,
    (SCALERS, "RobustScaler"): _robust,
    (SCALERS, "MaxAbsScaler"): _max_abs,
    ("sklearn.impute", "SimpleImputer"): _imputer,
    ("sklearn.pipeline", "Pipeline"): _pipeline,
    ("sklearn.compose", "ColumnTransformer"): _by_column,
}
