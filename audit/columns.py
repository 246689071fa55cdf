"""One column of a table, converted once however often it is asked for."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .slices import IntArray
from .stats.chunks import compact, counted

SMALL = 1 << 12
"""Whole numbers up to this far apart are counted in place of being looked up."""


class Column:
    """Values of a column as an array, and as codes of its distinct values.

    Args:
        values: an array, or a narwhals series.
    """

    def __init__(self, values: Any) -> None:
        """Nothing is converted yet."""
        self._given = values

    @cached_property
    def values(self) -> npt.NDArray[Any]:
        """The values, ``(n,)``."""
        return self._given if isinstance(self._given, np.ndarray) else np.asarray(self._given.to_numpy())

    @cached_property
    def factored(self) -> tuple[IntArray, npt.NDArray[Any]]:
        """Which of the distinct values each row has, -1 where it is missing; and those, in order of appearance."""
        import pandas as pd

        given = self._given
        native = given if isinstance(given, np.ndarray) else given.to_native()
        codes, distinct = pd.factorize(native if isinstance(native, pd.Series | np.ndarray) else self.values)
        return compact(codes, len(distinct)), np.asarray(distinct, dtype=object)

    @property
    def keys(self) -> npt.NDArray[Any]:
        """A number for each row that its value alone decides, for :func:`.stats.content.by_content`.

        Raises:
            TypeError: lists, images and the like.
        """
        import pandas as pd

        if not self.is_text:
            return self.values
        codes, distinct = self.factored
        texts = [str(value).encode("utf-8", "surrogatepass") for value in distinct]
        hashes = pd.util.hash_array(np.array(texts, dtype=object), categorize=False)
        return np.append(hashes, np.uint64(0))[codes]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value of one row: empty, but for arrays that are no columns of a frame."""
        return self._given.shape[1:] if isinstance(self._given, np.ndarray) else ()

    @property
    def is_text(self) -> bool:
        """Whether it holds something else than numbers, truth values and times."""
        given = self._given
        if isinstance(given, np.ndarray):
            return given.dtype.kind not in "iufbmM"
        return not (given.dtype.is_numeric() or given.dtype.is_temporal() or str(given.dtype) == "Boolean") or (
            self.values.dtype.kind not in "iufbmM"
        )

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """True where there is no value."""
        return self.factored[0] < 0 if self.is_text else is_missing(self.values)


def coded(values: npt.NDArray[Any]) -> tuple[IntArray, npt.NDArray[Any]]:
    """Which of the distinct values each row has, and those, in no order of note; nothing may be missing."""
    import pandas as pd

    if values.dtype.kind in "iu" and len(values):
        low, high = int(values.min()), int(values.max())
        if low > -SMALL and high < low + SMALL:  # whole numbers near each other are their own codes
            rows = np.subtract(values, low, out=np.empty(len(values), np.int16), dtype=np.int64, casting="unsafe")
            used = counted(rows, high - low + 1) > 0
            return rows if used.all() else compact(np.cumsum(used) - 1, SMALL)[rows], np.flatnonzero(used) + low
    rows, distinct = pd.factorize(values)
    return compact(rows, len(distinct)), np.asarray(distinct)


def is_missing(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """True where a value is None, NaN, NaT or NA."""
    import pandas as pd

    return np.asarray(pd.isna(values), dtype=bool)
