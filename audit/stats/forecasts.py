"""Rows of probabilities and labels, and groups of rows with nearly the same probability."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import FloatArray

CELLS = 2048
"""Simulations work on at most this many groups of rows, so that their cost does not grow with the data."""


class Cells(NamedTuple):
    """Groups of rows in order of their probability, each of shape (k,), none empty."""

    n: FloatArray
    positives: FloatArray
    p: FloatArray
    """Mean probability."""

    @property
    def rate(self) -> FloatArray:
        """Observed share of positives."""
        return self.positives / self.n

    def draw(self, replicates: int, rng: np.random.Generator) -> FloatArray:
        """Positives if the model were calibrated: Binomial(n, p), shape (replicates, k).

        Exact where a group has one probability; elsewhere the spread is slightly too large, never too small.
        """
        return rng.binomial(self.n.astype(np.int64), np.clip(self.p, 0, 1), (replicates, self.n.size)).astype(float)


def forecasts(probabilities: ArrayLike, labels: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both as float arrays of one shape (n,).

    Raises:
        ValueError: the shapes differ, a probability is not within [0, 1], or a label is neither 0 nor 1.
    """
    p, y = np.asarray(probabilities, np.float64), np.asarray(labels, np.float64)
    if p.ndim != 1 or p.shape != y.shape:
        raise ValueError(f"probabilities and labels: expected two rows of equal length, got {p.shape} and {y.shape}")
    if not np.all((p >= 0) & (p <= 1)):
        raise ValueError("probabilities: expected numbers from 0 to 1")
    if not np.all((y == 0) | (y == 1)):
        raise ValueError("labels: expected 0 or 1")
    return p, y


def equal_mass(values: ArrayLike, groups: int) -> NDArray[np.intp]:
    """Group 0 ... groups-1 of each row, of nearly equal size; equal values stay together, so some may be empty."""
    v = np.asarray(values, np.float64)
    edges = np.sort(v)[np.arange(1, groups) * v.size // groups] if v.size else v
    return np.asarray(np.searchsorted(edges, v, side="right"), np.intp)


def distinct(probabilities: ArrayLike, labels: ArrayLike) -> Cells:
    """One cell for each distinct probability."""
    p, y = forecasts(probabilities, labels)
    values, code = np.unique(p, return_inverse=True)
    return cells_of(code, p, y)._replace(p=values)  # no rounding from a mean of equal numbers


def coarse(probabilities: ArrayLike, labels: ArrayLike, at_most: int = CELLS) -> Cells:
    """As :func:`distinct`, or :func:`equal_mass` groups where that would be more than ``at_most`` cells."""
    found = distinct(probabilities, labels)
    if found.n.size <= at_most:
        return found
    p, y = forecasts(probabilities, labels)
    return cells_of(equal_mass(p, at_most), p, y)


def cells_of(code: NDArray[np.integer[Any]], p: FloatArray, y: FloatArray) -> Cells:
    """The cells that ``code`` (0, 1, ...) puts the rows into, empty ones left out."""
    n = np.bincount(code).astype(float)
    filled = n > 0
    positives, total = (np.bincount(code, of)[filled].astype(float) for of in (y, p))
    return Cells(n[filled], positives, total / n[filled])
