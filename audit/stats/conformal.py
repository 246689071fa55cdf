"""Prediction sets: coverage against the law that split conformal prediction promises, and by size of the set."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import FloatArray, Interval
from .multiple import holm
from .proportion import proportion
from .significance import Significance

SIZES = (0, 1, 2, 3, 4, 11, 101)
"""Where strata of set sizes begin: 0, 1, 2, 3, 4 to 10, 11 to 100, more."""


class SizeStrata(NamedTuple):
    """One entry for each stratum that has rows, shape (k,)."""

    smallest: NDArray[np.int64]
    """Smallest set size that belongs to the stratum."""
    covered: NDArray[np.int64]
    rows: NDArray[np.int64]
    interval: Interval
    """Of the coverage, each at the level asked for."""
    adjusted_p: FloatArray
    """That coverage is at least 1 - α; one-sided exact binomial, Holm over the strata."""


def coverage_law(calibration_rows: int, alpha: float) -> tuple[int, int]:
    """Parameters (n+1-l, l), l = floor((n+1)α), of the Beta law of the true coverage of split conformal sets.

    Holds for exchangeable rows and scores without ties. With l = 0 the sets hold everything: (n+1, 0), coverage 1.

    Args:
        calibration_rows: n, the rows that the threshold was set on.
        alpha: promised error rate, in (0, 1).

    Vovk (2012), ACML, proposition 2a; Angelopoulos & Bates (2023), FnT ML 16:494.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha: expected a number between 0 and 1, got {alpha!r}")
    rank = int((calibration_rows + 1) * alpha + 1e-9)  # 1e-9: (n+1)α may fall just below a whole number
    return calibration_rows + 1 - rank, rank


def coverage_test(covered: int, rows: int, calibration_rows: int, alpha: float) -> Significance:
    """Does the number of covered test rows fit BetaBinomial(rows, n+1-l, l)? Exact, both tails doubled.

    The statistic is the coverage; (1, 1) without rows.

    Args:
        covered: test rows whose set holds the label.
        rows: all test rows.
        calibration_rows: n of :func:`coverage_law`.
        alpha: promised error rate.
    """
    from scipy.stats import betabinom

    a, b = coverage_law(calibration_rows, alpha)
    coverage = covered / rows if rows else 1.0
    if b == 0 or rows == 0:
        return Significance(coverage, 1.0 if covered == rows else 0.0)
    law = betabinom(rows, a, b)
    return Significance(coverage, min(1.0, 2 * float(min(law.cdf(covered), law.sf(covered - 1)))))


def size_strata(
    covered: ArrayLike,
    sizes: ArrayLike,
    alpha: float,
    level: float = 0.95,
    *,
    begins: tuple[int, ...] = SIZES,
) -> SizeStrata:
    """Coverage of rows whose sets have similar size; the lowest is the size-stratified coverage.

    Args:
        covered: whether the set holds the label, shape (n,).
        sizes: of the sets, shape (n,).
        alpha: promised error rate.
        level: two-sided confidence level.
        begins: smallest size of each stratum, rising from 0.

    Angelopoulos, Bates, Jordan & Malik (2021), ICLR, size-stratified coverage.
    """
    from scipy.special import bdtr

    stratum = np.searchsorted(begins, np.asarray(sizes), side="right") - 1
    rows = np.bincount(stratum, minlength=len(begins))
    hits = np.bincount(stratum, np.asarray(covered, np.float64), len(begins)).astype(np.int64)
    seen = rows > 0
    n, x = rows[seen], hits[seen]
    p = bdtr(x.astype(float), n, 1 - alpha)
    return SizeStrata(np.asarray(begins)[seen], x, n, proportion(x, n, level), holm(np.clip(p, 0, 1)))
