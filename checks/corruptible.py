"""Inputs that can be corrupted, whatever their kind: images or a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..audit.answers import AuditedModel
from ..audit.errors import NotAssessed, nearest
from ..audit.slices import FloatArray, IntArray
from . import table_corruptions
from .image_corruptions import CORRUPTIONS, corrupted
from .perturb import Bounds, Frame
from .table_corruptions import Stale

Box = tuple[FloatArray, FloatArray] | None

AT_ONCE = 4_000_000
"""Values of images that are corrupted, and asked about, together."""


class _Kind(Protocol):
    families: dict[str, str]

    def parts(self, name: str, severity: int, rng: np.random.Generator) -> Iterator[Any]: ...


@dataclass(frozen=True)
class Corruptible:
    """Inputs with the corruptions that apply to them: by name the family."""

    of: _Kind
    seed: int

    @property
    def families(self) -> dict[str, str]:
        """Family of each corruption by its name."""
        return self.of.families

    def named(self, wanted: list[str]) -> list[str]:
        """These corruptions, or all.

        Raises:
            NotAssessed: there is none of that name for these inputs.
        """
        for name in wanted:
            if name not in self.families:
                raise NotAssessed(
                    f"option corruptions: {name!r} is none for these inputs{nearest(name, self.families)}"
                )
        return wanted or list(self.families)

    def asked(self, name: str, severity: int, models: list[AuditedModel]) -> list[IntArray]:
        """What each model decides about the inputs with this corruption, which is the same for all of them."""
        rng = np.random.default_rng([self.seed, list(self.families).index(name), severity])
        answers = [[model.predict(part) for model in models] for part in self.of.parts(name, severity, rng)]
        return [np.concatenate(several) for several in zip(*answers, strict=True)]


class _Images:
    def __init__(self, values: npt.NDArray[Any], layout: str | None, box: Box) -> None:
        self._values, self._first = values, layout == "NCHW"
        self._low, self._high = _range(values, box)
        channels = values.shape[1 if self._first else 3]
        self.families = {name: one.family for name, one in CORRUPTIONS.items() if channels > 2 or not one.colour}

    def parts(self, name: str, severity: int, rng: np.random.Generator) -> Iterator[Any]:
        step = max(AT_ONCE // int(np.prod(self._values.shape[1:])), 1)
        for start in range(0, len(self._values), step):
            part = self._values[start : start + step]
            yield self._corrupted(part, name, severity, rng) if severity else part

    def _corrupted(
        self, part: npt.NDArray[Any], name: str, severity: int, rng: np.random.Generator
    ) -> npt.NDArray[Any]:
        width = self._high - self._low
        share = (part - self._low) / width
        x = np.asarray(np.moveaxis(share, 1, 3) if self._first else share, dtype=np.float32, order="C")
        found = corrupted(x, name, severity, rng)
        back = (np.moveaxis(found, 3, 1) if self._first else found) * width + self._low
        return np.ascontiguousarray(np.rint(back) if part.dtype.kind in "biu" else back).astype(part.dtype)


class _Table:
    def __init__(self, frame: Frame, bounds: Bounds, stale: Stale) -> None:
        import narwhals as nw

        self._frame = nw.maybe_reset_index(frame)  # else pandas puts new values where old rows were
        self._changes = table_corruptions.corruptions(bounds, stale)
        self.families = {name: family for name, (family, _) in self._changes.items()}

    def parts(self, name: str, severity: int, rng: np.random.Generator) -> Iterator[Any]:
        yield self._changes[name][1](self._frame, severity, rng) if severity else self._frame


def corruptible(
    model: AuditedModel, inputs: Any, bounds: Bounds, box: Box, stale: Stale, rng: np.random.Generator
) -> Corruptible:
    """The inputs of a model.

    Raises:
        NotAssessed: they are neither images nor a table, or it is not known what range the values of images have.
    """
    seed = int(rng.integers(2**53))
    if model.kind == "table":
        return Corruptible(_Table(inputs, bounds, stale), seed)
    if model.kind == "image":
        return Corruptible(_Images(inputs, model.data_layout, box), seed)
    other = "; robustness.text is for texts" if model.kind == "text" else ""
    raise NotAssessed(f"for images and tables; the inputs here are of kind {model.kind}{other}")


def _range(values: npt.NDArray[Any], box: Box) -> tuple[FloatArray, FloatArray]:
    """Smallest and greatest possible value of a pixel."""
    if box is not None:
        low, high = box
        if (values < low).any() or (values > high).any():
            raise NotAssessed(
                f"pixels leave the limits of data.bounds: these are {low.min():g} to {high.max():g}, and pixels reach from "
                f"{values.min():g} to {values.max():g}"
            )
        return low, high
    if values.dtype == np.uint8:
        return np.zeros(()), np.full((), 255.0)
    raise NotAssessed(
        f"pixels are {values.dtype}, which does not say what range they have; declare it, such as data.bounds = [0, 1]"
    )
