"""Two groups compared within strata (Mantel-Haenszel), and tests that the comparison is the same in all of them.

A stratum has x₁ hits of n₁ rows in the first group and x₂ of n₂ in the second, N = n₁ + n₂. All sums are over strata,
the last axis; strata without rows of both groups say nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .difference import newcombe
from .interval import FloatArray, Interval, normal_quantile
from .significance import Significance, chi_square


class Strata(NamedTuple):
    """Hits and rows of both groups in each stratum, shape (..., strata) each."""

    x1: FloatArray
    n1: FloatArray
    x2: FloatArray
    n2: FloatArray

    @property
    def total(self) -> FloatArray:
        """N, at least 1."""
        return np.maximum(self.n1 + self.n2, 1.0)

    @property
    def shared(self) -> FloatArray:
        """n₁n₂/N summed: 0 where no stratum has rows of both groups."""
        return np.asarray((self.n1 * self.n2 / self.total).sum(-1))


def risk_difference(of: Strata) -> FloatArray:
    """Σ (x₁n₂ - x₂n₁)/N / Σ n₁n₂/N; NaN where no stratum has both groups.

    Greenland & Robins (1985), Biometrics 41:55, equation 2.
    """
    under = of.shared
    over = ((of.x1 * of.n2 - of.x2 * of.n1) / of.total).sum(-1)
    return np.asarray(np.divide(over, under, out=np.full(under.shape, np.nan), where=under > 0))


def risk_difference_interval(of: Strata, level: float = 0.95) -> Interval:
    """Estimate ± z·sqrt(V), V = (D·ΣP + ΣQ)/(Σ n₁n₂/N)², within [-1, 1]; valid for few large and many small strata.

    P = (n₁²x₂ - n₂²x₁ + n₁n₂(n₂ - n₁)/2)/N², Q = (x₁(n₂ - x₂) + x₂(n₁ - x₁))/2N. To the counts of each stratum with both
    groups a quarter of a hit and of a miss is added where V would be 0. (-1, 1) where no stratum has both groups. Where a
    group has no hit, or no miss, V leaves its own uncertainty out, and the distances to the limits are at least those of
    Newcombe's interval of all these strata together.

    Sato (1989), Biometrics 45:1323.
    """
    d, variance = risk_difference(of), _sato(of)
    flat = ~(variance > 0)
    if flat.any():
        both = np.where((of.n1 > 0) & (of.n2 > 0), 0.25, 0.0)
        padded = Strata(of.x1 + both, of.n1 + 2 * both, of.x2 + both, of.n2 + 2 * both)
        variance = np.where(flat, _sato(padded), variance)
    half = normal_quantile(level) * np.sqrt(variance)
    less, more = _at_the_edge(of, level)
    known = of.shared > 0
    low, high = d - np.maximum(half, less), d + np.maximum(half, more)
    return Interval(np.where(known, low, -1.0), np.where(known, high, 1.0)).clip(-1, 1)


def _at_the_edge(of: Strata, level: float) -> Interval:
    """How far Newcombe's limits lie from the difference in all strata together, where a group has no hit or no miss; else 0."""
    x1, n1, x2, n2 = (np.where((of.n1 > 0) & (of.n2 > 0), part, 0.0).sum(-1) for part in of)
    edge = (n1 > 0) & ((x1 == 0) | (x1 == n1) | (x2 == 0) | (x2 == n2))
    limits, d = newcombe(x1, n1, x2, n2, level), x1 / np.maximum(n1, 1.0) - x2 / np.maximum(n2, 1.0)
    return Interval(np.where(edge, d - limits.low, 0.0), np.where(edge, limits.high - d, 0.0))


def _sato(of: Strata) -> FloatArray:
    n1, n2, n = of.n1, of.n2, of.total
    p = (n1**2 * of.x2 - n2**2 * of.x1 + n1 * n2 * (n2 - n1) / 2) / n**2
    q = (of.x1 * (n2 - of.x2) + of.x2 * (n1 - of.x1)) / (2 * n)
    both = (n1 > 0) & (n2 > 0)
    p, q = np.where(both, p, 0.0), np.where(both, q, 0.0)
    under = np.where(of.shared > 0, of.shared, 1.0)
    return np.asarray((np.nan_to_num(risk_difference(of)) * p.sum(-1) + q.sum(-1)) / under**2)


