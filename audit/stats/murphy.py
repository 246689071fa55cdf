"""Murphy's decomposition of the Brier score: reliability, resolution, uncertainty."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .binning import Bins
from .interval import FloatArray


class Murphy(NamedTuple):
    """score = reliability - resolution + uncertainty + within; each of shape (...)."""

    score: FloatArray
    """Brier score, mean (p - y)²."""
    reliability: FloatArray
    """0 is perfect; may be negative when corrected."""
    resolution: FloatArray
    uncertainty: FloatArray
    within: FloatArray
    """What bins hide: 0 when each holds one probability."""


def murphy(bins: Bins) -> Murphy:
    """REL = Σw(p̄-ō)², RES = Σw(ō-ȳ)², UNC = ȳ(1-ȳ), with w, p̄, ō a bin's share, mean probability and rate.

    Without rows everything is 0.

    Args:
        bins: sums of shape (..., 2, bins); both labels are taken together.

    Murphy (1973), J. Appl. Meteorol. 12:595; remainder within bins: Stephenson, Coelho & Jolliffe (2008),
    Weather Forecast. 23:752.
    """
    n, sum_y, sum_p, sum_g2 = (sums.sum(-2) for sums in bins)
    size, total = np.maximum(n, 1.0), np.maximum(n.sum(-1), 1.0)
    share, rate = n / total[..., None], sum_y / size
    mean = sum_y.sum(-1) / total
    reliability = (share * (sum_p / size - rate) ** 2).sum(-1)
    resolution = (share * (rate - mean[..., None]) ** 2).sum(-1)
    uncertainty, score = mean * (1 - mean), sum_g2.sum(-1) / total
    return Murphy(score, reliability, resolution, uncertainty, score - reliability + resolution - uncertainty)


def murphy_corrected(bins: Bins) -> Murphy:
    """:func:`murphy` with less bias: c = (1/N)Σ n·ō(1-ō)/(n-1) and u = ȳ(1-ȳ)/(N-1) are moved between the terms.

    REL - c, RES - c + u, UNC + u; the score is unchanged. For independent rows and bins of one probability, UNC then
    has no bias, and REL and RES none but for bins with a single row, which add nothing to c.

    Ferro & Fricker (2012), Q. J. R. Meteorol. Soc. 138:1954.
    """
    plain = murphy(bins)
    n, sum_y = bins.n.sum(-2), bins.sum_y.sum(-2)
    size, total = np.maximum(n, 1.0), n.sum(-1)
    rate = sum_y / size
    noise = n * rate * (1 - rate) / np.maximum(n - 1, 1)
    c = noise.sum(-1) / np.maximum(total, 1)
    u = plain.uncertainty / np.maximum(total - 1, 1)
    return plain._replace(
        reliability=plain.reliability - c, resolution=plain.resolution - c + u, uncertainty=plain.uncertainty + u
    )
