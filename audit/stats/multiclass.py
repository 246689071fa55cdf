"""Multiclass probabilities as binary calibration problems: of the predicted class, and of each class."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .binning import BINS, Bins, bin_rows
from .calibration import Binned, expected_error, expected_error_interval, squared_error, squared_error_interval
from .interval import FloatArray, Interval


class TopLabel(NamedTuple):
    """Rows of a binary problem, each of shape (n,)."""

    confidence: FloatArray
    correct: FloatArray


def top_label(probabilities: ArrayLike, labels: ArrayLike) -> TopLabel:
    """Greatest probability of each row, and 1 where its class (the first one of equals) is the label, else 0.

    Feed it to :func:`.binning.bin_rows`; this is the confidence calibration of Guo et al. (2017), ICML.

    Args:
        probabilities: shape (n, K).
        labels: the class 0 ... K-1, shape (n,).
    """
    p, y = _checked(probabilities, labels)
    return TopLabel(p.max(1), (p.argmax(1) == y).astype(np.float64))


def classwise_bins(probabilities: ArrayLike, labels: ArrayLike, *, bins: int = BINS) -> Bins:
    """Sums of K one-against-rest problems, shape (K, 2, bins).

    Args:
        probabilities: shape (n, K).
        labels: the class 0 ... K-1, shape (n,).
        bins: how many, of equal width.
    """
    p, y = _checked(probabilities, labels)
    classes = [bin_rows(p[:, k], y == k, bins=bins) for k in range(p.shape[1])]
    return Bins(*(np.stack(sums) for sums in zip(*classes, strict=True)))


def classwise_error(bins: Binned, level: float = 0.95) -> tuple[FloatArray, Interval]:
    """Mean over the classes (axis -3 of the sums) of the debiased ECE, in [0, 1], and its interval.

    Limits: the mean of the classes' limits at level 1 - α/K. All K hold at once with probability ``level``
    whatever their dependence (Bonferroni), and then so do their means.

    Nixon et al. (2019), CVPR workshops, static calibration error; Kull et al. (2019), NeurIPS, classwise ECE.
    """
    return _mean(bins, expected_error, expected_error_interval, level)


def classwise_squared_error(bins: Binned, level: float = 0.95) -> tuple[FloatArray, Interval]:
    """Mean over the classes of the debiased squared error, and its interval; as :func:`classwise_error`."""
    return _mean(bins, squared_error, squared_error_interval, level)


def _mean(
    bins: Binned, value: Callable[[Binned], FloatArray], interval: Callable[[Binned, float], Interval], level: float
) -> tuple[FloatArray, Interval]:
    each = value(bins)
    limits = interval(bins, 1 - (1 - level) / each.shape[-1])
    return np.asarray(each.mean(-1)), Interval(np.asarray(limits.low.mean(-1)), np.asarray(limits.high.mean(-1)))


def _checked(probabilities: ArrayLike, labels: ArrayLike) -> tuple[FloatArray, NDArray[np.intp]]:
    p, y = np.asarray(probabilities, np.float64), np.asarray(labels, np.intp)
    if p.ndim != 2 or y.shape != p.shape[:1]:
        raise ValueError(f"probabilities and labels: expected shapes (n, K) and (n,), got {p.shape} and {y.shape}")
    if y.size and not (y.min() >= 0 and y.max() < p.shape[1]):
        raise ValueError(f"labels: expected classes 0 to {p.shape[1] - 1}, got {y.min()} to {y.max()}")
    return p, y
