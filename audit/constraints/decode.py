"""From vectors of features back to rows, in the types that the columns had."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..slices import FloatArray
from .feature import NUMERIC, Feature

Frame = Any


def decode(features: Sequence[Feature], rows: Frame, vectors: FloatArray, of: FloatArray) -> Frame:
    """``rows`` with the features as ``vectors`` has them, where these differ from ``of``."""
    columns = []
    for feature, values, before in zip(features, vectors.T, of.T, strict=True):
        changed = (values != before) & ~np.isnan(values)
        if not changed.any():
            continue
        if feature.kind == "one_hot":
            for place, name in enumerate(feature.columns):
                columns.append(_with(rows[name], changed, (values == place).astype(np.float64)))
        elif feature.kind in NUMERIC:
            columns.append(_with(rows[feature.name], changed, values))
        else:
            columns.append(_categories(rows[feature.name], changed, values, feature.values))
    return rows.with_columns(*columns) if columns else rows


def repaired_frame(repair: Callable[[Any], Any], frame: Frame) -> Frame:
    """What the user's repair made of a copy of the rows.

    Raises:
        DataError: other columns, or another number of rows.
    """
    import narwhals as nw

    given = frame.clone().to_native()
    found = nw.from_native(repair(given), eager_only=True)
    if list(found.columns) != list(frame.columns) or len(found) != len(frame):
        raise DataError(
            f"data.constraints.repair: expected {len(frame)} rows with the columns that it was given, got "
            f"{len(found)} rows with {len(found.columns)} columns"
        )
    return found


def _with(series: Any, changed: npt.NDArray[np.bool_], values: FloatArray) -> Any:
    """The column with other numbers in some rows; it takes floats only where it must."""
    kind: Any = series.dtype
    new: npt.NDArray[Any] = values
    if kind.is_integer() and np.array_equal(values[changed], np.rint(values[changed])):
        new = np.where(changed, values, 0).astype(np.int64)
    elif str(kind) == "Boolean":
        new = values > 0
    elif not kind.is_float():
        series = series.cast(_float())
        kind = series.dtype
    return _merged(series, changed, _new(series, new).cast(kind))


def _categories(series: Any, changed: npt.NDArray[np.bool_], values: FloatArray, names: Sequence[Any]) -> Any:
    import narwhals as nw

    codes = np.where(changed, values, 0).astype(np.int64)
    native = series.to_native()
    if series.implementation.is_pandas_like() and hasattr(native, "cat"):
        import pandas as pd

        places = native.cat.categories.get_indexer(list(names))
        if (places[codes[changed]] < 0).any():
            raise DataError(f"data.constraints.features.{series.name}.values: not all are categories of the column")
        found = native.cat.codes.to_numpy().copy()
        found[changed] = places[codes[changed]]
        made = pd.Series(pd.Categorical.from_codes(found, dtype=native.dtype), index=native.index, name=series.name)
        return nw.from_native(made, series_only=True)
    texts = np.array(names, dtype=object)[codes]
    new = nw.new_series(series.name, texts.tolist(), backend=series.implementation)
    return _merged(series, changed, new if new.dtype == series.dtype else new.cast(series.dtype))


def _merged(series: Any, changed: npt.NDArray[np.bool_], new: Any) -> Any:
    return series.zip_with(_new(series, ~changed), new)


def _new(series: Any, values: npt.NDArray[Any]) -> Any:
    import narwhals as nw

    return nw.new_series(series.name, values, backend=series.implementation)


def _float() -> Any:
    import narwhals as nw

    return nw.Float64
