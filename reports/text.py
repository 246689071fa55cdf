"""Text that others wrote, made safe to print: nothing invisible, nothing that turns the line around."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def visible(text: str) -> str:
    """Replace control, surrogate and direction-changing characters by their code in angle quotes.

    Line breaks and tabs stay. A right-to-left override could make a name read as another one.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char) if _hidden(char) else char for char in text)


def _hidden(char: str) -> bool:
    if char in "\n\t":
        return False
    return unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") or unicodedata.bidirectional(char) in _TURNING


_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def _shown(char: str) -> str:
    return (
        f"\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}U+{ord(char):04X}\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
    )


def width(text: str) -> float:
    """Estimated width in em of proportional text; wide East Asian characters count double."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.56 for char in text)


def shorten(text: str, em: float) -> str:
    """Cut the middle out of a text wider than ``em``, so that its beginning and its end both show."""
    text = " ".join(visible(text).split())
    if width(text) <= em:
        return text
    head, tail = text, ""
    keep = em - width(ELLIPSIS)
    while head and width(head) > keep * 2 / 3:
        head = head[:-1]
    for char in reversed(text[len(head) :]):
        if width(head + char + tail) > keep:
            break
        tail = char + tail
    return f"{head.rstrip()}{ELLIPSIS}{tail.lstrip()}"


def sentence(text: str) -> str:
    """First letter large, one full stop at the end."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
