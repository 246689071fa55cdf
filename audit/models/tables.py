"""Columns by name for models that remember what they were trained on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ModelError, nearest


def matched(x: Any, names: Sequence[str]) -> Any:
    """A pandas frame with the columns that the model was trained on, in its order; arrays are taken by position.

    A name that the framework has cleaned of blanks and signs matches the column that it came from.

    Raises:
        ModelError: a column is missing, two columns match, or an array has another width.
    """
    import narwhals as nw
    import pandas as pd

    if isinstance(x, np.ndarray):
        if x.shape[1:] != (len(names),):
            raise ModelError(f"model: it was trained on {len(names)} columns, the data have shape {x.shape}")
        return pd.DataFrame(x, columns=list(names))
    frame = nw.from_native(x, eager_only=True)
    found = frame.select([_column(name, frame.columns) for name in names]).to_pandas()
    return found.set_axis(list(names), axis=1)  # a new frame: select may hand back the caller's own


def _column(name: str, columns: Sequence[str]) -> str:
    if name in columns:
        return name
    alike = [column for column in columns if _clean(column) == _clean(name)]
    if len(alike) != 1:
        raise ModelError(f"model: it was trained on a column {name!r} that the data lack{nearest(name, columns)}")
    return alike[0]


def _clean(name: str) -> str:
    return re.sub(r"\W", "_", name)
