"""The surface of an audited model over some rows of the data, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from ..answers import AuditedModel
from ..errors import NotAssessed
from ..inputs import relaid
from ..slices import FloatArray, IntArray
from .forms import Arrays, Form, Frames, Matrix
from .surface import Surface

Scale = Literal["raw", "range", "deviation"]
"""Units of eps: those of the input, the width of its bounds, or its standard deviation in the data."""

Box = tuple[FloatArray, FloatArray]
ROUNDING = 1e-6
"""Share of the width of the bounds by which an input may miss them."""


def surface(
    model: AuditedModel,
    inputs: Any,
    bounds: Mapping[str, tuple[float, float]],
    box: Box | None,
    rows: IntArray,
    *,
    scale: Scale = "raw",
    columns: Sequence[str] | None = None,
    budget: int | None = None,
    draws: int = 1,
    decisions: bool = False,
) -> Surface:
    """A surface over ``rows`` of the inputs.

    ``bounds`` and ``box`` as the evidence offers them; ``columns`` of a table that may be changed, by default all numeric ones
    with bounds and more than two values. Standard deviations are those of all rows.

    Raises:
        NotAssessed: texts, no bounds, inputs outside of them, no number that could be changed, or a model without
            logits and probabilities.
    """
    if not (decisions or model.raw.available):
        raise NotAssessed("the model gives neither logits nor probabilities, which this attack climbs")
    table = not isinstance(inputs, np.ndarray)
    if not table and (inputs.dtype.kind not in "biuf" or model.kind == "tokens"):
        raise NotAssessed(f"the inputs are of kind {model.kind}; this attack changes numbers")
    if not (bounds if table else box):
        raise NotAssessed("how far inputs can go is not declared: give data.bounds, such as bounds = [0, 1]")
    some = inputs[rows]
    if table:
        names = list(columns) if columns is not None else changeable(inputs, bounds)
        as_array = model.raw.takes_arrays or not model.takes_names
        form: Form = Matrix(model, some, names) if as_array else Frames(model, some, names)
        low, high = (np.array([[bounds[name][side] for name in names]], dtype=np.float64) for side in (0, 1))
        values = _matrix(some, names)
    else:
        assert box is not None
        form = Arrays(model, some)
        low, high = (np.broadcast_to(limit, inputs.shape[1:])[None] for limit in box)
        values = some.astype(np.float64)
    _inside(values, low, high)
    if scale == "deviation":
        unit = (_matrix(inputs, names) if table else inputs.astype(np.float64)).std(axis=0)[None]
    else:
        unit = high - low if scale == "range" else np.ones_like(low)
    low, high = (np.where(unit > 0, limit, values[:1]) for limit in (low, high))  # what never varies stays as it is
    parts = (low, high, np.where(unit > 0, unit, 1.0))
    low, high, unit = parts if table else (relaid(part, model.data_layout, model.layout) for part in parts)
    return Surface(model, form, low, high, scale=unit, layout=model.layout, budget=budget, draws=draws)


def changeable(frame: Any, bounds: Mapping[str, tuple[float, float]]) -> list[str]:
    """Numeric columns with bounds and more than two values; indicators have no small changes.

    Raises:
        NotAssessed: there is none.
    """
    found = [
        name
        for name in frame.columns
        if name in bounds and frame[name].dtype.is_numeric() and frame[name].drop_nulls().n_unique() > 2
    ]
    if not found:
        raise NotAssessed("no numeric input of more than two values has bounds; declare them in data.bounds")
    return found


def _matrix(frame: Any, names: Sequence[str]) -> FloatArray:
    return np.column_stack([frame[name].to_numpy().astype(np.float64) for name in names])


def _inside(values: FloatArray, low: FloatArray, high: FloatArray) -> None:
    if not np.isfinite(values).all():
        raise NotAssessed("some inputs are missing or infinite, which have no small changes")
    slack = ROUNDING * (high - low)
    out = ((values < low - slack) | (values > high + slack)).reshape(len(values), -1)
    if out.any():
        raise NotAssessed(
            f"{int(out.any(axis=1).sum())} of {len(values)} rows have inputs outside data.bounds: the inputs go from "
            f"{values.min():g} to {values.max():g}; declare the bounds in the units of the data"
        )
