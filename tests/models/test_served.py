"""Audits through servers are the audits of the models that they serve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.audit import ModelError, PlanError
from assay.audit.models.served import ServedModel, ServedOptions
from assay.audit.models.served_answers import values
from assay.audit.models.served_formats import BadReply
from assay.audit.plan import ModelTable

from .server import CLASSES, NUMBERS, app, fitted, serving
from .sources import alike, audited, tumours


@pytest.fixture(scope="module")
def model() -> Any:
    return fitted()


@pytest.fixture(scope="module")
def server(model: Any) -> Iterator[tuple[str, Any]]:
    made = app(model)
    with serving(made) as url:
        yield url, made.state.failures


COLUMNS = [*NUMBERS, "size"]
PROTOCOLS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "v2": ("/v2/models/tumours", {"output": "probability"}, {"output": "predict_proba"}),
    "json": (
        "/json",
        {"output": "probability"},
        {"protocol": "json", "request": {"rows": "$records"}, "response": "result.scores.p"},
    ),
    "one row": (
        "/one",
        {"output": "probability", "classes": CLASSES},
        {"protocol": "json", "request": "$record", "concurrency": 8},
    ),
    "mlflow": ("", {"output": "probability"}, {"protocol": "mlflow"}),
    "v2 labels": ("/v2/models/tumours", {}, {"output": "predict"}),
    "torchserve labels": ("/predictions/tumours", {}, {"protocol": "torchserve", "columns": COLUMNS}),
}


@pytest.mark.parametrize("which", PROTOCOLS)
def test_an_audit_through_a_server_is_the_audit_of_its_model(which: str, model: Any, server: tuple[str, Any]) -> None:
    path, about, options = PROTOCOLS[which]
    _, test = tumours(text=True)
    local = model if about else model.predict
    one = audited(local, test, "verdict")
    two = audited(None, test, "verdict", url=server[0] + path, options={"batch": 64, **options}, **about)
    alike(one, two)
    assert two.model.capabilities == (["predict", "predict_proba"] if about else ["predict"])
    assert (two.model.wrapper, two.model.source, two.model.digest) == ("served", server[0] + path, None)
    assert two.model.name == server[0] + path


def test_rows_are_asked_for_once_where_probabilities_decide(server: tuple[str, Any]) -> None:
    url, failures = server
    failures.seen = []
    path, about, options = PROTOCOLS["json"]
    audited(None, tumours(text=True)[1], "verdict", url=url + path, options={"batch": 64, **options}, **about)
    assert len(failures.seen) == 2 + 5  # the probe asks for 64 rows and for each kind of answer; then all 284


def test_no_more_requests_are_under_way_than_allowed(server: tuple[str, Any]) -> None:
    url, failures = server
    failures.most = 0
    path, about, options = PROTOCOLS["json"]
    audited(None, tumours(text=True)[1], "verdict", url=url + path, options={"batch": 8, "concurrency": 3, **options}, **about)  # fmt: skip
    assert 1 <= failures.most <= 3


def asked(values: Any, **of: Any) -> dict[str, Any]:
    """The request that a batch becomes."""
    import json

    from assay.audit.models.served_formats import FORMATS
    from assay.audit.models.served_inputs import inputs

    options = ServedOptions(**of)
    given = inputs(values, options.columns, options.dtype)
    document: dict[str, Any] = json.loads(FORMATS[options.protocol].body(given.batch(range(len(given))), options))
    return document


def test_images_are_one_tensor_in_row_order() -> None:
    images = np.arange(12, dtype=np.float32).reshape(2, 1, 2, 3)
    assert asked(images, tensor="image") == {
        "inputs": [{"name": "image", "shape": [2, 1, 2, 3], "datatype": "FP32", "data": [float(n) for n in range(12)]}]
    }
    assert asked(images, dtype="uint8")["inputs"][0]["datatype"] == "UINT8"
    assert asked(images, protocol="mlflow") == {"inputs": images.tolist()}


def test_texts_are_bytes() -> None:
    assert asked(["good", "bad ☹"])["inputs"] == [
        {"name": "input-0", "shape": [2, 1], "datatype": "BYTES", "data": ["good", "bad ☹"], "parameters": {"content_type": "str"}}
    ]  # fmt: skip


def test_missing_values_are_null_and_do_not_change_the_type_of_their_column() -> None:
    import pandas as pd

    frame = pd.DataFrame({"a": [1.5, None], "b": ["x", None], "c": [1, 2], "d": [True, False]})
    frame["e"] = pd.to_datetime(pd.Series(["2026-01-02", None]))
    sent = asked(frame)["inputs"]
    assert [(one["datatype"], one["shape"], one["data"]) for one in sent] == [
        ("FP64", [2, 1], [1.5, None]),
        ("BYTES", [2, 1], ["x", None]),
        ("INT64", [2, 1], [1, 2]),
        ("BOOL", [2, 1], [True, False]),
        ("BYTES", [2, 1], ["2026-01-02T00:00:00", None]),
    ]
    assert asked(frame[["c", "a"]], tensor="x")["inputs"][0] == {
        "name": "x", "shape": [2, 2], "datatype": "FP64", "data": [1.0, 1.5, 2.0, None],
    }  # fmt: skip
    with pytest.raises(ModelError, match="column 'b': expected numbers, got text"):
        asked(frame[["a", "b"]], tensor="x")


def test_polars_frames_are_sent_as_pandas_ones() -> None:
    polars = pytest.importorskip("polars", reason="needs polars")
    _, test = tumours(text=True)
    assert asked(polars.from_pandas(test), protocol="mlflow") == asked(test, protocol="mlflow")


@pytest.mark.parametrize(
    ("url", "options", "message"),
    [
        ("http://example.org/m", {}, "data may be sent to localhost, 127.0.0.1, ::1 only, not to 'example.org'"),
        ("http://127.0.0.1.example.org/m", {}, "not to '127.0.0.1.example.org'"),
        ("http://127.0.0.1/m", {"hosts": ["models.example.org"]}, "only, not to '127.0.0.1'"),
        ("http://user:hunter2@127.0.0.1/m", {}, "expected an address without user, password and query"),
        ("http://127.0.0.1/m?key=hunter2", {}, "expected an address without user, password and query"),
        (r"http://127.0.0.1\@example.org/m", {}, "model.url: "),
        ("http://127.0.0.1/\n", {}, "expected http://host:port/path, got no such address"),
        ("file:///etc/passwd", {}, "model.url: expected http://host:port/path, got 'file:///etc/passwd'"),
        ("http://127.0.0.1:port/", {}, "model.url: expected http://host:port/path, got no such address"),
        ("http://127.0.0.1/m", {"headers": {"Authorization": "Bearer hunter2"}}, "expected the name of an environment variable"),
        ("http://127.0.0.1/m", {"headers": {"Authorization": "env:ASSAY_NO_SUCH"}}, "variable ASSAY_NO_SUCH is not set"),
        ("http://127.0.0.1/m", {"headers": {"Authorization": "env:ASSAY_BAD"}}, "ASSAY_BAD holds what no header can"),
        ("http://127.0.0.1/m", {"protocol": "json"}, "model.options.request: expected what is sent to the server"),
        ("http://127.0.0.1/m", {"retry": 3}, "model.options.retry: unknown option; did you mean 'retries'"),
        ("http://127.0.0.1/m", {"columns": ["mean radios"]}, "a column 'mean radios' that the data lack; did you mean 'mean radius'"),
    ],
)  # fmt: skip
def test_what_must_not_be_asked_is_refused_before_anything_is_sent(
    url: str, options: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_BAD", "hunter2\nHost: example.org")
    with pytest.raises((ModelError, PlanError)) as error:
        audited(None, tumours()[1], "verdict", url=url, options=options)
    assert message in str(error.value)
    assert "hunter2" not in str(error.value)


def test_an_absent_httpx_is_told_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ModelError, match=r"asking a server needs httpx, which is not installed: pip install 'assay\[http\]'"
    ):
        ServedModel.connect("http://127.0.0.1/m", ModelTable(), Path())


@pytest.mark.parametrize(
    ("answers", "about", "expected"),
    [
        ([1, 2.5], {"task": "regression"}, [1.0, 2.5]),
        ([[1], [2]], {"task": "regression"}, [1.0, 2.0]),
        (["a", "b"], {}, ["a", "b"]),
        ([1, "b"], {}, [1, "b"]),
        ([True, False], {}, [True, False]),
        ([[0, 1], [1, 1]], {"task": "multilabel"}, [[0, 1], [1, 1]]),
        ([[-3.0, 900], [0, 1]], {"output": "logits"}, [[-3.0, 900.0], [0.0, 1.0]]),
        ([{"x": 0.2, "1": 0.8}, {"1": 0.4, "x": 0.6}], {"output": "probability", "classes": [1, "x"]}, [[0.8, 0.2], [0.4, 0.6]]),
    ],
)  # fmt: skip
def test_answers_become_what_is_declared(answers: list[Any], about: dict[str, Any], expected: list[Any]) -> None:
    assert values(answers, 2, ModelTable(**about)).tolist() == expected


@pytest.mark.parametrize(
    ("answers", "about"),
    [
        ([1, None], {}),
        ([1, float("nan")], {}),
        (["1", 2.0], {"task": "regression"}),
        ([1.0, {"p": None}], {"output": "probability"}),
        ([[0.1, float("inf")], [0.1, 0.9]], {"output": "logits"}),
    ],
)
def test_answers_that_are_none_are_refused(answers: list[Any], about: dict[str, Any]) -> None:
    with pytest.raises(BadReply, match=r"1 answers are no (labels|finite numbers), the first is that of row [12]"):
        values(answers, 2, ModelTable(**about))


def test_answers_that_are_numbers_of_classes_are_names() -> None:
    table = ModelTable(url="http://127.0.0.1/m", classes=[1, 2], options={})
    made = ServedModel(ServedModel.connect("http://127.0.0.1/m", table, Path()), table)
    made.outputs = lambda x: np.array([1, 2, 2])  # type: ignore[method-assign]
    assert made.predict(None).tolist() == [1, 2, 2]
