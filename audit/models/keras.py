"""Keras 3 models on torch, jax or tensorflow."""

from __future__ import annotations

import json
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from .. import digest
from ..errors import ModelError
from ..model import imported
from ..opening import needs, trusted
from ..plan import ModelTable
from .arrays import ArrayModel, ArrayOptions
from .autodiff import Cotangent, by_jax, by_tensorflow, by_torch
from .options import options

PULLBACKS = {"torch": by_torch, "jax": by_jax, "tensorflow": by_tensorflow}


class KerasOptions(ArrayOptions):
    """Options of Keras models."""

    backend: Literal["torch", "jax", "tensorflow"] | None = None
    """What keras runs on; default: what it is set to (``KERAS_BACKEND``)."""


class KerasModel(ArrayModel):
    """A Keras model with one input; asked with ``training=False``, whatever it was compiled for."""

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
            ModelError: it has several inputs, or keras runs on something else than declared.
        """
        super().__init__(thing, table)
        _imported(self.options.backend)
        inputs = getattr(thing, "inputs", None) or []
        if len(inputs) > 1:
            names = ", ".join(repr(one.name) for one in inputs)
            raise ModelError(f"model: expected one input, the Keras model has {len(inputs)}: {names}")

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
        needs("keras", path)
        keras = _imported(options(KerasOptions, table.options).backend)
        filled = isinstance(factory, keras.Model)
        if path.name.endswith(".weights.h5") and not filled:
            raise ModelError(
                f"model.path {path.name!r}: it holds weights; name the function that makes the model in model.load"
            )
        if not (filled or factory is None or isinstance(factory, dict)):
            kind = type(factory).__name__
            raise ModelError(f"model.load: expected what makes a Keras model, or a dict of its classes, got {kind}")
        if table.trust or not (filled or path.suffix == ".keras"):
            trusted(path, table.trust)
        try:
            if filled:
                factory.load_weights(path)
                return factory
            return keras.saving.load_model(path, custom_objects=factory, compile=False, safe_mode=table.trust is None)
        except (ValueError, TypeError, OSError, KeyError, AttributeError) as error:
            vouch = f"; if you vouch for it, add trust = {digest.of_file(path)!r} to [model]"
            hint = vouch if "safe_mode" in str(error) else ""
            raise ModelError(
                f"model.path {path.name!r}: cannot be opened: {type(error).__name__}: {_reason(error)}{hint}"
            ) from error

    def forward(self, batch: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """One batch, without gradients."""
        import keras

        with _no_gradients(keras.config.backend()):
            found = self.thing(keras.ops.convert_to_tensor(batch), training=False)
        if not keras.ops.is_tensor(found):
            raise ModelError(f"model: expected one tensor from the model, got {type(found).__name__}")
        return np.asarray(keras.ops.convert_to_numpy(found))

    def pulled(self, rows: npt.NDArray[Any], cotangent: Cotangent) -> tuple[Any, Any]:
        """Logits and pull-back of one batch, by what keras runs on."""
        import keras

        differentiate, torch = PULLBACKS[keras.config.backend()], keras.config.backend() == "torch"
        logits, found = differentiate(
            lambda x: self.thing(x, training=False),
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


def _imported(backend: str | None) -> Any:
    """The module keras, on that backend if one is named.

    Raises:
        ModelError: that is not installed, or keras already runs on another one.
    """
    if backend and "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = backend
    try:
        import keras
    except ImportError as error:
        raise ModelError(
            f"model: keras cannot be imported: {error}; install what it runs on, or name it as model.options.backend: "
            "'torch', 'jax' or 'tensorflow'"
        ) from error
    if backend not in (None, keras.config.backend()):
        raise ModelError(
            f"model.options.backend is {backend!r}, but keras was imported before and runs on "
            f"{keras.config.backend()!r}; set KERAS_BACKEND={backend}"
        )
    return keras


def _reason(error: Exception) -> str:
    """The sentence that tells what is wrong; keras puts whole configurations around it."""
    return str(error).rpartition("Exception encountered: ")[2].partition(" Full object config:")[0]


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
