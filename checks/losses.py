"""Losses of each row, and those of constant probabilities, which need no model."""

from __future__ import annotations

import numpy as np

from ..audit.slices import FloatArray, IntArray
from ..audit.stats.chunks import chunks

SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)
LARGEST_LOG_LOSS = float(-np.log(SMALLEST_PROBABILITY))


def brier_loss(probabilities: FloatArray, labels: IntArray) -> FloatArray:
    """Squared error of ``(n, K)`` probabilities, ``(n,)``: of the positive class for K = 2, else the sum over classes."""
    if probabilities.shape[1] == 2:
        return np.asarray((probabilities[:, 1] - labels) ** 2)
    truth = np.eye(probabilities.shape[1])[labels]
    return np.asarray(((probabilities - truth) ** 2).sum(axis=1))


def largest_brier_loss(probabilities: FloatArray) -> float:
    """The greatest :func:`brier_loss` of a row: 1 for two classes, 2 for more."""
    return 1.0 if probabilities.shape[1] == 2 else 2.0


def log_loss(probabilities: FloatArray, labels: IntArray) -> FloatArray:
    """-ln of the probability given to the true class, ``(n,)``, at most ``LARGEST_LOG_LOSS``."""
    found = np.empty(len(labels))
    for rows in chunks(len(labels)):
        given = np.take_along_axis(probabilities[rows], labels[rows, None], axis=1)[:, 0]
        found[rows] = -np.log(np.clip(given, SMALLEST_PROBABILITY, 1.0))
    return found


def shares(labels: IntArray, kinds: int) -> FloatArray:
    """The share of each class among the labels as probabilities of every row, ``(n, kinds)``, without copies."""
    counted = np.bincount(labels, minlength=kinds) / max(len(labels), 1)
    return np.broadcast_to(counted, (len(labels), kinds))
