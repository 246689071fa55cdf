"""Rows looked at a few at a time, so that what is made of them on the way stays small, and in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 16


def chunks(rows: int, size: int = 0) -> Iterator[slice]:
    """Slices of so many rows one after the other, one at least; ``size``: of what is made of each, so that it is worth its rows."""
    step = max(CHUNK, size)
    return (slice(start, start + step) for start in range(0, max(rows, 1), step))


def counted(codes: NDArray[np.integer[Any]], kinds: int) -> NDArray[np.int64]:
    """How often each code below ``kinds`` occurs, ``(kinds,)``."""
    found = np.zeros(kinds, dtype=np.int64)
    for rows in chunks(len(codes), kinds):
        found += np.bincount(codes[rows], minlength=kinds)
    return found


def compact(codes: NDArray[np.integer[Any]], kinds: int) -> NDArray[np.signedinteger[Any]]:
    """Codes from -1 to ``kinds`` in the smallest integers that hold them."""
    return codes.astype(np.min_scalar_type(-1 - kinds), copy=False)
