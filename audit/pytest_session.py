"""One audit per audit file and session, also when the workers of pytest-xdist share the tests."""

from __future__ import annotations

import hashlib
import sys
import tempfile
import traceback
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    done = config.stash.setdefault(AUDITED, {})
    if path not in done:
        out = _out(config, path)
        folder = getattr(config, "workerinput", {}).get("assay_folder")
        place = Path(folder) / hashlib.sha256(bytes(path)).hexdigest() if folder else None
        record = once(place, lambda: _run(plan, out)) if place else _run(plan, out)
        done[path] = Audited(record, record.digest, out / "audit.json" if out else None)
    return done[path]


def once(place: Path, make: Callable[[], Record]) -> Record:
    """The record at ``place``, made by the first process that asks; the others wait for it.

    Raises:
        AssayError: it could not be made, or the process that made it died.
    """
    from .errors import AssayError
    from .files import write_whole
    from .record import load

    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    record, error, begun = (place.with_suffix(suffix) for suffix in (".json", ".error", ".begun"))
    with _alone(place.with_suffix(".lock")):
        if error.exists():
            raise AssayError(error.read_text(encoding="utf-8"))
        if record.exists():
            return load(record)
        if begun.exists():
            raise AssayError("the pytest worker that ran the audit died; run pytest without -n to see why")
        begun.touch()
        try:
            made = make()
        except Exception as reason:
            text = str(reason) if isinstance(reason, AssayError) else traceback.format_exc()
            write_whole(error, text.encode())
            raise AssayError(text) from reason
        made.save(record)
        return made


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
    folder = config.invocation_params.dir / chosen
    named = {argument.partition("::")[0] for argument in config.args}
    if sum(argument.endswith(".toml") for argument in named) <= 1:
        return folder
    inside = path.relative_to(config.rootpath) if path.is_relative_to(config.rootpath) else Path(path.name)
    return folder / inside.with_suffix("")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other process is in here. The system frees the lock of a process that dies."""
    with path.open("a+b") as handle:
        if sys.platform == "win32":
            import msvcrt

            while True:
                try:
                    msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)
                    break
                except OSError:  # it gives up after ten seconds
                    continue
            yield
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(handle, fcntl.LOCK_UN)  # at once, even if a forked child still holds the file
