"""One audit per audit file and session, also when the workers of pytest-xdist share the tests."""

from __future__ import annotations

import hashlib
import tempfile
import uuid
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .plan import Plan
    from .record import Record

SETTINGS = {"inconclusive": "assay_inconclusive", "not_assessed": "assay_not_assessed"}
"""Outcomes that the user may turn into something else than a failure, and the names of the options."""


@dataclass(frozen=True)
class Audited:
    """A record, its digest (worth computing once), and where it was saved."""

    record: Record
    digest: str
    saved: Path | None


AUDITED = pytest.StashKey[dict[Path, Audited]]()
SHARED = pytest.StashKey[Path]()


def setting(config: pytest.Config, outcome: str) -> str:
    """What becomes of a requirement with this outcome: ``fail``, ``skip`` or ``warn``."""
    name = SETTINGS[outcome]
    chosen: str = config.getoption(name) or config.getini(name)
    return chosen


def shared_folder(config: pytest.Config) -> Path:
    """Folder of this run that the workers share. Its name cannot be guessed; the first that needs it makes it."""
    return config.stash.setdefault(SHARED, Path(tempfile.gettempdir()) / f"assay-{uuid.uuid4().hex}")


def audited(config: pytest.Config, path: Path, plan: Plan) -> Audited:
    """Run the audit of the file at ``path``, or take the record that this session has already.

    Raises:
        AssayError: the audit could not be run; every worker says the same.
    """
    from .pytest_shared import once

    done = config.stash.setdefault(AUDITED, {})
    if path not in done:
        out = _out(config, path)
        folder = getattr(config, "workerinput", {}).get("assay_folder")
        place = Path(folder) / hashlib.sha256(bytes(path)).hexdigest() if folder else None
        record = once(place, lambda: _run(plan, out)) if place else _run(plan, out)
        done[path] = Audited(record, record.digest, out / "audit.json" if out else None)
    return done[path]


def finished(config: pytest.Config) -> list[str]:
    """One sentence for each audit of this session; those of workers are read from the folder that they share."""
    from .pytest_text import sentence
    from .record import load

    records = [done.record for done in config.stash.get(AUDITED, {}).values()]
    if SHARED in config.stash:
        records += [load(path) for path in sorted(config.stash[SHARED].glob("*.json"))]
    out = config.getoption("assay_out")
    where = f"record and model card are in {out}" if out else "--assay-out DIR keeps the record and the model card"
    return [*map(sentence, records), where] if records else []


def _run(plan: Plan, out: Path | None) -> Record:
    from .files import writable_folder
    from .outputs import write
    from .runner import run

    if out:
        writable_folder(out)
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # `-W error` is for tests and must not change a verdict
        record = run(plan=plan)
        if out:
            write(record, out / "audit.json")
            write(record, out / "card.pdf")
    return record


def _out(config: pytest.Config, path: Path) -> Path | None:
    """Where the documents go: ``--assay-out`` itself, or a folder in it for each file when several are named."""
    chosen = config.getoption("assay_out")
    if not chosen:
        return None
    folder: Path = config.invocation_params.dir / chosen
    named = {argument.partition("::")[0] for argument in config.args}
    if sum(argument.endswith(".toml") for argument in named) <= 1:
        return folder
    inside = path.relative_to(config.rootpath) if path.is_relative_to(config.rootpath) else Path(path.name)
    return folder / inside.with_suffix("")
