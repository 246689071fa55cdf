"""From a record to a file: renderers are found by entry point, so the machine imports none of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .errors import OutputError, RegistryError, nearest
from .files import write_whole
from .plugins import names, plugin
from .record import Record

Renderer = Callable[[Record], bytes]
GROUP = "assay.reports"


def render(record: Record, format: str) -> bytes:
    """The document of the given format (``pdf``, ``html``, ``md``, ``json`` or a plug-in's) as bytes.

    Raises:
        RegistryError: no renderer of that name is installed.
    """
    renderer: Renderer = plugin(GROUP, format)
    return renderer(record)


def write(record: Record, path: str | Path) -> Path:
    """Render ``record`` in the format that the suffix of ``path`` names, and write it whole.

    Raises:
        RegistryError: no renderer for that suffix.
        OutputError: the path has no suffix, or cannot be written.
    """
    path = Path(path)
    format = path.suffix.removeprefix(".").lower()
    if not format:
        raise OutputError(f"{path}: expected a suffix that names a format, one of {', '.join(formats())}")
    if format not in formats():
        raise RegistryError(f"{path}: no renderer for {format!r}{nearest(format, formats())}")
    return write_whole(path, render(record, format))


def formats() -> list[str]:
    """Names of the installed renderers."""
    return names(GROUP)
