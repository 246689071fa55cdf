"""Keras models with several inputs: which columns are whose, and one array divided among them."""

from __future__ import annotations

import math
from typing import Any

from ..errors import ModelError, nearest


def columns_of(model: Any, declared: dict[str, list[str]] | None) -> dict[str, list[str]]:
    """Columns of each input by its name; nothing for a model with one input.

    Raises:
        ModelError: inputs are declared that the model does not have, or not all, or with too many or too few columns.
    """
    inputs = {one.name: one for one in getattr(model, "inputs", None) or []}
    if declared is None:
        declared = {name: [name] for name in inputs} if len(inputs) > 1 else {}
    for name in declared if inputs else ():
        if name not in inputs:
            raise ModelError(f"model.options.inputs: the Keras model has no input {name!r}{nearest(name, inputs)}")
    for name, one in inputs.items() if declared else ():
        shape, columns = one.shape[1:], declared.get(name, [])
        if not columns or (None not in shape and math.prod(shape) != len(columns)):
            raise ModelError(
                f"model.options.inputs: input {name!r} of the Keras model takes {math.prod(n or 1 for n in shape)} columns, "
                f"got {len(columns)}: {', '.join(map(repr, columns)) or 'none'}"
            )
    return declared


def given(model: Any, columns: dict[str, list[str]], batch: Any) -> Any:
    """What the model is called with: the batch, or each input by its name in its own shape and type.

    Raises:
        ModelError: the batch has another number of columns.
    """
    if not columns:
        return batch
    import keras

    wide = sum(map(len, columns.values()))
    if tuple(batch.shape[1:]) != (wide,):
        raise ModelError(f"model: its inputs take {wide} columns, the data have shape {tuple(batch.shape)}")
    inputs, found, at = {one.name: one for one in getattr(model, "inputs", None) or []}, {}, 0
    for name, of in columns.items():
        part, at = batch[:, at : at + len(of)], at + len(of)
        one = inputs.get(name)
        if one is not None:
            shape = [-1, *(len(of) if n is None else n for n in one.shape[1:])]
            part = keras.ops.cast(keras.ops.reshape(part, shape), one.dtype)
        found[name] = part
    return found
