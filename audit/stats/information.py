"""Mutual information of groups, decisions and labels, from tables of counts (groups, label, decision)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .interval import FloatArray
from .significance import chi_square


class Information(NamedTuple):
    """In nats, less its bias and at least 0; and the p-value of the likelihood-ratio test that it is 0."""

    value: float
    p_value: float


def independence(tables: FloatArray) -> Information:
    """I(decision; group). ``tables``: shape (groups, labels, decisions)."""
    return _conditional([tables.sum(axis=1)])


def separation(tables: FloatArray) -> Information:
    """I(decision; group | label)."""
    return _conditional(list(np.moveaxis(tables, 1, 0)))


def sufficiency(tables: FloatArray) -> Information:
    """I(label; group | decision)."""
    return _conditional(list(np.moveaxis(tables, 2, 0)))


def _conditional(strata: list[FloatArray]) -> Information:
    """Σ over strata of Σ n ln(n·N/(row·column)), over the rows of all; G = 2·Σ is chi-square.

    Degrees of freedom are counted over rows and columns that occur; the bias of the estimate is df/2n.

    Miller (1955), Information Theory in Psychology, 95; Agresti (2013), Categorical Data Analysis, 3rd edition, 3.2.
    """
    total = float(sum(table.sum() for table in strata))
    if total == 0:
        return Information(0.0, 1.0)
    halves, df = 0.0, 0
    for table in strata:
        rows, columns = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
        df += max(int((rows > 0).sum()) - 1, 0) * max(int((columns > 0).sum()) - 1, 0)
        expected = rows * columns / max(float(table.sum()), 1.0)
        seen = table > 0
        halves += float((table[seen] * np.log(table[seen] / expected[seen])).sum())
    return Information(max(halves - df / 2, 0.0) / total, chi_square(max(2 * halves, 0.0), df).p_value if df else 1.0)
