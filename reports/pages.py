"""Templates to HTML, for the screen and for the PDF. Everything printed is escaped; nothing is fetched."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from markupsafe import Markup

from ..audit.record import Record
from . import crosswalk, numbers, words
from .text import shorten, visible
from .view import moment, slug, view

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
"""Folder of the templates, style sheets and fonts of the package."""


def page(record: Record, medium: Literal["print", "screen"], notes: list[str] | None = None) -> str:
    """The whole document as one HTML text."""
    css = "\n".join((TEMPLATES / name).read_text("utf-8") for name in ("card.css", f"{medium}.css"))
    return environment().get_template("card.html.j2").render(card=view(record, notes), css=Markup(css), medium=medium)


@cache
def environment() -> Environment:
    """Jinja with escaping on, undefined names as errors, and the filters that the templates use."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_finalize,
    )  # fmt: skip
    jinja.filters.update(
        plain=numbers.plain, percent=numbers.percent, shorten=shorten, slug=slug, moment=moment, uri=_uri
    )
    jinja.globals.update(words=words, share=numbers.share, states=crosswalk.STATES)
    return jinja


def _uri(svg: str) -> Markup:
    """A drawing as an address that a style can name between single quotes."""
    return Markup("data:image/svg+xml,{}").format(Markup(quote(svg, safe=" =:/,")))


def _finalize(value: Any) -> Any:
    """Make text visible; markup that we made ourselves is a subclass of str and passes."""
    return visible(value) if type(value) is str else value
