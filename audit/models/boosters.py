"""Gradient-boosted trees in the native form of their libraries: XGBoost, LightGBM, CatBoost."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from .. import digest
from ..errors import ModelError
from ..model import imported
from ..opening import needs
from ..plan import ModelTable
from ..slices import FloatArray
from .arrays import probabilities
from .options import Options, options
from .tables import matched

Gives = Literal["probability", "logits", "label", "value"]


class Booster(ABC):
    """A booster that knows its features and its objective; the objective says what it gives."""

    rank: ClassVar[int] = 10
    live: ClassVar[bool] = True
    offers: ClassVar[tuple[str, ...]] = ("predict", "predict_proba", "logits")
    framework: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Take the booster; ``model.output`` counts only where its objective is the user's own."""
        options(Options, table.options)
        self.thing, self._task = thing, table.task
        declared: Gives = "value" if table.output == "label" and table.task == "regression" else table.output
        self.gives = self._gives() or declared
        if table.classes:
            self.classes_ = list(table.classes)
        self.decides = self.gives in ("label", "value")
        if not self.decides:
            self.predict_proba = self._predict_proba
        if self.gives == "logits":
            self.logits = self._raw

    @abstractmethod
    def _gives(self) -> Gives | None:
        """What the objective makes of a row; None if the objective says nothing."""

    @abstractmethod
    def _names(self) -> list[str] | None:
        """The features in the order of training, None if they had no names."""

    @abstractmethod
    def _ask(self, rows: Any) -> Any:
        """What the booster says of a pandas frame of its features, or of an array."""

    @abstractmethod
    def _saved(self) -> bytes:
        """The booster in its library's own form."""

    @classmethod
    def opens(cls, path: Path) -> bool:
        """Its library's own files."""
        return path.suffix in cls.suffixes

    def predict(self, x: Any) -> Any:
        """Labels as positions (names, where ``model.classes`` lists them), or values."""
        found = self._raw(x)
        if self.gives != "label":
            return found
        positions = found.astype(np.int64)
        return np.array(self.classes_, dtype=object)[positions] if hasattr(self, "classes_") else positions

    def _predict_proba(self, x: Any) -> FloatArray:
        return probabilities(self._raw(x), self._task) if self.gives == "logits" else self._raw(x)

    def _raw(self, x: Any) -> FloatArray:
        names = self._names()
        return np.asarray(self._ask(x if names is None else matched(x, names)), dtype=np.float64)

    def identity(self) -> tuple[str, str]:
        """Digest of the booster as its library saves it."""
        return digest.of_bytes(self._saved()), f"the booster as {self.framework} saves it"


