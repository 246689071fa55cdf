from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from assay.audit import ModelError, digest
from assay.audit.model import capabilities, identity, load, wrap
from assay.audit.plan import ModelTable

SOURCE = """
class Always:
    def predict(self, x):
        return [1] * len(x)

model = Always()
number = 3

def make():
    return Always()

def always(x):
    return [1] * len(x)

def breaks():
    raise OSError("no such weights")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my_models.py").write_text(SOURCE)
    (tmp_path / "broken_models.py").write_text("import no_such_module_anywhere")
    (tmp_path / "quits.py").write_text("raise SystemExit(0)")
    return tmp_path


@pytest.mark.parametrize(("name", "wrapper"), [("model", "sklearn"), ("make", "sklearn"), ("Always", "sklearn"), ("always", "callable")])  # fmt: skip
@pytest.mark.parametrize("module", ["my_models", "my_models.py"])
def test_a_model_is_loaded_or_made(folder: Path, module: str, name: str, wrapper: str) -> None:
    loaded = load(ModelTable(load=f"{module}:{name}"), folder)
    thing, source = loaded.thing, loaded.source
    found, model = wrap(thing, ModelTable())
    assert (found, source, model.predict([0, 0])) == (wrapper, f"{module}:{name}", [1, 1])


@pytest.mark.parametrize(
    ("load_path", "message"),
    [
        ("my_models", "model.load: expected 'module:name' or 'file.py:name', got 'my_models'"),
        ("my_models:nothing", "model.load: 'my_models:nothing': module 'my_models' has no attribute 'nothing'"),
        (
            "no_models:model",
            "model.load: importing 'no_models' failed: ModuleNotFoundError: No module named 'no_models'",
        ),
        ("no_models.py:model", "model.load: no file {folder}/no_models.py"),
        (
            "broken_models:model",
            "model.load: importing 'broken_models' failed: ModuleNotFoundError: No module named 'no_such",
        ),
        ("broken_models.py:model", "model.load: importing {folder}/broken_models.py failed: ModuleNotFoundError"),
        ("quits:model", "model.load: importing 'quits' failed: SystemExit: 0"),
        ("my_models:breaks", "model.load: my_models:breaks() raised OSError: no such weights"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_named(folder: Path, load_path: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        load(ModelTable(load=load_path), folder)
    assert message.format(folder=folder) in str(caught.value)


def test_an_object_that_is_no_model_is_named(folder: Path) -> None:
    thing = load(ModelTable(load="my_models:number"), folder).thing
    with pytest.raises(ModelError, match=r"expected an object with 'predict', or a function; got builtins.int"):
        wrap(thing, ModelTable())


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (ModelTable(), "model: expected 'load', 'path', 'url', or the columns 'prediction' or 'probability'; got none"),
        (ModelTable(path="m.pkl"), "model.path 'm.pkl': a file of this kind can run code when it is opened, so"),
        (ModelTable(path="m.pkl", trust="sha256:" + "0" * 64), "it is not the file you meant"),
        (ModelTable(path="m.xyz"), "model.path 'm.xyz': no installed wrapper opens .xyz files like it"),
        (ModelTable(path="nothing.pkl"), "nothing.pkl: no such file or folder"),
        (ModelTable(path="empty.pkl"), "empty.pkl: the file is empty"),
    ],
)
def test_a_model_that_is_not_named_is_asked_for(tmp_path: Path, table: ModelTable, message: str) -> None:
    for name in ("m.pkl", "m.xyz"):
        (tmp_path / name).write_bytes(pickle.dumps(LogisticRegression(C=3)))
    (tmp_path / "empty.pkl").touch()
    with pytest.raises(ModelError) as caught:
        load(table, tmp_path)
    assert message in str(caught.value)


def test_a_pickle_is_opened_if_the_audit_file_names_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "m.pkl"
    path.write_bytes(pickle.dumps(LogisticRegression(C=3)))
    found = load(ModelTable(path="m.pkl", trust=digest.of_file(path)), tmp_path)
    assert (found.thing.C, found.source, found.content) == (3, "m.pkl", digest.of_file(path))


class OnlyLabels:
    def predict(self, x: Any) -> Any:
        return np.zeros(len(x))


@pytest.mark.parametrize(
    ("thing", "table", "expected"),
    [
        (OnlyLabels(), {}, ["predict"]),
        (LogisticRegression(), {}, ["predict", "predict_proba"]),
        (OnlyLabels().predict, {}, ["predict"]),
        (OnlyLabels().predict, {"output": "probability"}, ["predict", "predict_proba"]),
        ({"prediction": "a", "probability": None}, {}, ["predict"]),
        ({"prediction": None, "probability": "p"}, {}, ["predict", "predict_proba"]),
    ],
)
def test_a_capability_that_is_absent_is_absent(thing: Any, table: dict[str, Any], expected: list[str]) -> None:
    assert capabilities(wrap(thing, ModelTable(**table))[1]) == expected


def test_a_model_without_stable_content_says_why() -> None:
    model = OnlyLabels()
    model.lines = (line for line in "ab")  # type: ignore[attr-defined]
    content, of = identity(model, wrap(model, ModelTable())[1])
    assert content is None and of.startswith("no digest: the object has no stable content (builtins.generator: ")
