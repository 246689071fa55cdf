"""What pyproject.toml says about the tree is what the tree holds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import EntryPoint, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("audit", "checks", "reports", "templates")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def name_of(requirement: str) -> str:
    name = re.match(r"[\w.-]+", requirement)
    assert name, requirement
    return name[0].lower().replace("_", "-")


def test_the_wheel_holds_every_file_of_the_four_parts_and_no_other(tmp_path: Path) -> None:
    source = tmp_path / "source"  # setuptools writes into the tree it builds from
    source.mkdir()
    for part in PARTS:
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    run = subprocess.run([*pip, "-w", tmp_path, source], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    with zipfile.ZipFile(next(tmp_path.glob("assay-*.whl"))) as wheel:
        packed = {name.removeprefix("assay/") for name in wheel.namelist() if ".dist-info/" not in name}
    wanted = {str(p.relative_to(source)) for part in PARTS for p in (source / part).rglob("*") if p.is_file()}
    assert packed == wanted


@pytest.mark.parametrize("point", distribution("assay").entry_points, ids=lambda point: f"{point.group}-{point.name}")
def test_entry_points_lead_somewhere(point: EntryPoint) -> None:
    assert point.load() is not None


def test_entry_points_are_those_of_the_project_file() -> None:
    written = PROJECT["entry-points"] | {"console_scripts": PROJECT["scripts"]}
    installed = {(point.group, point.name): point.value for point in distribution("assay").entry_points}
    assert installed == {(group, name): value for group, points in written.items() for name, value in points.items()}


@pytest.mark.parametrize("part", PARTS)
def test_the_links_for_mypy_lead_to_the_parts(part: str) -> None:
    assert (ROOT / ".src/assay" / part).resolve() == ROOT.resolve() / part


def test_every_dependency_of_core_tests_and_tools_is_pinned() -> None:
    extras = PROJECT["optional-dependencies"]
    wanted = {name_of(line) for line in [*PROJECT["dependencies"], *extras["test"], *extras["dev"]]}
    lines = [line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!]+", line) for line in lines)
    assert wanted <= {name_of(line) for line in lines}
