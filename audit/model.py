"""What a model is, and how an object or an import path becomes one.

A model has ``predict``; everything beyond that is a capability, and a capability that is absent is
absent: the method does not exist.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from . import digest
from .errors import ModelError
from .imports import named
from .opening import present
from .plan import ModelTable
from .plugins import names, plugin
from .signatures import content_of

GROUP = "assay.models"


@runtime_checkable
class Model(Protocol):
    """Anything that predicts a class label for every row."""

    def predict(self, x: Any) -> Any:
        """Labels, shape ``(n,)``; where a row has several, 0 or 1 in shape ``(n, L)``."""


@runtime_checkable
class PredictsProbabilities(Protocol):
    """Capability: a probability for every class."""

    def predict_proba(self, x: Any) -> Any:
        """Probabilities, shape ``(n, K)`` in the order of ``classes_``; or ``(n,)`` of the positive class.

        Of several labels ``(n, L)``, or as scikit-learn has it a list with ``(n, 2)`` for each label.
        """


@runtime_checkable
class GivesLogits(Protocol):
    """Capability: what the probabilities are made of."""

    def logits(self, x: Any) -> Any:
        """Unnormalised log-probabilities, shape ``(n, K)``; or ``(n,)``, the log-odds of the positive class."""


@runtime_checkable
class HasLossGradient(Protocol):
    """Capability: the gradient of the loss with respect to the inputs."""

    def loss_gradient(self, x: Any, y: Any) -> Any:
        """Gradient of the cross-entropy of each row with respect to that row, in the shape of ``x``.

        ``y``: class of each row as a position, ``(n,)``.
        """


@runtime_checkable
class HasPullback(Protocol):
    """Capability: the gradient of any function of the logits, for one forward and one backward pass."""

    def pullback(self, x: Any, cotangent: Callable[[Any], Any]) -> tuple[Any, Any]:
        """Logits of ``x``, as :class:`GivesLogits` has them, and the gradient ``J^T c`` of each row in the shape of ``x``.

        ``cotangent``: a function from these logits to ``c``, of their shape: the gradient of the function with respect to
        the logits of each row, such as ``softmax(z) - e_y`` for cross-entropy. ``x`` is one batch.
        """


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
    "logits": GivesLogits,
    "loss_gradient": HasLossGradient,
    "pullback": HasPullback,
    "generate": Generates,
    "loglikelihood": ScoresLikelihood,
    "embed": Embeds,
}


class Wrapper(Protocol):
    """What a plug-in in ``assay.models`` provides: a class that adapts one kind of object.

    ``rank``: the wrapper with the lowest rank that accepts an object gets it; special before general.
    ``live``: False if it only replays recorded decisions and cannot be asked about changed inputs.

    A class may also have ``framework``, the import name of what it needs, ``offers``, the names in :data:`CAPABILITIES` that
    its models can have, and ``Options``, a pydantic model of ``model.options``.
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


@runtime_checkable
class Opens(Protocol):
    """What a wrapper class also has if it opens files or folders (``model.path``)."""

    def opens(self, path: Path) -> bool:
        """Whether it is one of its files, by suffix or by what a folder holds."""

    def open(self, path: Path, table: ModelTable, factory: Any) -> Any:
        """The object; ``factory`` is what ``model.load`` names beside the path, or None.

        Raises:
            ModelError: the file is not what its suffix says, its framework is missing, or it is not trusted.
        """


@runtime_checkable
class Connects(Protocol):
    """What a wrapper class also has if it talks to servers (``model.url``)."""

    def connects(self, url: str) -> bool:
        """Whether it is for addresses like this one."""

    def connect(self, url: str, table: ModelTable, folder: Path) -> Any:
        """The connection, as an object that the wrapper accepts; nothing is sent yet.

        ``folder``: where relative paths of the audit file start.
        """


def wrappers() -> dict[str, type[Wrapper]]:
    """Installed wrappers by name, special before general."""
    found = {name: plugin(GROUP, name) for name in names(GROUP)}
    return dict(sorted(found.items(), key=lambda item: (item[1].rank, item[0])))


def imported(thing: Any, module: str, name: str) -> bool:
    """Whether ``thing`` is a ``module.name``, without importing the framework: an object of it has already done so."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(thing, kind)


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


def offers(wrapper: type[Wrapper]) -> list[str]:
    """Names of what models of this kind can do, if the single model does; at least what the class itself has."""
    declared = getattr(wrapper, "offers", ())
    return [name for name in CAPABILITIES if name in declared or hasattr(wrapper, name)]


def capabilities(model: object) -> list[str]:
    """Names of what the model can do."""
    return [name for name, protocol in CAPABILITIES.items() if isinstance(model, protocol)]


@dataclass(frozen=True)
class Loaded:
    """A model that an audit file names: the object, in which words it was named, and the digest of its files."""

    thing: Any
    source: str
    content: str | None = None
    content_of: str = ""


def load(table: ModelTable, folder: Path) -> Loaded:
    """The object that an audit file names.

    Raises:
        ModelError: nothing is named, nobody opens it, or that fails; the message says at which step and why.
    """
    if table.prediction or table.probability:
        return Loaded({"prediction": table.prediction, "probability": table.probability}, "recorded predictions")
    if table.url:
        return Loaded(_connector(table.url).connect(table.url, table, folder), table.url)
    factory = _made(named(table.load, folder, "model.load"), table.load) if table.load else None
    if table.path:
        path = present(folder / table.path)
        content, of = content_of(path, table.public_key, folder)
        return Loaded(opener(path).open(path, table, factory), table.path, content, of)
    if not table.load:
        raise ModelError(
            "model: expected 'load', 'path', 'url', or the columns 'prediction' or 'probability'; got none of them"
        )
    return Loaded(factory, table.load)


def opener(path: Path) -> Opens:
    """The wrapper class that opens a file or folder.

    Raises:
        ModelError: nobody does.
    """
    for wrapper in wrappers().values():
        if isinstance(wrapper, Opens) and wrapper.opens(path):
            return wrapper
    kind = "folders" if path.is_dir() else f"{path.suffix or 'such'} files"
    raise ModelError(
        f"model.path {path.name!r}: no installed wrapper opens {kind} like it; `assay models` lists what is opened. "
        "Or name a function that opens it in model.load"
    )


def _connector(url: str) -> Connects:
    for wrapper in wrappers().values():
        if isinstance(wrapper, Connects) and wrapper.connects(url):
            return wrapper
    raise ModelError(f"model.url {url!r}: no installed wrapper talks to such an address")


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
