"""Square attack: random search with squares, or with sets of coordinates where there is no image, on logits alone.

Andriushchenko et al. (2020), arXiv:1912.00049, algorithms 1 to 3. One query per row and iteration; all rows in one call.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..shapes.base import BoolArray
from ..slices import IntArray
from .losses import margin
from .norms import Norm, per_row, project, scaled, size
from .surface import Array, Surface

SHARE = 0.8
"""Of the coordinates that the first squares cover."""

HALVED_AT = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
"""Iterations, of 10,000, at which the share is halved."""


def square(
    surface: Surface, y: IntArray, eps: float, norm: Norm, rng: np.random.Generator, *, queries: int = 5000
) -> tuple[Array, BoolArray]:
    """Points within ``eps`` of ``surface.x``, and which of them are fooled, by the logits."""
    xp, all_ = surface.xp, surface
    found, fooled = xp.asarray(surface.x, copy=True), np.zeros(len(surface), bool)
    if not len(surface):
        return found, fooled
    rows, truth = np.arange(len(surface)), all_.array(y, xp.int64)
    squares = _Squares(surface, eps, norm, rng)
    x = squares.first(surface)
    logits = surface.logits(x)
    value = margin(logits, truth, truth)[0]
    fell = surface.decide(logits) != truth
    for i in range(queries):
        won = surface.numpy(fell)
        if won.any():
            index = all_.array(rows[won], xp.int64)
            found[index], fooled[rows[won]] = x[all_.array(np.flatnonzero(won), xp.int64)], True
            left = all_.array(np.flatnonzero(~won), xp.int64)
            rows, x, value, truth = rows[~won], *(xp.take(one, left, axis=0) for one in (x, value, truth))
            surface = all_.at(rows)
        if not len(rows) or i == queries - 1 or surface.left < len(rows):
            break
        tried = squares.changed(surface, x, share(i, queries))
        logits = surface.logits(tried)
        now = margin(logits, truth, truth)[0]
        fell = surface.decide(logits) != truth
        better = (now > value) | fell
        x, value = xp.where(per_row(better, x), tried, x), xp.where(better, now, value)
    found[all_.array(rows, xp.int64)] = x
    return found, fooled


def share(iteration: int, queries: int) -> float:
    """Share of the coordinates that are changed at once; smaller as the search goes on."""
    at = iteration / queries * 10_000
    return float(SHARE / 2 ** sum(at > limit for limit in HALVED_AT))


class _Squares:
    """Proposals. An image is ``C`` channels on a grid, everything else one channel on a line, whose order means nothing."""

    def __init__(self, surface: Surface, eps: float, norm: Norm, rng: np.random.Generator) -> None:
        self.eps, self.norm, self.rng = eps, norm, rng
        shape = tuple(surface.x.shape[1:])
        self.grid: tuple[int, int] | None = None
        if surface.layout:
            self.grid = shape[:2] if surface.layout == "NHWC" else shape[1:]
            self.last = surface.layout == "NHWC"
            self.channels = shape[2] if self.last else shape[0]
        else:
            self.channels = 1
        self.width = int(np.prod(shape))

    def first(self, surface: Surface) -> Array:
        """Linf: stripes of random sign; else tiles of random sign."""
        n = len(surface)
        if self.norm == "Linf":
            if self.grid is None:
                signs = self._signs((n, *surface.x.shape[1:]))
            else:
                height, width = self.grid
                signs = np.broadcast_to(self._signs((n, self.channels, 1, width)), (n, self.channels, height, width))
                signs = self._shaped(signs, surface)
            return self._project(surface, surface.x + self.eps * surface.array(np.ascontiguousarray(signs)))
        return self._project(surface, surface.x + self.eps * scaled(self._tiles(surface), self.norm))

    def changed(self, surface: Surface, x: Array, share: float) -> Array:
        """One proposal for each row."""
        n = len(surface)
        mask = self._mask(n, share)
        if self.norm == "Linf":
            signs = self._signs((n, self.channels, *(1 for _ in mask.shape[2:])) if self.grid else mask.shape)
            return self._project(surface, x + surface.array(self._shaped(2 * self.eps * signs * mask, surface)))
        return self._moved(surface, x, mask, share)

    def _moved(self, surface: Surface, x: Array, mask: npt.NDArray[Any], share: float) -> Array:
        """Takes what is changed in a second window, and what is left of the ball, and puts it into the first."""
        xp, n = surface.xp, len(surface)
        one = surface.array(self._shaped(mask * np.ones((1, self.channels, *(1 for _ in mask.shape[2:]))), surface))
        two = surface.array(
            self._shaped(self._mask(n, share) * np.ones((1, self.channels, *(1 for _ in mask.shape[2:]))), surface)
        )
        change = x - surface.x
        both = xp.maximum(one, two)
        squared = self.norm == "L2"
        spent = size(change, self.norm)
        held = size(change * both, self.norm)
        room = xp.clip(self.eps**2 - spent**2, 0.0, None) + held**2 if squared else self.eps - spent + held
        room = xp.sqrt(room) if squared else xp.clip(room, 0.0, None)
        signs = self._signs((n, self.channels, *(1 for _ in mask.shape[2:])) if self.grid else mask.shape)
        bump = surface.array(self._shaped(signs * mask * self._profile(mask), surface))
        new = scaled(bump, self.norm) + scaled(change * one, self.norm)
        change = change * (1 - both) + scaled(new, self.norm) * per_row(room, x)
        return self._project(surface, surface.x + change)

    def _tiles(self, surface: Surface) -> Array:
        n = len(surface)
        if self.grid is None:
            return surface.array(self._signs((n, *surface.x.shape[1:])))
        height, width = self.grid
        side = max(height // 5, 1)
        small = self._signs((n, self.channels, -(-height // side), -(-width // side)))
        large = np.repeat(np.repeat(small, side, axis=2), side, axis=3)[:, :, :height, :width]
        return surface.array(self._shaped(large, surface))

    def _mask(self, n: int, share: float) -> npt.NDArray[np.float64]:
        """1 where the window of each row is: ``(n, 1, H, W)``, or ``(n, 1, d)``."""
        if self.grid is None:
            count = max(round(share * self.width), 1)
            keys = self.rng.random((n, self.width))
            least = np.partition(keys, count - 1, axis=1)[:, count - 1 : count]
            return (keys <= least).astype(np.float64)[:, None]
        height, width = self.grid
        side = max(round(float(np.sqrt(share * height * width))), 1 if self.norm == "Linf" else 3)
        side = min(side, height, width)
        top, left = self.rng.integers(0, height - side + 1, n), self.rng.integers(0, width - side + 1, n)
        tall = (np.arange(height) >= top[:, None]) & (np.arange(height) < top[:, None] + side)
        wide = (np.arange(width) >= left[:, None]) & (np.arange(width) < left[:, None] + side)
        return (tall[:, :, None] & wide[:, None, :]).astype(np.float64)[:, None]

    def _profile(self, mask: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Larger in the middle of the window of an image, as the gradients of networks are; even otherwise."""
        if self.grid is None:
            return np.ones_like(mask)
        tall, wide = mask.max(axis=3), mask.max(axis=2)
        return np.asarray(_hill(tall)[:, :, :, None] * _hill(wide)[:, :, None, :])

    def _shaped(self, values: npt.NDArray[Any], surface: Surface) -> npt.NDArray[Any]:
        """From ``(n, C, H, W)`` or ``(n, 1, d)`` to the shape of the inputs."""
        if self.grid is None:
            return values.reshape(len(values), *surface.x.shape[1:])
        return np.asarray(np.moveaxis(values, 1, 3) if self.last else values)

    def _signs(self, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
        return self.rng.choice([-1.0, 1.0], shape)

    def _project(self, surface: Surface, x: Array) -> Array:
        return project(x, surface.x, self.eps, self.norm, surface.low, surface.high)


def _hill(inside: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """``1 / (1 + distance to the middle)`` of the window along one axis."""
    place = np.arange(inside.shape[-1])
    middle = (inside * place).sum(axis=-1, keepdims=True) / inside.sum(axis=-1, keepdims=True)
    return np.asarray(inside / (1 + np.abs(place - middle)))
