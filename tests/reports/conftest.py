"""The record that most tests here print."""

from __future__ import annotations

import pytest

from assay.audit.record import Record

from . import records


@pytest.fixture(scope="session")
def record() -> Record:
    """The realistic record."""
    return records.realistic()
