"""Keras 3 models on torch, jax or tensorflow."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from .. import digest
from ..errors import ModelError
from ..model import imported
from ..plan import ModelTable
from .arrays import ArrayModel, ArrayOptions
from .autodiff import Cotangent, by_jax, by_tensorflow, by_torch
from .keras_files import opened, running
from .keras_inputs import columns_of, given
from .options import options

PULLBACKS = {"torch": by_torch, "jax": by_jax, "tensorflow": by_tensorflow}


class KerasOptions(ArrayOptions):
    """Options of Keras models."""

    backend: Literal["torch", "jax", "tensorflow"] | None = None
    """What keras runs on; default: what it is set to (``KERAS_BACKEND``)."""
    inputs: dict[str, list[str]] | None = None
    """Columns of each input of a model that has several; default: each has the column that it is named after."""


class KerasModel(ArrayModel):
    """A Keras model, asked with ``training=False``, whatever it was compiled for.

    The numbers of several inputs are one array, column after column, which is divided among them.
    """

    rank: ClassVar[int] = 10
    about: ClassVar[str] = (
        "Keras 3 models; opens .keras, .weights.h5 (with a function in model.load), trusted .h5 files"
    )
    framework: ClassVar[str] = "keras"
    offers: ClassVar[tuple[str, ...]] = (*ArrayModel.offers, "loss_gradient", "pullback")
    Options: ClassVar[type[ArrayOptions]] = KerasOptions

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Take the model.

        Raises:
            ModelError: keras runs on something else than declared, or inputs and columns do not fit.
        """
        super().__init__(thing, table)
        running(self.options.backend)
        self._columns = columns_of(thing, self.options.inputs)

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Models; keras is not imported to find out."""
        return imported(thing, "keras", "Model")

    @classmethod
    def opens(cls, path: Path) -> bool:
        """Models and weights."""
        return path.suffix in (".keras", ".h5", ".hdf5")

    @classmethod
    def open(cls, path: Path, table: ModelTable, factory: Any) -> Any:
        """The model of the file; or that of the factory with the weights of the file, which runs no code from it.

        Without a factory, what holds code (lambdas) and the old format, which keras does not screen, need trust. Beside a
        ``.keras`` file ``model.load`` may also name a dict of the model's own classes.

        Raises:
            ModelError: the file is damaged, does not fit, or holds code and is not trusted.
        """
        return opened(path, table, factory, options(KerasOptions, table.options).backend)

    def forward(self, batch: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """One batch, without gradients."""
        import keras

        with _no_gradients(keras.config.backend()):
            found = self._answer(keras.ops.convert_to_tensor(batch))
        if not keras.ops.is_tensor(found):
            raise ModelError(f"model: expected one tensor from the model, got {type(found).__name__}")
        return np.asarray(keras.ops.convert_to_numpy(found))

    def names(self, x: Any) -> list[str]:
        """Columns of a frame, input after input."""
        return [name for columns in self._columns.values() for name in columns] or super().names(x)

    def _answer(self, batch: Any) -> Any:
        return self.thing(given(self.thing, self._columns, batch), training=False)

    def pulled(self, rows: npt.NDArray[Any], cotangent: Cotangent) -> tuple[Any, Any]:
        """Logits and pull-back of one batch, by what keras runs on."""
        import keras

        differentiate, torch = PULLBACKS[keras.config.backend()], keras.config.backend() == "torch"
        logits, found = differentiate(
            self._answer,
            keras.ops.convert_to_tensor(rows),
            (lambda z: cotangent(z.cpu().numpy())) if torch else cotangent,
        )
        return (logits.cpu().numpy(), found.cpu().numpy()) if torch else (logits, found)

    def identity(self) -> tuple[str, str]:
        """Digest of configuration and weights: what makes its answers, whatever keras runs on."""
        kind = f"{type(self.thing).__module__}.{type(self.thing).__qualname__}"
        try:
            config = _built(json.loads(json.dumps(self.thing.get_config())))
            content = [kind, config, self.thing.get_weights()]
            return digest.of_object(content), "class, configuration and weights of the model"
        except (NotImplementedError, TypeError, digest.Unstable):
            return digest.of_object([kind, self.thing.get_weights()]), "class and weights of the model"


def _built(config: Any) -> Any:
    """A configuration without what keras adds to it when it saves: ids in memory, and shapes that were seen."""
    if isinstance(config, list):
        return [_built(one) for one in config]
    if not isinstance(config, dict):
        return config
    added = ("shared_object_id", "build_config", "build_input_shape")
    return {name: _built(value) for name, value in config.items() if name not in added}


def _no_gradients(backend: str) -> AbstractContextManager[Any]:
    if backend != "torch":
        return nullcontext()
    import torch

    found: AbstractContextManager[Any] = torch.no_grad()
    return found
