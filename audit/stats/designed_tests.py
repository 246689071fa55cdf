"""Tests of calibration for weighted or clustered rows, whose labels may depend on each other within a cluster.

If every label is positive with its probability, each cluster's sum of w(y - p), over any rows, expects 0, and clusters are
independent. So signs that are drawn for whole clusters show how large such sums are by chance (wild cluster bootstrap).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import BoolArray, FloatArray
from .multicalibration import LEAST, Multicalibration
from .significance import Significance, monte_carlo

POINTS = 512
"""Probabilities at which the cumulated difference is read."""


class DesignedTests(NamedTuple):
    """Two-sided tests of the hypothesis that the probabilities are right."""

    spiegelhalter: Significance
    kolmogorov_smirnov: Significance
    kuiper: Significance


def designed_tests(
    probabilities: ArrayLike,
    labels: ArrayLike,
    weights: FloatArray,
    cluster: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    replicates: int = 499,
) -> DesignedTests:
    """Of one sample. Spiegelhalter: z = T/sqrt(V), T = Σw(y-p)(1-2p), V = G/(G-1)·Σ of T's squared sums over clusters,
    against t with G - 1 degrees of freedom. The others: greatest size and range of C(t) = Σ_{p<=t} w(y-p), in units of the
    standard error of its end, against the same of C with a random sign for each cluster.

    Args:
        probabilities: p, shape (n,).
        labels: y, shape (n,), 0 or 1.
        weights: above 0, shape (n,).
        cluster: of each row, whole numbers from 0, shape (n,).
        rng: draws the signs.
        replicates: how many draws.

    Cameron, Gelbach & Miller (2008), Rev. Econ. Stat. 90:414, section III.C; Stute, González Manteiga & Presedo Quindimil
    (1998), JASA 93:141, for cumulated residuals.
    """
    from scipy.special import stdtr

    p, y = np.asarray(probabilities, np.float64), np.asarray(labels, np.float64)
    _, code = np.unique(cluster, return_inverse=True)
    groups, excess = int(code.max(initial=-1)) + 1, weights * (y - p)
    tilted = np.bincount(code, excess * (1 - 2 * p))
    error = float(np.sqrt(groups / max(groups - 1, 1) * (tilted**2).sum()))
    z = float(tilted.sum()) / error if error > 0 else 0.0
    first = Significance(z, float(2 * stdtr(max(groups - 1, 1), -abs(z))) if error > 0 else 1.0)
    distinct = np.unique(p)
    at = distinct[np.linspace(0, len(distinct) - 1, min(POINTS, len(distinct))).astype(np.intp)]
    place = np.searchsorted(at, p)
    scale = float(np.sqrt((np.bincount(code, excess) ** 2).sum()))

    def sizes(signed: FloatArray) -> tuple[float, float]:
        curve = np.append(0.0, np.cumsum(np.bincount(place, signed, len(at))))
        return float(np.abs(curve).max()), float(np.ptp(curve))

    drawn = np.array([sizes(excess * sign[code]) for sign in _signs(groups, replicates, rng)]).reshape(-1, 2)
    found = [
        Significance(value / scale, float(monte_carlo(value, null))) if scale > 0 else Significance(0.0, 1.0)
        for value, null in zip(sizes(excess), drawn.T, strict=True)
    ]
    return DesignedTests(first, *found)


def designed_multicalibration(
    probabilities: ArrayLike,
    labels: ArrayLike,
    groups: Sequence[ArrayLike],
    weights: FloatArray,
    cluster: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    bins: int = 10,
    replicates: int = 999,
) -> Multicalibration:
    """As :func:`.multicalibration.multicalibration`; z = Σw(y-p)/sqrt(V), against the greatest |z| with random signs of
    the clusters (single-step max-T).

    V is the sum of squares over the clusters, at least Σw²p(1-p), that of independent rows, and 5w² of a mean weight.
    """
    p, y = np.asarray(probabilities, np.float64), np.asarray(labels, np.float64)
    w = weights / weights.mean()
    _, code = np.unique(cluster, return_inverse=True)
    masks: BoolArray = np.array([np.asarray(group, bool) for group in groups]).reshape(len(groups), p.size)
    place = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], p, side="right")

    def per_cell(values: FloatArray) -> FloatArray:
        return np.concatenate([np.bincount(place[mask], values[mask], bins) for mask in masks])

    excess, size = per_cell(w * (y - p)), per_cell(w)
    each = int(code.max()) + 1
    squares = [_squares(code[mask] * bins + place[mask], (w * (y - p))[mask], each, bins) for mask in masks]
    variance = np.maximum(np.concatenate(squares), per_cell(w**2 * p * (1 - p)))
    scale = np.sqrt(np.maximum(variance, LEAST))
    peaks = np.array(
        [np.abs(per_cell(w * (y - p) * sign[code]) / scale).max(initial=0) for sign in _signs(each, replicates, rng)]
    )
    z = np.where(np.abs(excess) > 1e-9, excess, 0.0) / scale
    adjusted = monte_carlo(np.abs(z), peaks)
    at = int(np.abs(z).argmax()) if z.any() else -1
    worst = Significance(float(abs(z[at])), float(adjusted[at])) if at >= 0 else Significance(0.0, 1.0)
    shape = len(masks), bins
    gap = (excess / np.where(size > 0, size, 1.0)).reshape(shape)
    where = divmod(at, bins) if at >= 0 else (-1, -1)
    return Multicalibration(worst, *where, gap, z.reshape(shape), adjusted.reshape(shape))


def _squares(place: NDArray[np.intp], values: FloatArray, clusters: int, bins: int) -> FloatArray:
    """Per bin, the sum over clusters of their squared sums."""
    used, code = np.unique(place, return_inverse=True)
    return np.asarray(np.bincount(used % bins, np.bincount(code, values, len(used)) ** 2, bins))


def _signs(groups: int, times: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    return (rng.integers(0, 2, groups).astype(np.float64) * 2 - 1 for _ in range(times))
