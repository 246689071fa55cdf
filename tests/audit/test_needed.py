"""Rows that would decide, in words that people can act on."""

from __future__ import annotations

import pytest

from assay.audit.needed import TOO_NEAR, would_decide


@pytest.mark.parametrize(
    ("n", "needs", "said"),
    [
        (500, 373, "about 373 rows would decide it"),
        (500, 8101, "about 8,200 rows would decide it"),
        (12, 9_999, "about 10,000 rows would decide it"),
        (12, 10_001, TOO_NEAR),
        (2_000, 173_685, "about 180,000 rows would decide it"),
        (1_000, 173_685, TOO_NEAR),
        (900_000, 10_000_001, TOO_NEAR),
        (100, None, ""),
    ],
)
def test_rows_that_would_decide(n: int, needs: int | None, said: str) -> None:
    assert would_decide(n, needs) == said
