"""Binned calibration error of binary probabilities, with intervals that cover also when the model is calibrated.

A percentile bootstrap of the usual estimate covers 0 % there: the estimate is biased upwards, and so is each replicate.
Notation: w, d, s², n are a bin's share of rows, mean gap, variance of the gap and rows; N is all rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .binning import Bins, Moments
from .designed_bins import DesignedBins
from .interval import FloatArray, Interval

Binned = Bins | DesignedBins
"""Sums of the rows, or what stands for them where rows have weights or clusters."""


def plug_in_error(bins: Binned) -> FloatArray:
    """The usual ECE, Σ w|d|, shape (...): biased upwards by up to :func:`null_mean`. Naeini et al. (2015)."""
    m = bins.moments()
    return np.asarray((m.share * np.abs(m.gap)).sum(-1))


def null_mean(bins: Binned) -> FloatArray:
    """What :func:`plug_in_error` would be on average if the model were perfectly calibrated: Σ w·s·sqrt(2/(πn))."""
    m = bins.moments()
    return np.asarray((m.share * np.sqrt(2 * m.noise / np.pi)).sum(-1))


def squared_error(bins: Binned) -> FloatArray:
    """Debiased squared calibration error T = Σ w(d² - s²/n), shape (...): unbiased, so it can be negative.

    Bins with one row add nothing. Kumar, Liang & Ma (2019), Verified Uncertainty Calibration, NeurIPS, the debiased estimator.
    """
    m = bins.moments()
    return np.asarray((m.share * np.where(m.several, m.gap**2 - m.noise, 0.0)).sum(-1))


def squared_error_interval(bins: Binned, level: float = 0.95) -> Interval:
    """T ± z·sqrt(V), within [0, 1]: one form for calibrated and miscalibrated models. (0, 1) without rows.

    V = Σ w²(4d₊²s²/n + 2s⁴/n²) + Var_w(d₊²)/N with d₊² = max(d² - s²/n, 0): the delta method's term, the
    chi-square term that is left when d = 0, and that of the random shares. In a bin where all labels are equal, s² is
    at least that of half a success. Where that is so in every bin, the roots of the limits lie at least the rule of
    three, 1 - (α/2)^(1/N), from the root of T.

    In the spirit of Sun, Chaudhari, Barnett & Dobriban (2024), arXiv 2408.08998; its coverage is measured in the tests.
    """
    m, estimate = bins.moments(), squared_error(bins)
    half = m.quantile(level) * np.sqrt(m.spread)
    root, three = np.sqrt(np.maximum(estimate, 0)), _rule_of_three(m, level)
    low = np.minimum(estimate - half, np.maximum(root - three, 0) ** 2)
    high = np.maximum(estimate + half, (root + three) ** 2)
    wide = Interval(low, high).where(m.pure, Interval(estimate - half, estimate + half))
    return Interval(np.zeros(m.total.shape), np.ones(m.total.shape)).where(m.total == 0, wide).clip(0, 1)


def expected_error(bins: Binned) -> FloatArray:
    """Debiased ECE: Σ w(2|d| - E|D|) with D ~ N(d, s²/n), at least 0, shape (...).

    About half of the upward bias of :func:`plug_in_error` is taken off. Of that one, this and sqrt(T), this had the
    least squared error in all 6 simulated miscalibrated cases. Bins with one row add nothing.

    Kumar, Liang & Ma (2019), NeurIPS, the normal approximation of the bias, here in closed form (folded normal).
    """
    from scipy.special import ndtr

    m = bins.moments()
    error, size = np.sqrt(m.noise), np.abs(m.gap)
    ratio = size / np.where(error > 0, error, 1.0)
    folded = error * np.sqrt(2 / np.pi) * np.exp(-(ratio**2) / 2) + size * (1 - 2 * ndtr(-ratio))
    debiased = np.where(error > 0, 2 * size - folded, size)
    return np.asarray(np.maximum((m.share * np.where(m.several, debiased, 0.0)).sum(-1), 0.0))


def expected_error_interval(bins: Binned, level: float = 0.95) -> Interval:
    """Interval for the ECE, Σ w|E d|, within [0, 1] and widened to hold :func:`expected_error`; (0, 1) without rows.

    Low: one random half of the rows gives each bin a sign, the other the mean h of sign·g, and low = h - z·se(h).
    Whatever the signs, h expects at most Σ w|E d|, so low is above the truth with probability <= α/2. (Averaging
    over more folds was tried: it missed in 7 % instead of 2.5 %, as the folds depend on each other.) One row with
    half its weight at -1 and half at 1 is added to the other half, so that equal gaps do not pass for certainty.
    High: the root of :func:`squared_error_interval`'s, since Σ w|d| <= sqrt(Σ w d²) (Jensen); where every bin has
    equal labels only, at least the rule of three, 1 - (α/2)^(1/N), above Σ w|d|.
    """
    m, value = bins.moments(), expected_error(bins)
    mean, error = bins.signed_mean()
    high = np.sqrt(squared_error_interval(bins, level).high)
    high = np.where(m.pure, np.maximum(high, plug_in_error(bins) + _rule_of_three(m, level)), high)
    return Interval(np.minimum(mean - m.quantile(level) * error, value), np.maximum(high, value)).clip(0, 1)


def consistency_band(n: ArrayLike, probability: ArrayLike, level: float = 0.95) -> Interval:
    """Where the share of positives among n rows lies if they are calibrated: quantiles of Binomial(n, p̄)/n, p̄ their mean.

    It holds the share with probability ``level`` or more, as labels whose probabilities differ vary less (Hoeffding 1956).

    Args:
        n: rows of a bin, at least 1; broadcasts with ``probability``.
        probability: p̄.
        level: of each bin by itself.

    Bröcker & Smith (2007), Weather Forecast. 22:651, with the binomial law in place of resampling.
    """
    from scipy.stats import binom

    size, p = np.broadcast_arrays(np.asarray(n, np.float64), np.clip(np.asarray(probability, np.float64), 0, 1))
    low, high = (np.asarray(binom.ppf(tail, size, p), np.float64) / size for tail in ((1 - level) / 2, (1 + level) / 2))
    return Interval(np.minimum(low, p), np.maximum(high, p))


def _rule_of_three(m: Moments | DesignedBins, level: float) -> FloatArray:
    return np.asarray(1 - ((1 - level) / 2) ** (1 / np.maximum(m.total, 1)))
