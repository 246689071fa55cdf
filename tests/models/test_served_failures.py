"""Servers that are down, slow, busy or wrong, and what must not leak."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay import audit
from assay.audit import ModelError, Record
from assay.audit.errors import ModelTimeout
from assay.audit.models.served import ServedModel
from assay.audit.models.served_requests import _seconds
from assay.audit.plan import ModelTable

from .server import app, fitted, serving
from .sources import tumours

JSON: dict[str, Any] = {"protocol": "json", "request": {"rows": "$records"}, "response": "result.scores.p"}
BARE: dict[str, Any] = {"protocol": "json", "request": {"rows": "$records"}}
SECRET = "hunter2-is-a-secret"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Any]]:
    made = app(fitted())
    with serving(made) as url:
        yield url, made.state.failures


@pytest.fixture
def failing(server: tuple[str, Any]) -> Iterator[tuple[str, Any]]:
    yield server
    server[1].mode = ""


def model(url: str, folder: Path = Path(), **options: Any) -> ServedModel:
    more = {"wait": 0.01, "batch": 64, **options}
    table = ModelTable(url=url, output="probability", positive="malignant", options=more)
    return ServedModel(ServedModel.connect(url, table, folder), table)


def rows() -> pd.DataFrame:
    return tumours(text=True)[1].drop(columns="verdict")


def of(failing: tuple[str, Any], mode: str, path: str = "/json", **options: Any) -> ServedModel:
    failing[1].mode, failing[1].seen, failing[1].most = mode, [], 0
    return model(failing[0] + path, **{**JSON, **options})


def test_a_server_that_fails_every_third_time_gives_the_same_answers(failing: tuple[str, Any]) -> None:
    expected = of(failing, "").predict_proba(rows())
    assert np.array_equal(of(failing, "every third").predict_proba(rows()), expected)
    assert len(failing[1].seen) >= 6  # five batches


def test_retry_after_is_honoured(failing: tuple[str, Any]) -> None:
    began = time.monotonic()
    of(failing, "later", concurrency=1).predict_proba(rows()[:10])
    assert len(failing[1].seen) == 2
    assert time.monotonic() - began >= 1


def test_retry_after_beyond_the_budget_ends_at_once(failing: tuple[str, Any]) -> None:
    with pytest.raises(ModelTimeout, match=r"budget = 20 seconds is spent before the next try in 3.6e\+03 s"):
        of(failing, "much later", budget=20).predict_proba(rows())


def test_retry_after_may_be_a_date() -> None:
    assert _seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert 3e8 < (_seconds("Sun, 01 Jan 2040 00:00:00 GMT") or 0) < 5e8
    assert (_seconds("120"), _seconds("soon"), _seconds(None)) == (120, None, None)


def test_a_slow_server_is_given_up(failing: tuple[str, Any]) -> None:
    with pytest.raises(ModelTimeout, match=r"no answer within model.options.timeout = 0.2 seconds; asked 2 times"):
        of(failing, "slow", timeout=0.2, retries=1).predict_proba(rows())


def test_the_budget_is_for_all_requests(failing: tuple[str, Any]) -> None:
    with pytest.raises(ModelTimeout, match=r"model.options.(budget = 1 seconds is spent|timeout)"):
        of(failing, "slow", concurrency=1, budget=1).predict_proba(rows())


def test_a_server_that_is_down_is_told_before_any_check_runs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _, test = tumours(text=True)
    options = {**JSON, "wait": 0.01, "retries": 2}
    about = {"url": f"http://127.0.0.1:{port}/json", "output": "probability", "positive": "malignant"}
    with pytest.raises(
        ModelError, match=rf"model.url http://127.0.0.1:{port}/json: no answer: .*refused; asked 3 times"
    ):
        audit.run(None, audit.Dataset(test, target="verdict"), {"model": {**about, "options": options}})


@pytest.mark.parametrize(
    ("mode", "path", "options", "message"),
    [
        ("short", "/json", {"response": None}, "expected 64 answers, one per row, got 1; the server answered 200: '[0.5]'"),
        ("NaN", "/json", {"response": None}, "1 answers are no finite numbers, the first is that of row 64 of the request"),
        ("text", "/json", {"response": None}, "1 answers are no finite numbers, the first is that of row 64"),
        ("huge", "/json", {"response": None}, "1 answers are no finite numbers, the first is that of row 64"),
        ("ragged", "/json", {"response": None}, "the answers of the rows have different lengths"),
        ("html", "/json", {}, "expected JSON; the server answered 200: '<html>It works!</html>'"),
        ("deep", "/json", {}, "expected JSON; the server answered 200: '[[[["),
        ("", "/json", {"response": None}, "expected a list with one answer per row, an object with 'result'"),
        ("", "/json", {"response": "result.p"}, "nothing stands at 'result.p', model.options.response"),
        ("", "/nowhere", {}, "expected 200; the server answered 404"),
        ("redirect", "/json", {}, "the server answered 307, a redirect, which is refused"),
        ("", "/v2/models/tumours", {"protocol": "v2"}, "expected one output, or model.options.output to choose one, got 'predict_proba', 'predict'"),
        ("", "/v2/models/tumours", {"protocol": "v2", "output": "p"}, "expected output 'p', got none"),
        ("lie", "/v2/models/tumours", {"protocol": "v2"}, r"output 'p' declares shape [64, 2] and holds 64 values"),
        ("", "/one", {"request": "$record", "response": None}, "the answers are objects with 'benign', 'malignant'; model.classes must name them"),
    ],
)  # fmt: skip
def test_answers_that_cannot_be_right_are_quoted(
    failing: tuple[str, Any], mode: str, path: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError) as error:
        of(failing, mode, path, **options).predict_proba(rows()[:64])
    assert message in str(error.value)
    assert len(failing[1].seen) == 1 or options.get("request") == "$record"  # a lie is not asked for again


def test_a_row_that_the_server_echoes_is_not_quoted(failing: tuple[str, Any]) -> None:
    with pytest.raises(ModelError) as error:
        of(failing, "", "/typed", **BARE, response=None).predict_proba(rows()[:1])
    assert "422" in str(error.value) and "size" in str(error.value)
    assert rows()["size"][0] not in str(error.value)


def test_what_was_answered_before_a_failure_is_not_asked_again(failing: tuple[str, Any], tmp_path: Path) -> None:
    expected = of(failing, "").predict_proba(rows())
    with pytest.raises(ModelError, match="answers for 128 of 284 rows are kept; run again to go on"):
        of(failing, "after the second", cache=str(tmp_path), concurrency=1, retries=1).predict_proba(rows())
    again = of(failing, "", cache=str(tmp_path))
    assert np.array_equal(again.predict_proba(rows()), expected)
    assert len(failing[1].seen) == 3  # five batches less two
    assert again.identity()[1].endswith("2 answers to requests were kept from before")


def test_answers_are_kept_for_their_rows_and_a_damaged_file_is_asked_again(
    failing: tuple[str, Any], tmp_path: Path
) -> None:
    expected = of(failing, "", cache=str(tmp_path)).predict_proba(rows())
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[:-5])
    changed = rows().assign(**{"mean texture": 99.0})
    assert np.array_equal(of(failing, "", cache=str(tmp_path)).predict_proba(rows()), expected)
    assert not np.array_equal(of(failing, "", cache=str(tmp_path)).predict_proba(changed), expected)
    assert len(failing[1].seen) == 5


def test_secrets_reach_the_server_and_nothing_else(
    failing: tuple[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_TOKEN", SECRET)
    headers = {"Authorization": "Bearer env:ASSAY_TOKEN"}
    for mode in ("", "echo", "after the second"):
        served = of(failing, mode, headers=headers, cache=str(tmp_path / mode), retries=0, concurrency=1)
        said = ""
        try:
            served.predict_proba(rows())
        except ModelError as error:
            said = str(error)
            assert "(secret)" in said
        assert bool(said) == bool(mode)
        assert failing[1].seen[0][0]["authorization"] == f"Bearer {SECRET}"
        assert SECRET not in said + repr(served.thing) + repr(vars(served)) + served.identity()[1]
    assert not [file for file in tmp_path.rglob("*.json") if SECRET.encode() in file.read_bytes()]


def test_no_secret_and_no_row_is_in_a_record_of_failures(
    failing: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_TOKEN", SECRET)
    failing[1].mode, failing[1].seen = "after the second", []
    options = {
        **JSON,
        "headers": {"Authorization": "Bearer env:ASSAY_TOKEN"},
        "retries": 0,
        "concurrency": 1,
        "batch": 64,
    }
    about = {"url": f"{failing[0]}/json", "output": "probability", "positive": "malignant", "options": options}
    plan = {"model": about, "checks": {"include": ["accuracy.accuracy"]}}
    record: Record = audit.run(None, audit.Dataset(tumours(text=True)[1], target="verdict"), plan)
    (result,) = record.results
    assert result.status == "error" and "the server answered 503: 'no more for (secret)'" in (result.reason or "")
    assert SECRET not in record.model_dump_json()
