"""An order of rows that what they hold decides, so that no result depends on their order in a file."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 15
ODD = np.uint64(0x9E3779B97F4A7C15)
HALF = np.uint64(32)
LAST, ROUNDING = np.uint64(16), np.uint64(1 << 15)
"""Bits of a number that are left out, rounded: so that a model's answers are the same however its batches were summed."""


def by_content(*columns: NDArray[Any]) -> NDArray[np.int64]:
    """Row numbers in an order that is the same however the rows are permuted; shape (n,).

    Rows are sorted by a 64-bit hash of their values, so that rows next to each other have nothing in common, and rows
    that are equal in every column stand together in any order.

    Args:
        columns: numbers, truth values or times of each row, shape (n,) or (n, K); one or more.
    """
    key = np.zeros(len(columns[0]), np.uint64)
    for start in range(0, len(key), CHUNK):  # small enough for the cache
        part = key[start : start + CHUNK]
        for column in columns:
            rows = column[start : start + CHUNK]
            for values in rows.reshape(len(rows), -1).T:
                part ^= _bits(values)
                part *= ODD
                part ^= part >> HALF
    return np.argsort(key)


def _bits(values: NDArray[Any]) -> NDArray[np.uint64]:
    if values.dtype.kind == "f":
        return (((values.astype(np.float64) + 0.0).view(np.uint64) + ROUNDING) >> LAST) << LAST  # + 0.0: -0 is 0
    return values.astype(np.int64).view(np.uint64)
