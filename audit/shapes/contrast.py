"""Ratios of two rates of the same slice, taken over disjoint rows, such as likelihood ratios."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray
from ..stats import odds_ratio, ratio
from ..stats.interval import Interval
from .base import BoolArray, Statistic
from .rates import Proportion


@dataclass(frozen=True)
class Contrast(Statistic):
    """Two independent rates, ``first`` above and ``second`` below the line; infinite where there is nothing below."""

    first: Proportion
    second: Proportion
    unit = "ratio"

    @property
    def value(self) -> FloatArray:  # type: ignore[override]
        over, under = self.terms
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(over / under)

    @property
    @abstractmethod
    def terms(self) -> tuple[FloatArray, FloatArray]:
        """What stands above and below the line, NaN where a rate has no trials."""

    @property
    def n(self) -> FloatArray:  # type: ignore[override]
        return np.minimum(self.first.n, self.second.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {f"{key}_{i}": value for i, r in enumerate((self.first, self.second)) for key, value in r.counts.items()}

    @property
    def degenerate(self) -> BoolArray:
        return ~(np.isfinite(self.value) & (self.value > 0))


class RateRatio(Contrast):
    """``first / second``; Koopman's score interval."""

    @property
    def terms(self) -> tuple[FloatArray, FloatArray]:
        return self.first.value, self.second.value

    def interval(self, level: float) -> Interval:
        return ratio.koopman(self.first.hits, self.first.trials, self.second.hits, self.second.trials, level)

    @property
    def method(self) -> list[str]:
        return ["koopman"] * len(self.n)


class OddsRatio(Contrast):
    """Odds of ``first`` divided by odds of ``second``; score interval."""

    unit = "odds ratio"

    @property
    def terms(self) -> tuple[FloatArray, FloatArray]:
        one, two = self.first.value, self.second.value
        return one * (1 - two), (1 - one) * two

    def interval(self, level: float) -> Interval:
        return odds_ratio.odds_ratio(self.first.hits, self.first.trials, self.second.hits, self.second.trials, level)

    @property
    def method(self) -> list[str]:
        return ["score-odds-ratio"] * len(self.n)
