"""The same test set used again and again: error levels that add up to that of a single use."""

from __future__ import annotations

import numpy as np


def spent_level(use: int, level: float = 0.95) -> float:
    """Confidence level for the k-th use of a data set: 1 - α·6/(π²k²), since Σ 1/k² = π²/6.

    The probability that any of the uses errs is at most α = 1 - ``level`` for models that were fixed beforehand. It is not
    enough for models that were chosen by the earlier verdicts: those leak the test set into the next model.

    Args:
        use: k, 1 for the first.
        level: confidence level of all uses together.

    Raises:
        ValueError: ``use`` below 1.

    Alpha spending with a convergent series, as in Foster & Stine (2008), JRSS B 70:429, section 3.
    """
    if use < 1:
        raise ValueError(f"use: expected 1 or more, got {use!r}")
    return float(1 - (1 - level) * 6 / (np.pi * use) ** 2)
