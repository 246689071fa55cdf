"""Whole audits of simulated models: how often a good one is failed, and how often a bad one is found."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay import audit

AUDITS, ROWS = 200, 2000
RIGHT = 0.6875
"""Accuracy and recall, of every group, of a calibrated model whose probabilities are Beta(2, 2) and cut at 1/2."""

# One requirement lies at the very edge, where an error of 2.5 % is allowed; the model is inside of the others.
REQUIRE: list[dict[str, Any]] = [
    {"check": "accuracy.accuracy", "at_least": RIGHT - 0.01},
    {"check": "accuracy.recall", "on": "group", "at_least": RIGHT},
    {"check": "fairness.demographic_parity_difference", "at_most": 0.1},
    {"check": "calibration.ece", "at_most": 0.02},
    {"check": "calibration.slope", "between": [0.9, 1.1]},
]


def verdicts(frame: pd.DataFrame, require: list[dict[str, Any]]) -> dict[str, str]:
    plan = {"model": {"probability": "p"}, "checks": {"include": []}, "require": require}
    record = audit.run(None, audit.Dataset(frame, target="y", sensitive=["group"]), plan)
    return {"audit": record.verdict.status, **{r.id: r.verdict for r in record.requirements}}


@pytest.mark.parametrize("groups", [2, 10])
def test_a_fair_and_calibrated_model_is_rarely_failed(groups: int) -> None:
    rng = np.random.default_rng(groups)
    failed: Counter[str] = Counter()
    for _ in range(AUDITS):
        p = rng.beta(2, 2, ROWS)
        frame = pd.DataFrame({"p": p, "y": (rng.random(ROWS) < p).astype(int), "group": rng.integers(0, groups, ROWS)})
        failed.update(name for name, verdict in verdicts(frame, REQUIRE).items() if verdict == "fail")
    assert failed["audit"] <= 0.05 * AUDITS, failed


def test_a_planted_violation_of_four_fifths_is_found() -> None:
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(20):
        group = rng.integers(0, 2, ROWS)
        p = np.where(rng.random(ROWS) < np.where(group == 1, 0.3, 0.5), 0.9, 0.1)
        frame = pd.DataFrame({"p": p, "y": (rng.random(ROWS) < p).astype(int), "group": group})
        found += verdicts(frame, [{"check": "fairness.impact_ratio", "at_least": 0.8}])["audit"] == "fail"
    assert found >= 18
