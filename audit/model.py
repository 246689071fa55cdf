"""What a model is, and how an object or an import path becomes one.

A model has ``predict``; everything beyond that is a capability, and a capability that is absent is
absent: the method does not exist.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from . import digest
from .errors import ModelError
from .imports import named
from .plan import ModelTable
from .plugins import names, plugin

GROUP = "assay.models"


@runtime_checkable
class Model(Protocol):
    """Anything that predicts a class label for every row."""

    def predict(self, x: Any) -> Any:
        """Labels, shape ``(n,)``."""


@runtime_checkable
class PredictsProbabilities(Protocol):
    """Capability: a probability for every class."""

    def predict_proba(self, x: Any) -> Any:
        """Probabilities, shape ``(n, K)`` in the order of ``classes_``; or ``(n,)`` of the positive class."""


@runtime_checkable
class HasLossGradient(Protocol):
    """Capability: the gradient of the loss with respect to the inputs."""

    def loss_gradient(self, x: Any, y: Any) -> Any:
        """Gradient in the shape of ``x``."""


@runtime_checkable
class Generates(Protocol):
    """Capability: text for a prompt."""

    def generate(self, prompts: Sequence[str]) -> Sequence[str]:
        """One continuation per prompt."""


@runtime_checkable
class ScoresLikelihood(Protocol):
    """Capability: how likely a continuation is."""

    def loglikelihood(self, pairs: Sequence[tuple[str, str]]) -> Sequence[float]:
        """Log-likelihood of the second text of each pair, given the first."""


@runtime_checkable
class Embeds(Protocol):
    """Capability: a vector for every row."""

    def embed(self, x: Any) -> Any:
        """Vectors, shape ``(n, d)``."""


CAPABILITIES: dict[str, type] = {
    "predict": Model,
    "predict_proba": PredictsProbabilities,
    "loss_gradient": HasLossGradient,
    "generate": Generates,
    "loglikelihood": ScoresLikelihood,
    "embed": Embeds,
}


class Wrapper(Protocol):
    """What a plug-in in ``assay.models`` provides: a class that adapts one kind of object.

    ``rank``: the wrapper with the lowest rank that accepts an object gets it; special before general.
    ``live``: False if it only replays recorded decisions and cannot be asked about changed inputs.
    """

    rank: ClassVar[int]
    live: ClassVar[bool]
    about: ClassVar[str]

    def __init__(self, thing: Any, table: ModelTable) -> None: ...

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Whether this wrapper is for ``thing``."""

    def predict(self, x: Any) -> Any:
        """Labels, shape ``(n,)``; ``x`` is a data frame of the kind that the data came in, or an array."""


def wrappers() -> dict[str, type[Wrapper]]:
    """Installed wrappers by name, special before general."""
    found = {name: plugin(GROUP, name) for name in names(GROUP)}
    return dict(sorted(found.items(), key=lambda item: (item[1].rank, item[0])))


def wrap(thing: Any, table: ModelTable) -> tuple[str, Wrapper]:
    """The name of the wrapper that accepts ``thing``, and ``thing`` wrapped.

    Raises:
        ModelError: no installed wrapper accepts it.
    """
    for name, wrapper in wrappers().items():
        if wrapper.accepts(thing):
            return name, wrapper(thing, table)
    raise ModelError(
        f"model: expected an object with 'predict', or a function; got {type(thing).__module__}.{type(thing).__qualname__}"
    )


def capabilities(model: object) -> list[str]:
    """Names of what the model can do."""
    return [name for name, protocol in CAPABILITIES.items() if isinstance(model, protocol)]


def load(table: ModelTable, folder: Path) -> tuple[Any, str]:
    """The object that an audit file names, and in which words it was named.

    Raises:
        ModelError: nothing is named, or the import fails; the message says at which step and why.
    """
    if table.prediction or table.probability:
        return {"prediction": table.prediction, "probability": table.probability}, "recorded predictions"
    if table.path:
        raise ModelError(_no_opener(table.path))
    if not table.load:
        raise ModelError("model: expected 'load', or the columns 'prediction' or 'probability'; got none of them")
    return _made(named(table.load, folder, "model.load"), table.load), table.load


def identity(thing: Any, model: Wrapper) -> tuple[str | None, str]:
    """Digest of the model's content, and of what it was taken; None and the reason where there is none."""
    own = getattr(model, "identity", None)
    if own is not None:
        found: tuple[str | None, str] = own()
        return found
    try:
        return digest.of_object(thing), "class, parameters and fitted arrays of the object"
    except (digest.Unstable, RecursionError) as error:
        return None, f"no digest: the object has no stable content ({error})"


def _made(thing: Any, where: str) -> Any:
    """A function without required parameters makes the model; one with a parameter is the model."""
    if hasattr(thing, "predict") and not inspect.isclass(thing):
        return thing
    if not callable(thing):
        return thing
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return thing
    if any(p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        return thing
    try:
        return thing()
    except Exception as error:
        raise ModelError(f"model.load: {where}() raised {type(error).__name__}: {error}") from error


def _no_opener(path: str) -> str:
    if Path(path).suffix in (".pkl", ".pickle", ".joblib"):
        reason = "a pickle runs code when it is opened; load it in a function of your own and name that in model.load"
    else:
        reason = "no installed wrapper opens such files; name a function that opens it in model.load"
    return f"model.path {path!r}: {reason}"
