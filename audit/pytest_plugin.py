"""The pytest plug-in: ``pytest audit.toml`` makes one test of each requirement.

Imports pytest and the standard library only: it is loaded by every session of whoever has assay installed.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .pytest_session import AUDITED, SETTINGS, SHARED, finished, setting, shared_folder

if TYPE_CHECKING:
    from .data import Dataset
    from .pytest_items import AuditFile
    from .record import Record

CHOICES = ("fail", "skip", "warn")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the command line, and the ini values behind them."""
    group = parser.getgroup("assay", "audits of machine-learning models (assay)")
    for outcome, name in SETTINGS.items():
        words = outcome.replace("_", " ")
        text = f"what a requirement becomes that is {words}: fail (default), skip or warn"
        group.addoption(f"--{name.replace('_', '-')}", dest=name, choices=CHOICES, default=None, help=text)
        parser.addini(name, text, default="fail")
    group.addoption("--assay-out", metavar="DIR", help="write audit.json and card.pdf of the audit into DIR")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a wrong ini value before anything runs."""
    for outcome, name in SETTINGS.items():
        if (got := setting(config, outcome)) not in CHOICES:
            raise pytest.UsageError(f"{name}: expected one of {', '.join(CHOICES)}, got {got!r}")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> AuditFile | None:
    """Audit files that are named on the command line or in ``testpaths``; other tools have an audit.toml too."""
    if file_path.suffix != ".toml" or not parent.session.isinitpath(file_path):
        return None
    from .pytest_items import AuditFile, is_audit_file

    return AuditFile.from_parent(parent, path=file_path) if is_audit_file(file_path) else None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of pytest-xdist where they share the record of the one audit."""
    node.workerinput["assay_folder"] = str(shared_folder(node.config))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The verdict of each audit in one sentence."""
    if AUDITED not in config.stash and not config.stash.get(SHARED, Path("-")).is_dir():
        return
    if lines := finished(config):
        terminalreporter.section("assay")
        for line in lines:
            terminalreporter.write_line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what the workers shared."""
    if SHARED in config.stash:
        shutil.rmtree(config.stash[SHARED], ignore_errors=True)


class Auditor:
    """What the fixture ``audit`` gives to a test.

    >>> def test_income_model(audit):
    ...     dataset = Dataset(load_test_rows(), target="income", sensitive=["sex"])
    ...     audit.check(audit.run(load_model(), dataset, "audit.toml"))
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def run(self, model: Any = None, dataset: Dataset | None = None, plan: Any = None) -> Record:
        """Audit a model: :func:`assay.audit.run`."""
        from .runner import run

        return run(model, dataset, plan)

    def check(self, record: Record) -> None:
        """Fail the test unless every requirement of ``record`` passes or is waived, and no check crashed.

        Inconclusive and not assessed ones fail, skip or warn, as ``--assay-inconclusive`` and
        ``--assay-not-assessed`` say. A record without requirements counts as not assessed.
        """
        from .pytest_items import check

        check(self._config, record)


@pytest.fixture(scope="session")
def audit(pytestconfig: pytest.Config) -> Auditor:
    """Audits inside hand-written tests: ``audit.check(audit.run(model, dataset, plan))``."""
    return Auditor(pytestconfig)
