"""The model card as PDF, made to PDF/A-3a and PDF/UA-1, with the record attached. Equal records give equal bytes."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from urllib.parse import unquote_to_bytes

from ..audit.errors import OutputError
from ..audit.record import Record
from .pages import TEMPLATES, page
from .pdfa import finish
from .view import moment

MISSING = (
    "PDF needs the system library pango, which is missing ({error}). Install it with: "
    "Debian, Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; "
    "Fedora: dnf install pango harfbuzz; Arch: pacman -S pango harfbuzz; "
    "Alpine: apk add pango harfbuzz-subset; macOS: brew install pango. The .html, .md and .json documents need nothing."
)
ICON = "data:image/svg+xml,"


def render(record: Record) -> bytes:
    """The document as PDF.

    Raises:
        OutputError: the system library pango is missing.
    """
    weasyprint = _weasyprint()
    with _missing_glyphs() as missing:
        document = _draw(weasyprint, record, [])
    if missing:  # rare, and only now known: say in the document what its fonts could not draw
        with _missing_glyphs():
            document = _draw(weasyprint, record, [_glyph_note(missing)])
    return document


def _weasyprint() -> ModuleType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # about a missing harfbuzz-subset: it falls back
            import weasyprint
    except OSError as error:
        raise OutputError(MISSING.format(error=str(error).splitlines()[0])) from error
    module: ModuleType = weasyprint
    return module


def _draw(weasyprint: Any, record: Record, notes: list[str]) -> bytes:
    html = weasyprint.HTML(
        string=page(record, "print", notes), base_url=f"{TEMPLATES.as_uri()}/", url_fetcher=_fetcher(weasyprint)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves its colour profile open
        content = html.write_pdf(
            pdf_variant="pdf/a-3a",
            pdf_tags=True,
            custom_metadata=True,
            finisher=finish,
            pdf_identifier=record.digest.removeprefix("sha256:")[:32].encode(),
            attachments=[_attachment(weasyprint, record)],
        )
    return bytes(content)


def _attachment(weasyprint: Any, record: Record) -> Any:
    date = moment(record.audit.finished).replace(tzinfo=None)
    return weasyprint.Attachment(
        string=record.to_json(), name="audit-record.json", description="The audit record that this document prints",
        created=date, modified=date, relationship="Data",
    )  # fmt: skip


def _fetcher(weasyprint: Any) -> Callable[[str], Any]:
    """Serve the fonts of the package and the shapes of its style sheet; refuse everything else."""
    from weasyprint.urls import URLFetcherResponse

    fonts = {path.as_uri(): path for path in (TEMPLATES / "fonts").glob("*.woff2")}

    def fetch(url: str) -> Any:
        if url in fonts:
            return URLFetcherResponse(url, fonts[url].read_bytes(), {"Content-Type": "font/woff2"})
        if url.startswith(ICON):
            return URLFetcherResponse(url, unquote_to_bytes(url[len(ICON) :]), {"Content-Type": "image/svg+xml"})
        raise ValueError(f"a document fetches nothing, asked for {url}")

    return fetch


@contextmanager
def _missing_glyphs() -> Iterator[list[str]]:
    """Collect the characters that no font has, and keep WeasyPrint's and fontTools' remarks from users."""
    found: list[str] = []
    loggers = [logging.getLogger(name) for name in ("weasyprint", "fontTools")]
    kept = [(logger.propagate, logger.handlers[:], logger.level) for logger in loggers]

    class Collect(logging.Handler):
        def emit(self, message: logging.LogRecord) -> None:
            if str(message.msg).startswith(".notdef"):
                found.append(str((message.args or ("",))[0]))  # type: ignore[index]

    for logger in loggers:
        logger.propagate, logger.handlers = False, [Collect()]
    try:
        yield found
    finally:
        for logger, (propagate, handlers, level) in zip(loggers, kept, strict=True):
            logger.propagate, logger.handlers, logger.level = propagate, handlers, level


def _glyph_note(missing: list[str]) -> str:
    codes = sorted({f"U+{ord(char[0]):04X}" for char in missing if char})
    shown = ", ".join(codes[:12]) + (f" and {len(codes) - 12} more" if len(codes) > 12 else "")
    return (
        f"Some characters are in no installed font and are printed as boxes: {shown}. The attached record has them. "
        "Installing a font for their script (Debian: fonts-noto-core, fonts-noto-cjk) and rendering again mends it."
    )
