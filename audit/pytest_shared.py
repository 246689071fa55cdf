"""A record that several processes want and one makes."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import AssayError
from .files import write_whole
from .record import Record, load


def once(place: Path, make: Callable[[], Record]) -> Record:
    """The record at ``place``, made by the first process that asks; the others wait for it.

    Raises:
        AssayError: it could not be made, or the process that made it died.
    """
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
