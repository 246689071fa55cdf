from __future__ import annotations

import pytest

from assay.audit.outcome import verdict
from assay.audit.record import Outcome, Requirement, Result


def required(outcome: Outcome) -> Requirement:
    return Requirement(id="a.b", check="a.b", title="B", verdict=outcome, evidence="EV-001")


CRASHED = Result(id="EV-002", check="a.c", title="C", family="a", status="error")


@pytest.mark.parametrize(
    ("outcomes", "crashed", "status", "exit_code"),
    [
        (["pass"], False, "pass", 0),
        (["pass", "waived"], False, "pass", 0),
        (["waived"], False, "waived", 0),
        (["pass", "fail", "error", "inconclusive"], True, "fail", 1),
        (["pass", "inconclusive", "not_assessed"], False, "inconclusive", 3),
        (["pass", "not_assessed"], False, "not_assessed", 3),
        (["pass", "inconclusive", "error"], True, "error", 4),
        (["pass"], True, "error", 4),
        (["inconclusive"], True, "error", 4),
        ([], False, "not_assessed", 3),
        ([], True, "error", 4),
    ],
)
def test_the_gravest_outcome_counts(outcomes: list[Outcome], crashed: bool, status: str, exit_code: int) -> None:
    found = verdict([CRASHED] if crashed else [], [required(one) for one in outcomes])
    assert (found.status, found.exit_code) == (status, exit_code)
    assert sum(found.counts.values()) == len(outcomes)
    assert ("1 check ended in an error" in found.reason) == crashed
