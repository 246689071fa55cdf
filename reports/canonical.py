"""The record itself: canonical JSON (RFC 8785) with its digest."""

from __future__ import annotations

from ..audit.record import Record


def render(record: Record) -> bytes:
    """Bytes that :func:`assay.audit.record.load` reads back."""
    return record.to_json()
