"""Inputs that are no columns of the table: an array, an image, a text or a list of tokens for each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .errors import DataError

Kind = Literal["table", "array", "image", "text", "tokens", "words"]
Layout = Literal["NHWC", "NCHW"]
"""Axes of images: number, height, width, channels."""

CHANNELS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Apart:
    """One input per row. ``values``: ``(n, ...)`` numbers, or ``(n,)`` texts as objects."""

    kind: Kind
    values: npt.NDArray[Any]
    layout: Layout | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def shape(self) -> list[int]:
        """Shape of the input of one row; empty for texts."""
        return list(self.values.shape[1:])


def apart(values: Any, kind: Kind | None, layout: Layout | None, where: str) -> Apart:
    """Inputs of the kind that is declared; without one, texts are text and numbers an array (with a layout: images).

    Raises:
        DataError: values that are not of that kind, are missing or infinite, or are ambiguous.
    """
    given = values if isinstance(values, np.ndarray) else _as_array(values, where)
    texts = given.dtype.kind in "OU"
    found: Kind = kind or ("text" if texts else "image" if layout else "array")
    if layout and found != "image":
        raise DataError(f"{where}: a layout is for images; data.kind is {found!r}")
    return Apart(found, CHECKS[found](given, layout, where), layout)


def box(bounds: Any, inputs: Apart) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] | None:
    """Lower and upper limits that broadcast against the input of one row; None where none are given.

    Raises:
        DataError: not a pair of numbers or arrays, of another shape, lower limits that are not below the upper ones, or limits of
            texts or tokens.
    """
    if bounds is None:
        return None
    if inputs.kind in ("text", "tokens", "words"):
        raise DataError(f"data.bounds: limits are for numbers, the inputs are of kind {inputs.kind}")
    if isinstance(bounds, Mapping) or len(bounds) != 2:
        raise DataError("data.bounds: expected [lower, upper], since the inputs are no columns with names")
    try:
        low, high = (np.asarray(limit, dtype=np.float64) for limit in bounds)
        fits = np.broadcast_shapes(low.shape, high.shape, tuple(inputs.shape)) == tuple(inputs.shape)
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise DataError(
            f"data.bounds: expected two numbers, or arrays that broadcast to {inputs.shape}, got {bounds!r}"
        )
    if not (low < high).all():
        raise DataError(f"data.bounds: expected lower < upper, got {bounds!r}")
    return low, high


def _as_array(values: Any, where: str) -> npt.NDArray[Any]:
    if isinstance(values, Sequence) and not isinstance(values, str) and all(isinstance(v, str) for v in values):
        return np.array(values, dtype=object)
    raise DataError(f"{where}: expected a list of texts or a numpy array, got {type(values).__name__}")


def _texts(values: npt.NDArray[Any], layout: Layout | None, where: str) -> npt.NDArray[Any]:
    if values.ndim != 1:
        raise DataError(f"{where}: expected one text per row, got shape {values.shape}")
    bad = [row for row, value in enumerate(values) if not isinstance(value, str)]
    if bad:
        first = values[bad[0]]
        gone = first is None or first != first
        got = (
            "missing (so are words like None and NA in a CSV file; parquet keeps them)"
            if gone
            else type(first).__name__
        )
        raise DataError(f"{where}: {len(bad)} of {len(values)} are no texts, the first is {got} in row {bad[0] + 1}")
    return values.astype(object)


def _numbers(values: npt.NDArray[Any], layout: Layout | None, where: str) -> npt.NDArray[Any]:
    if values.dtype.kind not in "biuf" or values.ndim < 2:
        raise DataError(f"{where}: expected numbers, rows first, got {values.dtype} of shape {values.shape}")
    finite = np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if not finite.all():
        first = int(np.argmin(finite)) + 1
        raise DataError(
            f"{where}: {int((~finite).sum())} rows hold missing or infinite numbers, the first is row {first}"
        )
    return values


def _images(values: npt.NDArray[Any], layout: Layout | None, where: str) -> npt.NDArray[Any]:
    if layout is None:
        raise DataError(f"{where}: expected data.layout, NHWC or NCHW, beside images of shape {values.shape}")
    channels = values.shape[layout.index("C")] if values.ndim == 4 else 0
    if channels not in CHANNELS:
        raise DataError(f"{where}: expected {layout} images with 1 to 4 channels, got shape {values.shape}")
    return _numbers(values, layout, where)


def _tokens(values: npt.NDArray[Any], layout: Layout | None, where: str) -> npt.NDArray[Any]:
    if values.dtype.kind not in "iu" or values.ndim != 2:
        raise DataError(
            f"{where}: expected whole numbers, rows by positions, as tokens, got {values.dtype} of shape {values.shape}"
        )
    return values


def _no_table(values: npt.NDArray[Any], layout: Layout | None, where: str) -> npt.NDArray[Any]:
    raise DataError(f"{where}: data.kind 'table' has columns as inputs; name them in data.features")


CHECKS: dict[Kind, Callable[[npt.NDArray[Any], Layout | None, str], npt.NDArray[Any]]] = {
    "table": _no_table,
    "array": _numbers,
    "image": _images,
    "text": _texts,
    "tokens": _tokens,
    "words": _texts,
}


def relaid(values: npt.NDArray[Any], have: Layout | None, want: Layout | None) -> npt.NDArray[Any]:
    """Images with their axes in the order that the model wants."""
    if have is None or want is None or have == want:
        return values
    return np.ascontiguousarray(np.moveaxis(values, *((3, 1) if want == "NCHW" else (1, 3))))
