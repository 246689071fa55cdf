"""The inputs of some rows that may be moved, as numbers, and how changed numbers become inputs of the model again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..answers import AuditedModel
from ..attacks.forms import replaced
from ..attacks.opened import Scale, changeable
from ..errors import NotAssessed
from ..inputs import relaid
from ..slices import FloatArray, IntArray
from .columns import Column


@dataclass(frozen=True)
class Moved:
    """Rows of the data.

    Attributes:
        points: what may be moved, in units of the data, ``(n, m)``.
        lower: limits, ``(m,)``.
        upper: likewise.
        scale: what one unit of eps is, ``(m,)``.
        native: what the model takes for these rows.
        names: of what the model takes, where it is columns.
        columns: which moved input each input of the model is; not those that stay.
        rows: the rows as checks see them, a frame or an array.
        moved: names of the moved columns; None where all numbers of an array are.
    """

    points: FloatArray
    lower: FloatArray
    upper: FloatArray
    scale: FloatArray
    native: Any
    names: list[str] | None
    columns: list[Column]
    rows: Any
    moved: list[str] | None

    def data(self, points: FloatArray, at: IntArray) -> Any:
        """Rows ``at``, with these points in the place of theirs, as an audited model takes them."""
        if self.moved is None:
            return points.reshape(-1, *self.rows.shape[1:])
        return replaced(self.rows[at], self.moved, points)


def moved(
    model: AuditedModel,
    inputs: Any,
    bounds: Mapping[str, tuple[float, float]],
    box: tuple[FloatArray, FloatArray] | None,
    rows: IntArray,
    scale: Scale,
) -> Moved:
    """What may be moved: numeric columns with bounds and more than two values, or all numbers of arrays and images.

    Raises:
        NotAssessed: no bounds, nothing that could be moved, or rows with missing values or outside of the bounds.
    """
    found = _array(model, inputs, box, rows) if isinstance(inputs, np.ndarray) else _table(model, inputs, bounds, rows)
    if not np.isfinite(found.points).all():
        missing = int((~np.isfinite(found.points)).any(axis=1).sum())
        raise NotAssessed(
            f"{missing} of {len(rows)} rows have missing or infinite values in inputs that have bounds; leave those inputs out of data.bounds"
        )
    slack = 1e-6 * (found.upper - found.lower)
    outside = ((found.points < found.lower - slack) | (found.points > found.upper + slack)).any(axis=1)
    if outside.any():
        raise NotAssessed(
            f"{int(outside.sum())} of {len(rows)} rows have inputs outside data.bounds; declare the bounds in the units of the data"
        )
    every = inputs.reshape(len(inputs), -1) if found.moved is None else _values(inputs, found.moved)
    if scale == "deviation":
        unit = np.nanstd(every.astype(np.float64), axis=0)
    else:
        unit = found.upper - found.lower if scale == "range" else np.ones(len(found.scale))
    still = unit <= 0  # an input that never varies has no unit: it stays
    lower = np.where(still, found.points[0], np.minimum(found.lower, found.points.min(axis=0)))
    upper = np.where(still, found.points[0], np.maximum(found.upper, found.points.max(axis=0)))
    return Moved(**{**vars(found), "scale": np.where(still, 1.0, unit), "lower": lower, "upper": upper})


def _array(model: AuditedModel, inputs: Any, box: tuple[FloatArray, FloatArray] | None, rows: IntArray) -> Moved:
    if inputs.dtype.kind not in "biuf":
        raise NotAssessed("the inputs are no numbers; distances are of numbers")
    if box is None:
        raise NotAssessed("how far inputs can go is not declared: give data.bounds, such as bounds = [0, 1]")
    some = inputs[rows]
    m = int(np.prod(some.shape[1:]))
    lower, upper = (np.broadcast_to(limit, some.shape[1:]).reshape(-1).astype(np.float64) for limit in box)
    native = np.asarray(model.native(some))
    places = relaid(np.arange(m).reshape(1, *some.shape[1:]), model.data_layout, model.layout).reshape(-1)
    columns = [Column(int(place)) for place in places]
    return Moved(
        some.reshape(len(some), m).astype(np.float64), lower, upper, np.ones(m), native, None, columns, some, None
    )


def _table(model: AuditedModel, inputs: Any, bounds: Mapping[str, tuple[float, float]], rows: IntArray) -> Moved:
    if not bounds:
        raise NotAssessed("how far inputs can go is not declared: give data.bounds, such as bounds = [0, 1]")
    chosen = changeable(inputs, bounds)
    some = inputs[rows]
    native, names = model.taken(some)
    columns = [Column(chosen.index(name)) if name in chosen else Column() for name in names]
    lower, upper = (np.array([bounds[name][side] for name in chosen], dtype=np.float64) for side in (0, 1))
    return Moved(_values(some, chosen), lower, upper, np.ones(len(chosen)), native, names, columns, some, chosen)


def _values(frame: Any, names: list[str]) -> FloatArray:
    return np.column_stack([frame[name].to_numpy().astype(np.float64) for name in names])
