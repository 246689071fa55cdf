"""Weak groups of rows: planted ones are found and confirmed, chance ones are not, hostile tables do no harm."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay import audit
from assay.audit.columns import Column
from assay.audit.errors import NotAssessed
from assay.audit.slices import cut
from assay.audit.stats.fisher import exact_greater
from assay.checks.groups_of_rows import in_order, levels
from assay.checks.weak_slices import weak_slices


def inputs(rng: np.random.Generator, n: int) -> dict[str, Any]:
    numbers = {f"x{i}": rng.normal(size=n) for i in range(4)}
    return {**numbers, "job": rng.choice(list("abcdefghij"), n), "town": rng.choice(list("uvw"), n)}


def coded(columns: dict[str, Any]) -> dict[str, Column]:
    frame = nw.from_native(pd.DataFrame(columns), eager_only=True)
    return {name: Column(frame[name]) for name in frame.columns}


def found(columns: dict[str, Any], wrong: Any, rng: np.random.Generator, **options: Any) -> dict[str, Any]:
    return dict(
        weak_slices(
            coded(columns),
            np.zeros(len(wrong), int),
            np.asarray(wrong, int),
            cut({}, len(wrong), depth=1),
            rng,
            **options,
        )
    )


def confirmed(result: dict[str, Any]) -> list[str]:
    return [row[0] for row in result["groups"].rows if row[-1] == "confirmed"]


def test_where_there_is_none_one_is_rarely_confirmed() -> None:
    rng = np.random.default_rng(5)
    alarms = sum(bool(confirmed(found(inputs(rng, 4000), rng.random(4000) < 0.1, rng))) for _ in range(150))
    assert alarms <= stats.binom.ppf(0.999, 150, 0.05)


def test_a_planted_group_is_found_and_confirmed() -> None:
    rng = np.random.default_rng(6)
    hits = 0
    for _ in range(25):
        columns = inputs(rng, 4000)
        wrong = rng.random(4000) < np.where(columns["job"] == "a", 0.3, 0.1)
        hits += "job = a" in confirmed(found(columns, wrong, rng))
    assert hits >= 20


def test_a_planted_pair_is_found_where_neither_input_alone_tells_it() -> None:
    rng = np.random.default_rng(7)
    columns = inputs(rng, 8000)
    one, two = columns["town"] == "u", columns["x0"] > 0
    result = found(columns, rng.random(8000) < np.where(one == two, 0.3, 0.05), rng)
    assert any("town = u" in text and "x0 at least" in text for text in confirmed(result))
    assert not any("town" in text for text in confirmed(found(columns, rng.random(8000) < 0.1, rng, depth=1)))


def test_interval_of_the_excess_of_the_first_group_covers() -> None:
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(100):
        columns = inputs(rng, 2000)
        result = found(columns, rng.random(2000) < 0.2, rng)
        statistic = result["worst_excess"].by(cut({}, 2000, depth=1), rng)
        held += bool(statistic.interval(0.95).low[0] <= 0 <= statistic.interval(0.95).high[0])
    assert held >= stats.binom.ppf(0.001, 100, 0.95)


def test_numbers_of_the_table_are_those_of_the_second_half() -> None:
    rng = np.random.default_rng(9)
    columns = inputs(rng, 3000)
    wrong = rng.random(3000) < np.where(columns["town"] == "w", 0.4, 0.1)
    result = found(columns, wrong, np.random.default_rng(1))
    order = in_order(coded(columns), wrong, np.zeros(3000, int))
    second = np.isin(np.arange(3000), order[np.random.default_rng(1).random(3000) >= 0.5])
    row = next(row for row in result["groups"].rows if row[0] == "town = w")
    inside = second & (columns["town"] == "w")
    assert row[1:4] == [inside.sum(), (inside & wrong).sum(), pytest.approx(wrong[inside].mean(), abs=1e-4)]
    assert row[6] == pytest.approx(wrong[inside].mean() - wrong[second & ~inside].mean(), abs=1e-4)


def test_hostile_columns_and_missing_values() -> None:
    rng = np.random.default_rng(10)
    n = 3000
    ids = np.array([f"id {i}" for i in range(n)], dtype=object)
    some = rng.random(n) < 0.3
    columns: dict[str, Any] = {
        "": rng.integers(0, 3, n),
        "<b>&\u202e": rng.choice(["=cmd()", "<script>", "x"], n).astype(object),
        "id": ids,
        "constant": np.ones(n),
        "nothing": np.full(n, np.nan),
        "infinite": np.where(some, np.inf, rng.normal(size=n)),
        "income": np.where(some, np.nan, rng.lognormal(size=n)),
        "mostly zero": np.where(some, rng.exponential(size=n), 0.0),
        "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
        "lists": [[i] for i in range(n)],
        "bool": rng.random(n) < 0.5,
    }
    texts = {text for one in levels(coded(columns), np.arange(n), bins=5, least=100) for text in one.texts}
    assert {"(empty) = 0", "income = (missing)", "bool = True", "mostly zero from 0 to below 0.001"} & texts
    assert not any(text.startswith(("id", "constant", "nothing", "lists")) for text in texts)
    result = found(columns, rng.random(n) < np.where(some, 0.5, 0.1), rng)
    assert any(
        "income = (missing)" in text or "infinite" in text or "mostly zero" in text for text in confirmed(result)
    )


@given(st.lists(st.floats(-1e9, 1e9), min_size=30, max_size=200), st.integers(2, 9))
def test_every_row_has_the_level_whose_words_fit_it(values: list[float], bins: int) -> None:
    (one, *_) = [*levels(coded({"v": values}), np.arange(len(values)), bins=bins, least=1), None]
    if one is None:
        return
    for value, place in zip(values, one.of, strict=True):
        text = one.texts[place] if place >= 0 else ""
        if text.startswith("v from"):
            low, high = (float(part) for part in text.removeprefix("v from ").split(" to below "))
            assert low <= value < high
        elif text.startswith("v below"):
            assert value < float(text.removeprefix("v below "))
        elif text.startswith("v at least"):
            assert value >= float(text.removeprefix("v at least "))


def test_too_few_rows_are_not_assessed() -> None:
    with pytest.raises(NotAssessed, match="50 rows"):
        found({"a": list("ab") * 20}, np.zeros(40), np.random.default_rng(0))


def test_it_can_be_required_and_recorded_answers_are_no_inputs(people: pd.DataFrame) -> None:
    plan = {
        "model": {"prediction": "decided", "probability": "p"},
        "checks": {"include": ["accuracy.weak_slices"]},
        "require": [{"check": "accuracy.weak_slices", "at_most": 0.3}],
    }
    record = audit.run(None, audit.Dataset(people, target="y", sensitive=["sex"]), plan)
    assert [r.verdict for r in record.requirements] == ["pass"]
    (table,) = record["accuracy.weak_slices"].figures
    words = [str(row[0]) for row in table.rows]
    assert words
    assert not any("decided" in text or text.startswith("p ") or " and p " in text for text in words)


def test_exact_test_is_that_of_scipy() -> None:
    for x, n, y, m in ((3, 10, 4, 50), (0, 10, 4, 50), (10, 10, 50, 50), (30, 40, 100, 400)):
        expected = stats.fisher_exact(np.array([[x, n - x], [y, m - y]]), alternative="greater").pvalue
        assert exact_greater(x, n, y, m) == pytest.approx(expected, rel=1e-9)


def test_many_inputs_with_many_levels_are_crossed_only_where_it_pays() -> None:
    rng = np.random.default_rng(11)
    columns = {f"c{i}": rng.integers(0, 8, 6000) for i in range(60)}
    bad = (columns["c7"] == 3) & (columns["c50"] < 4)
    texts = confirmed(found(columns, rng.random(6000) < np.where(bad, 0.6, 0.1), rng, min_rows=30))
    assert any("c7 = 3" in text for text in texts)
