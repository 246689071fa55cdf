"""The area under the left end of the ROC curve: its value, variance and interval, from one sort."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, Interval

ROUNDING = 1e-15
"""A variance no greater than this is none."""


class PartialArea(NamedTuple):
    """Area over false-positive rates from 0 to f, divided by f (in [0, 1]), its variance, and class counts."""

    value: float
    variance: float
    positives: float
    negatives: float


def partial_area(positives: ArrayLike, negatives: ArrayLike, most: float) -> PartialArea:
    """∫ TPR(t) dt over t in [0, f], over f; NaN where a class is empty. Equal scores are joined by a straight line.

    A positive row whose score has false-positive rate t adds v = (f - t)₊, a negative one above the score c of rate f adds
    w = TPR at its score - TPR(c), one below 0. The area is mean v, its variance Var(v)/n₊ + Var(w)/n₋: w allows for c
    being that of the sample.

    Args:
        positives: counts at each distinct score, in rising order of the score, shape (K,).
        negatives: the same shape.
        most: f, the greatest false-positive rate, in (0, 1].

    Dodd & Pepe (2003), Biometrics 59:614; variance: He & Escobar (2008), Stat. Med. 27:5291, section 3, for f fixed.
    """
    pos, neg = (np.asarray(of, np.float64)[::-1] for of in (positives, negatives))
    n_pos, n_neg = float(pos.sum()), float(neg.sum())
    if not (n_pos and n_neg):
        return PartialArea(np.nan, 0.0, n_pos, n_neg)
    after, hits = neg.cumsum() / n_neg, pos.cumsum() / n_pos
    before, missed = after - neg / n_neg, hits - pos / n_pos
    wide = np.maximum(after - before, 1e-300)
    squares = np.maximum(most - before, 0) ** 2 - np.maximum(most - after, 0) ** 2
    gain = np.where(neg > 0, squares / (2 * wide), np.maximum(most - before, 0))
    within = np.clip((most - before) / wide, 0, 1) * (neg > 0)
    reached = missed + within * (hits - missed)
    last = int(np.searchsorted(after, most))
    loss = within * ((missed + reached) / 2 - reached[min(last, len(reached) - 1)])
    area = float((pos * gain).sum() / n_pos)
    variance = _variance(pos, gain) / n_pos + _variance(neg, loss) / n_neg
    return PartialArea(area / most, variance / most**2, n_pos, n_neg)


def partial_area_interval(
    value: ArrayLike, variance: ArrayLike, n_pos: ArrayLike, n_neg: ArrayLike, most: float, level: float = 0.95
) -> Interval:
    """Logit ± t·sqrt(variance)/(A(1 - A)), mapped back; degrees of freedom: the fewer of n₊ and f·n₋, less one.

    Where the variance is 0 as no positive is above c, or all are above every negative: the exact interval of 0 or all of
    min(n₊, f·n₋) rows. (0, 1) where it is 0 for another reason, such as equal scores, or a class is empty. Its coverage is measured in the tests.
    """
    from scipy.special import expit, logit, stdtrit

    a, v, m, n = np.broadcast_arrays(*(np.asarray(of, np.float64) for of in (value, variance, n_pos, n_neg)))
    few = np.minimum(m, most * n)
    usable = (a > 0) & (a < 1) & (v > ROUNDING) & (few > 1)
    inside = np.where(usable, a, 0.5)
    half = (
        stdtrit(np.maximum(few - 1, 1), (1 + level) / 2) * np.sqrt(np.where(usable, v, 0.0)) / (inside * (1 - inside))
    )
    edge = ((1 - level) / 2) ** (1 / np.maximum(few, 1e-9))
    low = np.where(usable, expit(logit(inside) - half), np.where(a >= 1, edge, 0.0))
    high = np.where(usable, expit(logit(inside) + half), np.where(a <= 0, 1 - edge, 1.0))
    return Interval(low, high)


def standardised(area: FloatArray, most: float) -> FloatArray:
    """(1 + (A - f/2)/(1 - f/2))/2: 1/2 for guessing, 1 where all is right. McClish (1989), Med. Decis. Mak. 9:190."""
    return np.asarray((1 + (area - most / 2) / (1 - most / 2)) / 2)


def _variance(weights: FloatArray, values: FloatArray) -> float:
    total = float(weights.sum())
    mean = float((weights * values).sum()) / total
    return float((weights * (values - mean) ** 2).sum()) / max(total - 1, 1)
