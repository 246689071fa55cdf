from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from assay import audit
from assay.audit import ModelError

from .sources import alike, audited, diabetes, tumours

onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnxruntime")
skl2onnx = pytest.importorskip("skl2onnx", reason="needs skl2onnx")

NUMBERS = ["mean radius", "mean texture", "worst concavity"]


def saved(model: Any, sample: Any, path: Path, **more: Any) -> str:
    path.write_bytes(skl2onnx.to_onnx(model, sample, **more).SerializeToString())
    return str(path)


@pytest.mark.parametrize("zipmap", [True, False])
def test_a_pipeline_with_texts_is_the_same_audit_as_its_graph(tmp_path: Path, zipmap: bool) -> None:
    train, test = tumours(text=True)
    x = train.drop(columns="verdict")
    encode = make_column_transformer((StandardScaler(), NUMBERS), (OneHotEncoder(handle_unknown="ignore"), ["size"]))
    model = make_pipeline(encode, LogisticRegression()).fit(x, train["verdict"])
    path = saved(model, x[:1], tmp_path / "m.onnx", options={"zipmap": zipmap})
    one, two = (
        audited(model, test, "verdict"),
        audited(None, test, "verdict", path=path, classes=["benign", "malignant"]),
    )
    alike(one, two)
    assert two.model.capabilities == ["predict", "predict_proba"]
    if zipmap:  # the graph names its classes itself
        alike(one, audited(None, test, "verdict", path=path))


def test_unseen_categories_are_the_graphs_own_answer(tmp_path: Path) -> None:
    train, test = tumours(text=True)
    x = train.drop(columns="verdict")
    encode = make_column_transformer((StandardScaler(), NUMBERS), (OneHotEncoder(handle_unknown="ignore"), ["size"]))
    model = make_pipeline(encode, LogisticRegression()).fit(x, train["verdict"])
    path = saved(model, x[:1], tmp_path / "m.onnx")
    strange = test.assign(size="gigantic")
    alike(audited(model, strange, "verdict"), audited(None, strange, "verdict", path=path))


def test_one_tensor_takes_the_columns_in_the_declared_order(tmp_path: Path) -> None:
    train, test = tumours()
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.001)).fit(train[NUMBERS], train["verdict"])
    path = saved(model, train[NUMBERS][:1].to_numpy(), tmp_path / "m.onnx")
    one = audited(model, test, "verdict")
    alike(one, audited(None, test, "verdict", path=path, options={"columns": NUMBERS}))


def test_a_regression_is_the_same_audit_as_its_graph(tmp_path: Path) -> None:
    train, test = diabetes()
    names = list(train.columns[:-1])
    model = RandomForestRegressor(20, random_state=0).fit(train[names], train["progress"])
    path = saved(model, train[names][:1].to_numpy(np.float32), tmp_path / "m.onnx")
    two = audited(None, test, "progress", path=path, options={"columns": names})
    assert two["accuracy.mae"].estimate().value == pytest.approx(
        np.abs(model.predict(test[names].astype("float32")) - test["progress"]).mean(), rel=1e-5
    )


def test_a_network_from_torch_is_the_same_audit_as_its_graph(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="needs torch")
    pytest.importorskip("onnx", reason="torch writes ONNX through it")
    digits = load_digits()
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
    x, y = torch.tensor(digits.images[:900, None] / 16, dtype=torch.float32), torch.tensor(digits.target[:900])
    optimiser = torch.optim.Adam(net.parameters(), 0.01)
    for _ in range(80):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        optimiser.step()
    images = (digits.images[900:, None] / 16).astype(np.float32)
    for rows in ("free", 64):
        path = tmp_path / f"{rows}.onnx"
        axes = {"x": {0: "n"}, "logits": {0: "n"}} if rows == "free" else None
        sample = x[: 2 if rows == "free" else 64]
        names = {"input_names": ["x"], "output_names": ["logits"]}
        with pytest.warns(DeprecationWarning):
            torch.onnx.export(net, (sample,), str(path), dynamo=False, dynamic_axes=axes, **names)
        about = {"model": {"task": "multiclass", "output": "logits"}}
        data = audit.Dataset(images, digits.target[900:], layout="NCHW")
        one = audit.run(net, data, about)
        two = audit.run(None, data, {"model": {**about["model"], "path": str(path)}})
        alike(one, two, 2e-5)  # both count in 32 bits
        assert "logits" in two.model.capabilities and "loss_gradient" not in two.model.capabilities


def test_a_file_that_is_no_graph_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"PK\x03\x04 a zip file")
    with pytest.raises(ModelError, match=r"model.path 'm.onnx': is no ONNX graph that onnxruntime runs"):
        audited(None, tumours()[1], "verdict", path=str(tmp_path / "m.onnx"))


def test_text_where_the_graph_wants_numbers_is_named(tmp_path: Path) -> None:
    train, test = tumours()
    model = LogisticRegression().fit(train[NUMBERS].to_numpy(), train["verdict"])
    path = saved(model, train[NUMBERS][:1].to_numpy(), tmp_path / "m.onnx")
    with pytest.raises(
        ModelError, match=r"model: input 'X' of the graph: expected tensor\(float\), got could not convert"
    ):
        audited(None, test.assign(**{"mean radius": "wide"}), "verdict", path=path, options={"columns": NUMBERS})
