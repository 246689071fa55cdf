"""Where an audit ran: versions, platform, and the state of the repository."""

from __future__ import annotations

import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .record import Environment

PACKAGES = (
    "assay",
    "fastparquet",
    "narwhals",
    "numpy",
    "pandas",
    "pandera",
    "pyarrow",
    "pydantic",
    "scikit-learn",
    "scipy",
)


def environment(folder: Path, also: tuple[str, ...] = ()) -> Environment:
    """The environment of this process; ``also`` names further packages, such as the model's framework."""
    return Environment(
        python=f"{platform.python_implementation()} {platform.python_version()}",
        platform=platform.platform(),
        packages={name: found for name in sorted({*PACKAGES, *also}) if (found := installed(name))},
        git=_git(folder),
    )


@cache
def installed(name: str) -> str | None:
    """Version of an installed distribution; None if there is none of that name."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git(folder: Path) -> dict[str, str | bool] | None:
    def ask(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10, check=True
        )
        return done.stdout.strip()

    try:
        return {"commit": ask("rev-parse", "HEAD"), "dirty": bool(ask("status", "--porcelain", "--untracked-files=no"))}
    except (OSError, subprocess.SubprocessError):
        return None
