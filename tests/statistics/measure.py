"""Measures how often our own intervals, tests and verdicts are wrong, and writes templates/self_test.json.

Run from the root of the repository, in some eight minutes: python -m tests.statistics.measure
The methods appendix of every document prints the file. Every number has its own seed, so one can be measured again alone.
"""

from __future__ import annotations

import datetime
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assay import audit
from assay.audit.record import Requirement

from ..checks.test_weak_slices import confirmed, found, inputs
from .simulations import CASES, NOT_SIMULATED
from .test_false_alarm import REQUIRE, RIGHT, measured, verdicts
from .test_null_calibration import calibration_p_values

FILE = Path(__file__).resolve().parents[2] / "templates" / "self_test.json"
TESTS = {
    "spiegelhalter": 1000,
    "hosmer_lemeshow": 1000,
    "kolmogorov_smirnov": 1000,
    "kuiper": 1000,
    "kernel_error": 300,
}
"""Tests of calibration, and how many samples are drawn."""

ROWS = 2000


def intervals() -> list[dict[str, Any]]:
    """Coverage of every case of every method."""
    rows = []
    for case in CASES:
        print(case.method, "-", case.of, file=sys.stderr)
        coverage = {str(n): round(case.coverage(n), 4) for n in case.sizes}
        rows.append({"method": case.method, "of": case.of, "simulations": case.draws, "coverage": coverage})
    return rows


def tests() -> list[dict[str, Any]]:
    """Share of p-values at most 0.05 for calibrated probabilities, and for over-confident ones (log-odds times 1.6)."""
    rows = []
    for name, draws in TESTS.items():
        null, planted = calibration_p_values(name, 1.0, draws, ROWS), calibration_p_values(name, 1.6, 100, ROWS)
        alarms, power = float(np.mean(null <= 0.05)), float(np.mean(planted <= 0.05))
        rows.append({"test": name, "rows": ROWS, "simulations": draws, "false_alarms": alarms, "power": power})
    return rows


def audits() -> list[dict[str, Any]]:
    """Shares of whole audits that end in a wrong verdict, and of planted defects that are found."""
    edge: list[dict[str, Any]] = [{"check": "accuracy.accuracy", "at_least": RIGHT}]
    each: list[dict[str, Any]] = [{"check": "accuracy.recall", "on": "group", "at_least": RIGHT}]
    slices = [weak(seed, planted=False) for seed in range(200)]
    return [
        entry("a fair, calibrated model is failed; 5 requirements, 2 groups", "at most 5 %", 200, "fail", REQUIRE, 2),
        entry("the same with 10 groups", "at most 5 %", 200, "fail", REQUIRE, 10),
        entry("a model exactly at its bound passes", "2.5 %", 400, "pass", edge, 2),
        entry("a model exactly at its bound passes in every one of 3 groups", "at most 2.5 %", 400, "pass", each, 3),
        *violations(0.5, 0.35, "of which a one-sided test at 2.5 % can find 71 %"),
        *violations(0.8, 0.56, "of which a one-sided test at 2.5 % can find over 99 %"),
        together("max-t", "joint resamples (max-T)"),
        together("bonferroni", "Bonferroni"),
        {"what": "a weak group is confirmed where there is none", "expected": "at most 5 %", "simulations": 200, "share": float(np.mean(slices))},
        {
            "what": "a weak group of a tenth of 4,000 rows is confirmed (error rates of 0.3 and 0.1)",
            "expected": "power",
            "simulations": 100,
            "share": float(np.mean([weak(seed, planted=True) for seed in range(100)])),
        },
    ]  # fmt: skip


def entry(
    what: str, expected: str, draws: int, verdict: str, require: list[dict[str, Any]], groups: int
) -> dict[str, Any]:
    """Share of audits of simulated models that end in ``verdict``."""
    rng = np.random.default_rng([groups, draws])
    count = sum(verdicts(people(rng, groups), require)["audit"] == verdict for _ in range(draws))
    return {"what": what, "expected": expected, "simulations": draws, "share": count / draws}


