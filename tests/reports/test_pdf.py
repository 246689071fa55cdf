"""The PDF, read back by pypdf and checked by qpdf where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from assay.audit.record import Record
from assay.reports import pdf

from . import records


@cache
def rendered(name: str) -> bytes:
    return pdf.render(records.RECORDS[name]())


def reader(name: str) -> Any:  # pypdf types what a key leads to as a bare object
    return PdfReader(BytesIO(rendered(name)))


def text(name: str) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader(name).pages).split())


def structure(node: Any) -> Iterator[Any]:
    """All elements of the tag tree."""
    node = node.get_object() if isinstance(node, IndirectObject) else node
    for kid in node if isinstance(node, list) else [node]:
        kid = kid.get_object()
        if isinstance(kid, dict):
            yield kid
            if "/K" in kid:
                yield from structure(kid["/K"])


def elements(name: str, kind: str) -> list[Any]:
    return [node for node in structure(reader(name).root_object["/StructTreeRoot"]["/K"]) if node.get("/S") == kind]


def test_equal_records_give_equal_bytes(record: Record) -> None:
    assert pdf.render(record) == rendered("realistic")


def test_the_record_is_attached_once(record: Record) -> None:
    assert reader("realistic").attachments == {"audit-record.json": [record.to_json()]}
    files = reader("realistic").root_object["/AF"]
    assert len(files) == 1
    assert files[0].get_object()["/AFRelationship"] == "/Data"


def test_every_evidence_id_and_estimate_is_in_the_text(record: Record) -> None:
    words = text("realistic")
    assert all(result.id in words for result in record.results)
    assert all(number in words for number in records.printed(record))


def test_the_label_page_stands_alone(record: Record) -> None:
    words = reader("realistic").pages[0].extract_text()
    for needed in (record.audit.name, record.model.name, "16,281 rows", "Fail", "0.313 times", "before the first prediction",
                   "Limits", "Not a legal opinion", record.digest[:23], "page 1 of"):  # fmt: skip
        assert needed in words


def test_bookmarks_lead_to_every_piece_of_evidence(record: Record) -> None:
    def titles(outline: list[Any]) -> Iterator[str]:
        for entry in outline:
            yield from titles(entry) if isinstance(entry, list) else [entry.title]

    found = " ".join(titles(reader("realistic").outline))
    assert all(f"{result.id} {result.title}" in found for result in record.results)


@pytest.mark.parametrize("name", ["realistic", "hostile"])
def test_figures_have_alternatives_and_headers_a_scope(name: str) -> None:
    figures, headers = elements(name, "/Figure"), elements(name, "/TH")
    assert len(figures) == 3
    assert all(len(figure["/Alt"]) > 20 for figure in figures)
    assert len(headers) > 100
    assert {header["/A"]["/Scope"] for header in headers} == {"/Row", "/Column"}


def test_markers_language_fonts_and_nothing_that_runs() -> None:
    root = reader("realistic").root_object
    xmp = root["/Metadata"].get_data()
    assert b"<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert b"pdfaid" in xmp
    assert xmp.count(b"</rdf:RDF>") == 1
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert b"/JavaScript" not in rendered("realistic")
    fonts = [font for page in reader("realistic").pages for font in page["/Resources"]["/Font"].values()]
    descriptors = [font.get_object()["/DescendantFonts"][0]["/FontDescriptor"] for font in fonts]
    assert descriptors
    assert all("/FontFile2" in descriptor or "/FontFile3" in descriptor for descriptor in descriptors)


@pytest.mark.parametrize("name", records.RECORDS)
def test_qpdf_finds_nothing_wrong(name: str, tmp_path: Path) -> None:
    if not shutil.which("qpdf"):
        pytest.skip("qpdf is not installed")
    file = tmp_path / "card.pdf"
    file.write_bytes(rendered(name))
    done = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_names_of_sixty_groups_are_all_printed() -> None:
    words = text("many_groups")
    assert all(f"Occupation {k:02d}" in words for k in range(60))


def test_a_document_fetches_nothing() -> None:
    import weasyprint

    fetch = pdf._fetcher(weasyprint)
    for url in ("https://example.org/x.css", "file:///etc/passwd", "data:text/css,p{}"):
        with pytest.raises(ValueError, match="fetches nothing"):
            fetch(url)


def test_characters_that_no_font_has_are_named() -> None:
    strange = records.tiny().model_copy(update={"card": {"owner": "Linear A: \U00010600"}})
    assert "Note on this file." in PdfReader(BytesIO(pdf.render(strange))).pages[1].extract_text()


def test_missing_pango_is_named_with_its_packages(tmp_path: Path) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')")
    code = "from assay.reports import pdf\ntry: pdf._weasyprint()\nexcept Exception as e: print(type(e).__name__, e)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("OutputError")
    assert "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in done.stdout
