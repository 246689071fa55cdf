"""Each slice compared with every other one: the greatest log ratio of rates (differential fairness)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray
from ..stats import ratio
from ..stats.interval import Interval
from .base import BoolArray, Statistic
from .compare import OfParts
from .compared import Divided
from .rates import Proportion
from .sides import Picked, Sides

SMOOTHING = 0.5
"""Rows of each outcome that are added to a group for the estimate (Jeffreys)."""


@dataclass(frozen=True)
class Everyone(OfParts):
    """Of one rate."""

    how: type[Divided] = Divided
    everybody: str = "every other group"

    def of(self, sides: Sides) -> tuple[Statistic, list[int | None]]:
        rate = next(iter(self.parts.values()))
        assert isinstance(rate, Proportion)
        return Greatest(Picked(rate, sides.each)), [None]


class Greatest(Statistic):
    """max over other slices h and both outcomes of |ln(p_g / p_h)|.

    Foulds, Islam, Keya & Pan (2020), ICDE, definition 3.1; smoothed as in their equation 7. Limits by Koopman: the greatest of
    the upper limits at the plain level, of the lower limits at the Bonferroni level.
    """

    unit = "log ratio"

    def __init__(self, rates: Picked) -> None:
        """``rates``: of the L slices of one partition."""
        self._rates, self._thin = rates, rates.insufficient
        self.n = rates.n
        hits, trials = rates.counts
        p = (hits + SMOOTHING) / (trials + 2 * SMOOTHING)
        logs = np.log(np.stack([p, 1 - p]))
        gaps = np.abs(logs[:, :, None] - logs[:, None, :])
        self.value = np.where(self._others.any(axis=1), np.where(self._others, gaps.max(axis=0), 0).max(axis=1), np.nan)

    @property
    def _others(self) -> BoolArray:
        """Which slices each is compared with: those with enough rows, but not itself."""
        return np.asarray(~self._thin[None, :] & ~np.eye(len(self.n), dtype=bool))

    def interval(self, level: float) -> Interval:
        family = max(int(self._others.sum(axis=1).max(initial=0)), 1)
        plain, strict = self._logs(level), self._logs(1 - (1 - level) / (4 * family))
        high = np.maximum(np.abs(plain.low), np.abs(plain.high)).max(axis=0)
        low = np.maximum(np.maximum(strict.low, -strict.high), 0.0).max(axis=0)
        known = self._others.any(axis=1)
        high = np.where(known, np.where(self._others, high, 0).max(axis=1), np.inf)
        low = np.where(known, np.where(self._others, low, 0).max(axis=1), 0.0)
        return Interval(np.fmin(low, self.value), np.fmax(high, self.value))

    def _logs(self, level: float) -> Interval:
        """Limits of ln(p_g / p_h) for both outcomes, ``(2, L, L)``."""
        hits, trials = self._rates.counts
        ends = [
            ratio.koopman(x[:, None], trials[:, None], x[None, :], trials[None, :], level)
            for x in (hits, trials - hits)
        ]
        with np.errstate(divide="ignore"):
            return Interval(*(np.log(np.stack(side)) for side in zip(*ends, strict=True)))

    @property
    def method(self) -> list[str]:
        return ["greatest-log-ratio"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        hits, trials = self._rates.counts
        return {"hits": hits, "trials": trials}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(self._thin | ~self._others.any(axis=1))
