"""Models in folders of MLflow, and its pyfunc models."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from .. import digest
from ..errors import ModelError
from ..model import imported, opener
from ..opening import needs, trusted
from ..plan import ModelTable
from .arrays import DeclaredModel
from .options import Options
from .tables import matched

OWN_FILES = {
    "xgboost": ("data", ""),
    "lightgbm": ("data", ""),
    "catboost": ("data", ""),
    "onnx": ("data", ""),
    "keras": ("data", "model.keras"),
    "tensorflow": ("saved_model_dir", ""),
    "pytorch": ("model_data", "model.pth"),
    "sklearn": ("pickled_model", ""),
}
"""Flavour to the key in ``MLmodel`` that names its file or folder, and the file in that folder."""


class MlflowModel(DeclaredModel):
    """A pyfunc model. ``model.output`` declares what it returns; columns are those of its signature, by name."""

    rank: ClassVar[int] = 10
    about: ClassVar[str] = (
        "MLflow models; opens their folders: by the framework that saved the model where that can be, else trusted ones "
        "as pyfunc"
    )
    framework: ClassVar[str] = "mlflow"
    offers: ClassVar[tuple[str, ...]] = ("predict", "predict_proba")
    Options: ClassVar[type[Options]] = Options

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """What ``mlflow.pyfunc.load_model`` returns."""
        return imported(thing, "mlflow.pyfunc", "PyFuncModel")

    @classmethod
    def opens(cls, path: Path) -> bool:
        """Folders with a description by MLflow."""
        return (path / "MLmodel").is_file()

    @classmethod
    def open(cls, path: Path, table: ModelTable, factory: Any) -> Any:
        """The model in its framework's own file, opened as that file is alone; otherwise the pyfunc model, if trusted.

        ``model.trust`` is the digest of the folder, or of that file.

        Raises:
            ModelError: no description, a file that needs trust, or a missing framework.
        """
        needs("yaml", path)
        flavours = _flavours(path)
        inner = _own_file(path, flavours)
        whole = table.trust is not None and table.trust == digest.of_path(path)
        if inner is not None:
            own = table.model_copy(update={"trust": digest.of_path(inner)}) if whole else table
            return opener(inner).open(inner, own, factory)
        parts = path / "model", path / "components" / "tokenizer"
        if "transformers" in flavours and all(part.is_dir() for part in parts):
            from .transformers_files import opened

            return opened(parts[0], table, parts[1])
        trusted(path, table.trust, "what it holds can run code when it is opened")
        needs("mlflow", path)
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        import mlflow.pyfunc

        try:
            return mlflow.pyfunc.load_model(str(path))
        except Exception as error:  # whatever the model makes it raise
            raise ModelError(f"model.path {path.name!r}: cannot be opened: {type(error).__name__}: {error}") from error

    def outputs(self, x: Any) -> npt.NDArray[Any]:
        """What the pyfunc model returns for all rows; of a frame its columns, by name where they are the classes."""
        found = self.thing.predict(self._named(x))
        if hasattr(found, "columns") and self._table.classes:
            names = [str(name) for name in self._table.classes]
            found = found[names] if set(names) == set(map(str, found.columns)) else found
        return np.asarray(found)

    def _named(self, x: Any) -> Any:
        inputs = self.thing.metadata.get_input_schema()
        names = inputs.input_names() if inputs is not None and inputs.has_input_names() else None
        if isinstance(x, np.ndarray | list):
            return matched(x, names) if names and isinstance(x, np.ndarray) else x
        return matched(x, names or list(x.columns))

    def identity(self) -> tuple[None, str]:
        """What a pyfunc model holds is not known."""
        return None, "no digest: a pyfunc model in memory does not show what it holds; name its folder in model.path"


def _flavours(path: Path) -> dict[str, Any]:
    import yaml

    try:
        found = yaml.safe_load((path / "MLmodel").read_text())["flavors"]
        return {str(name): dict(about) for name, about in found.items()}
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, KeyError, AttributeError, ValueError) as error:
        raise ModelError(f"model.path {path.name!r}: its MLmodel lists no flavors: {type(error).__name__}") from error


def _own_file(path: Path, flavours: dict[str, Any]) -> Path | None:
    """What the framework itself has saved; None where there is no such flavour, or code of the folder's own goes with it."""
    for name, (key, file) in OWN_FILES.items():
        about = flavours.get(name, {})
        if not about.get(key) or about.get("code"):
            continue
        found = path / str(about[key]) / file
        if found.exists() and found.resolve().is_relative_to(path.resolve()):
            return found
    return None
