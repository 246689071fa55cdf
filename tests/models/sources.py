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


APART = ("model", "environment", "started", "finished", "seconds", "digest", "fixed", "document")
"""What two audits of one model differ in: how the model is known, when they ran, and how the plan names the model."""


def same_record(one: Record, two: Record, tolerance: float = 1e-6) -> None:
    """Every entry of both records is the same but for :data:`APART`: statuses, reasons, estimates, figures, verdicts."""
    told = {result.check: result.reason for result in two.results if result.status == "not_assessed"}
    refused = "robustness.missing_values"  # each library says in its own words that it takes none
    known = [
        r.model_copy(update={"reason": told[r.check]}) if r.check == refused and r.reason and r.check in told else r
        for r in one.results
    ]
    one = one.model_copy(update={"results": known})
    compared = _same(one.model_dump(mode="json"), two.model_dump(mode="json"), tolerance, "record")
    assert compared > 1000


def _same(one: Any, two: Any, tolerance: float, where: str) -> int:
    """How many numbers were compared."""
    if isinstance(one, dict):
        assert one.keys() == two.keys(), where
        return sum(_same(one[k], two[k], tolerance, f"{where}.{k}") for k in one if k not in APART)
    if isinstance(one, list):
        assert len(one) == len(two), where
        return sum(_same(a, b, tolerance, f"{where}.{k}") for k, (a, b) in enumerate(zip(one, two, strict=True)))
    if isinstance(one, float | int) and isinstance(two, float | int):
        assert abs(one - two) <= tolerance * max(1, abs(one)), (where, one, two)
        return 1
    assert one == two, where
    return 0
