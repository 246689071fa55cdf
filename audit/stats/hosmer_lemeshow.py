"""The Hosmer-Lemeshow test, for rows that the model was not fitted on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .forecasts import cells_of, equal_mass, forecasts
from .significance import Significance, chi_square


class HosmerLemeshow(NamedTuple):
    """The test and its degrees of freedom."""

    test: Significance
    df: int


def hosmer_lemeshow(probabilities: ArrayLike, labels: ArrayLike, *, groups: int = 10) -> HosmerLemeshow:
    """χ² = Σ(O - E)²/(n·π(1-π)) over groups of nearly equal size, π their mean probability, E = n·π.

    Degrees of freedom: the number of groups, as nothing was fitted on these rows (groups - 2 holds for the rows
    of the fit only). Equal probabilities stay in one group. A group with π = 0 or 1 has no degree of freedom:
    it adds nothing, or infinity when its labels are impossible. Power grows with n: large data refute any model.

    Args:
        probabilities: p, shape (n,), within [0, 1].
        labels: y, shape (n,), 0 or 1.
        groups: how many at most.

    Hosmer & Lemeshow (1980), Commun. Stat. 9:1043; degrees of freedom outside the fit: Hosmer, Lemeshow &
    Sturdivant (2013), Applied Logistic Regression, section 5.2.2.
    """
    p, y = forecasts(probabilities, labels)
    cells = cells_of(equal_mass(p, groups), p, y)
    variance = cells.n * cells.p * (1 - cells.p)
    gap = (cells.positives - cells.n * cells.p) ** 2
    usable = variance > 0
    with np.errstate(over="ignore"):  # a probability of 1e-310 that came true: infinity is the answer
        statistic = np.inf if (gap[~usable] > 0).any() else float((gap[usable] / variance[usable]).sum())
    return HosmerLemeshow(chi_square(statistic, int(usable.sum())), int(usable.sum()))
