"""JAX functions with their parameters, and Flax modules."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from .. import digest
from ..errors import ModelError
from ..model import imported
from ..plan import ModelTable
from .arrays import ArrayModel
from .autodiff import Cotangent, by_jax, padded


class JaxModel(ArrayModel):
    """``functools.partial(f, params)`` or ``partial(net.apply, variables)``, ``jax.jit(f)``, a Flax module, or any
    callable tree of arrays.

    nnx modules are asked in eval mode and stay as they are; linen modules are told by their own arguments.
    """  # fmt: skip

    rank: ClassVar[int] = 10
    about: ClassVar[str] = (
        "JAX: functools.partial(f, params), jax.jit(f), Flax modules (nnx; linen bound to variables), callable pytrees"
    )
    framework: ClassVar[str] = "jax"
    offers: ClassVar[tuple[str, ...]] = (*ArrayModel.offers, "loss_gradient", "pullback")

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Take the function.

        Raises:
            ModelError: 64 bits are wanted and not enabled, or a linen module without variables.
        """
        import jax

        super().__init__(thing, table)
        if jax.dtypes.canonicalize_dtype(self.options.dtype) != self.options.dtype:
            raise ModelError(f"model.options.dtype is {self.options.dtype!r}: jax needs JAX_ENABLE_X64=1 for it")
        self._call = _asked(thing)

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Callables that hold arrays of JAX or that it has compiled; jax is not imported to find out."""
        jax = sys.modules.get("jax")
        if jax is None or isinstance(thing, type) or not callable(thing):
            return False
        if imported(thing, "flax.linen", "Module") or isinstance(thing, jax.stages.Wrapped):
            return True
        return any(isinstance(leaf, jax.Array) for leaf in jax.tree_util.tree_leaves(_held(thing)))

    def forward(self, batch: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """One batch."""
        import jax

        found = self._call(jax.numpy.asarray(padded(batch)))
        if not isinstance(found, jax.Array):
            raise ModelError(f"model: expected one array from the function, got {type(found).__name__}")
        return np.asarray(found[: len(batch)] if found.ndim else found)

    def pulled(self, rows: npt.NDArray[Any], cotangent: Cotangent) -> tuple[Any, Any]:
        """Logits and pull-back of one batch."""
        import jax

        return by_jax(self._call, jax.numpy.asarray(rows), cotangent)

    def identity(self) -> tuple[str | None, str]:
        """Digest of the function and its parameters."""
        import jax

        leaves, _ = jax.tree_util.tree_flatten_with_path(_held(self.thing))
        arrays = {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in leaves if isinstance(leaf, jax.Array)}
        if not arrays:
            return None, "no digest: the parameters are inside the function; hand over functools.partial(f, params)"
        try:
            return digest.of_object([_named(self.thing), arrays]), "function or class, and parameters"
        except digest.Unstable as error:
            return None, f"no digest: the function has no stable content ({error})"


def _asked(thing: Any) -> Callable[[Any], Any]:
    """What maps a batch to the answer, without side effects.

    Raises:
        ModelError: a linen module without variables.
    """
    if imported(thing, "flax.linen", "Module"):
        module, variables = _unbound(thing)
        return functools.partial(module.apply, variables)
    if imported(thing, "flax.nnx", "Module"):
        from flax import nnx

        found: Callable[[Any], Any] = nnx.view(
            thing, raise_if_not_found=False, deterministic=True, use_running_average=True
        )
        return found
    return thing  # type: ignore[no-any-return]


def _held(thing: Any) -> Any:
    """The tree of parameters."""
    if isinstance(thing, functools.partial):
        return thing.args, thing.keywords
    if imported(thing, "flax.linen", "Module"):
        return _unbound(thing)[1]
    if imported(thing, "flax.nnx", "Module"):
        from flax import nnx

        return nnx.to_pure_dict(nnx.state(thing, nnx.Not(nnx.RngState)))
    return thing


def _unbound(module: Any) -> tuple[Any, Any]:
    try:
        return module.unbind()  # type: ignore[no-any-return]
    except Exception as error:  # flax raises classes of its own
        raise ModelError(
            "model: the linen module has no variables; hand over functools.partial(net.apply, variables) "
            "or net.bind(variables)"
        ) from error


def _named(thing: Any) -> Any:
    """What stands for the function in a digest: a function itself; of a method or module also how it is built."""
    function: Any = thing.func if isinstance(thing, functools.partial) else thing
    owner = getattr(function, "__self__", None)
    if owner is not None:
        return [function.__name__, _named(owner)]
    if imported(function, "flax.linen", "Module"):
        return [type(function), repr(_unbound(function)[0] if function.scope else function)]
    return getattr(function, "__wrapped__", function) if hasattr(function, "__name__") else type(function)
