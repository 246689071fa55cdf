"""The sums that calibration error needs of the rows, per bin of the predicted probability.

Bins are fixed in advance: equal width, half-open, the last one closed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .chunks import chunks
from .interval import BoolArray, FloatArray, normal_quantile

BINS = 15


class Bins(NamedTuple):
    """Sums per label and bin, each of shape (..., 2, bins); g = y - p is the gap of a row."""

    n: FloatArray
    sum_y: FloatArray
    sum_p: FloatArray
    sum_g2: FloatArray

    @property
    def rows(self) -> FloatArray:
        """Of both labels and all bins, shape (...)."""
        return np.asarray(self.n.sum(axis=(-1, -2)))

    @property
    def positives(self) -> FloatArray:
        """Rows with label 1."""
        return np.asarray(self.sum_y.sum(axis=(-1, -2)))

    @property
    def smaller_class(self) -> FloatArray:
        """Rows of the rarer label."""
        return np.minimum(self.positives, self.rows - self.positives)

    def signed_mean(self) -> tuple[FloatArray, FloatArray]:
        """Of one half: mean of the gap times the sign that the other half gave its bin, and standard error.

        Rows of one label and bin are divided by number, so that all have their mean probability; of n Poisson rows
        Binomial(n, 1/2) and the rest are independent. The draws are seeded by the counts: the same rows in any order
        give the same halves. One row with half its weight at -1 and half at 1 is added.
        """
        share = self._share()
        gaps = self.sum_y - self.sum_p
        measured = share * gaps
        signs = np.sign((gaps - measured).sum(-2))
        n = (share * self.n).sum((-1, -2)) + 1
        mean = (signs * measured.sum(-2)).sum(-1) / n
        variance = ((share * self.sum_g2).sum((-1, -2)) + 1) / n - mean**2
        return mean, np.sqrt(variance / n)

    def _share(self) -> FloatArray:
        """How much of the rows of each label and bin is in the half that measures."""
        drawn = np.zeros(self.n.shape)
        for place in np.ndindex(self.n.shape[:-2]):
            rows = self.n[place].astype(np.int64)
            drawn[place] = np.random.default_rng(rows.ravel()).binomial(rows, 0.5)
        return drawn / np.maximum(self.n, 1)

    def moments(self) -> Moments:
        """Mean and variance of the gap in each bin, the labels taken together."""
        n, sum_y, sum_p, sum_g2 = (sums.sum(-2) for sums in self)
        size = np.maximum(n, 1.0)
        d = (sum_y - sum_p) / size
        s2 = np.maximum(sum_g2 - size * d * d, 0.0) / np.maximum(size - 1, 1)
        total = n.sum(-1)
        pure = (sum_y == 0) | (sum_y == n)
        floor = np.where(pure & (n > 0), (sum_y + 0.5) * (n - sum_y + 0.5) / (n + 1) ** 2, 0.0)
        return Moments(total, n / np.maximum(total, 1)[..., None], size, d, s2, np.maximum(s2, floor), pure.all(-1))


class Moments(NamedTuple):
    """What :class:`Bins` say of each bin: shape (..., bins), and (...) for ``total`` and ``pure``."""

    total: FloatArray
    share: FloatArray
    n: FloatArray
    """At least 1, so that it can divide."""
    gap: FloatArray
    variance: FloatArray
    """Of the gap, with divisor n - 1; 0 with one row."""
    safe_variance: FloatArray
    """At least that of half a success (Jeffreys) where all labels of the bin are equal."""
    pure: BoolArray
    """Every bin has equal labels only, so that the sample shows no spread."""

    @property
    def noise(self) -> FloatArray:
        """Variance of the mean gap."""
        return self.variance / self.n

    @property
    def several(self) -> BoolArray:
        """Two rows or more."""
        return self.n > 1

    @property
    def spread(self) -> FloatArray:
        """Variance of the debiased squared error, as :func:`.calibration.squared_error_interval` defines it."""
        noise = self.safe_variance / self.n
        excess = np.where(self.several, np.maximum(self.gap**2 - noise, 0.0), 0.0)
        shares = (self.share * excess**2).sum(-1) - (self.share * excess).sum(-1) ** 2
        within = (self.share**2 * (4 * excess * noise + 2 * noise**2)).sum(-1)
        return np.asarray(within + np.maximum(shares, 0) / np.maximum(self.total, 1))

    def quantile(self, level: float) -> float:
        """Of the normal distribution."""
        return normal_quantile(level)


def placed(p: FloatArray, inner: FloatArray) -> NDArray[np.int32]:
    """Bin of each number from 0 to 1 between ``inner`` edges that are equally far apart.

    That of ``numpy.searchsorted(inner, p, side="right")``, by one product in place of a search.
    """
    scaled = p * (len(inner) + 1)
    place = scaled.astype(np.int32)
    scaled -= place
    close = np.flatnonzero((scaled < 1e-9) | (scaled > 1 - 1e-9))  # where rounding could put one on the wrong side
    place[close] = np.searchsorted(inner, p[close], side="right")
    return place


def bin_rows(probabilities: ArrayLike, labels: ArrayLike, *, bins: int = BINS) -> Bins:
    """Sums of one sample, shape (2, bins).

    Args:
        probabilities: p, shape (n,), within [0, 1].
        labels: y, shape (n,), 0 or 1.
        bins: how many, of equal width.

    Raises:
        ValueError: a probability is not within [0, 1].
    """
    one = np.zeros(np.shape(labels), np.intp)
    return Bins(*(sums[0] for sums in bin_cells(probabilities, labels, one, 1, bins=bins)))


def bin_cells(
    probabilities: ArrayLike,
    labels: ArrayLike,
    cell: NDArray[np.integer[Any]],
    cells: int,
    *,
    bins: int = BINS,
) -> Bins:
    """Sums of disjoint cells of the rows, shape (cells, 2, bins); as :func:`bin_rows`, ``cell`` says whose a row is."""
    p, y = np.asarray(probabilities, np.float64), np.asarray(labels)
    if len(p) and not (p.min() >= 0 and p.max() <= 1):  # which is not so either where one is missing
        raise ValueError("probabilities: expected numbers from 0 to 1")
    sums, inner = np.zeros((4, cells * 2 * bins)), np.linspace(0, 1, bins + 1)[1:-1]
    for rows in chunks(len(p), sums.shape[1]):
        q, gap = p[rows], y[rows] - p[rows]
        place = (cell[rows] * np.int64(2) + (y[rows] > 0)) * bins + placed(q, inner)
        for total, values in zip(sums, (None, y[rows], q, gap * gap), strict=True):
            total += np.bincount(place, values, len(total))
    return Bins(*sums.reshape(4, cells, 2, bins))
