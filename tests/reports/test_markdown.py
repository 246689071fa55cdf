"""Markdown, read back by markdown-it, which follows the GitHub rules for tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from assay.audit.record import Record
from assay.reports import markdown
from assay.reports.text import visible

from . import records


def cells(text: str) -> list[str]:
    """The text of each table cell, as a reader sees it."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [tokens[at + 1] for at, token in enumerate(tokens) if token.type in ("td_open", "th_open")]
    return [shown(token) for token in inline]


def shown(token: Token) -> str:
    assert token.children is not None
    assert {child.type for child in token.children} <= {"text", "text_special"}, token.content
    return "".join(child.content for child in token.children)


@given(st.text(max_size=60))
def test_a_cell_reads_back_as_it_was_written(text: str) -> None:
    written = markdown.cell(text)
    read = cells(markdown.table(["a"], [[written]]))
    assert read[1:] == [" ".join(visible(text).split()).replace("://", ":\u200b//").replace("@", "@\u200b")]


def test_hostile_names_stay_in_their_cell() -> None:
    read = cells(markdown.render(records.hostile()).decode())
    assert any("race: <script>alert(1)</script>|‹U+202E›" in cell for cell in read)


def test_every_estimate_is_in_a_cell(record: Record) -> None:
    read = cells(markdown.render(record).decode())
    assert all(number in read for number in records.printed(record))


def test_head_names_the_baseline_and_the_use_of_the_data() -> None:
    text = markdown.render(records.with_baseline()).decode()
    assert "- **Baseline**: Release 2026-10, binary, `sha256:" in text
    assert "16,281 rows, audit number 3 of these data" in text


@pytest.mark.parametrize("name", records.RECORDS)
def test_every_record_has_a_card(name: str) -> None:
    record = records.RECORDS[name]()
    text = markdown.render(record).decode()
    assert record.digest in text
    assert "<script" not in text.replace("\\<script", "")
