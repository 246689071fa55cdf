"""Probability integral transform (PIT) of predictive distributions: u = F(y), uniform when they are right."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import FloatArray, Interval, normal_quantile
from .proportion import proportion
from .significance import Significance, chi_square


class PitHistogram(NamedTuple):
    """Counts per bin of equal width on [0, 1], and limits of the shares, all of which hold at once."""

    counts: NDArray[np.int64]
    interval: Interval
    test: Significance
    """Pearson's χ² against equal shares, bins - 1 degrees of freedom."""


def normal_pit(outcomes: ArrayLike, means: ArrayLike, deviations: ArrayLike) -> FloatArray:
    """Φ((y - μ)/σ), any shape, in [0, 1]; where σ = 0: 0 below μ, 1/2 at it, 1 above."""
    from scipy.special import ndtr

    gap, sigma = np.broadcast_arrays(
        np.asarray(outcomes, np.float64) - np.asarray(means, np.float64), np.asarray(deviations, np.float64)
    )
    sure = np.where(gap == 0, 0.5, np.where(gap > 0, 1.0, 0.0))
    return np.asarray(np.where(sigma > 0, ndtr(gap / np.where(sigma > 0, sigma, 1.0)), sure))


def pit_histogram(pit: ArrayLike, level: float = 0.95, *, bins: int = 10) -> PitHistogram:
    """Histogram of u with bars at level 1 - α/bins each (Bonferroni), and the χ² test of flatness.

    ∪ shape: predictions too narrow, ∩: too wide, a slope: biased.

    Args:
        pit: u, shape (n,), in [0, 1].
        level: two-sided, of all bars together.
        bins: how many; half-open, the last one closed.

    Gneiting, Balabdaoui & Raftery (2007), JRSS B 69:243, section 3.1.
    """
    u = _unit(pit)
    counts = np.bincount(np.minimum((u * bins).astype(np.intp), bins - 1), minlength=bins)
    expected = max(u.size, 1) / bins
    statistic = float(((counts - u.size / bins) ** 2).sum() / expected)
    interval = proportion(counts, u.size, 1 - (1 - level) / bins)
    return PitHistogram(counts, interval, chi_square(statistic, bins - 1))


def pit_uniformity(pit: ArrayLike) -> Significance:
    """Kolmogorov-Smirnov test that u is uniform on [0, 1], two-sided, exact for small n. Without rows (0, 1).

    Kolmogorov (1933); Simard & L'Ecuyer (2011), J. Stat. Softw. 39(11), as in scipy.
    """
    from scipy.stats import kstest

    u = _unit(pit)
    if u.size == 0:
        return Significance(0.0, 1.0)
    found = kstest(u, "uniform")
    return Significance(float(found.statistic), float(found.pvalue))


def miscalibration_area(pit: ArrayLike, weights: ArrayLike | None = None) -> float:
    """∫₀¹|Ĉ(q) - q|dq with Ĉ(q) the share of outcomes in their central q-interval, exactly; in [0, 1/2].

    Biased upwards: about 0.31/sqrt(n) when the predictions are right. Without rows 0.

    Kuleshov, Fenner & Ermon (2018), ICML; Tran et al. (2020), Mach. Learn.: Sci. Technol. 1 025006.
    """
    c = np.abs(2 * _unit(pit) - 1)
    if c.size == 0:
        return 0.0
    order = np.argsort(c, kind="stable")
    w = np.ones(c.size) if weights is None else np.asarray(weights, np.float64)[order]
    knots = np.concatenate([[0.0], c[order], [1.0]])
    height = np.concatenate([[0.0], np.cumsum(w) / w.sum()])
    return float((_antiderivative(height - knots[:-1]) - _antiderivative(height - knots[1:])).sum())


def miscalibration_area_interval(pit: ArrayLike, level: float = 0.95) -> Interval:
    """Area ± sqrt(ln(2/α)/2n) within [0, 1/2]: the band of Dvoretzky, Kiefer & Wolfowitz around Ĉ.

    Covers at least ``level`` at every n, calibrated or not. Massart (1990), Ann. Probab. 18:1269.
    """
    return area_band(miscalibration_area(pit), np.size(pit), level)


def area_band(area: ArrayLike, n: ArrayLike, level: float = 0.95) -> Interval:
    """:func:`miscalibration_area_interval` of an area that rests on n rows, or on as many of equal weight."""
    normal_quantile(level)
    value, size = np.asarray(area, np.float64), np.maximum(np.asarray(n, np.float64), 1)
    half = np.sqrt(np.log(2 / (1 - level)) / (2 * size))
    return Interval(value - half, value + half).clip(0, 0.5)


def _antiderivative(x: FloatArray) -> FloatArray:
    """Of |x|."""
    return np.asarray(x * np.abs(x) / 2)


def _unit(pit: ArrayLike) -> FloatArray:
    u = np.asarray(pit, np.float64)
    if u.ndim != 1 or not np.all((u >= 0) & (u <= 1)):
        raise ValueError("pit: expected one row of numbers from 0 to 1")
    return u