class XGBoostModel(Booster):
    """``xgboost.Booster``."""

    about: ClassVar[str] = "XGBoost boosters; opens .ubj, and .json that holds one"
    framework: ClassVar[str] = "xgboost"
    suffixes: ClassVar[tuple[str, ...]] = (".ubj", ".json")

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Boosters; the scikit-learn faces of XGBoost are estimators."""
        return imported(thing, "xgboost", "Booster")

    @classmethod
    def open(cls, path: Path, table: ModelTable, factory: Any) -> Any:
        """The booster of a file."""
        needs("xgboost", path)
        import xgboost

        try:
            return xgboost.Booster(model_file=path)
        except xgboost.core.XGBoostError as error:
            raise ModelError(f"model.path {path.name!r}: is no XGBoost model: {_first_line(error)}") from error

    def _gives(self) -> Gives | None:
        objective = json.loads(self.thing.save_config())["learner"]["objective"]["name"]
        known: dict[str, Gives] = {
            "binary:logistic": "probability",
            "multi:softprob": "probability",
            "binary:logitraw": "logits",
            "multi:softmax": "label",
            "binary:hinge": "label",
        }
        return known.get(
            objective, "value" if objective.split(":")[0] in ("reg", "count", "rank", "survival") else None
        )

    def _names(self) -> list[str] | None:
        names = self.thing.feature_names
        return None if names is None else list(names)

    def _ask(self, rows: Any) -> Any:
        import xgboost

        if isinstance(rows, np.ndarray):
            return self.thing.predict(xgboost.DMatrix(rows))
        return self.thing.predict(xgboost.DMatrix(_categories(rows), enable_categorical=True))

    def _saved(self) -> bytes:
        return bytes(self.thing.save_raw("ubj"))


class LightGBMModel(Booster):
    """``lightgbm.Booster``."""

    about: ClassVar[str] = "LightGBM boosters; opens .txt files that hold one"
    framework: ClassVar[str] = "lightgbm"
    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".lgb")

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Boosters; the scikit-learn faces of LightGBM are estimators."""
        return imported(thing, "lightgbm", "Booster")

    @classmethod
    def open(cls, path: Path, table: ModelTable, factory: Any) -> Any:
        """The booster of a file."""
        needs("lightgbm", path)
        import lightgbm

        if not path.read_bytes()[:5].startswith(b"tree"):
            raise ModelError(f"model.path {path.name!r}: is no LightGBM model; those begin with 'tree'")
        try:
            return lightgbm.Booster(model_file=path)
        except lightgbm.basic.LightGBMError as error:
            raise ModelError(f"model.path {path.name!r}: is no LightGBM model: {_first_line(error)}") from error

    def _gives(self) -> Gives | None:
        head = self.thing.model_to_string(num_iteration=1).partition("\n\n")[0]
        objective = next((line[10:].split()[0] for line in head.splitlines() if line.startswith("objective=")), "")
        if objective in ("binary", "multiclass", "multiclassova", "cross_entropy"):
            return "probability"
        return "value" if objective not in ("", "custom", "none") else None

    def _names(self) -> list[str]:
        return list(self.thing.feature_name())

    def _ask(self, rows: Any) -> Any:
        return self.thing.predict(_categories(rows), validate_features=False)

    def _saved(self) -> bytes:
        return str(self.thing.model_to_string()).encode()


class CatBoostModel(Booster):
    """``catboost.CatBoost`` and what opens its files."""

    about: ClassVar[str] = "CatBoost models; opens .cbm files"
    framework: ClassVar[str] = "catboost"
    suffixes: ClassVar[tuple[str, ...]] = (".cbm", ".cb")

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Take the model with the classes that it knows."""
        super().__init__(thing, table)
        own = getattr(thing, "classes_", None)
        if not self.decides and not table.classes and own is not None and len(own):
            self.classes_ = [name.item() if isinstance(name, np.generic) else name for name in own]

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Models of CatBoost, its classifiers and regressors too."""
        return imported(thing, "catboost", "CatBoost")

    @classmethod
    def open(cls, path: Path, table: ModelTable, factory: Any) -> Any:
        """The model of a file."""
        needs("catboost", path)
        import catboost

        try:
            return catboost.CatBoost().load_model(path)
        except catboost.CatBoostError as error:
            raise ModelError(f"model.path {path.name!r}: is no CatBoost model: {_first_line(error)}") from error

    def _gives(self) -> Gives | None:
        loss = str(self.thing.get_all_params().get("loss_function", "")).split(":")[0]
        classes = ("Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll")
        return "probability" if loss in classes else "value" if loss else None

    def _names(self) -> list[str]:
        return list(self.thing.feature_names_)

    def _ask(self, rows: Any) -> Any:
        kind = "Probability" if self.gives == "probability" else "RawFormulaVal"
        return self.thing.predict(rows, prediction_type=kind)

    def _saved(self) -> bytes:
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as folder:
            self.thing.save_model(f"{folder}/model.cbm")
            return (Path(folder) / "model.cbm").read_bytes()


def _categories(rows: Any) -> Any:
    """Texts as categories, which is how both libraries know them."""
    texts = rows.select_dtypes(exclude=["number", "bool", "category"]).columns
    return rows.astype(dict.fromkeys(texts, "category"))


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
