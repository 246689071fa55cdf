from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay import audit
from assay.audit import ModelError
from assay.audit.model import identity, load, wrap
from assay.audit.plan import ModelTable

pytestmark = pytest.mark.frameworks


@pytest.fixture(scope="module")
def tf() -> Any:
    return pytest.importorskip("tensorflow", reason="needs tensorflow, 1.5 GB")


def saved(tf: Any, path: Path) -> str:
    """A module with a signature of two results, one of texts, one of two inputs, and a step without gradient."""

    class Network(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.w = tf.Variable([[1.0], [-1.0]])

        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])  # type: ignore[untyped-decorator]
        def both(self, x: Any) -> Any:
            return {"logit": x @ self.w, "sum": x @ tf.abs(self.w)}

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])  # type: ignore[untyped-decorator]
        def length(self, text: Any) -> Any:
            return {"long": tf.cast(tf.strings.length(text) > 6, tf.float32)}

        @tf.function(input_signature=[tf.TensorSpec([None, 1], tf.float32)] * 2)  # type: ignore[untyped-decorator]
        def pair(self, a: Any, b: Any) -> Any:
            return {"sum": a + b}

        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])  # type: ignore[untyped-decorator]
        def rounded(self, x: Any) -> Any:
            return {"logit": tf.cast(tf.cast(x, tf.int32), tf.float32) @ self.w}

    network = Network()
    forms = {name: getattr(network, name) for name in ("both", "length", "pair", "rounded")}
    tf.saved_model.save(network, str(path), signatures=forms)
    return str(path)


def opened(path: str, **options: str) -> Any:
    table = ModelTable(path=path, output="logits", options=options)
    return wrap(load(table, Path()).thing, table)[1]


def test_a_signature_and_its_result_are_chosen_by_name(tf: Any, tmp_path: Path) -> None:
    path, x = saved(tf, tmp_path / "m"), np.array([[3, 1], [1, 4]])
    np.testing.assert_array_equal(opened(path, signature="both", result="logit").logits(x), [2, -3])
    np.testing.assert_array_equal(opened(path, signature="both", result="sum").logits(x), [4, 5])
    with pytest.raises(
        ModelError, match=r"model.options.result: expected one of logit, sum, got 'logits'; did you mean"
    ):
        opened(path, signature="both", result="logits").logits(x)
    with pytest.raises(
        ModelError, match=r"no 'serving_default' in the SavedModel, it has: both, length, pair, rounded"
    ):
        opened(path)
    with pytest.raises(ModelError, match=r"expected a signature of one input, it takes 2: a, b"):
        opened(path, signature="pair")
    with pytest.raises(ModelError, match=r"no gradient reaches the inputs"):
        opened(path, signature="rounded").loss_gradient(x, np.array([0, 1]))


def test_texts_go_in_as_they_are(tf: Any, tmp_path: Path) -> None:
    path = saved(tf, tmp_path / "m")
    texts, y = ["short", "a longer text"] * 20, np.array([0, 1] * 20)
    plan = {"model": {"path": path, "output": "probability", "options": {"signature": "length"}}}
    record = audit.run(None, audit.Dataset(texts, y), plan)
    assert record["accuracy.accuracy"].estimate().value == 1
    assert record.model.wrapper == "tensorflow" and record.model.digest


def test_functions_and_modules_are_models(tf: Any) -> None:
    function = tf.function(lambda x: x[:, :1])
    name, wrapped = wrap(function, ModelTable(output="logits"))
    assert name == "tensorflow" and identity(function, wrapped)[0] is None
    np.testing.assert_array_equal(wrapped.logits(np.eye(2)), [1, 0])  # type: ignore[attr-defined]


def test_a_folder_that_is_no_saved_model_is_named(tf: Any, tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"nothing")
    with pytest.raises(ModelError, match=r"is no SavedModel that can be opened"):
        load(ModelTable(path=str(tmp_path)), Path())


@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is not None, reason="tensorflow is installed")
def test_without_tensorflow_the_command_that_installs_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"nothing")
    with pytest.raises(ModelError, match=r"needs tensorflow, .*: pip install 'assay\[tensorflow\]'"):
        load(ModelTable(path=str(tmp_path)), Path())
