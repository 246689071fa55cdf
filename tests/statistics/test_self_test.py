"""The printed table of our own errors: complete, within what is promised, and measured as it says."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from assay.reports.methods import METHODS
from assay.reports.self_test import self_test

from .measure import FILE
from .simulations import CASES, NOT_SIMULATED, Case

DOCUMENT: dict[str, Any] = json.loads(FILE.read_text("utf-8"))


def error(share: float, draws: int) -> float:
    """Three standard errors of a share of so many draws."""
    return 3 * float(np.sqrt(max(share * (1 - share), 1 / draws) / draws))


def test_every_method_was_simulated_or_says_why_not() -> None:
    simulated = {row["method"] for row in DOCUMENT["intervals"]}
    assert simulated.isdisjoint(DOCUMENT["not_simulated"])
    assert simulated | set(DOCUMENT["not_simulated"]) == set(METHODS)


def test_the_file_is_of_the_cases_as_they_stand() -> None:
    kept = [
        (row["method"], row["of"], row["simulations"], [*map(int, row["coverage"])]) for row in DOCUMENT["intervals"]
    ]
    assert kept == [(case.method, case.of, case.draws, [*case.sizes]) for case in CASES]
    assert DOCUMENT["not_simulated"] == NOT_SIMULATED


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.method}: {case.of}")
def test_coverage_is_what_an_interval_of_95_percent_promises(case: Case) -> None:
    (row,) = (row for row in DOCUMENT["intervals"] if (row["method"], row["of"]) == (case.method, case.of))
    for share in row["coverage"].values():
        assert share >= 0.93 - error(0.93, case.draws)
        assert case.cautious or share <= 0.98 + error(0.98, case.draws)


@pytest.mark.parametrize(("method", "n"), [("wilson", 200), ("hall", 1000), ("abc", 200)])
def test_measuring_again_agrees(method: str, n: int) -> None:
    case = next(case for case in CASES if case.method == method)
    (row,) = (row for row in DOCUMENT["intervals"] if (row["method"], row["of"]) == (method, case.of))
    draws = min(case.draws, 1000)
    assert case.coverage(n, draws, seed=1) == pytest.approx(row["coverage"][str(n)], abs=error(0.95, draws) * 1.3)


def test_wrong_verdicts_are_as_rare_as_promised() -> None:
    limits = {"at most 5 %": 0.05, "5 %": 0.05, "at most 2.5 %": 0.025, "2.5 %": 0.025}
    for row in DOCUMENT["audits"]:
        if row["expected"] == "power":
            assert row["share"] >= 0.65
        else:
            limit = limits[row["expected"]]
            assert row["share"] <= limit + error(limit, row["simulations"])


def test_tests_hold_their_level_and_find_a_planted_defect() -> None:
    for row in DOCUMENT["tests"]:
        assert row["false_alarms"] <= 0.05 + error(0.05, row["simulations"])
        assert row["power"] >= 0.8


def test_documents_print_what_was_measured_of_the_methods_they_use() -> None:
    printed = self_test(["wilson", "hoeffding"])
    assert [row[0] for row in printed.intervals] == ["Wilson", "Wilson"]
    assert printed.intervals[0][2].endswith("with 5,000 rows")
    assert [name for name, _ in printed.absent] == ["Hoeffding"]
    assert len(printed.verdicts) == len(DOCUMENT["audits"]) + 2 * len(DOCUMENT["tests"])
