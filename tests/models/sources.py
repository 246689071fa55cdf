"""Real models, and the same ones as other frameworks hold them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes

from assay import audit
from assay.audit import Record


def tumours(text: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Half of the tumours to train on and half to audit on: numbers, one text column, and benign or not."""
    x, y = load_breast_cancer(return_X_y=True, as_frame=True)
    rows = x[["mean radius", "mean texture", "worst concavity"]].astype("float32")
    if text:
        rows = rows.assign(
            size=np.where(x["mean area"] > 650, "large", np.where(x["mean area"] > 450, "medium", "small"))
        )
    rows = rows.assign(verdict=np.where(y == 1, "benign", "malignant"))
    return rows[::2].reset_index(drop=True), rows[1::2].reset_index(drop=True)


def diabetes() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Half of the diabetes data to train on and half to audit on."""
    x, y = load_diabetes(return_X_y=True, as_frame=True)
    rows = x.assign(progress=y)
    return rows[::2].reset_index(drop=True), rows[1::2].reset_index(drop=True)


def audited(model: Any, rows: pd.DataFrame, target: str, **table: Any) -> Record:
    """An audit on columns in an order that the model was not trained with."""
    shuffled = rows[sorted(rows.columns, reverse=True)]
    about = {"positive": "malignant"} if target == "verdict" else {"task": "regression"}
    plan = {"model": {**about, **table}, "checks": {"include": ["accuracy", "calibration"]}}
    return audit.run(model, audit.Dataset(shuffled, target=target), plan)


def alike(one: Record, two: Record, tolerance: float = 1e-6) -> None:
    """Every estimate of both is the same."""
    assert not [result.reason for record in (one, two) for result in record.results if result.status == "error"]
    compared = 0
    for result in one.results:
        assert len(result.estimates) == len(two[result.check].estimates), result.check
        for e, other in zip(result.estimates, two[result.check].estimates, strict=True):
            assert (e.slice, e.n) == (other.slice, other.n)
            for mine, theirs in zip((e.value, e.low, e.high), (other.value, other.low, other.high), strict=True):
                assert (mine is None) == (theirs is None)
                if mine is not None and theirs is not None:
                    assert abs(mine - theirs) <= tolerance * max(1, abs(mine)), (result.check, mine, theirs)
                    compared += 1
    assert compared > 40
