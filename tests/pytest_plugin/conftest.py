"""A user's project, fresh for each test, and one finished run of it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from . import project


@dataclass(frozen=True)
class Run:
    """A finished run of pytest on the project."""

    folder: Path
    done: subprocess.CompletedProcess[str]

    @property
    def junit(self) -> ElementTree.Element:
        """Root of the JUnit XML."""
        return ElementTree.parse(self.folder / "junit.xml").getroot()

    def section(self, title: str) -> str:
        """What is printed under the heading of an item."""
        after = self.done.stdout.partition(f"_ {title} _")[2].partition("\n")[2]
        return after.partition("\n___")[0].partition("\n===")[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return project.write(tmp_path)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """``pytest audit.toml``, with JUnit XML and documents."""
    folder = project.write(tmp_path_factory.mktemp("user"))
    return Run(
        folder, project.pytest(folder, "audit.toml", "test_theirs.py", "-rA", "--junitxml=junit.xml", "--assay-out=out")
    )
