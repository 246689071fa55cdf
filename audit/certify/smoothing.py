"""Randomized smoothing: what any classifier becomes when its inputs get Gaussian noise, and how far that is certain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray

Ask = Callable[[FloatArray, IntArray], IntArray]
"""Classes of changed points ``(r, m)``, given of which row each is, ``(r,)``."""


@dataclass(frozen=True)
class Smoothed:
    """Counts of one run: the class that the selection found, and its hits among ``n`` further draws; ``(rows,)`` each."""

    top: IntArray
    hits: IntArray
    n0: int
    n: int
    sigma: float

    def radius(self, alpha: float) -> FloatArray:
        """sigma·Φ⁻¹(p) with p the exact lower limit of the probability of the class at level 1 - alpha; 0 is to abstain.

        The smoothed decision of a row is the same for every change with an L2 norm below this, but for probability
        ``alpha`` per row.

        Cohen, Rosenfeld & Kolter (2019), ICML, theorem 1 and algorithm CERTIFY.
        """
        from scipy.special import ndtri

        p = lower_limit(self.hits, self.n, alpha)
        return np.where(p > 0.5, self.sigma * ndtri(p), 0.0)

    def greatest(self, alpha: float) -> float:
        """The radius where every draw gives the class."""
        every = Smoothed(self.top[:1], np.full(1, self.n), self.n0, self.n, self.sigma)
        return float(every.radius(alpha)[0])


def lower_limit(hits: IntArray, n: int, alpha: float) -> FloatArray:
    """One-sided exact (Clopper-Pearson) lower limit of a probability at level 1 - alpha: B(alpha; k, n - k + 1), 0 at k = 0."""
    from scipy.special import betaincinv

    k = np.asarray(hits, np.float64)
    return np.where(k == 0, 0.0, betaincinv(np.maximum(k, 1e-300), n - k + 1, alpha))


def smooth(
    ask: Ask,
    points: FloatArray,
    classes: int,
    *,
    scale: FloatArray,
    sigma: float,
    n0: int,
    n: int,
    rng: np.random.Generator,
    batch: int = 10_000,
) -> Smoothed:
    """Ask about ``n0`` draws of noise per row for the class, then about ``n`` others for its probability.

    Noise of input j is normal with the standard deviation ``sigma * scale[j]``; ``batch`` draws are asked at once.
    """
    top = np.argmax(_counts(ask, points, classes, n0, sigma * scale, rng, batch), axis=1)
    counts = _counts(ask, points, classes, n, sigma * scale, rng, batch)
    return Smoothed(top, counts[np.arange(len(points)), top], n0, n, sigma)


def _counts(
    ask: Ask,
    points: FloatArray,
    classes: int,
    draws: int,
    deviation: FloatArray,
    rng: np.random.Generator,
    batch: int,
) -> IntArray:
    counts = np.zeros((len(points), classes), dtype=np.int64)
    for start in range(0, len(points) * draws, batch):
        row = np.arange(start, min(start + batch, len(points) * draws)) // draws
        answers = ask(points[row] + rng.normal(size=(len(row), points.shape[1])) * deviation, row)
        np.add.at(counts, (row, answers), 1)
    return counts
