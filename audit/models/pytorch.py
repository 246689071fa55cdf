"""PyTorch modules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..model import imported
from ..opening import needs, trusted
from ..plan import ModelTable
from .arrays import ArrayModel, ArrayOptions
from .autodiff import Cotangent, by_torch


class TorchOptions(ArrayOptions):
    """Options of PyTorch modules."""

    device: str = "cpu"
    """Where it runs, such as ``cpu`` or ``cuda:0``; the module is moved there."""
    threads: int | None = None
    """Threads of one operation while it is asked; default: as torch is set."""


class TorchModel(ArrayModel):
    """An ``nn.Module`` that maps a batch to logits, probabilities, labels or values; asked in eval mode.

    The mode of every submodule is what it was before, after each call.
    """

    rank: ClassVar[int] = 10
    about: ClassVar[str] = "PyTorch modules; opens .safetensors (with a factory in model.load) and trusted .pt files"
    framework: ClassVar[str] = "torch"
    offers: ClassVar[tuple[str, ...]] = (*ArrayModel.offers, "loss_gradient", "pullback")
    Options: ClassVar[type[ArrayOptions]] = TorchOptions

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Move the module to its device."""
        super().__init__(thing, table)
        thing.to(self.options.device)

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Modules; torch is not imported to find out."""
        return imported(thing, "torch.nn", "Module")

    @classmethod
    def opens(cls, path: Path) -> bool:
        """Weights and pickled modules."""
        return path.suffix in (".safetensors", ".pt", ".pth")

    @classmethod
    def open(cls, path: Path, table: ModelTable, factory: Any) -> Any:
        """The module of the factory with the weights of the file; a ``.pt`` file may hold the whole module.

        Raises:
            ModelError: no factory, weights that do not fit it, or a pickle that is not trusted.
        """
        needs("torch", path)
        import torch

        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            read: Any = load_file
        else:
            trusted(path, table.trust)
            read = lambda file: torch.load(file, map_location="cpu", weights_only=False)  # noqa: E731
        try:
            found = read(path)
            if not isinstance(found, dict):
                return found
            if factory is None:
                raise ModelError(
                    f"model.path {path.name!r}: it holds weights; name the function that makes the module in model.load"
                )
            factory.load_state_dict(found)
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(f"model.path {path.name!r}: cannot be opened: {type(error).__name__}: {error}") from error
        return factory

    def forward(self, batch: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """One batch, without gradients."""
        import torch

        with asked(self.thing, self.options.threads), torch.inference_mode():
            found = self.answer(self.own(batch))
        if not isinstance(found, torch.Tensor):
            raise ModelError(f"model: expected a tensor from the module, got {type(found).__name__}")
        return np.asarray(found.float().cpu().numpy())

    def answer(self, batch: Any) -> Any:
        """What the module makes of a batch, tensor to tensor."""
        return self.thing(batch)

    def pulled(self, rows: Any, cotangent: Cotangent) -> tuple[Any, Any]:
        """Logits and pull-back of one batch; tensors stay tensors, on their device."""
        own = self.is_own(rows)
        with asked(self.thing, self.options.threads):
            logits, found = by_torch(
                self.answer, self.own(rows), cotangent if own else lambda z: cotangent(z.float().cpu().numpy())
            )
        return (logits, found) if own else (logits.float().cpu().numpy(), found.cpu().numpy())

    def is_own(self, x: Any) -> bool:
        """Tensors."""
        return imported(x, "torch", "Tensor")

    def own(self, rows: Any) -> Any:
        """The rows as a tensor where the module is."""
        import torch

        return (rows if self.is_own(rows) else torch.from_numpy(rows)).to(self.options.device)

    def own_logits(self, rows: Any) -> Any:
        """Logits of rows that are tensors, batch by batch, as a tensor."""
        import torch

        with asked(self.thing, self.options.threads), torch.no_grad():
            return torch.cat([self.answer(batch) for batch in rows.split(self.options.batch)])

    def identity(self) -> tuple[str, str]:
        """Digest of class and weights: what makes its answers, whatever torch version holds them."""
        from .. import digest

        weights = {name: value.detach().float().cpu().numpy() for name, value in self.thing.state_dict().items()}
        kind = f"{type(self.thing).__module__}.{type(self.thing).__qualname__}"
        return digest.of_object([kind, str(self.thing), weights]), "class, structure and weights of the module"


@contextmanager
def asked(module: Any, threads: int | None) -> Iterator[None]:
    """Eval mode and the declared number of threads, and everything as it was afterwards."""
    import torch

    modes = {one: one.training for one in module.modules()}
    before = torch.get_num_threads()
    module.eval()
    if threads:
        torch.set_num_threads(threads)
    try:
        yield
    finally:
        for one, mode in modes.items():
            one.training = mode
        torch.set_num_threads(before)
