"""The mean of several rates of the same rows, such as recall over labels: they depend on each other through the rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, Interval, normal_quantile
from .proportion import clopper_pearson


class MeanRate(NamedTuple):
    """What the interval needs, each of shape (...)."""

    value: FloatArray
    smoothed: FloatArray
    variance: FloatArray
    clusters: FloatArray
    rates: FloatArray
    """How many rates have trials, and so count."""

    @property
    def effective_trials(self) -> FloatArray:
        """R̃(1-R̃)/V: independent rows that would show a single rate as precisely; 0 with fewer than two clusters."""
        usable = (self.clusters > 1) & (self.variance > 0)
        spread = self.smoothed * (1 - self.smoothed)
        return np.where(usable, spread / np.where(usable, self.variance, 1.0), 0.0)


def mean_rate(hits: ArrayLike, trials: ArrayLike) -> MeanRate:
    """Mean over the L rates Rₗ = Σyₗ/Σmₗ that have trials, and its variance, linearised over G clusters.

    V = G/(G-1)·Σ_g(Σₗ(y - R̃m)/(M + a)/L)² + Σₗ(a²((1-R̃)² + R̃²)/2)/(M + a)²/L² with half a hit and half a miss added to
    each rate: R̃ₗ = (Y + a/2)/(M + a), a = Σm²/Σm the size of one cluster. Without them a rate of 6 in 6 would add nothing
    to the variance, and labels that are rare are often found always or never.

    Args:
        hits: (weighted) hits of each cluster and rate, shape (..., G, L).
        trials: its trials, the same shape, none below its hits.

    Binder (1983), Int. Stat. Rev. 51:279; the half counts as Jeffreys' prior has them.
    """
    y, m = np.asarray(hits, np.float64), np.asarray(trials, np.float64)
    total, size, squares = y.sum(-2), m.sum(-2), (m**2).sum(-2)
    used = size > 0
    unit = np.where(used, squares / np.where(used, size, 1.0), 0.0)
    under = np.where(used, size + unit, 1.0)
    shrunk = (total + unit / 2) / under
    rates = used.sum(-1).astype(np.float64)
    many, clusters = np.maximum(rates, 1), (m.sum(-1) > 0).sum(-1).astype(np.float64)
    change = ((y - shrunk[..., None, :] * m) / under[..., None, :]).sum(-1)
    added = unit**2 * ((1 - shrunk) ** 2 + shrunk**2) / 2 / under**2
    factor = clusters / np.maximum(clusters - 1, 1)
    variance = (factor * (change**2).sum(-1) + added.sum(-1)) / many**2
    each, smooth = (np.where(used, of, 0.0) for of in (total / np.where(used, size, 1.0), shrunk))
    value = np.where(rates > 0, each.sum(-1) / many, np.nan)
    return MeanRate(value, smooth.sum(-1) / many, variance, clusters, rates)


def mean_rate_interval(found: MeanRate, level: float = 0.95) -> Interval:
    """Clopper-Pearson's on the effective trials times (z/t)², t with G - 1 degrees of freedom; (0, 1) without any.

    Korn & Graubard (1998), Surv. Methodol. 24:193, section 2, for a mean of rates.
    """
    from scipy.special import stdtrit

    quantile = stdtrit(np.maximum(found.clusters - 1, 1), (1 + level) / 2)
    trials = found.effective_trials * (normal_quantile(level) / quantile) ** 2
    return clopper_pearson(np.clip(np.nan_to_num(found.value), 0, 1) * trials, trials, level)
