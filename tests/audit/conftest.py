"""A small table, and a model that counts how often it is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest


class Counting:
    """Says 1 where x is positive, with logistic probabilities."""

    classes_ = (0, 1)

    def __init__(self) -> None:
        self.calls = 0

    def predict(self, x: Any) -> npt.NDArray[np.int64]:
        self.calls += 1
        return (np.asarray(x["x"], dtype=float) > 0).astype(np.int64)

    def predict_proba(self, x: Any) -> npt.NDArray[np.float64]:
        self.calls += 1
        positive = 1 / (1 + np.exp(-np.clip(np.nan_to_num(np.asarray(x["x"], dtype=float)), -700, 700)))
        return np.column_stack([1 - positive, positive])


@pytest.fixture
def model() -> Counting:
    return Counting()


@pytest.fixture
def frame() -> pd.DataFrame:
    """200 rows: a number, a whole number, two attributes, a label, and what somebody predicted."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=200)
    columns = {
        "x": x,
        "whole": rng.integers(0, 50, 200),
        "sex": rng.choice(["f", "m"], 200),
        "race": rng.choice(["a", "b", "c"], 200),
        "y": (x + rng.normal(size=200) > 0).astype(int),
    }
    return pd.DataFrame({**columns, "decided": (x > 0).astype(int), "p": 1 / (1 + np.exp(-x))})
