"""One self-contained HTML file: no script, no resource from elsewhere, light and dark, for wide and narrow screens."""

from __future__ import annotations

from ..audit.record import Record
from .pages import page


def render(record: Record) -> bytes:
    """The document as UTF-8 HTML."""
    return page(record, "screen").encode()
