"""Cumulative differences between labels and probabilities: calibration without bins."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .forecasts import distinct
from .interval import FloatArray
from .significance import Significance


class Cumulative(NamedTuple):
    """The curve C at the share of rows up to each distinct probability, and its two tests.

    ``fraction`` and ``difference`` have one entry more than there are distinct probabilities: both begin at 0.
    """

    fraction: FloatArray
    difference: FloatArray
    kolmogorov_smirnov: Significance
    """max|C|/σ; max|C| itself is the ECCE-MAD, in units of probability."""
    kuiper: Significance
    """(max C - min C)/σ; the range itself is the ECCE-R."""


def cumulative(probabilities: ArrayLike, labels: ArrayLike) -> Cumulative:
    """C_k = (1/n)Σ(y-p) over the k rows of lowest p, its greatest size and its range.

    If y ~ Bern(p), C/σ with σ² = Σp(1-p)/n² tends to a Brownian motion on [0, 1], which gives the p-values. C is
    read where p changes, as the order of rows with equal p means nothing; few distinct values make the
    p-values larger than need be, never smaller. A slope of C is a miscalibration there: its gap y - p.

    Args:
        probabilities: p, shape (n,), within [0, 1].
        labels: y, shape (n,), 0 or 1.

    Arrieta-Ibarra, Gujral, Tannen, Tygert & Xu (2022), JMLR 23(351); laws of the maximum and the range
    of Brownian motion: Feller (1971), vol. II, X.5; Feller (1951), Ann. Math. Stat. 22:427.
    """
    cells = distinct(probabilities, labels)
    n = max(float(cells.n.sum()), 1.0)
    difference = np.concatenate([[0.0], np.cumsum(cells.positives - cells.n * cells.p) / n])
    sigma = float(np.sqrt((cells.n * cells.p * (1 - cells.p)).sum())) / n
    largest, spread = float(np.abs(difference).max()), float(difference.max() - difference.min())
    return Cumulative(
        np.concatenate([[0.0], np.cumsum(cells.n) / n]),
        difference,
        _scaled(largest, sigma, brownian_maximum_tail),
        _scaled(spread, sigma, brownian_range_tail),
    )


def brownian_maximum_tail(x: float) -> float:
    """P(max|W(t)| >= x), 0 <= t <= 1: 4Σ(-1)ᵏ(1 - Φ((2k+1)x)), k = 0, 1, ..."""
    odd = np.arange(1.0, 120, 2)
    return _series(x, 4 * np.where(odd % 4 == 1, 1.0, -1.0), odd)


def brownian_range_tail(x: float) -> float:
    """P(max W(t) - min W(t) >= x), 0 <= t <= 1: 8Σ(-1)ᵏ⁻¹k(1 - Φ(kx)), k = 1, 2, ..."""
    k = np.arange(1.0, 120)
    return _series(x, 8 * np.where(k % 2 == 1, k, -k), k)


def _series(x: float, weights: FloatArray, multiples: FloatArray) -> float:
    from scipy.special import ndtr

    if x < 0.18:  # both laws give less than 1e-14 to smaller values
        return 1.0
    return float(np.clip((weights * ndtr(-multiples * x)).sum(), 0, 1))


def _scaled(value: float, sigma: float, tail: Callable[[float], float]) -> Significance:
    if sigma > 0:
        return Significance(value / sigma, tail(value / sigma))
    return Significance(0.0, 1.0) if value == 0 else Significance(float("inf"), 0.0)
