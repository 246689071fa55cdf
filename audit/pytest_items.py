"""Audit files as pytest collectors, requirements as pytest items."""

from __future__ import annotations

import re
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .pytest_session import Audited, audited, setting

if TYPE_CHECKING:
    from .record import Outcome, Record, Requirement, Result

TABLES = {"audit", "model", "data", "checks", "require", "waive"}
LOOKING = ("collectonly", "setuponly", "setupplan", "showfixtures", "show_fixtures_per_test")
"""Options under which pytest runs no test, and we run no model."""


class AssayWarning(pytest.PytestWarning):
    """A requirement that is inconclusive or not assessed, where the user wants no more than a warning."""


class RequirementFailed(Exception):
    """A requirement that is not met; the message is all that pytest prints."""


def is_audit_file(path: Path) -> bool:
    """Whether a TOML file has a table of an audit file, or is too broken to tell."""
    try:
        return not TABLES.isdisjoint(tomllib.loads(path.read_bytes().decode()))
    except ValueError:
        return True


class AuditFile(pytest.File):
    """An audit file. The audit runs once, when it is collected."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item per requirement, and one per crashed check that nobody required."""
        from .errors import AssayError

        try:
            yield from self._items()
        except AssayError as error:
            raise self.CollectError(str(error)) from error

    def _items(self) -> Iterator[pytest.Item]:
        from .plan import Plan
        from .requirements import required
        from .select import selected

        plan = Plan.read(self.path)
        wanted = required(plan, selected(plan), None)
        lines = _lines(self.path, len(plan.require))
        at = {one.id: lines[plan.require.index(one.require)] for one in wanted}
        if any(self.config.getoption(name, False) for name in LOOKING):
            yield from (RequirementItem.from_parent(self, name=id, line=line) for id, line in at.items())
            return
        done = audited(self.config, self.path, plan)
        for one in done.record.requirements:
            yield RequirementItem.from_parent(self, name=one.id, line=at[one.id], requirement=one, audited=done)
        for result in _crashed(done.record):
            yield CrashedItem.from_parent(self, name=result.check, result=result, digest=done.digest)


class AuditItem(pytest.Item):
    """An item that fails with a text, and has a line in the audit file."""

    def __init__(self, *, name: str, parent: pytest.File, line: int = 0) -> None:
        # Given as a whole: from name and parent alone, pytest would not see `[sex]` as it does where it reads ids (--lf).
        super().__init__(name, parent, nodeid=f"{parent.nodeid}::{name}")
        self.line = line

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The plain text; where in this file it was raised is nobody's business."""
        if isinstance(excinfo.value, RequirementFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Place in the audit file and id, for pytest's headings."""
        return self.path, self.line, self.name


class RequirementItem(AuditItem):
    """One requirement; without ``requirement`` it was only looked at."""

    def __init__(self, *, requirement: Requirement | None = None, audited: Audited | None = None, **rest: Any) -> None:
        super().__init__(**rest)
        self.requirement, self.audited = requirement, audited
        if requirement and audited:
            self._tell(requirement, audited.digest)

    def runtest(self) -> None:
        """Pass, fail or warn; what is skipped never gets here."""
        from .pytest_text import explanation, headline

        assert self.requirement
        assert self.audited  # both are there in every session that runs tests
        action = _action(self.config, self.requirement.verdict)
        if action == "warn":
            self.warn(AssayWarning(headline(self.requirement)))
        elif action == "fail":
            raise RequirementFailed(explanation(self.requirement, self.audited))

    def _tell(self, requirement: Requirement, digest: str) -> None:
        from .pytest_text import headline, properties

        self.user_properties += properties(requirement, digest)
        if _action(self.config, requirement.verdict) == "skip":
            self.add_marker(pytest.mark.skip(reason=headline(requirement)))


class CrashedItem(AuditItem):
    """A check that ended in an error though no requirement is on it."""

    def __init__(self, *, result: Result, digest: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.result = result
        self.user_properties += [("verdict", "error"), ("evidence", result.id), ("record", digest)]

    def runtest(self) -> None:
        """Fail with the traceback of the check."""
        raise RequirementFailed(_crash(self.result))


def check(config: pytest.Config, record: Record) -> None:
    """Fail, skip or warn the running test for what does not pass in ``record``; see the fixture ``audit``."""
    from .pytest_text import explanation, headline

    done = Audited(record, record.digest, None)
    said: dict[str, list[str]] = {"fail": [_crash(one) for one in _crashed(record)], "skip": [], "warn": []}
    for one in record.requirements:
        if one.verdict not in ("pass", "waived"):
            action = _action(config, one.verdict)
            said[action].append(explanation(one, done) if action == "fail" else f"{one.id}: {headline(one)}")
    if not record.requirements:
        said[setting(config, "not_assessed")].append(f"not assessed: {record.verdict.reason}")
    if said["fail"]:
        pytest.fail("\n\n".join(said["fail"]), pytrace=False)
    for text in said["warn"]:
        warnings.warn(AssayWarning(text), stacklevel=3)
    if said["skip"]:
        pytest.skip("; ".join(said["skip"]))


def _action(config: pytest.Config, outcome: Outcome) -> str:
    if outcome in ("inconclusive", "not_assessed"):
        return setting(config, outcome)
    return {"pass": "pass", "waived": "skip"}.get(outcome, "fail")


def _crash(result: Result) -> str:
    return f"error: {result.check}: {result.reason}\n\n{result.traceback}"


def _crashed(record: Record) -> list[Result]:
    judged = {one.check for one in record.requirements}
    return [one for one in record.results if one.status == "error" and one.check not in judged]


def _lines(path: Path, count: int) -> list[int]:
    """Line (from 0) of each ``[[require]]``; 0 where the file writes them in another way."""
    text = path.read_text(encoding="utf-8").splitlines()
    found = [k for k, line in enumerate(text) if re.match(r"\s*\[\[\s*require\s*\]\]", line)]
    return found if len(found) == count else [0] * count
