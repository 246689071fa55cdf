"""An audit works in little memory, and in chunks that do not show in its numbers."""

from __future__ import annotations

import hashlib
import tracemalloc
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay import audit
from assay.audit import digest
from assay.audit.columns import Column, coded
from assay.audit.slices import cut
from assay.audit.stats.chunks import CHUNK, chunks, compact, counted

HUNGRY = ["accuracy.auroc", "accuracy.average_precision", "accuracy.log_loss", "accuracy.recall", "calibration.slope"]
PLAN: dict[str, Any] = {
    "model": {"prediction": "decided", "probability": "p", "positive": 1},
    "checks": {"include": HUNGRY},
}


def people(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    p = rng.random(rows)
    y, groups = (rng.random(rows) < p).astype(int), {"sex": ["Female", "Male"], "race": list("ABCDE")}
    named = {name: rng.choice(of, rows) for name, of in groups.items()}
    return pd.DataFrame({"y": y, "p": p, "decided": (p > 0.5).astype(int), **named})


def audited(frame: pd.DataFrame) -> None:
    audit.run(None, audit.Dataset(frame, target="y", sensitive=["sex", "race"]), PLAN)


def peak(frame: pd.DataFrame) -> int:
    """Bytes of Python and numpy that an audit takes at once; the frame is not among them."""
    tracemalloc.start()
    try:
        audited(frame)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_row_takes_at_most_twice_its_own_memory_beside_it() -> None:
    few, many = people(100_000), people(300_000)
    audited(few)  # imports
    per_row = (peak(many) - peak(few)) / 200_000
    assert 20 < per_row < 2 * many.memory_usage(deep=True).sum() / 300_000


def test_chunks_hold_every_row_once() -> None:
    for rows in (0, 1, CHUNK, CHUNK + 1, 3 * CHUNK):
        assert np.array_equal(np.concatenate([np.arange(rows)[of] for of in chunks(rows)]), np.arange(rows))
    assert len(list(chunks(10 * CHUNK, 4 * CHUNK))) == 3


def test_sums_and_counts_of_many_chunks_are_those_of_all_rows() -> None:
    frame = people(2 * CHUNK + 3)
    slices = audit.Dataset(frame, target="y", sensitive=["sex", "race"]).slices
    keys = frame["sex"] + frame["race"]
    total, count = slices.sum(frame["p"].to_numpy()), slices.count(frame["y"].to_numpy(), 2) @ [0, 1]
    assert np.allclose(total[-10:], frame["p"].groupby(keys).sum(), rtol=1e-12)
    assert np.array_equal(slices.total(count)[-10:], frame["y"].groupby(keys).sum())
    assert np.array_equal(counted(frame["y"].to_numpy(), 3), [*np.bincount(frame["y"]), 0])


@pytest.mark.parametrize("kinds", [2, 126, 127, 128, 129, 200, 32_767, 70_000])
def test_codes_are_as_small_as_they_can_be_with_room_for_one_more(kinds: int) -> None:
    found = compact(np.arange(-1, kinds), kinds)
    assert np.array_equal(found, np.arange(-1, kinds)) and found.dtype.kind == "i"
    assert int((found + 1).max()) == kinds


@pytest.mark.parametrize("levels", [2, 16, 200])
def test_cells_of_attributes_with_many_levels_do_not_overflow(levels: int) -> None:
    rng = np.random.default_rng(1)
    names = [str(i) for i in range(levels)]
    one, two = (np.concatenate([np.arange(levels), rng.integers(0, levels, 3000)]).astype(np.int32) for _ in range(2))
    slices = cut({"a": (one, names), "b": (two, names)}, len(one), depth=1)
    assert np.array_equal(slices.rows[1 : 1 + levels], np.bincount(one))
    assert np.array_equal(slices.rows[1 + levels :], np.bincount(two))


@pytest.mark.parametrize(
    "values", [np.array([-100, 100, 27], np.int8), np.array([250, 3], np.uint8), np.array([5, -4000])]
)
def test_whole_numbers_are_coded_whatever_their_type(values: Any) -> None:
    rows, distinct = coded(values)
    assert np.array_equal(distinct[rows], values)


def test_a_digest_is_of_the_values_and_not_of_the_chunks() -> None:
    frame = people(CHUNK + 5)
    frame.loc[3, "p"] = np.nan
    whole = {name: Column(frame[name].to_numpy()) for name in ("y", "p")}
    bits = frame["p"].to_numpy() + 0.0
    by_hand = hashlib.sha256()
    for name, kind, values in (("y", b"int", frame["y"].to_numpy(np.int64)), ("p", b"float", bits)):
        by_hand.update(len(name).to_bytes(8, "little") + name.encode() + kind + values.tobytes())
    assert digest.of_columns(whole) == f"sha256:{by_hand.hexdigest()}"
