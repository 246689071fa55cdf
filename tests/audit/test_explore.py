from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, fisher_exact

from assay import audit, reports
from assay.audit import Dataset, Record
from assay.audit.explore import explored
from assay.audit.record import Estimate, Result


def ran(rates: list[float], *, on: str | None = None, n: int = 300) -> Record:
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(len(rates)), n)
    wrong = (rng.random(len(group)) > np.array(rates)[group]).astype(int)
    y = rng.integers(0, 2, len(group))
    frame = pd.DataFrame({"y": y, "decided": y ^ wrong, "g": group, "h": rng.integers(0, 2, len(group))})
    require = [{"check": "accuracy.accuracy", "on": on, "at_least": 0.1}] if on else []
    plan = {"model": {"prediction": "decided"}, "checks": {"include": ["accuracy.accuracy"]}, "require": require}
    return audit.run(None, Dataset(frame, target="y", sensitive=["g", "h"]), plan)


def test_exact_tests_against_the_rest_adjusted_as_scipy_does() -> None:
    estimates = ran([0.8, 0.8, 0.6])["accuracy.accuracy"].estimates
    whole, slices = estimates[0].counts, [e for e in estimates if e.slice]
    tails = []
    for e in slices:
        hits, trials = e.counts["hits"], e.counts["trials"]
        rest = whole["hits"] - hits, whole["trials"] - trials
        table = np.array([[hits, trials - hits], [rest[0], rest[1] - rest[0]]], int)
        one = [fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
        tails.append(min(1.0, 2 * min(one)))
    np.testing.assert_allclose(
        [e.differs_p or 0 for e in slices], false_discovery_control(tails, method="by"), rtol=1e-9
    )
    assert whole and estimates[0].differs_p is None


def test_the_odd_group_is_found_and_noted(tmp_path: object) -> None:
    record = ran([0.85, 0.85, 0.6])
    found = {
        e.slice["g"]
        for e in record["accuracy.accuracy"].estimates
        if set(e.slice) == {"g"} and (e.differs_p or 1) < 0.05
    }
    assert "2" in found
    text = reports.write(record, f"{tmp_path}/card.md").read_text()
    assert "differs from the rest" in text


def test_what_a_requirement_names_is_not_explored() -> None:
    estimates = ran([0.85, 0.85, 0.6], on="g")["accuracy.accuracy"].estimates
    assert {e.differs_p is None for e in estimates if set(e.slice) == {"g"}} == {True}
    assert {e.differs_p is None for e in estimates if set(e.slice) == {"h"}} == {False}


def simulated(rng: np.random.Generator, rates: np.ndarray, n: int) -> Result:
    hits = rng.binomial(n, rates)
    pairs = [({}, int(hits.sum()), n * len(rates)), *(({"g": str(k)}, int(x), n) for k, x in enumerate(hits))]
    estimates = [
        Estimate(metric="m", slice=s, value=x / t, low=0, high=1, level=0.95, method="wilson", n=t, counts={"hits": x, "trials": t})
        for s, x, t in pairs
    ]  # fmt: skip
    return Result(id="EV-001", check="a.m", title="M", family="a", status="ok", estimates=estimates)


def test_where_groups_are_alike_hardly_any_audit_has_a_finding() -> None:
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(600):
        (result,) = explored([simulated(rng, np.full(10, 0.7), 100)], [])
        found += any((e.differs_p or 1) <= 0.05 for e in result.estimates)
    assert found <= 0.05 * 600


def test_few_findings_are_false_where_some_groups_differ() -> None:
    """Against the rest, a tenth group that differs by much makes the others differ a little: those are no errors."""
    rng = np.random.default_rng(3)
    rates = np.array([0.7] * 40 + [0.35, 0.95] * 5)  # the odd ones balance to 0.65, near the others
    shares, power = [], []
    for _ in range(100):
        (result,) = explored([simulated(rng, rates, 150)], [])
        noted = np.array([(e.differs_p or 1) <= 0.05 for e in result.estimates[1:]])
        shares.append(noted[:40].sum() / max(noted.sum(), 1))
        power.append(noted[40:].mean())
    assert np.mean(shares) <= 0.05
    assert np.mean(power) > 0.9
