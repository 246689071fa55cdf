"""Rows with five labels that depend on each other, as do the errors of a model that scores them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from assay.audit.shapes.label_areas import LabelAreas
from assay.audit.shapes.labelled import LabelRates, MeanOfLabels
from assay.audit.slices import FloatArray, IntArray
from assay.audit.stats.auroc import weighted_area

from .designs import SHIFT

SHARES = np.array([0.5, 0.3, 0.2, 0.1, 0.05])
FOUND, ALARM = float(stats.norm.cdf(SHIFT - 1)), float(stats.norm.cdf(-1))
"""How often a label is assigned where it is present, and where it is not."""


class Labelled(NamedTuple):
    """Labels, scores and assigned labels, ``(n, 5)`` each. The area of every label is 0.8."""

    y: IntArray
    scores: FloatArray
    assigned: IntArray


def labelled(n: int, rng: np.random.Generator) -> Labelled:
    def correlated() -> FloatArray:
        return np.asarray(np.sqrt(0.5) * (rng.normal(size=(n, 1)) + rng.normal(size=(n, 5))))

    y = (correlated() < stats.norm.ppf(SHARES)).astype(np.int64)
    scores = correlated() + SHIFT * y
    return Labelled(y, scores, (scores > 1).astype(np.int64))


def micro_f1(n: int, rng: np.random.Generator) -> LabelRates:
    y, _, d = labelled(n, rng)
    return LabelRates((y & d).sum(axis=1) * 1.0, (y | d).sum(axis=1) * 1.0, lambda jaccard: 2 * jaccard / (1 + jaccard))


def macro_f1(n: int, rng: np.random.Generator) -> MeanOfLabels:
    y, _, d = labelled(n, rng)
    return MeanOfLabels((2 * (y & d)).astype(np.float64), (y + d).astype(np.float64))


def macro_area(n: int, rng: np.random.Generator) -> LabelAreas:
    y, scores, _ = labelled(n, rng)
    return LabelAreas(scores, y, weighted_area, pooled=False, unit="auroc")


_HITS, _BOTH = 2 * SHARES * FOUND, SHARES + SHARES * FOUND + (1 - SHARES) * ALARM
MICRO_F1, MACRO_F1 = float(_HITS.sum() / _BOTH.sum()), float(np.mean(_HITS / _BOTH))
