"""The exact test that one rate is greater than another."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, counts


def exact_greater(hits: ArrayLike, trials: ArrayLike, other_hits: ArrayLike, other_trials: ArrayLike) -> FloatArray:
    """P(X >= hits) with all margins fixed: X is hypergeometric if both rates are the same. Any sample size.

    Args:
        hits: x₁; the four counts broadcast.
        trials: n₁.
        other_hits: x₂.
        other_trials: n₂.

    Fisher (1934), Statistical Methods for Research Workers, 5th ed., section 21.02.
    """
    from scipy.stats import hypergeom

    x1, n1, x2, n2 = np.broadcast_arrays(*counts(hits, trials), *counts(other_hits, other_trials))
    return np.clip(np.asarray(hypergeom.sf(x1 - 1, n1 + n2, x1 + x2, n1), np.float64), 0.0, 1.0)
