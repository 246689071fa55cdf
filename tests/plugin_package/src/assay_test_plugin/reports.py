"""A renderer: the record as plain text."""

from __future__ import annotations

from assay.audit.record import Record


def render(record: Record) -> bytes:
    """One line per requirement."""
    lines = [f"{record.audit.name}: {record.verdict.status}"]
    lines += [f"{requirement.verdict}\t{requirement.title}" for requirement in record.requirements]
    return "\n".join([*lines, ""]).encode()
