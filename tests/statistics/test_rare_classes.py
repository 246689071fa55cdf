"""Log loss and Brier score where a class is rare: what is shown as evidence misses no more often than it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from assay.audit.slices import FloatArray, IntArray, cut
from assay.checks import scores

DRAWS = 1500
CHECKS = {"log_loss": scores.log_loss, "brier": scores.brier}


def forecasts(n: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Calibrated probabilities, of which 1.75 in 100 come true, and what became of them."""
    p = expit(rng.normal(-4.5, 1.0, n))
    return p, (rng.random(n) < p).astype(np.int32)


def truth(name: str) -> float:
    p, _ = forecasts(1_000_000, np.random.default_rng(1))
    return float(np.mean(p * (1 - p) if name == "brier" else -p * np.log(p) - (1 - p) * np.log1p(-p)))


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("n", [50, 100, 200, 500])
def test_few_intervals_that_are_shown_as_evidence_miss(n: int, name: str) -> None:
    rng, whole, expected = np.random.default_rng(n), cut({}, n, depth=1), truth(name)
    missed, shown = np.zeros(DRAWS, bool), np.zeros(DRAWS, bool)
    for k in range(DRAWS):
        p, y = forecasts(n, rng)
        found = CHECKS[name](np.column_stack([1 - p, p]), y).by(whole, rng)
        low, high = found.interval(0.95)
        missed[k], shown[k] = not low[0] <= expected <= high[0], found.state == ["ok"]
    assert np.mean(missed & shown) <= 0.05
    if n <= 100:
        assert np.mean(missed) > 0.15  # which is why the rest is no evidence
    else:
        assert np.mean(~missed[shown]) >= 0.92


def test_the_rule_counts_the_rows_outside_of_the_most_frequent_class() -> None:
    labels = np.repeat([0, 1, 2], [20, 2, 2]).astype(np.int32)
    group = np.r_[np.zeros(24), np.ones(24)].astype(np.int64)
    both = np.r_[labels, np.repeat([0, 1, 2], [19, 2, 3])].astype(np.int32)
    slices = cut({"group": (group, ["a", "b"])}, 48, depth=1)
    shares = np.random.default_rng(0).dirichlet([1, 1, 1], 48)
    for check in CHECKS.values():
        found = check(shares, both).by(slices, np.random.default_rng(0))
        assert found.state == ["ok", "insufficient", "ok"]
        assert found.counts["other_classes"].tolist() == [9, 4, 5]
