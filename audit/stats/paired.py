"""Two models on the same rows: tests of their hits, and the difference of their areas under the ROC curve."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .auroc import auroc_interval
from .combine import mover_difference
from .interval import BoolArray, FloatArray, Interval


def mcnemar_exact(first: ArrayLike, second: ArrayLike) -> FloatArray:
    """Two-sided p-value of b against c hits of one model alone: min(1, 2·P(X <= min(b, c))), X ~ B(b + c, ½).

    Never above its level, so it rejects too seldom; 1 where b + c = 0.

    Args:
        first: b, rows that only the first model hits; broadcasts with ``second``.
        second: c, rows that only the second hits.

    McNemar (1947), Psychometrika 12:153; exact form as in Fagerland, Lydersen & Laake (2013), BMC MRM 13:91, eq. 3.
    """
    tail, _ = _tail(first, second)
    return np.asarray(np.minimum(2 * tail, 1.0))


def mcnemar_mid_p(first: ArrayLike, second: ArrayLike) -> FloatArray:
    """As :func:`mcnemar_exact`, less P(X = min(b, c)): its false-alarm rate is near the level, seldom above.

    Fagerland, Lydersen & Laake (2013), BMC Med. Res. Methodol. 13:91, equation 4.
    """
    tail, point = _tail(first, second)
    return np.asarray(np.minimum(2 * tail - point, 1.0))


class PairedAreas(NamedTuple):
    """Areas of two scores on the same rows, the variances of both estimates, and their covariance; shape (...)."""

    first: FloatArray
    second: FloatArray
    first_variance: FloatArray
    second_variance: FloatArray
    covariance: FloatArray
    n_pos: FloatArray
    n_neg: FloatArray

    @property
    def difference(self) -> FloatArray:
        """First minus second; NaN where a class is empty."""
        return np.asarray(self.first - self.second)

    @property
    def variance(self) -> FloatArray:
        """Of the difference, at least 0."""
        return np.asarray(np.maximum(self.first_variance + self.second_variance - 2 * self.covariance, 0.0))

    def interval(self, level: float = 0.95) -> Interval:
        """Square-and-add of both models' own intervals with the correlation of the areas, within [-1, 1].

        Wald's d ± z·sqrt(variance) covers 91 % where areas near 1 meet small classes; this covers 94 % or more.
        Where the difference d has no variance (as when both rank alike) it is d ± (1 + |d|)·(1 - (α/2)^(1/k)), the rule
        of three for k = min(n₊, n₋) disjoint pairs of rows that all differ by d. (-1, 1) where a class is empty.

        Zou (2007), Psychol. Methods 12:399, equation 15, with the limits of :func:`.auroc.auroc_interval`.
        """
        fewest = np.minimum(self.n_pos, self.n_neg)
        empty = fewest == 0
        scale = np.sqrt(self.first_variance * self.second_variance)
        correlation = np.where(scale > 0, self.covariance / np.where(scale > 0, scale, 1.0), 0.0)
        first, second = (np.where(empty, 0.5, area) for area in (self.first, self.second))
        one, two = (
            auroc_interval(area, variance, self.n_pos, self.n_neg, level)
            for area, variance in ((first, self.first_variance), (second, self.second_variance))
        )
        found = mover_difference(first, second, one, two, correlation).clip(-1, 1)
        gap = first - second
        three = (1 + np.abs(gap)) * (1 - ((1 - level) / 2) ** (1 / np.maximum(fewest, 1)))
        alike = Interval(gap - three, gap + three).clip(-1, 1).where(self.variance <= 1e-15, found)
        return Interval(np.where(empty, -1.0, alike.low), np.where(empty, 1.0, alike.high))


def delong_paired(first: ArrayLike, second: ArrayLike, labels: ArrayLike) -> PairedAreas:
    """Areas of two scores on the same rows with DeLong's covariance, O(n log n).

    With the placements V of :func:`.auroc.delong_counts`: cov = cov(V₁, V₂ of positives)/n₊ + cov(of negatives)/n₋.

    Args:
        first: scores of the first model, shape (n,), greater for positives.
        second: of the second, the same rows.
        labels: shape (n,), true for positives.

    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837, equations 4 to 6.
    """
    positive = np.asarray(labels, bool)
    placed = np.stack([_placements(np.asarray(scores), positive) for scores in (first, second)])
    n_pos, n_neg = int(positive.sum()), int((~positive).sum())
    if min(n_pos, n_neg) == 0:
        return _areas(np.nan, np.nan, 0.0, 0.0, 0.0, n_pos, n_neg)
    spread = _covariance(placed[:, positive]) + _covariance(placed[:, ~positive])
    return _areas(*placed[:, positive].mean(1), spread[0, 0], spread[1, 1], spread[0, 1], n_pos, n_neg)


def _areas(*parts: float) -> PairedAreas:
    return PairedAreas(*(np.asarray(part, np.float64) for part in parts))


def _tail(first: ArrayLike, second: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """P(X <= min) and P(X = min) of the binomial with one half."""
    from scipy.special import betainc, gammaln

    b, c = np.broadcast_arrays(np.asarray(first, np.float64), np.asarray(second, np.float64))
    if not np.all((b >= 0) & (c >= 0) & (b + c < np.inf)):
        raise ValueError(f"first and second: expected counts, got {first!r} and {second!r}")
    k, n = np.minimum(b, c), b + c
    point = np.exp(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) - n * np.log(2))
    return np.asarray(np.where(n == 0, 1.0, betainc(np.maximum(n - k, 1), k + 1, 0.5))), np.asarray(point)


def _placements(scores: FloatArray, positive: BoolArray) -> FloatArray:
    """Of a positive the share of negatives below it, of a negative that of positives above; ties count half."""
    _, place = np.unique(scores, return_inverse=True)
    size = int(place.max(initial=-1)) + 1
    below = [np.bincount(place[rows], minlength=size) for rows in (~positive, positive)]
    share = [(counts.cumsum() - counts / 2) / max(counts.sum(), 1) for counts in below]
    return np.asarray(np.where(positive, share[0][place], 1 - share[1][place]))


def _covariance(placed: FloatArray) -> FloatArray:
    """Covariance of both mean placements; that of one row is put at its maximum A(1 - A), uncorrelated."""
    n = placed.shape[1]
    if n > 1:
        return np.asarray(np.cov(placed) / n)
    area = placed[:, 0]
    return np.diag(area * (1 - area))
