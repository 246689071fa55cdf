"""A classifier that has scored already, for libraries that want to call one."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from ..audit.slices import FloatArray, IntArray


class Scored(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The score of the positive class is the one column that it is given."""

    def __init__(self) -> None:
        self.classes_ = np.array([0, 1])

    def fit(self, X: FloatArray, y: IntArray) -> Scored:
        """Nothing to learn."""
        return self

    def predict(self, X: FloatArray) -> IntArray:
        """1 from one half on."""
        return (np.asarray(X)[:, 0] >= 0.5).astype(np.int64)

    def predict_proba(self, X: FloatArray) -> FloatArray:
        """Both classes, ``(n, 2)``."""
        scores = np.asarray(X)[:, 0]
        return np.column_stack([1 - scores, scores])
