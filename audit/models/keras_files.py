"""Files of Keras: models and weights, and what keras runs on when it opens them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from .. import digest
from ..errors import ModelError
from ..opening import needs, trusted
from ..plan import ModelTable


def opened(path: Path, table: ModelTable, factory: Any, backend: str | None) -> Any:
    """As :meth:`KerasModel.open` has it."""
    needs("keras", path)
    keras = running(backend)
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


def running(backend: str | None) -> Any:
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
