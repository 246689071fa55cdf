"""Rows as points whose distance can be measured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..audit.columns import Column
from ..audit.errors import NotAssessed
from ..audit.slices import FloatArray
from .perturb import Frame

MOST_CATEGORIES = 50
"""Of one input; the rarer ones are taken as one."""


def points(features: Frame, leave_out: Iterable[str] = ()) -> FloatArray:
    """The rows as points, ``(n, d)``, for Euclidean distances.

    A number is divided by its standard deviation; two values of a category are at distance 1, and so are the two
    values of a number that has no more. What is missing is at the mean, and at distance 1 from what is not.

    Raises:
        NotAssessed: no input is left.
    """
    columns = [part for name in features.columns if name not in set(leave_out) for part in _axes(features[name])]
    if not columns:
        raise NotAssessed("the model has no input, beside sensitive attributes, by which rows could be alike")
    return np.column_stack(columns)


def _axes(series: Any) -> list[FloatArray]:
    column = Column(series)
    try:
        gone = column.missing
        if column.values.dtype.kind in "iuf" and len(np.unique(column.values[~gone])) > 2:
            numbers = np.where(gone, np.nan, column.values.astype(np.float64))
            finite = np.isfinite(numbers)
            ordered = np.sort(numbers[finite])  # so that rounding does not depend on the order of rows
            scaled = np.where(finite, (numbers - ordered.mean()) / (float(np.std(ordered)) or 1.0), 0.0)
            return [scaled, finite.astype(np.float64)] if not finite.all() else [scaled]
        _, codes, sizes = np.unique(column.keys, return_inverse=True, return_counts=True)
    except TypeError:  # lists, images and the like
        return []
    if len(sizes) > MOST_CATEGORIES:
        common = np.argsort(-sizes, kind="stable")[: MOST_CATEGORIES - 1]
        codes = np.where(np.isin(codes, common), codes, sizes.size)
    kinds = np.unique(codes)
    return [(codes == kind) / np.sqrt(2) for kind in kinds] if len(kinds) > 1 else []
