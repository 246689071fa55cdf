"""Tables with known answers, measured through the whole machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay import audit
from assay.audit import Record

Measure = Callable[..., Record]
FAMILIES = ["accuracy", "calibration", "fairness", "robustness"]


@pytest.fixture
def people() -> pd.DataFrame:
    """3,000 rows like those of a census: groups of uneven size, probabilities that are somewhat off, decisions at 0.5."""
    rng = np.random.default_rng(11)
    n = 3000
    sex = rng.choice(["Female", "Male"], n, p=[0.33, 0.67])
    race = rng.choice(["Black", "Other", "White"], n, p=[0.1, 0.05, 0.85])
    logit = -1.5 + 1.3 * (sex == "Male") - 0.4 * (race == "Black") + rng.normal(0, 1.5, n)
    p = 1 / (1 + np.exp(-logit))
    y = (rng.random(n) < 1 / (1 + np.exp(-(0.2 + 0.8 * logit)))).astype(int)
    return pd.DataFrame({"sex": sex, "race": race, "y": y, "decided": (p >= 0.5).astype(int), "p": p})


@pytest.fixture
def many() -> pd.DataFrame:
    """900 rows of three classes, decided by a model that is right on 7 of 10."""
    rng = np.random.default_rng(5)
    y = rng.choice(list("abc"), 900, p=[0.5, 0.3, 0.2])
    decided = np.where(rng.random(900) < 0.6, y, rng.choice(list("abc"), 900))
    return pd.DataFrame({"y": y, "decided": decided, "sex": rng.choice(["f", "m"], 900)})


@pytest.fixture
def measured() -> Measure:
    """Audits recorded decisions (and probabilities) of a table."""

    def run(frame: pd.DataFrame, sensitive: Sequence[str] = ("sex", "race"), **tables: Any) -> Record:
        columns = {"prediction": "decided", **({"probability": "p"} if "p" in frame else {})}
        plan = {"checks": {"include": FAMILIES}, **tables, "model": {**columns, **tables.get("model", {})}}
        return audit.run(None, audit.Dataset(frame, target="y", sensitive=list(sensitive)), plan)

    return run
