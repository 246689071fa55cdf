"""Intervals for one binomial proportion."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import BoolArray, FloatArray, Interval, counts, normal_quantile

SMALL = 40
"""Fewer trials than this get the exact interval: there Wilson's covers less than its level for some p."""


def wilson(hits: ArrayLike, trials: ArrayLike, level: float = 0.95) -> Interval:
    """Score interval: all p with |x/n - p| <= z·sqrt(p(1-p)/n).

    Limits: (x + z²/2 ± z·sqrt(x(n-x)/n + z²/4)) / (n + z²), exactly 0 at x = 0 and exactly 1 at x = n.

    Args:
        hits: x, any shape; need not be whole (effective sample sizes).
        trials: n, broadcasts with ``hits``; where it is 0 the interval is (0, 1).
        level: two-sided confidence level.

    Wilson (1927), JASA 22:209; Newcombe (1998a), Stat. Med. 17:857, method 3.
    """
    x, n = counts(hits, trials)
    z = normal_quantile(level)
    root = z * np.sqrt(x * (n - x) / np.maximum(n, 1e-300) + z * z / 4)
    low, high = (x + z * z / 2 - root) / (n + z * z), (x + z * z / 2 + root) / (n + z * z)
    return Interval(np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high)).clip(0, 1)


def clopper_pearson(hits: ArrayLike, trials: ArrayLike, level: float = 0.95) -> Interval:
    """Exact interval: both binomial tails at least (1 - level)/2; covers at least ``level`` always.

    Limits: beta quantiles B(α/2; x, n-x+1) and B(1-α/2; x+1, n-x). Arguments as in :func:`wilson`.

    Clopper & Pearson (1934), Biometrika 26:404; Newcombe (1998a), Stat. Med. 17:857, method 5.
    """
    from scipy.special import betaincinv

    x, n = counts(hits, trials)
    normal_quantile(level)
    tail = (1 - level) / 2
    low = betaincinv(np.maximum(x, 1e-300), n - x + 1, tail)
    high = betaincinv(x + 1, np.maximum(n - x, 1e-300), 1 - tail)
    return Interval(np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high))


def jeffreys(hits: ArrayLike, trials: ArrayLike, level: float = 0.95) -> Interval:
    """Equal tails of the posterior under Jeffreys' prior: beta quantiles B(α/2; x+½, n-x+½) and B(1-α/2; same).

    Low is 0 at x = 0 and high is 1 at x = n. Arguments as in :func:`wilson`.

    Brown, Cai & DasGupta (2001), Stat. Sci. 16:101, section 3.1.3.
    """
    from scipy.special import betaincinv

    x, n = counts(hits, trials)
    normal_quantile(level)
    low, high = (betaincinv(x + 0.5, n - x + 0.5, tail) for tail in ((1 - level) / 2, (1 + level) / 2))
    return Interval(np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high))


def proportion(hits: ArrayLike, trials: ArrayLike, level: float = 0.95) -> Interval:
    """The house rule: Clopper-Pearson when no or every trial hits or trials < 40, else Wilson."""
    return clopper_pearson(hits, trials, level).where(_exact(hits, trials), wilson(hits, trials, level))


def proportion_method(hits: ArrayLike, trials: ArrayLike) -> NDArray[np.str_]:
    """Name of the interval that :func:`proportion` uses: ``clopper-pearson`` or ``wilson``."""
    return np.where(_exact(hits, trials), "clopper-pearson", "wilson")


def _exact(hits: ArrayLike, trials: ArrayLike) -> BoolArray:
    x, n = counts(hits, trials)
    return np.asarray((x == 0) | (x == n) | (n < SMALL))


def rate(hits: FloatArray, trials: FloatArray) -> FloatArray:
    """hits/trials, 0 where there is no trial."""
    return np.asarray(hits / np.where(trials == 0, 1.0, trials))
