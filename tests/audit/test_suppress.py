from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from assay import audit, reports
from assay.audit import Dataset, Record
from assay.audit.record import SUPPRESSED
from assay.audit.slices import cut
from assay.audit.suppress import small, withhold

LEAST = 10


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """600 people in 4 x 3 groups, of which one group is small, one crossing is small, and one has one label only."""
    rng = np.random.default_rng(0)
    race, sex = (
        rng.choice([*"abcd"], 600, p=[0.5, 0.3, 0.19, 0.01]),
        rng.choice(["f", "m", "x"], 600, p=[0.5, 0.47, 0.03]),
    )
    y = (rng.random(600) < 0.5).astype(int)
    return pd.DataFrame({"race": race, "sex": sex, "y": y, "p": np.clip(0.3 + 0.4 * y + rng.normal(0, 0.2, 600), 0, 1)})


def ran(frame: pd.DataFrame, *require: dict[str, Any], **table: Any) -> Record:
    include = ["accuracy", "fairness", "calibration", "rules"]
    plan = {
        "model": {"probability": "p"},
        "data": {"suppress": LEAST},
        "checks": {"include": include},
        "require": list(require),
    }
    return audit.run(None, Dataset(frame, target="y", sensitive=["race", "sex"], **table), plan)


@pytest.fixture(scope="module")
def record(rows: pd.DataFrame) -> Record:
    return ran(
        rows,
        {"check": "accuracy.accuracy", "on": "race", "at_least": 0.1},
        {"check": "accuracy.accuracy", "on": "sex", "at_least": 0.99},
        {"check": "fairness.selection_rate", "on": ["race", "sex"], "at_least": 0.01},
    )


def test_what_is_small() -> None:
    tables = np.array([[9.0, 0], [10, 10], [9, 100], [100, 0], [0, 0]])
    assert small(tables, 10).tolist() == [True, False, True, True, False]
    assert small(np.array([[9.0], [10]]), 10).tolist() == [True, False]


def test_nothing_is_shown_of_a_small_group(record: Record, rows: pd.DataFrame) -> None:
    hidden = [e.slice for e in record["accuracy.accuracy"].estimates if e.state == "suppressed"]
    assert {"race": "d"} in hidden
    assert len(hidden) == record.data.withheld
    found = rows.groupby(["race", "sex"]).y.agg(["size", "sum"])
    few = found[(found["sum"] < LEAST) | (found["size"] - found["sum"] < LEAST)]
    assert all({"race": race, "sex": sex} in hidden for race, sex in few.index)
    for result in record.results:
        for e in result.estimates:
            assert (e.state == "suppressed") == (e.slice in hidden)
            if e.slice in hidden:
                assert (e.value, e.low, e.high, e.mde, e.n, e.counts) == (None, None, None, None, 0, {})
    levels = {a.name: a.levels for a in record.data.sensitive}
    assert levels["race"]["d"] is None


def test_no_figure_names_a_small_group(record: Record) -> None:
    from assay.audit.record import slice_name

    hidden = {slice_name(e.slice) for e in record["accuracy.accuracy"].estimates if e.state == "suppressed"}
    drawn = json.dumps([figure.model_dump() for result in record.results for figure in result.figures])
    assert any("race=a" in text for text in [drawn])
    assert not [name for name in hidden if f'"{name}"' in drawn]


def test_a_requirement_on_a_small_group_is_inconclusive(record: Record) -> None:
    race, sex, both = record.requirements
    assert (race.verdict, sex.verdict, both.verdict) == ("inconclusive", "fail", "inconclusive")
    assert race.reason.endswith(SUPPRESSED)
    (gone,) = [j for j in race.estimates if j.slice == {"race": "d"}]
    assert (gone.value, gone.p_pass, gone.verdict, gone.suppressed) == (None, None, "inconclusive", True)


