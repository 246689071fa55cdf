from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from assay import audit
from assay.audit import Dataset, Record, RecordError
from assay.audit.digest import of_json
from assay.audit.record import Estimate, json_schema

REQUIRE = [
    {"check": "accuracy.accuracy", "on": "sex", "at_least": 0.99, "because": "as agreed"},
    {"check": "fairness.impact_ratio", "at_least": 0.8, "judge": "point"},
    {"check": "robustness.noise", "at_least": 0.8},
]
WAIVE = {"check": "robustness.noise", "owner": "Ada", "because": "black box", "until": "2999-01-01"}


@pytest.fixture
def record(frame: pd.DataFrame) -> Record:
    plan = {"model": {"probability": "p"}, "require": REQUIRE, "waive": [WAIVE], "card": {"intended_use": "None."}}
    return audit.run(None, Dataset(frame, target="y", sensitive=["sex", "race"]), plan)


def test_a_record_comes_back_as_it_went(record: Record, tmp_path: Path) -> None:
    back = audit.load(record.save(tmp_path / "audit.json"))
    assert back == record
    assert back.to_json() == record.to_json()


def test_the_file_fits_the_published_schema(record: Record) -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(json.loads(record.to_json()))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**json.loads(record.to_json()), "extra": 1})


def test_the_json_is_canonical(record: Record) -> None:
    document = json.loads(record.to_json())
    plain = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert list(document) == sorted(document) and record.to_json().startswith(plain.encode()[:40])
    assert rfc8785.dumps(document) == record.to_json()
    assert b"NaN" not in record.to_json() and b"Infinity" not in record.to_json()


def accuracy(document: Any) -> Any:
    return next(r for r in document["results"] if r["check"] == "accuracy.accuracy")


def edit(change: Callable[[Any], Any]) -> Callable[[bytes], bytes]:
    def edited(content: bytes) -> bytes:
        document = json.loads(content)
        change(document)
        return json.dumps(document).encode()

    return edited


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (edit(lambda d: d["audit"].update(name="Model audiT")), "the content was altered; it says sha256:"),
        (edit(lambda d: accuracy(d)["estimates"][0].update(value=0.999)), "the content was altered"),
        (edit(lambda d: d.pop("digest")), "the content was altered; it says None"),
        (edit(lambda d: d.update(schema="assay.record/2")), "expected an assay record with schema 'assay.record/1', got 'assay.record/2'"),
        (edit(lambda d: d.pop("schema")), "expected an assay record with schema 'assay.record/1', got None"),
        (edit(lambda d: d["verdict"].update(status="good")), "not a valid record at 'verdict.status': Input should be"),
        (edit(lambda d: d.update(extra=1)), "not a valid record at 'extra': Extra inputs are not permitted"),
        (lambda content: content[:-100], "is not JSON (truncated?)"),
        (lambda content: b"", "is not JSON (truncated?)"),
        (lambda content: b"\xff\xfe", "is not JSON (truncated?)"),
        (lambda content: b"[1]", "expected an assay record with schema 'assay.record/1', got None"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused(
    record: Record, tmp_path: Path, damage: Callable[[bytes], bytes], message: str
) -> None:
    path = tmp_path / "audit.json"
    path.write_bytes(damage(record.to_json()))
    with pytest.raises(RecordError) as caught:
        audit.load(path)
    assert message in str(caught.value) and str(path) in str(caught.value)


def same_values(one: bytes, other: bytes) -> bool:
    """Whether only a digit was changed that is beyond what a float holds."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def test_any_changed_byte_of_the_content_is_refused(record: Record, tmp_path: Path) -> None:
    content, path = record.to_json(), tmp_path / "audit.json"
    for place in range(0, len(content), len(content) // 150):
        changed = bytearray(content)
        changed[place] ^= 1
        if same_values(bytes(changed), content):
            continue
        path.write_bytes(changed)
        with pytest.raises(RecordError):
            audit.load(path)


def test_a_file_from_before_a_field_was_added_opens(record: Record, tmp_path: Path) -> None:
    document = json.loads(record.to_json())
    del document["digest"], document["card"]
    accuracy(document)["estimates"][0].pop("note")
    path = tmp_path / "audit.json"
    path.write_text(json.dumps({**document, "digest": of_json(document)}))
    assert audit.load(path)["accuracy.accuracy"].estimate().note == ""


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"cannot read .*none.json: No such file"):
        audit.load(tmp_path / "none.json")


def test_a_result_is_found_by_check_and_slice(record: Record) -> None:
    assert record["accuracy.accuracy"].estimate(sex="f").slice == {"sex": "f"}
    with pytest.raises(KeyError, match=r"no result of 'accuracy.acuracy' in this record; did you mean"):
        record["accuracy.acuracy"]
    with pytest.raises(KeyError, match=r"accuracy.accuracy: no estimate of 'accuracy' on sex=x; there are: .*'sex=f'"):
        record["accuracy.accuracy"].estimate(sex="x")


numbers = st.floats(allow_nan=False, allow_infinity=False)
text = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(text, numbers), numbers | st.none(), st.dictionaries(text, text), text)
def test_any_estimate_survives_the_way_through_json(
    counts: dict[str, float], value: float | None, where: dict[str, str], note: str
) -> None:
    estimate = Estimate(metric="m", slice=where, value=value, low=None, high=value, level=0.95, method="x", n=3, counts=counts, note=note)  # fmt: skip
    assert Estimate.model_validate(json.loads(json.dumps(estimate.model_dump(mode="json")))) == estimate


def test_any_record_in_this_version_of_the_format_opens_next_year() -> None:
    record = audit.load(Path(__file__).parent / "record-1.json")
    assert (record.verdict.exit_code, record["fairness.impact_ratio"].estimate(sex="f").n) == (1, 105)
