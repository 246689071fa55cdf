"""Exceptions quote what they stumbled over. No value of a row enters a record, so texts of the data are cut out."""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "(a value of the data)"
SHORTEST = 4
"""Shorter texts are hidden only where they are quoted; bare, they would be found in any sentence."""


def without_values(text: str, values: Iterable[str]) -> str:
    """``text`` without any of the ``values``, the longest first."""
    for value in sorted({v for v in values if v and (v in text or repr(v) in text)}, key=lambda v: (-len(v), v)):
        bare = rf"(?<!\w){re.escape(value)}(?!\w)" if len(value) >= SHORTEST else r"(?!)"
        text = re.sub(rf"{re.escape(repr(value))}|{bare}", HIDDEN, text)
    return text.encode("utf-8", "replace").decode()  # a lone surrogate cannot be written