def together(adjust: str, how: str) -> dict[str, Any]:
    """Share of audits in which some of the adjusted intervals of ten groups misses the truth."""
    rng, draws = np.random.default_rng(11), 1000
    require = [{"check": "accuracy.recall", "on": "group", "at_least": 0.5, "adjust": adjust}]
    missed = sum(not all_hold(people(rng, 10), require) for _ in range(draws))
    what = f"some of 10 intervals that are adjusted by {how} misses the truth"
    expected = "at most 5 %" if adjust == "bonferroni" else "5 %"  # a bound, and what resampling tends to
    return {"what": what, "expected": expected, "simulations": draws, "share": missed / draws}


def all_hold(frame: pd.DataFrame, require: list[dict[str, Any]]) -> bool:
    """Whether the adjusted interval of every group holds the recall of the simulated model."""
    (one,) = measured(frame, require).requirements
    ends = [(slice.adjusted_low, slice.adjusted_high) for slice in one.estimates]
    return all((low or 0.0) <= RIGHT <= (1.0 if high is None else high) for low, high in ends)


def people(rng: np.random.Generator, groups: int) -> pd.DataFrame:
    """Rows of a calibrated model."""
    p, group = rng.beta(2, 2, ROWS), rng.integers(0, groups, ROWS)
    return pd.DataFrame({"p": p, "y": (rng.random(ROWS) < p).astype(int), "group": group})


def violations(high: float, low: float, limit: str, draws: int = 400) -> list[dict[str, Any]]:
    """How a violation of the four-fifths rule among two groups is told: failed, named at least, and by the rule's own point."""
    rng = np.random.default_rng([round(100 * high), draws])
    told = np.array([_told(four_fifths(rng, high, low)) for _ in range(draws)])
    of = f"two groups of some {ROWS // 2:,} rows, selected at {high} and {low}:"
    words = [
        f"{of} failed for less than four-fifths, {limit}",
        f"{of} failed, or inconclusive and said to be below four-fifths",
        f"{of} below four-fifths by the rule's own point",
    ]
    return [
        {"what": what, "expected": "power", "simulations": draws, "share": float(share)}
        for what, share in zip(words, told.mean(axis=0), strict=True)
    ]


def four_fifths(rng: np.random.Generator, high: float, low: float) -> list[Requirement]:
    """One audit of two groups by the interval and by the point."""
    group = rng.integers(0, 2, ROWS)
    frame = pd.DataFrame(
        {"y": 1, "d": (rng.random(ROWS) < np.where(group == 1, low, high)).astype(int), "group": group}
    )
    frame.loc[frame.d == 0, "y"] = 0
    require = [
        {"check": "fairness.impact_ratio", "at_least": 0.8},
        {"check": "rules.four_fifths", "at_least": 0.8, "judge": "point"},
    ]
    plan = {"model": {"prediction": "d", "positive": 1}, "checks": {"include": []}, "require": require}
    return audit.run(None, audit.Dataset(frame, target="y", sensitive=["group"]), plan).requirements


def _told(found: list[Requirement]) -> tuple[bool, bool, bool]:
    interval, point = found
    failed = interval.verdict == "fail"
    return failed, failed or any(map(interval.violated, interval.estimates)), point.verdict == "fail"


def weak(seed: int, *, planted: bool) -> bool:
    """Whether a weak group is confirmed; where one is planted, that one."""
    rng = np.random.default_rng([seed, planted])
    columns = inputs(rng, 4000)
    bad = (columns["job"] == "a") & planted
    names = confirmed(found(columns, rng.random(4000) < np.where(bad, 0.3, 0.1), rng))
    return "job = a" in names if planted else bool(names)


def main() -> None:
    """Measure all, and write the file."""
    verdicts_found = audits()  # first, since it needs the whole program to work
    document = {
        "measured": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "level": 0.95,
        "versions": {name: version(name) for name in ("assay", "numpy", "scipy", "scikit-learn")},
        "seeds": "numpy PCG64 seeded by case and number of rows; see tests/statistics",
        "intervals": intervals(),
        "not_simulated": NOT_SIMULATED,
        "tests": tests(),
        "audits": verdicts_found,
    }
    FILE.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
