"""What calibration error needs of weighted or clustered rows: shares, gaps and the covariance of the gaps of the bins.

A cluster has rows in several bins, so that their gaps vary together; a bin's noise is that of a ratio of totals.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .binning import BINS
from .interval import BoolArray, FloatArray
from .linearised import spread, t_quantile


class DesignedBins(NamedTuple):
    """Of slices: shape (..., bins) for ``share`` to ``several``, (...) for the others, (..., 2) for ``classes``.

    It stands in for :class:`.binning.Moments` in :mod:`.calibration`.
    """

    share: FloatArray
    gap: FloatArray
    noise: FloatArray
    """Variance of the gap."""
    several: BoolArray
    """Two clusters or more."""
    pure: BoolArray
    total: FloatArray
    """Effective clusters."""
    spread: FloatArray
    """Variance of the debiased squared error."""
    signed: FloatArray
    """Mean of the gap times the sign that other clusters gave its bin."""
    signed_error: FloatArray
    clusters: FloatArray
    classes: FloatArray
    """Effective rows with label 0 and 1."""

    def moments(self) -> DesignedBins:
        """Itself."""
        return self

    @property
    def rows(self) -> FloatArray:
        """What stands for the number of rows: clusters."""
        return self.clusters

    @property
    def positives(self) -> FloatArray:
        """Effective rows with label 1."""
        return self.classes[..., 1]

    @property
    def smaller_class(self) -> FloatArray:
        """Effective rows of the rarer label."""
        return np.asarray(self.classes.min(axis=-1))

    def quantile(self, level: float) -> FloatArray:
        """Of Student's distribution with one degree of freedom less than clusters."""
        return t_quantile(np.maximum(self.clusters - 1, 1), level)

    def signed_mean(self) -> tuple[FloatArray, FloatArray]:
        """With its standard error."""
        return self.signed, self.signed_error


def designed_bins(
    probabilities: ArrayLike,
    labels: NDArray[Any],
    gaps: FloatArray,
    weights: FloatArray,
    cluster: NDArray[np.int64] | None,
    first: BoolArray,
) -> DesignedBins:
    """Of one slice.

    With Z the totals of w(g - d)/W over cluster and bin, Σ = ZᵀZ, times G/(G-1) of each bin, is the covariance of the
    gaps. The variance of the debiased squared error is that of its linearisation, 2wd(g - d) + d² - T per row, and
    that of the quadratic form which is left where d = 0, 2·Σ w w' Σ². Where all labels of a bin are equal, the noise is
    at least that of half a success among as many rows as clusters.

    Args:
        probabilities: which fall into bins of equal width, shape (n,).
        labels: 0 or 1, shape (n,).
        gaps: g, label less probability or less anything else, shape (n,).
        weights: above 0, shape (n,).
        cluster: of each row, from 0, shape (n,); None where each is one.
        first: whether a row's cluster is one of those that give signs, shape (n,).
    """
    p, w = np.asarray(probabilities, np.float64), weights / weights.sum()
    place = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], p, side="right")
    share = np.bincount(place, w, BINS).astype(np.float64)
    size = np.where(share > 0, share, 1.0)
    gap = np.asarray(np.bincount(place, w * gaps, BINS) / size)
    residual = w * (gaps - gap[place]) / size[place]
    covariance, clusters = _covariance(place, residual, cluster)
    positive = np.bincount(place, labels > 0, BINS)
    pure = (positive == 0) | (positive == np.bincount(place, minlength=BINS))
    floor = np.where(pure & (share > 0), 0.5 * (clusters + 0.5) / (clusters + 1) ** 2 / np.maximum(clusters, 1), 0.0)
    noise = covariance.diagonal().copy()
    extra = np.maximum(floor - noise, 0)
    several = clusters > 1
    excess = np.where(several, np.maximum(gap**2 - noise - extra, 0), 0.0)
    centred = np.sign(gap) * np.sqrt(excess)
    added = 2 * (share * centred)[place] * residual + w * (excess[place] - float((share * excess).sum()))
    first_order = float(spread(added, weights, cluster).error) ** 2 + float((4 * share**2 * excess * extra).sum())
    form = covariance + np.diag(extra)
    second_order = 2 * float(share @ form**2 @ share)
    totals, squares = (np.bincount(labels > 0, part, 2)[:2] for part in (w, w**2))
    each = _per_cluster(w, cluster)
    signed, error = _signed(place, w * gaps, w, cluster, first)
    parts = (
        share, gap, noise, several, pure[share > 0].all(), 1 / (each**2).sum(), first_order + second_order, signed, error,
        len(each), totals**2 / np.where(squares > 0, squares, 1.0),
    )  # fmt: skip
    return DesignedBins(*(np.asarray(part) for part in parts))


def no_bins() -> DesignedBins:
    """Of a slice without rows."""
    zero = np.zeros(BINS)
    none = np.asarray(0.0)
    return DesignedBins(zero, zero, zero, zero > 0, np.asarray(True), none, none, none, none, none, np.zeros(2))


def _per_cluster(values: FloatArray, cluster: NDArray[np.int64] | None) -> FloatArray:
    if cluster is None:
        return values
    return np.asarray(np.bincount(cluster, values)[np.bincount(cluster) > 0], np.float64)


def _covariance(
    place: NDArray[np.intp], residual: FloatArray, cluster: NDArray[np.int64] | None
) -> tuple[FloatArray, FloatArray]:
    """Of the gaps, (bins, bins), and clusters in each bin."""
    if cluster is None:
        clusters = np.bincount(place, minlength=BINS).astype(np.float64)
        found = np.diag(np.bincount(place, residual**2, BINS))
    else:
        _, code = np.unique(cluster, return_inverse=True)
        flat, size = code * BINS + place, (int(code.max()) + 1) * BINS
        totals = np.bincount(flat, residual, size).reshape(-1, BINS)
        clusters = (np.bincount(flat, minlength=size).reshape(-1, BINS) > 0).sum(0).astype(np.float64)
        found = np.einsum("gi,gj->ij", totals, totals)
    factor = np.sqrt(clusters / np.maximum(clusters - 1, 1))
    return np.asarray(found * np.outer(factor, factor)), clusters


def _signed(
    place: NDArray[np.intp],
    products: FloatArray,
    weights: FloatArray,
    cluster: NDArray[np.int64] | None,
    first: BoolArray,
) -> tuple[float, float]:
    """One cluster of average size with half its weight at -1 and half at 1 is added to those that measure."""
    signs = np.sign(np.bincount(place[first], products[first], BINS))
    left = ~first
    if not left.any():
        return 0.0, 1.0
    own = None if cluster is None else cluster[left]
    y, m = (_per_cluster(of, own) for of in (signs[place[left]] * products[left], weights[left]))
    groups, total = len(m) + 1, float(m.sum()) * (len(m) + 1) / len(m)
    mean = float(y.sum()) / total
    squares = float(((y - mean * m) ** 2).sum()) + (1 + mean**2) * (total / groups) ** 2
    return mean, float(np.sqrt(groups / (groups - 1) * squares)) / total
