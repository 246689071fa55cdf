"""Changes to tables that happen in practice. Each keeps column names, order and, where it can, types.

Random numbers are drawn for the rows as they stand, or in the ``order``, ``(n,)``, of row numbers that is given: with
:func:`.groups_of_rows.in_order` what happens to a row does not depend on its place in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..audit.errors import NotAssessed
from ..audit.shapes.base import BoolArray
from ..audit.slices import FloatArray, IntArray

Frame = Any
"""A narwhals data frame; narwhals' own type is generic over the frame behind it, which is of no use here."""

Bounds = Mapping[str, tuple[float, float]]


def quantities(features: Frame) -> list[str]:
    """Numeric columns with more than two values; indicators are no quantities.

    Raises:
        NotAssessed: there is none.
    """
    found = [
        name
        for name in features.columns
        if features[name].dtype.is_numeric() and features[name].drop_nulls().n_unique() > 2
    ]
    if not found:
        raise NotAssessed("the model has no numeric input that could be changed")
    return found


def noisy(
    features: Frame, deviations: float, bounds: Bounds, rng: np.random.Generator, order: IntArray | None = None
) -> Frame:
    """Gaussian noise on every quantity, ``deviations`` of its standard deviation; whole numbers stay whole."""

    def shake(name: str, values: FloatArray) -> FloatArray:
        shaken: FloatArray = values + _placed(rng.normal(0, deviations * np.nanstd(values), len(values)), order)
        return np.clip(shaken, *bounds[name]) if name in bounds else shaken

    return changed(features, quantities(features), shake, keep_whole=True)


def blanked(features: Frame, share: float, rng: np.random.Generator, order: IntArray | None = None) -> Frame:
    """Each value of each column gone with probability ``share``, completely at random."""
    return without(features, {name: _placed(rng.random(len(features)), order) < share for name in features.columns})


def without(features: Frame, gone: Mapping[str, BoolArray]) -> Frame:
    """Without the values of these columns where ``gone``, ``(n,)`` each, says so."""
    import narwhals as nw

    columns = []
    for name, here in gone.items():
        series = features[name]
        if series.dtype.is_integer() or series.dtype == nw.Boolean:
            series = series.cast(nw.Float64)
        mask = nw.new_series("gone", here, backend=series.implementation)
        nothing: Any = float("nan") if series.dtype.is_float() else None
        columns.append(
            series.zip_with(
                ~mask, nw.new_series(name, [nothing] * len(series), series.dtype, backend=series.implementation)
            )
        )
    return features.with_columns(*columns)


def rescaled(
    features: Frame, factor: float, rng: np.random.Generator, order: IntArray | None = None
) -> tuple[Frame, list[str], npt.NDArray[np.int64]]:
    """One quantity of each row, drawn at random, times ``factor``; also the quantities, and which one it was."""
    names = quantities(features)
    which = _placed(rng.integers(len(names), size=len(features)), order)
    return (
        changed(features, names, lambda name, values: np.where(which == names.index(name), values * factor, values)),
        names,
        which,
    )


def changed(
    features: Frame, names: list[str], change: Callable[[str, FloatArray], FloatArray], *, keep_whole: bool = False
) -> Frame:
    """The frame with other numbers in these columns; whole columns stay whole where their values do."""
    import narwhals as nw

    columns = []
    for name in names:
        series = features[name]
        values = change(name, series.to_numpy().astype(float))
        whole = series.dtype.is_integer()
        values = np.rint(values) if keep_whole and whole else values
        backend = series.implementation
        made = nw.new_series(name, values, backend=backend)
        columns.append(
            made.cast(series.dtype)
            if whole and np.isfinite(values).all() and np.array_equal(values, np.rint(values))
            else made
        )
    return features.with_columns(*columns)


def _placed(drawn: npt.NDArray[Any], order: IntArray | None) -> npt.NDArray[Any]:
    """What was drawn for the rows in this order, in the order of the rows."""
    if order is None:
        return drawn
    found = np.empty_like(drawn)
    found[order] = drawn
    return found
