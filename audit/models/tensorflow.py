"""TensorFlow SavedModels, modules and functions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from .. import digest
from ..errors import ModelError, nearest
from ..opening import needs
from ..plan import ModelTable
from .arrays import ArrayModel, ArrayOptions
from .autodiff import Cotangent, by_tensorflow


class TensorFlowOptions(ArrayOptions):
    """Options of TensorFlow models."""

    signature: str = "serving_default"
    """Which signature of a SavedModel is asked; one that has none is called."""
    result: str | None = None
    """Which of several results of the signature is the answer."""


class TensorFlowModel(ArrayModel):
    """A SavedModel with a signature of one input, a ``tf.Module`` or a ``tf.function``; asked as it was exported."""

    rank: ClassVar[int] = 20  # after keras, whose models are modules too
    about: ClassVar[str] = "TensorFlow modules and functions; opens SavedModel folders"
    framework: ClassVar[str] = "tensorflow"
    offers: ClassVar[tuple[str, ...]] = (*ArrayModel.offers, "loss_gradient", "pullback")
    Options: ClassVar[type[ArrayOptions]] = TensorFlowOptions

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Choose what is asked.

        Raises:
            ModelError: no such signature, or one with several inputs.
        """
        super().__init__(thing, table)
        self._signature: Any = None
        signatures = getattr(thing, "signatures", {})
        if self.options.signature in signatures:
            self._signature = signatures[self.options.signature]
            self._input, self._dtype = self._one_input()
        elif signatures or not callable(thing):
            known = ", ".join(sorted(signatures)) or "none"
            raise ModelError(
                f"model.options.signature: no {self.options.signature!r} in the SavedModel, it has: {known}"
            )

    def _one_input(self) -> tuple[str, Any]:
        taken = self._signature.structured_input_signature[1]
        if len(taken) != 1:
            raise ModelError(
                f"model: expected a signature of one input, it takes {len(taken)}: {', '.join(sorted(taken))}"
            )
        ((name, spec),) = taken.items()
        return name, spec.dtype

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Modules, functions, and what ``tf.saved_model.load`` returns; tensorflow is not imported to find out."""
        tf = sys.modules.get("tensorflow")
        if tf is None or isinstance(thing, type):
            return False
        loaded = hasattr(thing, "signatures") and type(thing).__module__.startswith("tensorflow.")
        return loaded or isinstance(thing, tf.Module | tf.types.experimental.GenericFunction)

    @classmethod
    def opens(cls, path: Path) -> bool:
        """SavedModel folders."""
        return (path / "saved_model.pb").is_file()

    @classmethod
    def open(cls, path: Path, table: ModelTable, factory: Any) -> Any:
        """The SavedModel; a graph may read and write files, so open only what you know."""
        needs("tensorflow", path)
        import tensorflow as tf

        try:
            return tf.saved_model.load(str(path))
        except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
            raise ModelError(f"model.path {path.name!r}: is no SavedModel that can be opened: {error}") from error

    def forward(self, batch: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """One batch."""
        return np.asarray(self._answer(self._tensor(batch)).numpy())

    def pulled(self, rows: npt.NDArray[Any], cotangent: Cotangent) -> tuple[Any, Any]:
        """Logits and pull-back of one batch."""
        return by_tensorflow(self._answer, self._tensor(rows), cotangent)

    def to_array(self, x: Any) -> npt.NDArray[Any]:
        """Texts as they are where the signature takes texts."""
        texts = self._signature is not None and self._dtype.name == "string" and isinstance(x, list)
        return np.array(x, dtype=object) if texts else super().to_array(x)

    def _tensor(self, batch: npt.NDArray[Any]) -> Any:
        import tensorflow as tf

        found = tf.convert_to_tensor(batch)
        return tf.cast(found, self._dtype) if self._signature is not None else found

    def _answer(self, batch: Any) -> Any:
        if self._signature is None:
            return self.thing(batch)
        results = self._signature(**{self._input: batch})
        name = self.options.result or (next(iter(results)) if len(results) == 1 else None)
        if name not in results:
            raise ModelError(
                f"model.options.result: expected one of {', '.join(sorted(results))}, got {name!r}"
                f"{nearest(name or '', results)}"
            )
        return results[name]

    def identity(self) -> tuple[str | None, str]:
        """Digest of class and variables."""
        variables = getattr(self.thing, "variables", None)
        if not variables:
            return None, "no digest: the variables are inside the function"
        kind = f"{type(self.thing).__module__}.{type(self.thing).__qualname__}"
        return digest.of_object([kind, [one.numpy() for one in variables]]), "class and variables of the model"
