"""Whole audits of simulated models: how often a good one is failed, and how often a bad one is found."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from assay import audit
from assay.audit import Record

ROWS = 2000
RIGHT = 0.6875
"""Accuracy and recall, of every group, of a calibrated model whose probabilities are Beta(2, 2) and cut at 1/2."""

# The model meets each at the very edge: by itself each would be failed in 2.5 % of audits, and some audit in every ten.
REQUIRE: list[dict[str, Any]] = [
    {"check": "accuracy.accuracy", "at_least": RIGHT},
    {"check": "accuracy.recall", "on": "group", "at_least": RIGHT},
    {"check": "accuracy.precision", "on": "group", "at_least": RIGHT},
    {"check": "accuracy.specificity", "at_least": RIGHT},
    {"check": "fairness.selection_rate", "on": "group", "between": [0.1, 0.5]},
    {"check": "fairness.demographic_parity_difference", "at_most": 0.0001},
    {"check": "calibration.ece", "at_most": 0.0001},
    {"check": "calibration.slope", "at_least": 1},
]


def measured(frame: pd.DataFrame, require: list[dict[str, Any]]) -> Record:
    plan = {"model": {"probability": "p"}, "checks": {"include": []}, "require": require}
    return audit.run(None, audit.Dataset(frame, target="y", sensitive=["group"]), plan)


def verdicts(frame: pd.DataFrame, require: list[dict[str, Any]]) -> dict[str, str]:
    record = measured(frame, require)
    return {"audit": record.verdict.status, **{r.id: r.verdict for r in record.requirements}}


@pytest.mark.parametrize("groups", [2, 10, 50])
def test_a_model_at_the_edge_of_every_bound_is_rarely_failed(groups: int) -> None:
    rng = np.random.default_rng(groups)
    failed: Counter[str] = Counter()
    audits = 50 if groups == 50 else 200
    for _ in range(audits):
        p = rng.beta(2, 2, ROWS)
        frame = pd.DataFrame({"p": p, "y": (rng.random(ROWS) < p).astype(int), "group": rng.integers(0, groups, ROWS)})
        failed.update(name for name, verdict in verdicts(frame, REQUIRE).items() if verdict == "fail")
    assert failed["audit"] <= binom.ppf(0.99, audits, 0.05), failed


def test_the_smallest_effect_that_is_printed_is_found_in_four_of_five_audits() -> None:
    """A model that misses its bound by the printed minimum detectable effect."""
    rng = np.random.default_rng(5)
    bound, n, found = 0.9, 1000, 0

    def of(rate: float) -> Record:
        frame = pd.DataFrame({"y": 1, "decided": (rng.random(n) < rate).astype(int)})
        frame = pd.concat([frame, frame.iloc[:1].assign(y=0, decided=0)])
        plan = {
            "model": {"prediction": "decided"},
            "checks": {"include": []},
            "require": [RECALL | {"at_least": bound}],
        }
        return audit.run(None, audit.Dataset(frame, target="y"), plan)

    effect = np.mean([of(bound)["accuracy.recall"].estimate().mde or 0 for _ in range(20)])
    found = sum(of(bound - float(effect)).verdict.status == "fail" for _ in range(200))
    assert 0.72 <= found / 200 <= 0.90  # standard error 0.03; the spread at the worse rate is a little greater


RECALL = {"check": "accuracy.recall"}


def test_a_planted_violation_of_four_fifths_is_found() -> None:
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(20):
        group = rng.integers(0, 2, ROWS)
        p = np.where(rng.random(ROWS) < np.where(group == 1, 0.3, 0.5), 0.9, 0.1)
        frame = pd.DataFrame({"p": p, "y": (rng.random(ROWS) < p).astype(int), "group": group})
        found += verdicts(frame, [{"check": "fairness.impact_ratio", "at_least": 0.8}])["audit"] == "fail"
    assert found >= 18
