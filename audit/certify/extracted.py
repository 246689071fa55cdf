"""What a model computes, as arrays: taken from the model, and held against its answers before anyone relies on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..slices import FloatArray
from .boxes import Trees
from .columns import Column

Link = Literal["logit", "share", ""]
"""How probabilities follow from scores: by softmax, as their share of the sum, or they are not known."""


@dataclass(frozen=True)
class Layers:
    """Affine layers, ``(out, in)`` and ``(out,)``, with a ReLU between each two; a linear model has one."""

    weights: list[FloatArray]
    biases: list[FloatArray]


@dataclass(frozen=True)
class Extracted:
    """A model with scores of the classes in its own order; of two classes there may be one score, of the second.

    Attributes:
        body: what is computed.
        columns: where its inputs come from.
        inputs: those of the audited rows, ``(n, p)``.
        link: how its probabilities follow.
    """

    body: Layers | Trees
    columns: list[Column]
    inputs: FloatArray
    link: Link

    @property
    def kind(self) -> Literal["linear", "tree", "relu"]:
        """Which method it is for."""
        if isinstance(self.body, Trees):
            return "tree"
        return "linear" if len(self.body.weights) == 1 else "relu"


def of_moved(layers: Layers, columns: list[Column], inputs: FloatArray, points: FloatArray) -> Layers:
    """The same layers as functions of the moved inputs ``(n, m)`` alone; the first bias becomes one per row, ``(n, out)``."""
    m = points.shape[1]
    slopes = np.zeros((len(columns), m))
    for i, column in enumerate(columns):
        if column.source >= 0:
            slopes[i, column.source] = column.slope
    first = layers.weights[0] @ slopes
    bias = inputs @ layers.weights[0].T + layers.biases[0] - points @ first.T
    return Layers([first, *layers.weights[1:]], [bias, *layers.biases[1:]])
