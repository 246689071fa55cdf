"""Text of others: nothing hidden gets through, and shortening keeps both ends."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from assay.reports.text import shorten, visible, width


def test_direction_overrides_and_controls_are_shown() -> None:
    assert visible("a\u202eb\x07c\n") == "a‹U+202E›b‹U+0007›c\n"


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    assert {unicodedata.category(char) for char in visible(text) if char not in "\n\t"}.isdisjoint({"Cc", "Cs", "Cn"})


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1), st.integers(5, 40))
def test_short_texts_fit_and_keep_their_ends(text: str, em: int) -> None:
    short = shorten(text, em)
    assert width(short) <= em
    assert short[0] == text[0]
    assert short == text or (short[-1] == text[-1] and "…" in short)
