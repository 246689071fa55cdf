"""``[data.constraints]`` of an audit file: how inputs may change so that a row stays one that could exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_serializer, model_validator

Kind = Literal["continuous", "integer", "ordinal", "categorical", "one_hot"]
Direction = Literal["up", "down", "both"]

FITS: dict[str, tuple[Kind, ...]] = {
    "bounds": ("continuous", "integer"),
    "step": ("continuous", "integer"),
    "direction": ("continuous", "integer", "ordinal"),
    "values": ("ordinal", "categorical"),
    "columns": ("one_hot",),
    "empty": ("one_hot",),
}
"""Kinds that a key of a feature is for; the other keys are for all."""


class FeatureTable(BaseModel):
    """One input, or a group of columns that encode one.

    ``bounds``: lowest and highest value. ``direction``: whether values may only go up or down, of an ordinal feature in
    the order of ``values``. ``step``: values change by whole multiples of it. ``cost``: of a change by one unit of its
    scale, or of any change of a category. ``values``: what it can be. ``columns``: of a one-hot group; ``empty``: whether
    none of them may be set.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    kind: Kind | None = None
    bounds: tuple[float, float] | None = None
    mutable: bool = True
    direction: Direction = "both"
    step: float | None = Field(None, gt=0)
    cost: float = Field(1.0, ge=0)
    values: list[str | int | float | bool] | None = Field(None, min_length=1)
    columns: list[str] | None = Field(None, min_length=2)
    empty: bool = False

    @model_validator(mode="after")
    def _keys_fit(self) -> FeatureTable:
        if self.bounds and not self.bounds[0] <= self.bounds[1]:
            raise ValueError(f"bounds: expected [lower, upper], got {list(self.bounds)}")
        for key in ("columns", "values"):
            named = getattr(self, key) or []
            if len(set(map(repr, named))) < len(named):
                raise ValueError(f"{key}: expected every one once, got {named}")
        if (self.kind == "one_hot") != (self.columns is not None):
            raise ValueError("'columns' names the columns of a feature of kind 'one_hot'; expected both or neither")
        if self.kind == "ordinal" and self.values is None:
            raise ValueError("kind 'ordinal': expected 'values' in their order")
        if self.kind == "integer" and self.step is not None and self.step % 1:
            raise ValueError(f"step: expected a whole number for an integer, got {self.step}")
        given = self.model_fields_set - {"kind"}
        for key in sorted(given & set(FITS)):
            if self.kind and self.kind not in FITS[key]:
                raise ValueError(f"{key}: is for features of kind {', '.join(FITS[key])}; this one is {self.kind}")
        return self


class ConstraintsTable(BaseModel):
    """All of them. Inputs that ``features`` does not name stay as they are.

    ``relations``: such as ``"capital_gain <= 10 * hours_per_week"``, see :mod:`~assay.audit.constraints.grammar`.
    ``possible``: import path of a function of the rows, a frame, that says for each whether it can be; in Python the
    function itself. ``repair``: the same for a function that returns the rows made possible, in their order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    features: dict[str, FeatureTable] = Field(default_factory=dict)
    relations: list[str] = Field(default_factory=list)
    possible: str | Callable[..., Any] | None = None
    repair: str | Callable[..., Any] | None = None

    @field_serializer("possible", "repair")
    def _by_name(self, value: Any) -> str | None:
        """Functions stand in the record by their names."""
        return value if value is None or isinstance(value, str) else f"{value.__module__}:{value.__qualname__}"
