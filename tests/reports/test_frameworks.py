"""Facts about rules: complete, dated, and never more certain than what was read."""

from __future__ import annotations

from assay import audit
from assay.reports.frameworks import addressed


def test_rules_that_checks_answer_to_are_described() -> None:
    checks = [spec for spec in audit.checks().values() if spec.family == "rules"]
    assert checks
    for spec in checks:
        assert addressed(spec.addresses), spec.id


def test_what_is_not_confirmed_says_so() -> None:
    (guidelines,) = addressed(["ugesp:4d", "ugesp:15a", "nowhere:1"])
    assert "Not confirmed: whether that rule has been issued since." in guidelines.standing
    assert "2026-11-23" in guidelines.standing
