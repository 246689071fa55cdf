from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from assay import audit
from assay.audit import ModelError, digest
from assay.audit.model import identity, load, wrap
from assay.audit.plan import ModelTable

from .sources import audited, tumours

BACKENDS = [name for name in ("torch", "jax", "tensorflow") if importlib.util.find_spec(name)]
if not BACKENDS:
    pytest.skip("needs torch, jax or tensorflow for keras to run on", allow_module_level=True)
os.environ.setdefault("KERAS_BACKEND", BACKENDS[0])
keras: Any = pytest.importorskip("keras", reason="needs keras")
pytestmark = [
    pytest.mark.frameworks,
    pytest.mark.filterwarnings(
        "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
    ),  # of keras on torch
]

DIGITS = load_digits()
X, Y = DIGITS.data.astype(np.float32) / 16, DIGITS.target
PLAN: dict[str, Any] = {
    "model": {"task": "multiclass", "output": "logits"},
    "checks": {"include": ["accuracy.accuracy"]},
}


def empty(*more: Any) -> Any:
    return keras.Sequential([keras.Input((64,)), keras.layers.Dropout(0.9), *more, keras.layers.Dense(10)])


@pytest.fixture(scope="module")
def regression() -> Any:
    """A logistic regression on half of the digits."""
    return LogisticRegression(max_iter=1000).fit(X[::2], Y[::2])


def filled(regression: Any, *more: Any) -> Any:
    network = empty(*more)
    network.set_weights([regression.coef_.T, regression.intercept_])
    return network


def test_dropout_is_off_and_the_files_are_the_same_model(regression: Any, tmp_path: Path) -> None:
    network = filled(regression)
    data = audit.Dataset(X[1::2], Y[1::2])
    record, again = audit.run(network, data, PLAN), audit.run(network, data, PLAN)
    value = record["accuracy.accuracy"].estimate().value
    assert value == pytest.approx(regression.score(X[1::2], Y[1::2])) == again["accuracy.accuracy"].estimate().value
    assert record.model.wrapper == "keras"
    assert record.model.capabilities == ["predict", "predict_proba", "logits", "loss_gradient", "pullback"]
    assert record.model.digest == again.model.digest
    assert record.model.digest_of == "class, configuration and weights of the model"
    network.save(tmp_path / "m.keras")
    opened = audit.run(None, data, {**PLAN, "model": {**PLAN["model"], "path": str(tmp_path / "m.keras")}})
    assert opened["accuracy.accuracy"].estimate() == record["accuracy.accuracy"].estimate()
    assert opened.model.digest == digest.of_file(tmp_path / "m.keras")
    reopened = keras.saving.load_model(tmp_path / "m.keras")
    assert identity(reopened, wrap(reopened, ModelTable())[1])[0] == record.model.digest


def test_files_that_hold_code_need_trust_or_a_function_that_makes_the_model(regression: Any, tmp_path: Path) -> None:
    network = filled(regression, keras.layers.Lambda(lambda x: x * 1.0))
    path = tmp_path / "m.keras"
    network.save(path)
    with pytest.raises(
        ModelError, match=r"model.path 'm.keras': cannot be opened: .*Lambda.*; if you vouch for it, add trust"
    ):
        load(ModelTable(path=str(path)), tmp_path)
    trusted = load(ModelTable(path=str(path), trust=digest.of_file(path)), tmp_path).thing
    (tmp_path / "net.py").write_text(
        "import keras\n\ndef make():\n    return keras.Sequential([keras.Input((64,)), keras.layers.Dropout(0.9), "
        "keras.layers.Lambda(lambda x: x * 1.0), keras.layers.Dense(10)])\n\nclasses = {'Mine': keras.layers.Dense}\n"
    )
    made = load(ModelTable(path=str(path), load="net.py:make"), tmp_path).thing
    for model in (trusted, made):
        np.testing.assert_array_equal(model.get_weights()[0], network.get_weights()[0])
    with pytest.raises(ModelError, match=r"it is not the file you meant"):
        load(ModelTable(path=str(path), load="net.py:make", trust="sha256:" + "0" * 64), tmp_path)
    with pytest.raises(ModelError, match=r"model.load: expected what makes a Keras model, or a dict .*, got module"):
        load(ModelTable(path=str(path), load="net.py:keras"), tmp_path)


def test_weights_alone_need_a_function_that_makes_the_model(regression: Any, tmp_path: Path) -> None:
    network = filled(regression)
    network.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ModelError, match=r"it holds weights; name the function that makes the model in model.load"):
        load(ModelTable(path="m.weights.h5"), tmp_path)
    (tmp_path / "m.h5").write_bytes(b"anything")
    with pytest.raises(ModelError, match=r"model.path 'm.h5': a file of this kind can run code when it is opened"):
        load(ModelTable(path="m.h5"), tmp_path)
    (tmp_path / "m.keras").write_bytes(b"PK\x03\x04 not a zip file")
    with pytest.raises(ModelError, match=r"model.path 'm.keras': cannot be opened"):
        load(ModelTable(path="m.keras"), tmp_path)


