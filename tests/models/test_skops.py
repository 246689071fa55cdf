from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from assay.audit import ModelError, Record, digest

from .sources import alike, audited, tumours

io = pytest.importorskip("skops.io", reason="needs skops")
pytestmark = pytest.mark.frameworks
TRAIN, TEST = tumours()


def logged(x: Any) -> Any:
    return np.log1p(x)


def saved(path: Path, *before: Any) -> Any:
    model = make_pipeline(*before, StandardScaler(), LogisticRegression())
    model.fit(TRAIN.drop(columns="verdict"), TRAIN["verdict"])
    io.dump(model, path)
    return model


def opened(path: Path, **table: Any) -> Record:
    return audited(None, TEST, "verdict", path=str(path), **table)


def test_a_pipeline_of_known_types_is_opened_without_trust_and_known_by_its_file(tmp_path: Path) -> None:
    model = saved(tmp_path / "m.skops")
    record = opened(tmp_path / "m.skops")
    alike(audited(model, TEST, "verdict"), record)
    assert record.model.digest == digest.of_file(tmp_path / "m.skops")
    assert (record.model.wrapper, record.model.name) == ("sklearn", "Pipeline")


def test_types_that_skops_does_not_know_are_named_and_need_trust(tmp_path: Path) -> None:
    path = tmp_path / "m.skops"
    model = saved(path, FunctionTransformer(logged))
    (unknown,) = io.get_untrusted_types(file=path)
    with pytest.raises(
        ModelError, match=rf"'m.skops': it holds types that skops does not know to be safe \({unknown}\)"
    ):
        opened(path)
    alike(audited(model, TEST, "verdict"), opened(path, trust=digest.of_file(path)))
    with pytest.raises(ModelError, match="it is not the file you meant"):
        opened(path, trust="sha256:" + "0" * 64)


def test_a_file_that_is_no_skops_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.skops"
    path.write_bytes(b"anything")
    with pytest.raises(ModelError, match=r"model.path 'm.skops': cannot be opened: BadZipFile"):
        opened(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schema.json", "{}")
    with pytest.raises(ModelError, match=r"model.path 'm.skops': cannot be opened"):
        opened(path)
