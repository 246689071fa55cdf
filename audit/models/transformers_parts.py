"""What wrappers of Transformers models have in common: names of the outputs, and what a model is known by."""

from __future__ import annotations

from typing import Any

from .. import digest
from ..errors import ModelError
from ..model import imported
from ..plan import ModelTable


def is_pretrained(thing: Any) -> bool:
    """Whether it is a model of Transformers."""
    return imported(thing, "transformers.modeling_utils", "PreTrainedModel")


def label_names(config: Any) -> list[str]:
    """Names of the outputs in order.

    Raises:
        ModelError: one name stands for two outputs.
    """
    names = [str(config.id2label[i]) for i in range(config.num_labels)]
    if len(set(names)) < len(names):
        raise ModelError(f"model: expected a name for each output, got {names} in config.id2label")
    return names


def unnamed(names: list[str]) -> bool:
    """Whether these are the names that Transformers makes up."""
    return names == [f"LABEL_{i}" for i in range(len(names))]


def classes(names: list[str], table: ModelTable) -> list[Any]:
    """What the outputs are called in the data: ``model.classes``, or their names, or their numbers where they have none.

    Raises:
        ModelError: ``model.classes`` has another length.
    """
    if table.classes is None:
        return list(range(len(names))) if unnamed(names) else list(names)
    if len(table.classes) != len(names):
        raise ModelError(f"model.classes: expected {len(names)}, for the outputs {names}; got {table.classes}")
    return list(table.classes)


def content(model: Any, names: list[str], before: Any) -> str:
    """Digest of class, weights and label names of a model, and of what prepares its inputs."""
    weights = {name: value.detach().float().cpu().numpy() for name, value in model.state_dict().items()}
    return digest.of_object([type(model).__qualname__, str(model), weights, names, before])
