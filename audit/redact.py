"""Exceptions quote what they stumbled over. No value of a row enters a record, so texts of the data are cut out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narwhals import DataFrame

HIDDEN = "(a value of the data)"
SHORTEST = 4
"""Shorter texts are hidden only where they are quoted; bare, they would be found in any sentence."""


def without_values(text: str, frame: DataFrame[Any]) -> str:
    """``text`` without the texts that occur as values in ``frame``, the longest first."""
    for value in sorted(_texts(frame, text), key=lambda value: (-len(value), value)):
        bare = rf"(?<!\w){re.escape(value)}(?!\w)" if len(value) >= SHORTEST else r"(?!)"
        text = re.sub(rf"{re.escape(repr(value))}|{bare}", HIDDEN, text)
    return text.encode("utf-8", "replace").decode()  # a lone surrogate cannot be written


def _texts(frame: DataFrame[Any], text: str) -> set[str]:
    import pandas as pd

    found: set[str] = set()
    for name in frame.columns:
        values = frame[name].to_numpy()
        if values.dtype.kind not in "iufbmM":
            found.update(v for v in pd.unique(values) if isinstance(v, str) and (v in text or repr(v) in text))
    return found - {""}
