"""The layers of a PyTorch module that is a chain of affine layers and ReLUs, as numpy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import NotAssessed
from ..slices import FloatArray
from .pytorch import asked

AFFINE = (
    "Linear", "Flatten", "Unflatten", "Identity", "Dropout", "Dropout1d", "Dropout2d", "BatchNorm1d", "BatchNorm2d", "Conv1d",
    "Conv2d", "AvgPool1d", "AvgPool2d", "ZeroPad2d",
)  # fmt: skip
MONOTONE = ("Softmax", "LogSoftmax", "Sigmoid", "LogSigmoid")
MOST = 20_000_000


def layers(module: Any, shape: list[int]) -> tuple[list[FloatArray], list[FloatArray]]:
    """Weights ``(out, in)`` and biases ``(out,)`` of the affine parts, with a ReLU between each two; inputs are flat.

    Layers that are affine while the module is asked (in eval mode) are read off their answers to unit vectors, in double
    precision. A last softmax or sigmoid, which changes no decision, is left out.

    Raises:
        NotAssessed: the module is no such chain, or too large.
    """
    import torch

    chain = _flat(module)
    if chain and _name(chain[-1]) in MONOTONE:
        chain = chain[:-1]
    parts: list[list[Any]] = [[]]
    for one in chain:
        if _name(one) == "ReLU":
            parts.append([])
        elif _name(one) in AFFINE:
            parts[-1].append(one)
        else:
            raise NotAssessed(
                f"the network holds a layer {_name(one)}; exact distances are for nn.Sequential of "
                "Linear, Conv, BatchNorm, AvgPool, Flatten and ReLU"
            )
    if len(parts) > 1 and not parts[-1]:
        raise NotAssessed("the network ends in a ReLU, which leaves ties between classes")
    weights, biases = [], []
    with asked(module, None), torch.no_grad():
        for part in parts:
            n = int(np.prod(shape))
            zero = _through(part, np.zeros((1, *shape)))
            if n * zero[0].size > MOST:
                raise NotAssessed(
                    f"a layer of the network has {n} times {zero[0].size} weights, which is too many here"
                )
            moved = _through(part, np.eye(n).reshape(n, *shape))
            weights.append((moved - zero).reshape(n, -1).T)
            biases.append(zero.reshape(-1))
            shape = list(zero.shape[1:])
    return weights, biases


def _flat(module: Any) -> list[Any]:
    """The layers one after the other, nested chains taken apart."""
    if _name(module) != "Sequential":
        return [module]
    return [one for child in module.children() for one in _flat(child)]


def _name(module: Any) -> str:
    """Name of a class of torch; of others with their module, so that a namesake is not taken for it."""
    kind = type(module)
    return (
        kind.__qualname__
        if kind.__module__.startswith("torch.nn.modules.")
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def _through(part: list[Any], values: FloatArray) -> FloatArray:
    import copy

    import torch

    found = torch.from_numpy(values)
    for one in part:
        found = copy.deepcopy(one).to("cpu", torch.float64)(found)
    return np.asarray(found.numpy())
