"""Spiegelhalter's test of calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .forecasts import forecasts
from .significance import Significance, two_sided_z


def spiegelhalter(probabilities: ArrayLike, labels: ArrayLike) -> Significance:
    """Test of z = Σ(y-p)(1-2p) / sqrt(Σ(1-2p)²p(1-p)) against N(0, 1), two-sided.

    z is the Brier score, centred and scaled as if y ~ Bern(p). Positive: predictions too far from 1/2 (overconfident), negative: too near (underconfident). Where all p are 1/2
    it cannot tell (0, 1); where all are 0 or 1 one wrong row refutes calibration (inf, 0).

    Args:
        probabilities: p, shape (n,), within [0, 1].
        labels: y, shape (n,), 0 or 1.

    Spiegelhalter (1986), Stat. Med. 5:421, section 4.2; two-sided as in Rufibach (2010), J. Clin. Epidemiol. 63:938.
    """
    p, y = forecasts(probabilities, labels)
    tilt = 1 - 2 * p
    return two_sided_z(float(np.sum((y - p) * tilt)), float(np.sum(tilt**2 * p * (1 - p))))
