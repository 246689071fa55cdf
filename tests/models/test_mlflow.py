"""Folders of MLflow: as MLflow itself writes them where it is installed, and without it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from assay import audit
from assay.audit import ModelError, Record, digest
from assay.audit.model import load
from assay.audit.plan import ModelTable

from .sources import alike, audited, tumours

pytestmark = [
    pytest.mark.frameworks,
    # of MLflow and what it imports
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning"),
]
yaml = pytest.importorskip("yaml", reason="needs pyyaml")
TRAIN, TEST = tumours()
NUMBERS = ["mean radius", "mean texture", "worst concavity"]
CODES = {"output": "probability", "classes": ["benign", "malignant"]}


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    return pytest.importorskip("mlflow", reason="needs mlflow, which needs an environment of its own: make servers")


def opened(folder: Path, **table: Any) -> Record:
    return audited(None, TEST, "verdict", path=str(folder), **table)


def described(folder: Path, flavour: str, **about: Any) -> Path:
    """A folder as MLflow leaves it, without the parts that are for MLflow."""
    flavours = {"python_function": {"loader_module": f"mlflow.{flavour}"}, flavour: about}
    folder.mkdir(exist_ok=True)
    (folder / "MLmodel").write_text(yaml.safe_dump({"flavors": flavours}))
    return folder


def regression() -> Any:
    return LogisticRegression(max_iter=9999).fit(TRAIN[NUMBERS], TRAIN["verdict"])


def test_a_booster_in_a_folder_is_opened_by_its_own_library_and_known_by_the_folder(tmp_path: Path) -> None:
    xgboost = pytest.importorskip("xgboost", reason="needs xgboost")
    y = (TRAIN["verdict"] == "malignant").astype(int)
    booster = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(TRAIN[NUMBERS], y), 20)
    folder = described(tmp_path / "m", "xgboost", data="model.ubj", model_class="xgboost.core.Booster")
    booster.save_model(folder / "model.ubj")
    record = opened(folder, **CODES)
    alike(audited(booster, TEST, "verdict", **CODES), record)
    assert (record.model.wrapper, record.model.name) == ("xgboost", "Booster")
    assert record.model.digest == digest.of_path(folder) != digest.of_file(folder / "model.ubj")


def test_a_pickle_in_a_folder_needs_trust_of_the_folder_or_of_the_file(tmp_path: Path) -> None:
    folder, model = described(tmp_path / "m", "sklearn", pickled_model="model.pkl"), regression()
    joblib.dump(model, folder / "model.pkl")
    with pytest.raises(ModelError, match=r"model.path 'model.pkl': a file of this kind can run code"):
        opened(folder)
    with pytest.raises(ModelError, match="it is not the file you meant"):
        opened(folder, trust="sha256:" + "0" * 64)
    for trusted in (folder, folder / "model.pkl"):
        alike(audited(model, TEST, "verdict"), opened(folder, trust=digest.of_path(trusted)))
    trust = digest.of_path(folder)
    (folder / "model.pkl").write_bytes((folder / "model.pkl").read_bytes() + b"\0")
    with pytest.raises(ModelError, match="it is not the file you meant"):
        opened(folder, trust=trust)


def test_a_skops_file_in_a_folder_needs_no_trust(tmp_path: Path) -> None:
    io = pytest.importorskip("skops.io", reason="needs skops")
    folder, model = described(tmp_path / "m", "sklearn", pickled_model="model.skops"), regression()
    io.dump(model, folder / "model.skops")
    alike(audited(model, TEST, "verdict"), opened(folder))


def test_code_in_the_folder_and_files_outside_are_no_files_of_a_framework(tmp_path: Path) -> None:
    joblib.dump(regression(), tmp_path / "model.pkl")
    for about in ({"pickled_model": "../model.pkl"}, {"pickled_model": "model.pkl", "code": "code"}):
        folder = described(tmp_path / "m", "sklearn", **about)
        (folder / "model.pkl").write_bytes((tmp_path / "model.pkl").read_bytes())
        with pytest.raises(ModelError, match=r"model.path 'm': what it holds can run code when it is opened"):
            load(ModelTable(path=str(folder)), tmp_path)


@pytest.mark.parametrize("content", ["flavors: [", "flavors:", "[]", "flavors: {sklearn: 1}"])
def test_a_description_that_is_none_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text(content)
    with pytest.raises(ModelError, match="its MLmodel lists no flavors"):
        load(ModelTable(path=str(tmp_path)), tmp_path)


@pytest.mark.skipif(importlib.util.find_spec("mlflow") is not None, reason="mlflow is installed")
def test_without_mlflow_the_command_that_installs_it_is_told(tmp_path: Path) -> None:
    folder = described(tmp_path / "m", "unknown")
    with pytest.raises(ModelError, match=r"needs mlflow, .*: pip install 'assay\[mlflow\]'"):
        load(ModelTable(path=str(folder), trust=digest.of_path(folder)), tmp_path)


def test_what_mlflow_saves_is_one_model_with_its_source(mlflow: Any, tmp_path: Path) -> None:
    xgboost, lightgbm = pytest.importorskip("xgboost"), pytest.importorskip("lightgbm")
    convert = pytest.importorskip("skl2onnx")
    y = (TRAIN["verdict"] == "malignant").astype(int)
    trees = xgboost.XGBClassifier(n_estimators=20).fit(TRAIN[NUMBERS], y)
    leaves = lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(TRAIN[NUMBERS], y), 20)
    model = regression()
    graph = convert.to_onnx(model, TRAIN[NUMBERS].to_numpy()[:1], options={"zipmap": False})
    mlflow.sklearn.save_model(model, tmp_path / "skops")
    mlflow.sklearn.save_model(model, tmp_path / "pickle", serialization_format="cloudpickle")
    mlflow.xgboost.save_model(trees, tmp_path / "xgboost")
    mlflow.lightgbm.save_model(leaves, tmp_path / "lightgbm")
    mlflow.onnx.save_model(graph, tmp_path / "onnx")
    expected = audited(model, TEST, "verdict")
    alike(expected, opened(tmp_path / "skops"))
    alike(expected, opened(tmp_path / "pickle", trust=digest.of_path(tmp_path / "pickle")))
    about: dict[str, Any] = {"classes": ["benign", "malignant"], "options": {"columns": NUMBERS}}
    session = pytest.importorskip("onnxruntime").InferenceSession(graph.SerializeToString())
    alike(audited(session, TEST, "verdict", **about), opened(tmp_path / "onnx", **about))
    coded = TEST.assign(verdict=(TEST["verdict"] == "malignant").astype(int))
    face = audited(trees, coded, "verdict", positive=1)
    record = audited(None, coded, "verdict", path=str(tmp_path / "xgboost"), positive=1)
    alike(face, record)
    assert record.model.wrapper == "xgboost"
    alike(audited(leaves, TEST, "verdict", **CODES), opened(tmp_path / "lightgbm", **CODES))


def test_a_python_model_is_asked_as_pyfunc_with_the_columns_of_its_signature(mlflow: Any, tmp_path: Path) -> None:
    class Scaled(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
        def __init__(self, model: Any) -> None:
            self.model = model

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            assert list(model_input.columns) == NUMBERS  # whatever the order of the data
            return self.model.predict_proba(model_input)

    Scaled.__module__ = "__main__"  # or its pickle would name this file
    model = regression()
    signature = mlflow.models.infer_signature(TRAIN[NUMBERS], np.zeros((3, 2)))
    folder = tmp_path / "m"
    mlflow.pyfunc.save_model(folder, python_model=Scaled(model), signature=signature)
    with pytest.raises(ModelError, match=r"model.path 'm': what it holds can run code when it is opened"):
        opened(folder, **CODES)
    record = opened(folder, **CODES, trust=digest.of_path(folder))
    alike(audited(model, TEST, "verdict"), record)
    assert (record.model.wrapper, record.model.digest) == ("mlflow", digest.of_path(folder))
    assert "sklearn" in sys.modules and record.model.name == "PyFuncModel"
    loaded = mlflow.pyfunc.load_model(str(folder))
    data = audit.Dataset(TEST, target="verdict")
    plan = {"model": {**CODES, "positive": "malignant"}, "checks": {"include": ["accuracy", "calibration"]}}
    alike(record, audit.run(loaded, data, plan))
    with pytest.raises(ModelError, match="trained on a column 'mean radius' that the data lack"):
        audit.run(loaded, audit.Dataset(TEST.drop(columns="mean radius"), target="verdict"), plan)