def _published(record: Record) -> tuple[list[dict[str, str]], dict[str, list[tuple[dict[str, str], float]]]]:
    """Every additive count in the record, by what it counts."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for result in record.results:
        for e in result.estimates:
            found.setdefault("rows", []).append(
                (e.slice, e.n)
            ) if result.check == "accuracy.accuracy" and e.counts else None
            for key, value in e.counts.items():
                if key.startswith(("true_", "hits", "trials", "positives", "negatives")) and not e.against:
                    found.setdefault(f"{result.check} {e.metric} {key}", []).append((e.slice, value))
    hidden = [e.slice for e in record["accuracy.accuracy"].estimates if e.state == "suppressed"]
    return hidden, found


def test_no_small_group_follows_from_what_is_shown(record: Record, rows: pd.DataFrame) -> None:
    """An attacker who knows which crossings exist solves for counts of each; those of a hidden group stay open."""
    cells = list(rows.groupby(["race", "sex"]).size().index)
    hidden, published = _published(record)
    assert hidden and len(published) > 10
    for counted, known in published.items():
        of = np.array([[float({"race": r, "sex": s}.items() >= slice.items()) for r, s in cells] for slice, _ in known])
        total = np.array([value for _, value in known])
        for slice in hidden:
            wanted = np.array([float({"race": r, "sex": s}.items() >= slice.items()) for r, s in cells])
            ends = [linprog(sign * wanted, A_eq=of, b_eq=total, method="highs") for sign in (1, -1)]
            assert all(end.status == 0 for end in ends), counted
            least, most = ends[0].fun or 0.0, -(ends[1].fun or 0.0)
            assert most - least >= 1 or total[0] == most == least == 0, (counted, slice, least, most)


@given(
    sizes=st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=2, max_size=4),
    least=st.integers(2, 12),
)
@settings(max_examples=60, deadline=None)
def test_no_withheld_slice_is_a_sum_of_shown_ones(sizes: list[list[int]], least: int) -> None:
    one = np.repeat(np.arange(len(sizes)), [sum(row) for row in sizes])
    two = np.concatenate([np.repeat(np.arange(3), row) for row in sizes])
    if len(one) == 0:
        return
    columns = {"a": (one, list("pqrs"[: len(sizes)])), "b": (two, list("xyz"))}
    whole = cut(columns, len(one), depth=2)
    left = withhold(whole, None, least)
    assert left.labels[0] == {}
    assert len(left.labels) + len(left.withheld) == len(whole.labels)
    assert all(left.rows[1:] >= least)
    shown = whole.members[[whole.labels.index(label) for label in left.labels]]
    rank = np.linalg.matrix_rank(shown)
    for label in left.withheld:
        row = whole.members[whole.labels.index(label)]
        same = (shown == row).all(axis=1)
        assert np.linalg.matrix_rank(np.vstack([shown, row])) > rank or same[0], label
    assert left.members[:, left.cell].tolist() == shown[:, whole.cell].tolist()


def test_reports_say_suppressed(record: Record, tmp_path: Any) -> None:
    for name in ("card.md", "card.html"):
        text = reports.write(record, tmp_path / name).read_text()
        assert "suppressed" in text
    assert "Groups with fewer than 10 rows" in text


def test_a_named_reference_that_is_small_leaves_nothing_to_compare(rows: pd.DataFrame) -> None:
    found = ran(rows, {"check": "fairness.impact_ratio", "on": "race", "at_least": 0.8}, reference={"race": "d"})
    (requirement,) = found.requirements
    assert requirement.verdict == "inconclusive"
    assert not [e for e in found["fairness.impact_ratio"].estimates if set(e.slice) == {"race"} and e.value is not None]


def test_without_the_option_everything_is_shown(rows: pd.DataFrame) -> None:
    plan = {"model": {"probability": "p"}, "checks": {"include": ["accuracy.accuracy"]}}
    record = audit.run(None, Dataset(rows, target="y", sensitive=["race", "sex"]), plan)
    assert (record.data.suppress, record.data.withheld) == (0, 0)
    assert record["accuracy.accuracy"].estimate(race="d").value is not None
