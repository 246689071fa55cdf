"""Smooth statistics of weighted or clustered rows: standard errors from what each row adds, and intervals on a scale.

To first order an estimate differs from the truth by the sum over the rows of what each adds (its influence times its
share of the weight). Clusters are independent, so the squares of their sums estimate the variance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import FloatArray, Interval, normal_quantile


class Spread(NamedTuple):
    """How uncertain an estimate is; numbers, or arrays of one shape."""

    error: FloatArray
    """Standard error; 0 where the rows tell nothing of it."""
    clusters: FloatArray
    freedom: FloatArray
    """Degrees of freedom of the error."""
    effective: FloatArray
    """Independent rows of equal weight that would tell as much: rows over the design effect. Kish (1965), section 8.2."""


def spread(added: FloatArray, weights: FloatArray, cluster: NDArray[np.int64] | None = None) -> Spread:
    """V = G/(G-1)·Σ z², with z the sum of ``added`` over each of G clusters; the error is its root.

    Degrees of freedom are 2/(Σz⁴/(Σz²)² - 1/G), from the spread of the squares (Satterthwaite 1946), at most G - 1: few
    rows that decide make the error itself uncertain. The design effect is V over what independent rows of equal weight
    would have, n/(n-1)·Σ w(added/w)²·n/W / n².

    Args:
        added: what each row adds to the estimate, shape (n,); sums to 0.
        weights: of the rows, above 0, shape (n,).
        cluster: whose a row is, whole numbers from 0, shape (n,); None where each row is one.

    Binder (1983), Int. Stat. Rev. 51:279; Deville (1999), Surv. Methodol. 25:193.
    """
    n, totals = len(added), added
    if cluster is not None:
        totals = np.asarray(np.bincount(cluster, added)[np.bincount(cluster) > 0], np.float64)
    groups, squares = len(totals), float((totals**2).sum())
    if groups < 2 or squares <= 0:
        return Spread(*(np.asarray(part, np.float64) for part in (0, groups, 1, 0)))
    uneven = float((totals**4).sum()) / squares**2 - 1 / groups
    freedom = min(2 / max(uneven, 1e-300), groups - 1.0)
    variance = squares * groups / (groups - 1)
    alone = n / (n - 1) * float((added**2 / weights).sum()) * float(weights.sum()) / n
    parts = np.sqrt(variance), groups, max(freedom, 1.0), n * min(alone / variance, 1e300)
    return Spread(*(np.asarray(part, np.float64) for part in parts))


def ratio_of_totals(over: FloatArray, under: FloatArray) -> tuple[float, FloatArray]:
    """R = Σy/Σm and what each row adds to it, (y - Rm)/Σm, shape (n,); NaN where Σm is 0."""
    total = float(under.sum())
    ratio = float(over.sum()) / total if total else np.nan
    return ratio, np.asarray((over - ratio * under) / total if total else np.full(len(over), np.nan))


class Scale(NamedTuple):
    """Where an estimate is about normal: ``to`` it and ``back``, the slope of ``to``, and the range of values."""

    name: str
    to: Callable[[FloatArray], FloatArray]
    back: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]
    lower: float
    upper: float


def _logit(p: FloatArray) -> FloatArray:
    return np.asarray(np.log(p / (1 - p)))


def _expit(x: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-x)))


def _log_rest(v: FloatArray) -> FloatArray:
    return np.asarray(-np.log(1 - v))


def _one_less(x: FloatArray) -> FloatArray:
    return np.asarray(1 - np.exp(-x))


def _same(x: FloatArray) -> FloatArray:
    return x


def plain(lower: float = -np.inf, upper: float = np.inf) -> Scale:
    """No other scale; values within [lower, upper]."""
    return Scale("linearised-t", _same, _same, np.ones_like, lower, upper)


LOGIT = Scale("linearised-logit", _logit, _expit, lambda p: 1 / (p * (1 - p)), 0.0, 1.0)
LOG = Scale("linearised-log", np.log, np.exp, lambda x: 1 / x, 0.0, np.inf)
FISHER = Scale("linearised-fisher", np.arctanh, np.tanh, lambda r: 1 / (1 - r**2), -1.0, 1.0)
BELOW_ONE = Scale("linearised-log", _log_rest, _one_less, lambda v: 1 / (1 - v), -np.inf, 1.0)
"""For R² and its like: the logarithm of 1 - value."""


def t_quantile(freedom: ArrayLike, level: float) -> FloatArray:
    """Of Student's distribution, two-sided."""
    from scipy.special import stdtrit

    normal_quantile(level)
    return np.asarray(stdtrit(np.asarray(freedom, np.float64), (1 + level) / 2))


def scaled_interval(value: ArrayLike, found: Spread, scale: Scale, level: float = 0.95) -> Interval:
    """Scale of the value ± t·error·slope, mapped back; the range of the scale where there is no error."""
    at, error = np.broadcast_arrays(np.asarray(value, np.float64), found.error)
    with np.errstate(all="ignore"):
        usable = (error > 0) & np.isfinite(scale.to(at)) & np.isfinite(scale.slope(at))
        inside = np.where(usable, at, 0.5)
        half = t_quantile(found.freedom, level) * np.where(usable, error * scale.slope(inside), 0.0)
        ends = [np.clip(scale.back(scale.to(inside) + side), scale.lower, scale.upper) for side in (-half, half)]
    return Interval(np.where(usable, ends[0], scale.lower), np.where(usable, ends[1], scale.upper))
