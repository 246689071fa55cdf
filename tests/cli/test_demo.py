"""The demo: real data, real findings, and an end without an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from assay.audit.plan import Plan
from assay.audit.record import Record, load, slice_name

from . import by_hand

DEMO = Path(__file__).parents[2] / "templates/demo"


@pytest.mark.filterwarnings("ignore:The 'fastparquet' engine")
@pytest.mark.parametrize(("part", "rows", "high"), [("train", 32_561, 7_841), ("test", 16_281, 3_846)])
def test_the_data_have_the_published_counts_in_both_readers(part: str, rows: int, high: int) -> None:
    path = DEMO / f"adult_{part}.parquet"
    arrow, fast = pd.read_parquet(path, engine="pyarrow"), pd.read_parquet(path, engine="fastparquet")
    for frame in (arrow, fast):
        assert frame.shape == (rows, 15)
        assert (frame["income"] == ">50K").sum() == high
    assert (arrow.astype(object).to_numpy() == fast.astype(object).to_numpy()).all()


def test_every_section_of_its_card_is_written() -> None:
    card = Plan.read(DEMO / "audit.toml").card
    assert all(card.model_dump().values())


def test_the_demo_ends_well_and_says_what_a_run_would_have_done(assay: Callable[..., Any], tmp_path: Path) -> None:
    said = assay("demo", "--out", tmp_path / "report", "--format", "html")
    record = load(tmp_path / "report/audit.json")
    assert said.code == 0
    assert "would have ended with exit code 1" in said.out
    assert f"{tmp_path / 'report/card.html'}\n" in said.out
    assert {one.verdict for one in record.requirements} == {"pass", "fail", "inconclusive", "waived"}
    four_fifths = next(one for one in record.requirements if one.id == "fairness.impact_ratio[sex]")
    assert four_fifths.verdict == "fail"
    assert not [result.check for result in record.results if result.status == "error"]
    every_number_follows_from_its_counts(record)


def every_number_follows_from_its_counts(record: Record) -> None:
    """In the same test, because the demo takes its time."""
    shown = [
        (f"{r.check} {e.metric} {slice_name(e.slice)}", e)
        for r in record.results
        for e in r.estimates
        if e.value is not None
    ]
    assert len(shown) > 500
    for name, e in shown:
        if e.method not in by_hand.FITTED:
            assert by_hand.value(e) == pytest.approx(e.value, rel=1e-9, abs=1e-12), name
        ends = by_hand.interval(e)
        if ends is not None and e.state != "degenerate":
            assert ends == pytest.approx((e.low, e.high), rel=1e-6, abs=1e-9), name
    without = {e.method for _, e in shown if by_hand.interval(e) is None}
    assert without <= by_hand.RESAMPLED | by_hand.OF_ALL_PAIRS
