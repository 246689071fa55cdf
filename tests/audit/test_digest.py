from __future__ import annotations

import hashlib
import pickle
import struct
import threading
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assay.audit.columns import Column
from assay.audit.digest import Unstable, of_columns, of_json, of_object


def test_canonical_json_has_one_digest_per_content() -> None:
    # RFC 8785: keys sorted, 1.0 is 1; sha256 of {"a":1,"b":[]} by coreutils.
    expected = "sha256:f87e4099e9be5e75094e0a4f46d3dc18a9c37429314a5a2490fb78d31e7e170c"
    assert of_json({"b": [], "a": 1.0}) == of_json({"a": 1, "b": []}) == expected


def fitted(make: Any, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, 3))
    return make().fit(x, x[:, 0] + rng.normal(size=60) > 0)


MAKERS = [
    LogisticRegression,
    lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    lambda: RandomForestClassifier(3, random_state=0),
    lambda: HistGradientBoostingClassifier(max_iter=3, random_state=0),
]


@pytest.mark.parametrize("make", MAKERS)
def test_the_digest_of_a_model_is_of_its_content(make: Any) -> None:
    model = fitted(make)
    copy = pickle.loads(pickle.dumps(model))
    assert of_object(model) == of_object(copy) == of_object(fitted(make))
    assert of_object(model) != of_object(fitted(make, seed=1))


@given(st.recursive(st.none() | st.integers() | st.text() | st.floats(allow_nan=False), lambda s: st.lists(s) | st.dictionaries(st.text(), s)))  # fmt: skip
def test_a_copy_has_the_same_digest(thing: Any) -> None:
    assert of_object(thing) == of_object(pickle.loads(pickle.dumps(thing)))


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), ([1, 2], [2, 1]), ("1", 1), ([], ()), ({"a": 1}, {"a": 2}), (np.zeros(2), np.zeros(3)), (np.zeros(2), np.zeros(2, int))],
)  # fmt: skip
def test_different_contents_have_different_digests(one: Any, other: Any) -> None:
    assert of_object(one) != of_object(other)


def test_the_order_of_memory_and_of_keys_is_no_content() -> None:
    array = np.arange(6.0).reshape(2, 3)
    assert of_object(array) == of_object(np.asfortranarray(array)) == of_object(array.astype(">f8"))
    assert of_object({"a": 1, "b": 2}) == of_object({"b": 2, "a": 1})


def test_what_has_no_content_says_so() -> None:
    with pytest.raises(Unstable, match=r"_thread.lock"):
        of_object({"lock": threading.Lock()})


columns = st.dictionaries(
    st.text(min_size=1), st.lists(st.floats() | st.none() | st.text(), min_size=3, max_size=3), min_size=1
)


@given(columns, st.permutations([0, 1, 2]))
def test_rows_in_another_order_are_another_table(drawn: dict[str, list[Any]], order: list[int]) -> None:
    table = {name: np.array(values, dtype=object) for name, values in drawn.items()}
    again = {name: values[order] for name, values in table.items()}

    def told(values: Any) -> list[str]:
        return ["nothing" if v is None or v != v else str(v) for v in values.tolist()]

    same = all(told(table[name]) == told(again[name]) for name in table)
    digests = [of_columns({name: Column(values) for name, values in of.items()}) for of in (table, again)]
    assert (digests[0] == digests[1]) == same


def test_the_digest_of_a_table_is_defined_by_its_bytes() -> None:
    frame = pd.DataFrame(
        {
            "i": np.array([1, -2, 3], np.int16),
            "f": np.array([0.5, -0.0, -np.nan], np.float32),
            "b": [True, False, True],
            "t": pd.to_datetime(["2020-01-01", "2021-01-01", "NaT"]),
            "s": ["b", None, "ä"],
        }
    )

    def framed(content: bytes) -> bytes:
        return struct.pack("<q", len(content)) + content

    moments = [1577836800 * 10**9, 1609459200 * 10**9, -(2**63)]
    parts = {
        b"i": b"int" + struct.pack("<3q", 1, -2, 3),
        b"f": b"float" + struct.pack("<3d", 0.5, 0.0, np.nan),
        b"b": b"bool" + bytes([1, 0, 1]),
        b"t": b"time" + struct.pack("<3q", *moments),
        b"s": b"text" + framed(framed(b"b") + framed("ä".encode())) + struct.pack("<3q", 0, -1, 1),
    }
    content = b"".join(framed(name) + part for name, part in parts.items())
    table = nw.from_native(frame, eager_only=True)
    columns = {name: Column(table[name]) for name in table.columns}
    assert of_columns(columns) == "sha256:" + hashlib.sha256(content).hexdigest()
