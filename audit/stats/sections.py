"""An interval from the spread between sections of the rows: for statistics that are costly, of many rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import FloatArray, Interval, normal_quantile

SECTIONS = 50


def sections_interval(estimate: ArrayLike, sections: FloatArray, level: float = 0.95) -> Interval:
    """Estimate of all rows ± t_{G-1}·s/sqrt(G), with s² the mean square of section minus estimate, times G/(G-1).

    Args:
        estimate: of all rows, shape (...).
        sections: of G disjoint random parts of equal size, shape (G, ...), finite.
        level: two-sided confidence level.

    Sectioning: Asmussen & Glynn (2007), Stochastic Simulation, section III.5b.
    """
    from scipy.special import stdtrit

    normal_quantile(level)
    centre, parts = np.asarray(estimate, np.float64), np.asarray(sections, np.float64)
    spread = np.sqrt(((parts - centre) ** 2).sum(0) / (len(parts) - 1) / len(parts))
    half = stdtrit(len(parts) - 1, (1 + level) / 2) * spread
    return Interval(np.asarray(centre - half), np.asarray(centre + half))
