"""Gradient-boosted trees that learn to tell groups of rows apart, for checks that ask how well that can be done."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..audit.columns import Column
from ..audit.shapes.base import BoolArray
from ..audit.slices import FloatArray, IntArray

MOST_CATEGORIES = 250


def told(columns: Mapping[str, Column], of: IntArray, train: BoolArray, seed: int) -> FloatArray:
    """Probability of each group for each row that is not for training, learnt from the others; ``(m, G)``."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    made = [numbers(column) for column in columns.values()]
    x = np.column_stack([values for values, _ in made])
    categories = [position for position, (_, is_category) in enumerate(made) if is_category]
    model = HistGradientBoostingClassifier(
        max_iter=30,
        learning_rate=0.2,
        max_leaf_nodes=8,  # on court and lending data as good as 31 leaves or better, in a fifth of the time
        early_stopping=False,
        categorical_features=categories,
        random_state=seed,
    )
    found = np.zeros((int((~train).sum()), int(of.max()) + 1))
    found[:, np.unique(of[train])] = model.fit(x[train], of[train]).predict_proba(x[~train])
    return found


def numbers(column: Column) -> tuple[FloatArray, bool]:
    """A column for the trees, missing values NaN; and whether its numbers are names of categories."""
    try:
        if not column.is_text and column.values.dtype.kind in "iufb":
            return np.where(column.missing, np.nan, column.values.astype(np.float64)), False
        codes = column.factored[0]
    except TypeError:  # lists, images and the like
        return np.zeros(len(column.values)), False
    common = np.argsort(-np.bincount(codes[codes >= 0]), kind="stable")[:MOST_CATEGORIES]
    place = np.full(int(codes.max(initial=-1)) + 2, float(len(common)))
    place[common] = np.arange(len(common))
    place[-1] = np.nan  # code -1: missing
    return place[codes], True


def folds_of(of: IntArray, folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """A fold for each row, with each group spread evenly over them."""
    fold = np.empty(len(of), dtype=np.int64)
    for k in np.unique(of):
        here = rng.permutation(np.flatnonzero(of == k))
        fold[here] = np.arange(len(here)) % folds
    return fold
