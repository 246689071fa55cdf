"""``assay report``: documents from a record, and refusal of one that was altered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Assay = Callable[..., Any]


@pytest.fixture
def record(assay: Assay, folder: Path) -> Path:
    assay("run", "audit.toml", "--out", "report", "--format", "md")
    return folder / "report/audit.json"


def test_documents_are_made_from_the_record_alone(assay: Assay, folder: Path, record: Path) -> None:
    first = (folder / "report/card.md").read_bytes()
    (folder / "rows.csv").unlink()
    said = assay("report", record, "again.md", "again.html")
    assert said == (0, "again.md\nagain.html\n", "")
    assert Path("again.md").read_bytes() == first
    assert Path("again.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("card", "message"),
    [("card", "expected a suffix that names a format"), ("card.docx", "no renderer for 'docx'"), ("rows.csv/card.md", "cannot write rows.csv/card.md")],
)  # fmt: skip
def test_a_card_that_cannot_be_written_is_code_2(assay: Assay, record: Path, card: str, message: str) -> None:
    said = assay("report", record, card)
    assert said.code == 2
    assert message in said.err


def test_an_altered_record_is_refused(assay: Assay, folder: Path, record: Path) -> None:
    record.write_text(record.read_text().replace("not_assessed", "pass"))
    said = assay("report", record, "card.md")
    assert said.code == 2
    assert "the content was altered" in said.err or "not a valid record" in said.err
    assert not (folder / "card.md").exists()
