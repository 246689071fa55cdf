"""Whether a rate rises or falls over ordered groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .significance import Significance, two_sided_z


def cochran_armitage(hits: ArrayLike, trials: ArrayLike, scores: ArrayLike) -> Significance:
    """T = Σ s_k(x_k - n_k p), with variance p(1-p)·N/(N-1)·Σ n_k(s_k - s̄)²; z and both tails.

    Args:
        hits: x_k, (K,).
        trials: n_k, (K,).
        scores: s_k of the groups, (K,).

    Cochran (1954), Biometrics 10:417; Armitage (1955), Biometrics 11:375; the variance is that over permutations of the rows.
    """
    x, n, s = (np.asarray(part, dtype=np.float64) for part in (hits, trials, scores))
    total = n.sum()
    if total < 2:
        return Significance(0.0, 1.0)
    p = x.sum() / total
    spread = (n * (s - (n * s).sum() / total) ** 2).sum()
    return two_sided_z(float((s * (x - n * p)).sum()), float(p * (1 - p) * total / (total - 1) * spread))
