from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay import audit
from assay.audit import ModelError

from .sources import alike, audited, diabetes, tumours

CLASSES = ["benign", "malignant"]


def xgboost(rows: Any, target: str, **more: Any) -> tuple[Any, Any]:
    library = pytest.importorskip("xgboost", reason="needs xgboost or xgboost-cpu")
    x = rows.drop(columns=target).astype(
        {n: "category" for n in rows if rows[n].dtype.kind not in "iuf" and n != target}
    )
    kind = library.XGBRegressor if target == "progress" else library.XGBClassifier
    y = rows[target] if target == "progress" else rows[target] == "malignant"
    face = kind(n_estimators=20, max_depth=3, n_jobs=1, enable_categorical=True, **more).fit(x, y)
    return face.get_booster(), lambda data: face.predict(_as_trained(data, x))


def lightgbm(rows: Any, target: str, **more: Any) -> tuple[Any, Any]:
    library = pytest.importorskip("lightgbm", reason="needs lightgbm")
    x = rows.drop(columns=target).astype(
        {n: "category" for n in rows if rows[n].dtype.kind not in "iuf" and n != target}
    )
    kind = library.LGBMRegressor if target == "progress" else library.LGBMClassifier
    y = rows[target] if target == "progress" else rows[target] == "malignant"
    face = kind(n_estimators=20, num_leaves=7, n_jobs=1, verbose=-1, **more).fit(x, y)
    return face.booster_, lambda data: face.predict(_as_trained(data, x))


def catboost(rows: Any, target: str, **more: Any) -> tuple[Any, Any]:
    library = pytest.importorskip("catboost", reason="needs catboost")
    x = rows.drop(columns=target)
    texts = [n for n in x if x[n].dtype.kind not in "iuf"]
    about = {"iterations": 20, "depth": 3, "thread_count": 1, "verbose": 0, "allow_writing_files": False, **more}
    loss = "RMSE" if target == "progress" else "Logloss"
    y = rows[target] if target == "progress" else rows[target] == "malignant"
    model = library.CatBoost({**about, "loss_function": loss, "cat_features": texts}).fit(x, y.astype(float))
    kind = "RawFormulaVal" if target == "progress" else "Class"
    return model, lambda data: model.predict(data[list(x)], prediction_type=kind)


def _as_trained(data: Any, x: Any) -> Any:
    return data[list(x)].astype({n: x[n].dtype for n in x})


MAKERS = [xgboost, lightgbm, catboost]


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("text", [False, True])
def test_a_booster_decides_as_its_own_library_does(maker: Any, text: bool) -> None:
    train, test = tumours(text)
    booster, predict = maker(train, "verdict")
    record = audited(booster, test, "verdict", classes=CLASSES)
    expected = np.asarray(predict(test)).astype(float)
    assert record.model.wrapper == maker.__name__
    assert record.model.capabilities == ["predict", "predict_proba"]
    value = record["accuracy.accuracy"].estimate().value
    assert value == pytest.approx((expected == (test["verdict"] == "malignant")).mean())
    assert value is not None and value > 0.85
    assert record.model.digest and maker.__name__ in record.model.digest_of


@pytest.mark.parametrize("maker", MAKERS)
def test_a_booster_of_values_is_a_regression(maker: Any) -> None:
    train, test = diabetes()
    booster, predict = maker(train, "progress")
    value = audited(booster, test, "progress")["accuracy.mae"].estimate().value
    assert value == pytest.approx(np.abs(predict(test) - test["progress"]).mean(), rel=1e-5)


@pytest.mark.parametrize(("maker", "file"), [(xgboost, "m.ubj"), (xgboost, "m.json"), (lightgbm, "m.txt"), (catboost, "m.cbm")])  # fmt: skip
def test_a_file_gives_the_record_of_the_booster(maker: Any, file: str, tmp_path: Path) -> None:
    train, test = tumours(text=True)
    booster, _ = maker(train, "verdict")
    booster.save_model(str(tmp_path / file))
    one = audited(booster, test, "verdict", classes=CLASSES)
    two = audited(None, test, "verdict", classes=CLASSES, path=str(tmp_path / file))
    alike(one, two)
    assert two.model.digest_of == "the files that it was opened from"
    (tmp_path / file).write_text("[model]\nno such thing")
    with pytest.raises(ModelError, match=rf"model.path '{file}': is no "):
        audited(None, test, "verdict", classes=CLASSES, path=str(tmp_path / file))


@pytest.mark.parametrize("maker", MAKERS)
def test_a_column_that_the_data_lack_is_named(maker: Any) -> None:
    train, test = tumours()
    booster, _ = maker(train, "verdict")
    renamed = test.rename(columns={"mean texture": "texture"})
    with pytest.raises(ModelError, match=r"trained on a column 'mean.texture' that the data lack"):
        audited(booster, renamed, "verdict", classes=CLASSES)


@pytest.mark.parametrize("maker", MAKERS)
def test_without_names_of_classes_text_labels_are_refused(maker: Any) -> None:
    train, test = tumours()
    booster, _ = maker(train, "verdict")
    if maker is catboost:  # it knows that its classes are 0 and 1, and says so
        with pytest.raises(audit.InputError, match="'malignant' is not among the classes"):
            audited(booster, test, "verdict")
    else:
        assert audited(booster, test, "verdict")["accuracy.accuracy"].status == "ok"
