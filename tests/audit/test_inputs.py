from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from assay import audit
from assay.audit import DataError, Dataset

DIGITS = load_digits()
IMAGES = DIGITS.images[:60, :, :, None].astype(np.float32)
LABELS = DIGITS.target[:60]
TEXTS = ["a fine day", "rain again", "sun", "the rain in Spain"] * 15


def mean_intensity(x: Any) -> Any:
    assert x.shape[1:] == (8, 8, 1)
    return (x.mean(axis=(1, 2, 3)) > 4.9).astype(int)


def wet(texts: Any) -> Any:
    assert isinstance(texts, list)
    return [int("rain" in text) for text in texts]


def test_images_reach_the_model_as_they_are_and_the_record_says_what_they_are() -> None:
    dataset = Dataset(IMAGES, (LABELS > 4).astype(int), layout="NHWC", sensitive={"half": np.arange(60) % 2})
    record = audit.run(mean_intensity, dataset)
    assert (record.data.kind, record.data.shape, record.data.columns) == ("image", [8, 8, 1], [])
    expected = ((IMAGES.mean(axis=(1, 2, 3)) > 4.9) == (LABELS > 4)).mean()
    value = record["accuracy.accuracy"].estimate().value
    assert value == pytest.approx(expected)
    assert "inputs here are of kind image" in record["robustness.noise"].reason
    assert not [r.reason for r in record.results if r.status == "error"]


def test_images_are_turned_to_the_layout_that_the_model_wants() -> None:
    def first_channels(x: Any) -> Any:
        assert x.shape[1:] == (3, 8, 6)
        return (x[:, 0].mean(axis=(1, 2)) > x[:, 2].mean(axis=(1, 2))).astype(int)

    pictures = np.random.default_rng(0).random((40, 8, 6, 3))
    truth = (pictures[..., 0].mean(axis=(1, 2)) > pictures[..., 2].mean(axis=(1, 2))).astype(int)
    record = audit.run(first_channels, Dataset(pictures, truth, layout="NHWC"), {"model": {"layout": "NCHW"}})
    assert record["accuracy.accuracy"].estimate().value == 1


@pytest.mark.parametrize("frame", [True, False])
def test_texts_reach_the_model_as_a_list(frame: bool) -> None:
    truth = [int("rain" in text) for text in TEXTS]
    data = Dataset(TEXTS, truth)
    if frame:
        data = Dataset(pd.DataFrame({"review": TEXTS, "wet": truth}), target="wet", inputs="review")
    record = audit.run(wet, data)
    assert record.data.kind == "text"
    assert record["accuracy.accuracy"].estimate().value == 1
    assert b"Spain" not in record.to_json()


def test_the_digest_covers_inputs_that_are_no_columns() -> None:
    labels = (LABELS > 4).astype(int)
    other = IMAGES.copy()
    other[3, 2, 2] += 1
    flat = IMAGES.reshape(60, 64, 1, 1)
    digests = {Dataset(x, labels, layout="NHWC").digest for x in (IMAGES, IMAGES.copy(), other, flat)}
    assert len(digests) == 3


def test_an_archive_of_arrays_is_a_data_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "digits.npz", X=IMAGES, y=(LABELS > 4).astype(int), half=np.arange(60) % 2)
    (tmp_path / "mine.py").write_text("def bright(x):\n    return (x.mean(axis=(1, 2, 3)) > 4.9).astype(int)\n")
    data = {"target": "y", "sensitive": ["half"], "inputs": "X", "layout": "NHWC"}
    (tmp_path / "audit.toml").write_text(
        "\n".join(
            [
                '[model]\nload = "mine.py:bright"\n[data]\npath = "digits.npz"',
                *(f"{key} = {value!r}" for key, value in data.items()),
            ]
        )
    )
    record = audit.run(plan=tmp_path / "audit.toml")
    assert (record.data.kind, record.data.rows, record.data.columns) == ("image", 60, ["y", "half"])


def test_image_files_are_read_from_the_folder_of_the_table(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    for row, pixels in enumerate(IMAGES[:20, :, :, 0]):
        image.fromarray((pixels * 15).astype(np.uint8)).save(tmp_path / f"{row}.png")
    table = pd.DataFrame({"file": [f"{row}.png" for row in range(20)], "y": (LABELS[:20] > 4).astype(int)})
    table.to_csv(tmp_path / "test.csv", index=False)
    plan = {"data": {"path": str(tmp_path / "test.csv"), "target": "y", "inputs": "file", "kind": "image"}}
    record = audit.run(mean_intensity, None, plan)
    assert record.data.shape == [8, 8, 1]
    (tmp_path / "7.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"data.inputs 'file': row 8: '7.png' cannot be read as an image"):
        audit.run(mean_intensity, None, plan)


@pytest.mark.parametrize(
    ("given", "more", "message"),
    [
        (IMAGES, {"kind": "image"}, "expected data.layout, NHWC or NCHW, beside images of shape (60, 8, 8, 1)"),
        (IMAGES, {"layout": "NCHW"}, "expected NCHW images with 1 to 4 channels, got shape (60, 8, 8, 1)"),
        (np.where(IMAGES > 12, np.nan, IMAGES), {"layout": "NHWC"}, "rows hold missing or infinite numbers"),
        ([*TEXTS[:-1], None], {}, "expected a list of texts or a numpy array, got list"),
        (np.array([*TEXTS[:-1], None], dtype=object), {}, "1 of 60 are no texts, the first is missing"),
        (IMAGES.reshape(60, 64), {"kind": "tokens"}, "expected whole numbers, rows by positions, as tokens"),
        (TEXTS, {"layout": "NHWC"}, "a layout is for images; data.kind is 'text'"),
        (TEXTS, {"features": ["a"]}, "expected either 'features', columns, or 'inputs', one value per row; got both"),
        (IMAGES.reshape(60, 64), {"inputs": TEXTS[:5]}, "expected 60 inputs, one per row, got 5"),
        (pd.DataFrame({"a": [1] * 60}), {"kind": "text"}, "expected data.inputs, the column or values that are it"),
        (pd.DataFrame({"a": [1] * 60}), {"inputs": "b"}, "data.inputs: no column 'b'"),
    ],
)
def test_inputs_that_are_not_what_was_declared_are_named(given: Any, more: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        Dataset(given, (LABELS > 4).astype(int), **more)
    assert message in str(caught.value)