def odds_ratio(of: Strata) -> FloatArray:
    """ΣR/ΣS, R = x₁(n₂ - x₂)/N, S = x₂(n₁ - x₁)/N; infinite where ΣS = 0, NaN where both are.

    Mantel & Haenszel (1959), JNCI 22:719.
    """
    r, s = (part.sum(-1) for part in _products(of))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(r / s)


def odds_ratio_interval(of: Strata, level: float = 0.95) -> Interval:
    """exp(ln ψ ± z·sqrt(V)), V = ΣPR/2(ΣR)² + Σ(PS + QR)/2ΣRΣS + ΣQS/2(ΣS)²; (0, inf) where ψ is 0, infinite or unknown.

    P = (x₁ + n₂ - x₂)/N, Q = 1 - P. Robins, Breslow & Greenland (1986), Biometrics 42:311, equation 3.
    """
    r, s = _products(of)
    p = (of.x1 + of.n2 - of.x2) / of.total
    sum_r, sum_s = r.sum(-1), s.sum(-1)
    usable = (sum_r > 0) & (sum_s > 0)
    a, b = np.where(usable, sum_r, 1.0), np.where(usable, sum_s, 1.0)
    q = 1 - p
    variance = (p * r).sum(-1) / (2 * a**2) + (p * s + q * r).sum(-1) / (2 * a * b) + (q * s).sum(-1) / (2 * b**2)
    half = normal_quantile(level) * np.sqrt(variance)
    return Interval(np.where(usable, a / b * np.exp(-half), 0.0), np.where(usable, a / b * np.exp(half), np.inf))


def _products(of: Strata) -> tuple[FloatArray, FloatArray]:
    return of.x1 * (of.n2 - of.x2) / of.total, of.x2 * (of.n1 - of.x1) / of.total


def association(of: Strata) -> Significance:
    """Cochran-Mantel-Haenszel test that the groups are alike in every stratum, without continuity correction; 1-d counts.

    Mantel & Haenszel (1959), JNCI 22:719; Agresti (2013), Categorical Data Analysis, 3rd edition, equation 6.6.
    """
    n, hits = of.total, of.x1 + of.x2
    use = n > 1
    variance = (of.n1 * of.n2 * hits * (n - hits) / np.where(use, n**2 * (n - 1), 1.0))[use].sum()
    deviation = float((of.x1 - of.n1 * hits / n)[use].sum())
    return chi_square(deviation**2 / variance, 1) if variance > 0 else Significance(0.0, 1.0)


def homogeneity(of: Strata) -> Significance:
    """Breslow-Day test that the odds ratio is the same in all strata, with Tarone's correction; 1-d counts.

    Σ (x₁ - e)²/v - (Σ(x₁ - e))²/Σv on strata - 1 degrees of freedom, e the fitted count under the common odds ratio.
    Strata in which one outcome, or one group, does not occur are left out.

    Breslow & Day (1980), Statistical Methods in Cancer Research 1, equation 4.30; Tarone (1985), Biometrika 72:91.
    """
    psi, hits = float(odds_ratio(of)), of.x1 + of.x2
    use = (of.n1 > 0) & (of.n2 > 0) & (hits > 0) & (hits < of.n1 + of.n2)
    if use.sum() < 2 or not 0 < psi < np.inf:
        return Significance(0.0, 1.0)
    x, n1, n2, h = (part[use] for part in (of.x1, of.n1, of.n2, hits))
    e = _fitted(psi, n1, n2, h)
    v = 1 / (1 / e + 1 / (n1 - e) + 1 / (h - e) + 1 / (n2 - h + e))
    statistic = ((x - e) ** 2 / v).sum() - (x - e).sum() ** 2 / v.sum()
    return chi_square(max(float(statistic), 0.0), int(use.sum()) - 1)


def _fitted(psi: float, n1: FloatArray, n2: FloatArray, hits: FloatArray) -> FloatArray:
    """Hits of the first group with odds ratio ψ and the margins kept: the root of a quadratic within them."""
    low, high = np.maximum(0.0, hits - n2), np.minimum(n1, hits)
    for _ in range(80):
        e = (low + high) / 2
        under = e * (n2 - hits + e) < psi * (n1 - e) * (hits - e)
        low, high = np.where(under, e, low), np.where(under, high, e)
    return np.asarray((low + high) / 2)
