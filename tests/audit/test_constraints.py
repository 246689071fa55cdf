"""How inputs may change: the language of relations, features, projection, and the check that shares no code with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay import audit
from assay.audit.constraints.grammar import parse
from assay.audit.constraints.infer import guesses
from assay.audit.constraints.scale import Budget, Scale
from assay.audit.constraints.space import Space
from assay.audit.constraints.verify import ConstraintViolation, verified
from assay.audit.errors import DataError, PlanError

KNOWN = ["a", "b", "c", "net pay", "word"]
ROWS: dict[str, Any] = {
    "a": np.array([1.0, 2.0, 3.0]),
    "b": np.array([0.0, 2.0, 9.0]),
    "c": np.array([1.0, 4.0, 12.0]),
    "net pay": np.array([5, 6, 7]),
    "word": np.array(["x", "y", None], dtype=object),
}


def holds(text: str) -> list[bool]:
    return [bool(one) for one in parse(text, KNOWN, ["word"]).holds(ROWS, 3)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a <= b", [False, True, True]),
        ("a + b == c", [True, True, True]),
        ("c == a + b", [True, True, True]),
        ("2 * a - -1 > 4 / 2 + 2", [False, True, True]),
        ("2 + 3 * a == 5", [True, False, False]),
        ("(2 + 3) * a == 5", [True, False, False]),
        ("10 - 2 - 3 == 5 * a", [True, False, False]),
        ("1 <= a < 3", [True, True, False]),
        ("`net pay` >= 6 and not a == 3", [False, True, False]),
        ("a == 1 or b == 2 and c == 0", [True, False, False]),
        ("min(a, b, 2) == 2", [False, True, True]),
        ("max(a, b) - abs(a - b) == min(a, b)", [True, True, True]),
        ("word == 'x'", [True, False, True]),  # a missing value breaks nothing
        ('word != "x" or a > 5', [False, True, True]),
        ("a / b > 100", [True, False, False]),  # infinite
        ("0.1 + 0.2 + 0 * a == 0.3", [True, True, True]),
    ],
)
def test_relations_mean_what_they_say(text: str, expected: list[bool]) -> None:
    assert holds(text) == expected


NUMBERS = st.one_of(st.sampled_from(["a", "b", "c"]), st.integers(0, 9).map(str))
SUMS = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"{t[0]} {t[1]} {t[2]}"),
        inner.map(lambda t: f"({t})"),
        inner.map(lambda t: f"-({t})"),
    ),
    max_leaves=6,
)
COMPARISONS = st.tuples(SUMS, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), SUMS).map(" ".join)
SENTENCES = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
        inner.map(lambda t: f"not ({t})"),
    ),
    max_leaves=4,
)


@given(SENTENCES)
def test_python_reads_the_same_sentences_alike(text: str) -> None:
    names = {name: values for name, values in ROWS.items() if name in "abc"}
    expected = [bool(eval(text, {}, {k: float(v[i]) for k, v in names.items()})) for i in range(3)]
    try:
        assert holds(text) == expected
    except PlanError as error:
        assert "names none" in str(error)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a <= d", r"character 6: no column 'd'"),
        ("net_pay <= 3", r"no column 'net_pay'; did you mean 'net pay'\?"),
        ("a = b", r"character 3: cannot read '='; '==' states"),
        ("a <", r"character 4: it ends too soon"),
        ("a + b", "expected a comparison"),
        ("1 < 2", "it names none"),
        ("word < 'x'", "texts have no order"),
        ("word == 3", "expected a text, got a number"),
        ("a and b", "expected a truth, got a number"),
        ("a < 3 b", "expected the end or an operator, got 'b'"),
        ("min(a) < 3", "min: expected 2 or more values, got 1"),
        ("(a < 3", r"expected '\)'"),
        ("__import__('os').system('x') == 0", r"character 17: cannot read '\.'"),
        ("__import__('os') == 0", "no column '__import__'"),
        ("a.real == 1", r"cannot read '\.'"),
        ("(" * 300 + "a < 3" + ")" * 300, "nested deeper than 40"),
        ("-" * 300 + "a < 3", "nested deeper than 40"),
        ("not " * 300 + "a < 3", "nested deeper than 40"),
        ("a < 3 or " * 500 + "b < 3", "at most 2000 characters"),
        ("", "it ends too soon"),
    ],
)
def test_what_is_not_in_the_language_is_refused_with_the_place(text: str, problem: str) -> None:
    with pytest.raises(PlanError, match=problem):
        parse(text, KNOWN, ["word"])


def table() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    n = 60
    kind = rng.integers(0, 3, n)
    wages, interest = rng.integers(0, 500, n), rng.integers(0, 90, n)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, n),
            "rate": rng.normal(3, 1, n).round(2),
            "small": rng.normal(0, 1, n).astype(np.float32),
            "school": rng.choice(["none", "some", "all"], n),
            "job": pd.Categorical(rng.choice(["x", "y", "z"], n)),
            "member": rng.integers(0, 2, n).astype(bool),
            "kind_a": (kind == 0).astype(np.int64),
            "kind_b": (kind == 1).astype(np.int64),
            "wages": wages,
            "interest": interest,
            "total": wages + interest,
            "other": rng.normal(size=n),
            "y": rng.integers(0, 2, n),
        }
    )


SPEC: dict[str, Any] = {
    "features": {
        "age": {"bounds": [18, 90], "direction": "up"},
        "rate": {"step": 0.25, "bounds": [-2, 8]},
        "small": {"bounds": [-4, 4]},
        "school": {"kind": "ordinal", "values": ["none", "some", "all"], "direction": "up"},
        "job": {},
        "member": {},
        "kind": {"kind": "one_hot", "columns": ["kind_a", "kind_b"], "empty": True},
        "wages": {"bounds": [0, 700]},
        "interest": {"bounds": [0, 100], "mutable": False},
        "total": {"bounds": [0, 800]},
    },
    "relations": ["total == wages + interest", "wages <= 20 * age"],
}


def spaces(frame: Any = None, spec: Any = None) -> tuple[Any, Space]:
    dataset = audit.Dataset(table() if frame is None else frame, target="y", constraints=spec or SPEC)
    assert dataset.constraints is not None
    return dataset.inputs(), dataset.constraints


def moved(space: Space, of: Any, seed: int, by: float = 1.0) -> Any:
    """Vectors far from the rows, and far out of what they can be."""
    rng = np.random.default_rng(seed)
    wild = of + rng.normal(0, 1, of.shape) * (space.high - space.low + 1) * by
    codes = rng.integers(0, (space.high - space.low).astype(int) + 1, of.shape)
    return np.where(rng.random(of.shape) < 0.5, of, np.where(space.ordered, wild, codes))


@given(st.integers(0, 10_000))
@settings(max_examples=40)
def test_projection_is_idempotent_and_stays_in_the_limits(seed: int) -> None:
    frame, space = spaces()
    of = space.encode(frame)
    once = space.project(moved(space, of, seed), of)
    np.testing.assert_array_equal(space.project(once, of), once)
    assert (once >= space.low).all() and (once <= space.high).all()
    assert (once[:, 0] >= of[:, 0]).all() and (once[:, 3] >= of[:, 3]).all()
    assert (once[:, 8] == of[:, 8]).all()
    steps = (once[:, 1] - of[:, 1]) / 0.25
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-6)
    np.testing.assert_array_equal(space.project(of, of), of)


@given(st.integers(0, 10_000))
@settings(max_examples=20)
@pytest.mark.parametrize("make", [pd.DataFrame, pl.from_pandas], ids=["pandas", "polars"])
def test_what_is_realised_passes_the_check_that_shares_no_code_with_it(make: Callable[[Any], Any], seed: int) -> None:
    frame, space = spaces(make(table()))
    of = space.encode(frame)
    after, vectors, possible = space.realise(frame, moved(space, of, seed, 0.3), of)
    keep = np.flatnonzero(possible)
    assert len(keep) > 5
    scale = Scale.of(space.features, of)
    verified(space, scale, Budget(), frame[keep], after[keep])
    np.testing.assert_array_equal(space.encode(after), vectors)
    assert after.schema == frame.schema
    sizes = scale.sizes(vectors, of)[keep]
    exact = Budget(
        float(sizes[:, space.ordered].max()), int((sizes > 0).sum(axis=1).max()), float(sizes.sum(axis=1).max())
    )
    verified(space, scale, exact, frame[keep], after[keep])
    for less in (
        Budget(eps=(exact.eps or 0) * 0.9),
        Budget(features=(exact.features or 0) - 1),
        Budget(cost=(exact.cost or 0) * 0.9),
    ):
        with pytest.raises(ConstraintViolation):
            verified(space, scale, less, frame[keep], after[keep])


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"age": 17}, "age: out of its bounds"),
        ({"age": 19}, "age: changed in the wrong direction"),
        ({"rate": 3.1}, "rate: no whole steps"),
        ({"rate": np.nan}, "rate: became missing"),
        ({"school": "none"}, "school: changed in the wrong direction"),
        ({"school": "many"}, "school: not one of its values"),
        ({"kind_a": 1}, "kind: expected one column set"),
        ({"kind_b": 2}, "kind: expected one column set"),
        ({"wages": 450}, "total == wages"),
        ({"wages": 600, "total": 610}, "wages <= 20"),
        ({"interest": 11, "total": 411}, "interest: must not change"),
        ({"wages": 400.5, "total": 410.5}, "wages: not a whole number"),
        ({"other": 1.0}, "other: is no feature that may change"),
        ({}, None),
        ({"age": 26, "wages": 500, "total": 510, "school": "all", "kind_b": 0, "rate": 3.75}, None),
    ],
)
def test_the_check_finds_every_kind_of_violation(change: dict[str, Any], rule: str | None) -> None:
    row = {
        "age": 25, "rate": 3.0, "small": 0.0, "school": "some", "job": "x", "member": True, "kind_a": 0, "kind_b": 1,
        "wages": 400, "interest": 10, "total": 410, "other": 0.0, "y": 0,
    }  # fmt: skip
    rows = pd.DataFrame([row, {**row, "y": 1}])
    before, space = spaces(rows, {**SPEC, "features": {**SPEC["features"], "job": {"values": ["x", "y"]}}})
    after = rows.drop(columns="y").astype(object)
    for name, value in change.items():
        after.loc[1, name] = value
    after = after.infer_objects()
    import narwhals as nw

    scale = Scale.of(space.features, space.encode(before))
    if rule is None:
        verified(space, scale, Budget(), before, nw.from_native(after, eager_only=True))
    else:
        with pytest.raises(ConstraintViolation, match=rule):
            verified(space, scale, Budget(), before, nw.from_native(after, eager_only=True))


def test_missing_values_stay_missing_and_break_nothing() -> None:
    frame = table().astype({"wages": float, "total": float})
    frame.loc[:9, ["wages", "school"]] = np.nan
    rows, space = spaces(frame)
    of = space.encode(rows)
    after, _, possible = space.realise(rows, moved(space, of, 1, 0.1), of)
    assert possible[:10].any()
    native = after.to_native()
    assert native.loc[:9, ["wages", "school"]].isna().all().all() and native.loc[10:, "wages"].notna().all()


def test_functions_of_the_user_judge_and_repair() -> None:
    def possible(rows: pd.DataFrame) -> Any:
        return np.asarray(rows.a % 2 == 0)

    def repair(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(b=2 * rows.a)

    frame = pd.DataFrame({"a": [2, 4, 5], "b": [4, 8, 10], "y": [0, 1, 1]})
    spec = {"features": {"a": {"bounds": [0, 50]}, "b": {"bounds": [0, 50]}}, "possible": possible, "repair": repair}
    rows, space = spaces(frame, spec)
    assert [(text, bad.sum()) for text, bad in space.unfit(rows) if bad.any()] == [("data.constraints.possible", 1)]
    of = space.encode(rows)
    after, _, good = space.realise(rows, of + np.array([[2, 0], [1, 0], [30, 0]]), of)
    assert after.to_native().b.tolist() == [8, 10, 50] and good.tolist() == [True, False, False]


def test_import_paths_start_at_the_audit_file(tmp_path: Any) -> None:
    (tmp_path / "rules_of_ours.py").write_text(
        "def possible(rows):\n    return rows.a.to_numpy() > 0\n\n\nnumber = 3\n"
    )
    table_ = {"data": {"constraints": {"features": {"a": {}}, "possible": "rules_of_ours.py:possible"}}}
    plan = audit.Plan.parse(table_)
    frame = pd.DataFrame({"a": [-1, 2], "y": [0, 1]})
    dataset = audit.Dataset(frame, target="y").constrained(plan.data.constraints, tmp_path)
    assert dataset.constraints is not None
    assert [bad.tolist() for _, bad in dataset.constraints.related(dataset.inputs())] == [[False, True]]
    assert plan.document()["data"]["constraints"]["possible"] == "rules_of_ours.py:possible"
    wrong = audit.Plan.parse({"data": {"constraints": {"possible": "rules_of_ours.py:number"}}})
    with pytest.raises(PlanError, match="possible: expected a function of the rows, got int"):
        audit.Dataset(frame, target="y").constrained(wrong.data.constraints, tmp_path)


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ({"features": {"aeg": {}}}, DataError, "features.aeg: no input 'aeg'; did you mean 'age'"),
        ({"features": {"age": {"direktion": "up"}}}, PlanError, "age.direktion'; did you mean 'direction'"),
        ({"feature": {}}, PlanError, "unknown key 'data.constraints.feature'; did you mean 'features'"),
        ({"features": {"age": {"kind": "number"}}}, PlanError, "age.kind: Input should be 'continuous'"),
        ({"features": {"age": {"bounds": [3, 2]}}}, PlanError, r"bounds: expected \[lower, upper\], got \[3.0, 2.0\]"),
        ({"features": {"age": {"step": 0.5, "kind": "integer"}}}, PlanError, "step: expected a whole number"),
        ({"features": {"school": {"kind": "ordinal"}}}, PlanError, "expected 'values' in their order"),
        (
            {"features": {"school": {"kind": "integer"}}},
            DataError,
            "kind 'integer' needs numbers; column 'school' holds texts",
        ),
        ({"features": {"school": {"direction": "up"}}}, DataError, "direction: is for features of kind continuous"),
        ({"features": {"school": {"values": [1, 2]}}}, DataError, "expected texts, got 1"),
        ({"features": {"age": {"kind": "ordinal", "values": ["a"]}}}, DataError, "holds no texts"),
        ({"features": {"k": {"kind": "one_hot", "columns": ["kind_a"]}}}, PlanError, "k.columns"),
        ({"features": {"k": {"columns": ["kind_a", "kind_b"]}}}, PlanError, "expected both or neither"),
        (
            {"features": {"k": {"kind": "one_hot", "columns": ["kind_a", "kind_b"]}, "kind_a": {}}},
            DataError,
            "column 'kind_a' is part of feature 'k' already",
        ),
        ({"relations": ["age <= x"]}, PlanError, r"relations\[1\] 'age <= x', character 8: no column 'x'"),
        ({"possible": "nothing.py:here"}, audit.ModelError, "data.constraints.possible: no file"),
    ],
)
def test_what_is_wrong_with_a_specification_is_said_before_any_work(spec: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        spaces(None, spec)


def test_ranks_are_shares_of_rows() -> None:
    frame = pd.DataFrame({"a": [0.0, 1.0, 10.0, 100.0], "y": [0, 1, 0, 1]})
    rows, space = spaces(frame, {"features": {"a": {}}})
    of = space.encode(rows)
    scale = Scale.of(space.features, of, "rank")
    to = np.array([[1.0], [10.0], [100.0], [0.0]])
    np.testing.assert_allclose(scale.sizes(to, of)[:, 0], [0.25, 0.25, 0.25, 0.75])
    low, high = scale.around(of, 0.125)
    np.testing.assert_allclose(high[:3, 0], [0.5, 5.5, 55])
    np.testing.assert_allclose(low[1:, 0], [0.5, 5.5, 55])


def test_a_first_specification_is_inferred_from_rows() -> None:
    rng = np.random.default_rng(0)
    n = 200
    town, colour = rng.choice(["a", "b", "c"], n), rng.choice(["red", "green", "blue"], n)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, n),
            "wage": rng.integers(18, 80, n).astype(float),
            "rate": np.append(rng.random(n - 1), np.nan),
            "town": town,
            "town_code": pd.Series(town).map({"a": 7, "b": 8, "c": 9}),
            "sex": rng.choice(["f", "m"], n),
            "group": rng.choice(["x", "y"], n),
            "birthYear": rng.integers(1950, 2000, n),
            "same": 3,
            "customer": np.arange(n),
            "note": [f"text {i}" for i in range(n)],
            "day": pd.date_range("2026-01-01", periods=n),
            "member": rng.integers(0, 2, n),
            "has_car": rng.integers(0, 2, n),
            "has_dog": rng.integers(0, 2, n),
        }
    )
    for name in ("red", "green", "blue"):
        frame[f"paint_of_{name}"] = (colour == name).astype(int)
    for name in ("b", "c"):
        frame[f"town={name}"] = town == name
    found = {guess.name: (guess.table, guess.why) for guess in guesses(frame, ["group"])}
    whole = {"kind": "integer", "bounds": [int(frame.age.min()), int(frame.age.max())]}
    binary = {"kind": "categorical", "values": [0, 1]}
    still = {"mutable": False}
    assert found == {
        "age": ({**whole, "direction": "up"}, "nobody gets younger"),
        "wage": ({"kind": "integer", "bounds": [int(frame.wage.min()), int(frame.wage.max())]}, ""),
        "rate": ({"kind": "continuous", "bounds": [frame.rate.min(), frame.rate.max()]}, ""),
        "town": (still, "says the same as town_code; neither can change alone"),
        "town_code": (still, "says the same as town; neither can change alone"),
        "sex": (still, "nobody can change it"),
        "group": (still, "sensitive"),
        "birthYear": (still, "nobody can change it"),
        "same": (still, "the same in all rows"),
        "customer": (still, "differs in every row; an identifier?"),
        "note": ({}, "200 different texts"),
        "day": ({}, "times cannot be changed"),
        "member": (binary, ""),
        "has_car": (binary, ""),
        "has_dog": (binary, ""),
        "paint_of": (
            {"kind": "one_hot", "columns": ["paint_of_red", "paint_of_green", "paint_of_blue"]},
            "",
        ),
        "town (one-hot)": ({"kind": "one_hot", "columns": ["town=b", "town=c"], "empty": True}, ""),
    }
    spec = {"features": {name: table_ for name, (table_, _) in found.items() if table_}}
    rows, space = spaces(frame.assign(y=rng.integers(0, 2, n)), spec)
    assert not any(bad.any() for _, bad in space.unfit(rows))
