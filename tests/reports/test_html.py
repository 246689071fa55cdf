"""The HTML document: self-contained, escaped, complete."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from assay.audit.record import Record
from assay.reports import canonical, html

from . import records

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Reader(HTMLParser):
    """Collects tags, ids, links and text; fails on tags that do not nest."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def read(record: Record) -> Reader:
    reader = Reader()
    reader.feed(html.render(record).decode())
    assert reader.open == []
    return reader


@pytest.mark.parametrize("name", records.RECORDS)
def test_tags_nest_links_lead_somewhere_and_ids_are_unique(name: str) -> None:
    reader = read(records.RECORDS[name]())
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {attributes["href"] for tag, attributes in reader.tags if tag == "a"}
    assert targets <= {f"#{name}" for name in ids}


@pytest.mark.parametrize("name", records.RECORDS)
def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(name: str) -> None:
    reader = read(records.RECORDS[name]())
    assert {tag for tag, _ in reader.tags}.isdisjoint({"script", "img", "link", "iframe", "object", "b0"})
    assert not any(key.startswith("on") for _, attributes in reader.tags for key in attributes)
    style = "".join(re.findall(r"<style>(.*?)</style>", html.render(records.RECORDS[name]()).decode(), re.DOTALL))
    assert set(re.findall(r'url\(["\']?(\w+):', style)) == {"data"}
    assert "@import" not in style


def test_hostile_text_is_printed_and_not_read() -> None:
    reader = read(records.hostile())
    assert "<script>alert(1)</script>|‹U+202E›txt.exe‹U+0007›" in reader.words
    assert "{{ 7*7 }}" in reader.words


def test_every_estimate_is_there(record: Record) -> None:
    words = read(record).words
    assert all(result.id in words for result in record.results)
    assert all(number in words for number in records.printed(record))


def test_headers_have_a_scope_and_figures_an_alternative(record: Record) -> None:
    reader = read(record)
    assert all(attributes.get("scope") for tag, attributes in reader.tags if tag == "th")
    drawings = [attributes for tag, attributes in reader.tags if tag == "svg"]
    assert all("aria-hidden" in a or a.get("role") == "img" for a in drawings)
    page = html.render(record).decode()
    assert page.count('role="img"') == len(re.findall(r'role="img"[^>]*><title>[^<]{20,}</title>', page)) == 3


def test_what_people_did_not_write_is_a_gap(record: Record) -> None:
    assert read(record).words.count("Not provided.") == 6


def test_the_baseline_is_printed_where_there_is_one(record: Record) -> None:
    assert "Baseline" not in read(record).words
    words = read(records.with_baseline()).words
    assert "Release 2026-10, sha256:" in words
    assert "baseline.pkl, wrapper sklearn" in words


def test_only_requirements_over_several_slices_have_intervals_for_all_at_once(record: Record) -> None:
    page = html.render(record).decode()
    assert page.count(">All slices at once</th>") == 1
    assert len(re.findall(r'<td class="n soft">0\.410*–0\.730*</td>', page)) == 3


def test_json_is_the_record(record: Record) -> None:
    assert canonical.render(record) == record.to_json()
