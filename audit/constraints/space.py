"""Rows as vectors of the features that a specification names, and back; limits, projection and repair."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Column
from ..errors import DataError, PlanError
from ..imports import named
from ..slices import FloatArray, IntArray
from .decode import decode, repaired_frame
from .feature import NUMERIC, Feature, resolved
from .grammar import Relation, parse
from .table import ConstraintsTable

Frame = Any
BoolArray = npt.NDArray[np.bool_]
Judge = Callable[[Any], Any]
HAIR = 1e-9
"""Of a step: a number of steps that was found by division and should be whole."""


@dataclass(frozen=True)
class Space:
    """Which rows can be. Vectors have one number per feature, ``(n, m)``; see :class:`Feature`."""

    features: tuple[Feature, ...]
    relations: tuple[Relation, ...] = ()
    possible: Judge | None = None
    repair: Judge | None = None
    kept: tuple[str, ...] = field(default=())
    """Inputs that no feature is for; they stay as they are."""

    @cached_property
    def low(self) -> FloatArray:
        """Lower limits, ``(m,)``."""
        return np.array([feature.low for feature in self.features])

    @cached_property
    def high(self) -> FloatArray:
        """Upper limits, ``(m,)``."""
        return np.array([feature.high for feature in self.features])

    @cached_property
    def way(self) -> IntArray:
        """Directions, ``(m,)``."""
        return np.array([feature.way for feature in self.features], dtype=np.int64)

    @cached_property
    def step(self) -> FloatArray:
        """Steps, ``(m,)``; of what is no number one position."""
        return np.array([f.step if f.kind in NUMERIC else 1.0 for f in self.features])

    @cached_property
    def single(self) -> BoolArray:
        """Whether a column holds 32-bit numbers, ``(m,)``."""
        return np.array([feature.single for feature in self.features], dtype=bool)

    @cached_property
    def mutable(self) -> BoolArray:
        """Whether a feature may change, ``(m,)``."""
        return np.array([feature.mutable for feature in self.features], dtype=bool)

    @cached_property
    def ordered(self) -> BoolArray:
        """Whether a feature has an order, ``(m,)``."""
        return np.array([feature.ordered for feature in self.features], dtype=bool)

    @cached_property
    def cost(self) -> FloatArray:
        """Costs, ``(m,)``."""
        return np.array([feature.cost for feature in self.features])

    @cached_property
    def derived(self) -> list[tuple[int, Callable[[Mapping[str, Any]], Any]]]:
        """Features that an equation gives, ``total == a + b``, and how; they follow the others."""
        places = {f.name: i for i, f in enumerate(self.features) if f.kind in NUMERIC and f.mutable}
        found: dict[int, Callable[[Mapping[str, Any]], Any]] = {}
        for relation in self.relations:
            for one, other in (relation.sides, relation.sides[::-1]) if relation.sides else ():
                if one.name in places and places[one.name] not in found and one.name not in other.columns:
                    found[places[one.name]] = other.value
                    break
        return list(found.items())

    def encode(self, frame: Frame) -> FloatArray:
        """The vectors of rows, ``(n, m)``."""
        columns = {name: frame[name].to_numpy() for feature in self.features for name in feature.columns}
        return np.column_stack([feature.encode(columns) for feature in self.features]).reshape(len(frame), -1)

    def realise(self, rows: Frame, vectors: FloatArray, of: FloatArray) -> tuple[Frame, FloatArray, BoolArray]:
        """Rows with these vectors as they can be: projected, equations and the user's repair carried out, and checked again.

        Args:
            rows: the rows that they come from, ``n``.
            vectors: what they are to become, ``(n, m)``.
            of: what they are, ``(n, m)``.

        Returns:
            The rows, their vectors, and whether each of them can be.
        """
        vectors = self.project(vectors, of)
        frame = decode(self.features, rows, vectors, of)
        for place, value in self.derived:
            needed = {name: frame[name].to_numpy() for relation in self.relations for name in relation.columns}
            moved = (vectors != of).any(axis=1) & ~np.isnan(of[:, place])
            with np.errstate(all="ignore"):
                wanted = np.where(moved, np.asarray(value(needed), dtype=float), of[:, place])
            vectors[:, place] = np.where(np.isfinite(wanted), wanted, of[:, place])
            vectors = self.project(vectors, of)
            frame = decode(self.features, rows, vectors, of)
        if self.repair is not None:
            repaired = repaired_frame(self.repair, frame)
            vectors = self.project(self.encode(repaired), of)
            frame = decode(self.features, rows, vectors, of)
        possible = np.ones(len(vectors), dtype=bool)
        for _, bad in self.unfit(frame, vectors):
            possible &= ~bad
        return frame, vectors, possible

    def project(self, vectors: FloatArray, of: FloatArray) -> FloatArray:
        """The vectors moved into the limits of each feature, given the rows ``of`` that they come from.

        In this order: clip to the bounds, keep what may not change, follow the direction, and round to whole steps
        towards the row. Applying it twice is the same as once.
        """
        found = np.clip(vectors, self.low, self.high)
        found = np.where(self.mutable & ~np.isnan(of) & ~np.isnan(found), found, of)
        found = np.where(self.way > 0, np.maximum(found, of), np.where(self.way < 0, np.minimum(found, of), found))
        found = np.where((self.step > 0) & np.isfinite(of), self._in_steps(found, of), found)
        return np.where(self.single, _single(found, of), found) if self.single.any() else found

    def _in_steps(self, vectors: FloatArray, of: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = (vectors - of) / self.step
            steps = np.trunc(steps + np.sign(steps) * HAIR)
            found = of + steps * self.step
            outside = (found < self.low) | (found > self.high)
            return np.where(outside, of + (steps - np.sign(steps)) * self.step, found)

    def unfit(self, frame: Frame, vectors: FloatArray | None = None) -> list[tuple[str, BoolArray]]:
        """Each reason why rows cannot be, and for which rows it holds, ``(n,)``."""
        vectors = self.encode(frame) if vectors is None else vectors
        found = []
        for feature, values in zip(self.features, vectors.T, strict=True):
            with np.errstate(invalid="ignore"):
                outside = (values < feature.low) | (values > feature.high)
                if feature.kind == "integer":
                    outside |= np.isfinite(values) & (values != np.rint(values))
            found.append((f"{feature.name}: {_limits(feature)}", outside))
        return found + [(text, ~holds) for text, holds in self.related(frame)]

    def related(self, frame: Frame) -> list[tuple[str, BoolArray]]:
        """Each relation, and whether it holds for each row."""
        columns = self.columns(frame)
        found = [(relation.text, relation.holds(columns, len(frame))) for relation in self.relations]
        if self.possible is not None:
            found.append(("data.constraints.possible", _truths(self.possible(frame.to_native()), len(frame))))
        return found

    def columns(self, frame: Frame) -> dict[str, npt.NDArray[Any]]:
        """What relations are evaluated on."""
        needed = frozenset[str]().union(*(relation.columns for relation in self.relations))
        return {name: frame[name].to_numpy() for name in needed}


def loaded(table: ConstraintsTable, folder: Path) -> ConstraintsTable:
    """The table with functions in place of their import paths; ``folder`` is where relative ones start.

    Raises:
        ModelError: an import fails.
        PlanError: what it finds is no function.
    """
    paths = {key: getattr(table, key) for key in ("possible", "repair")}
    found = {k: named(path, folder, f"data.constraints.{k}") for k, path in paths.items() if isinstance(path, str)}
    for key, function in found.items():
        if not callable(function):
            raise PlanError(f"data.constraints.{key}: expected a function of the rows, got {type(function).__name__}")
    return table.model_copy(update=found)


def space(table: ConstraintsTable, columns: Mapping[str, Column], bounds: Mapping[str, Any]) -> Space:
    """The specification, held against the model's inputs.

    Args:
        table: what the audit file says.
        columns: the model's inputs.
        bounds: limits of numeric inputs, where a feature does not give its own.

    Raises:
        DataError: a feature that is no input, two features for one column, or values of another kind.
        PlanError: a relation that cannot be read.
    """
    where = "data.constraints.features"
    features = [resolved(name, one, columns, bounds, f"{where}.{name}") for name, one in table.features.items()]
    taken: dict[str, str] = {}
    for feature in features:
        for name in feature.columns:
            if name in taken:
                raise DataError(f"{where}.{feature.name}: column {name!r} is part of feature {taken[name]!r} already")
            taken[name] = feature.name
    texts = [name for name, column in columns.items() if column.is_text]
    relations = [
        parse(text, columns, texts, f"data.constraints.relations[{i + 1}]") for i, text in enumerate(table.relations)
    ]
    functions: Any = loaded(table, Path())
    kept = tuple(name for name in columns if name not in taken)
    return Space(tuple(features), tuple(relations), functions.possible, functions.repair, kept)


def _single(vectors: FloatArray, of: FloatArray) -> FloatArray:
    """As 32-bit numbers, rounded towards the row."""
    with np.errstate(over="ignore"):
        found, start = vectors.astype(np.float32), of.astype(np.float32)
    beyond = np.abs(found - of) > np.abs(vectors - of)
    return np.where(beyond, np.nextafter(found, start), found).astype(np.float64)


def _truths(given: Any, rows: int) -> BoolArray:
    found = np.asarray(given)
    if found.shape != (rows,) or found.dtype.kind != "b":
        raise DataError(
            f"data.constraints.possible: expected one truth value per row, shape ({rows},), got {found.dtype} of {found.shape}"
        )
    return found


def _limits(feature: Feature) -> str:
    if feature.kind in NUMERIC:
        whole = "a whole number " if feature.kind == "integer" else ""
        return f"expected {whole}from {feature.low:g} to {feature.high:g}"
    return "expected one column set" if feature.kind == "one_hot" else "expected one of its values"