def test_classes_of_the_models_own_are_named_beside_the_file(regression: Any, tmp_path: Path) -> None:
    class Half(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x / 2

    filled(regression, Half()).save(tmp_path / "m.keras")
    with pytest.raises(ModelError, match=r"model.path 'm.keras': cannot be opened: .*Half"):
        load(ModelTable(path="m.keras"), tmp_path)
    (tmp_path / "half.py").write_text(
        "import keras\n\nclass Half(keras.layers.Layer):\n    def call(self, x):\n        return x / 2\n\n"
        "classes = {'Half': Half}\n"
    )
    opened = load(ModelTable(path="m.keras", load="half.py:classes"), tmp_path).thing
    wrapped: Any = wrap(opened, ModelTable(task="multiclass", output="logits"))[1]
    np.testing.assert_allclose(wrapped.logits(X[:4]), regression.decision_function(X[:4] / 2), atol=1e-4)


def two_inputs(numbers: Any, bands: Any) -> Any:
    """A linear model of two numbers, and of a band that is looked up."""
    x, code = keras.Input((2,), name="numbers"), keras.Input((1,), name="band", dtype="int32")
    looked_up = keras.layers.Flatten()(keras.layers.Embedding(3, 1)(code))
    out = keras.layers.Add()([keras.layers.Dense(1)(x), looked_up])
    network = keras.Model({"numbers": x, "band": code}, out)
    for layer in network.layers:
        if layer.get_weights():
            layer.set_weights([bands] if len(layer.get_weights()) == 1 else numbers)
    return network


def test_several_inputs_take_the_columns_that_are_declared() -> None:
    rows = [one.assign(band=np.digitize(one["worst concavity"], [0.2, 0.4])) for one in tumours()]
    names = ["mean radius", "mean texture"]
    encoded = [np.column_stack([one[names], np.eye(3)[one["band"]]]) for one in rows]
    regression = LogisticRegression(max_iter=9999, fit_intercept=False).fit(encoded[0], rows[0]["verdict"])
    weights = regression.coef_[0]
    network = two_inputs([weights[:2, None], np.zeros(1)], weights[2:, None])
    about: dict[str, Any] = {"output": "logits", "classes": ["benign", "malignant"]}
    options = {"inputs": {"band": ["band"], "numbers": names}}
    test = rows[1].drop(columns="worst concavity")
    wrapped: Any = wrap(network, ModelTable(**about, options=options))[1]
    shuffled = test[test.columns[::-1]]
    np.testing.assert_allclose(wrapped.logits(shuffled), regression.decision_function(encoded[1]), rtol=1e-5, atol=1e-5)
    record = audited(network, test, "verdict", **about, options=options)
    score = regression.score(encoded[1], rows[1]["verdict"])
    assert record["accuracy.accuracy"].estimate().value == pytest.approx(score)
    slope = wrapped.loss_gradient(test[["mean texture", "band", "mean radius"]][:6], np.array([0, 1] * 3))
    p = regression.predict_proba(encoded[1][:6])[:, 1]
    np.testing.assert_allclose(slope[:, 1:], (p - [0, 1] * 3)[:, None] * weights[:2], rtol=1e-3, atol=1e-6)
    assert not slope[:, 0].any()  # of a number that is looked up


def test_inputs_that_no_columns_are_declared_for_are_named() -> None:
    network = two_inputs([np.ones((2, 1)), np.zeros(1)], np.ones((3, 1)))

    def refused(inputs: Any) -> str:
        with pytest.raises(ModelError) as error:
            wrap(network, ModelTable(options={"inputs": inputs} if inputs else {}))
        return str(error.value)

    assert "input 'numbers' of the Keras model takes 2 columns, got 1: 'numbers'" in refused(None)
    assert "input 'band' of the Keras model takes 1 columns, got 0: none" in refused({"numbers": ["a", "b"]})
    assert "has no input 'number'; did you mean 'numbers'" in refused({"number": ["a", "b"], "band": ["c"]})
    wrapped: Any = wrap(network, ModelTable(options={"inputs": {"numbers": ["a", "b"], "band": ["c"]}}))[1]
    with pytest.raises(ModelError, match=r"its inputs take 3 columns, the data have shape \(4, 5\)"):
        wrapped.predict(np.zeros((4, 5)))


def test_a_model_class_of_ones_own_without_configuration_has_a_digest() -> None:
    class Network(keras.Model):  # type: ignore[misc]
        def __init__(self, width: Any) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    network = Network(object())
    wrapped: Any = wrap(network, ModelTable(output="logits"))[1]
    assert wrapped.logits(X[:5]).shape == (5, 2)
    assert identity(network, wrapped)[1] == "class and weights of the model"


def test_another_backend_than_the_one_that_keras_runs_on_is_refused() -> None:
    other = "jax" if keras.config.backend() == "torch" else "torch"
    with pytest.raises(ModelError, match=rf"keras was imported before and runs on '\w+'; set KERAS_BACKEND={other}"):
        wrap(empty(), ModelTable(options={"backend": other}))


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_a_file_is_opened_on_the_declared_backend(backend: str, tmp_path: Path) -> None:
    empty().save(tmp_path / "m.keras")
    script = (
        "from pathlib import Path; from assay.audit.model import load; from assay.audit.plan import ModelTable; "
        f"load(ModelTable(path='m.keras', options={{'backend': {backend!r}}}), Path()); "
        "import keras; print(keras.config.backend())"
    )
    settings = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=settings, capture_output=True, text=True)
    if backend in BACKENDS:
        assert done.stdout.strip() == backend, done.stderr
    else:
        assert "name it as model.options.backend: 'torch', 'jax' or 'tensorflow'" in done.stderr
