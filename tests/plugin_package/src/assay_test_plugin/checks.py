"""A check: any function of confusion counts is a statistic, and gets its interval from them."""

from __future__ import annotations

import numpy as np

from assay.audit.registry import check
from assay.audit.shapes.confusion import Confusion, Functional


@check("acme.agreement", better="higher", cites=["doi:10.1177/001316446002000104"])
def agreement(counts: Confusion) -> Functional:
    """Agreement beyond chance.

    Cohen's kappa of labels and predictions: (p - e) / (1 - e), with p the share of rows on which they
    agree and e the share on which they would agree if they were independent. In [-1, 1]; undefined
    where both name one class only.
    """
    n = counts.n
    chance = (counts.true * counts.predicted).sum(axis=-1)
    scale = n**2 - chance
    kappa = np.divide(n * counts.correct - chance, scale, out=np.full(n.shape, np.nan), where=scale != 0)
    return Functional(kappa)
