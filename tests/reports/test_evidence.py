"""What a table of estimates says of itself."""

from __future__ import annotations

from tests.reports.records import rate

from assay.reports.evidence import _numeric, _range


def test_the_lowest_and_the_highest_are_not_of_a_handful_of_rows() -> None:
    sizes = {"a": (200, 0.4), "b": (300, 0.6), "c": (250, 0.5), "tiny": (1, 0.0)}
    said = _range([rate("recall", {"g": name}, n, p) for name, (n, p) in sizes.items()])
    assert said.startswith("Lowest: a,") and "Highest: b," in said


def test_a_dash_does_not_make_words_a_column_of_numbers() -> None:
    dash = "\N{EN DASH}"
    assert not _numeric(["yes", dash]) and not _numeric(["yes", "no", dash])
    assert _numeric(["0.35", dash]) and _numeric(["1", "2", dash])
