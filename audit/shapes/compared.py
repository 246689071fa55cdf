"""A comparison of every slice of a partition with its reference, and of rates in particular."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from ..slices import FloatArray, IntArray
from ..stats import difference, odds_ratio, ratio
from ..stats.interval import Interval
from . import band
from .band import Band, against_last, banded
from .base import BoolArray, Statistic, divide
from .rates import Proportion
from .sides import Best, Picked, Sides


class Compared(Statistic):
    """A comparison of every slice with the reference, ``(L,)``."""

    name: str
    neutral: float
    """The value at parity."""
    extremes: tuple[float, float]
    """The least and the greatest value there can be."""
    apart: bool = False
    """Whether slice and reference may share no row."""

    def __init__(self, statistic: Statistic, sides: Sides, best: Best = "highest") -> None:
        """``best`` is the side on which the reference lies if the data choose it."""
        self.sides, self._best = sides, best
        self.each = Picked(statistic, sides.each)
        self.n = self.each.n
        reference = sides.reference
        self.chosen = (
            self._choice() if reference == "most_selected" else reference if isinstance(reference, int) else None
        )
        self.other = self._other()
        value = np.full(self.n.shape, np.nan) if self.other is None else self.contrast(self.each, self.other)
        self.value = np.asarray(self._cap(value) if reference == "most_selected" else value)

    @staticmethod
    @abstractmethod
    def contrast(one: Picked, two: Picked) -> FloatArray:
        """Point estimate of slice against reference."""

    @staticmethod
    @abstractmethod
    def pair(one: Picked, two: Picked, level: float) -> Interval:
        """Interval of the comparison of two independent statistics."""

    def interval(self, level: float) -> Interval:
        if self.sides.reference == "most_selected":
            return self._against_best(level)
        assert self.other is not None
        return self.pair(self.each, self.other, level)

    def _choice(self) -> int | None:
        """The best slice; None if no slice has enough rows."""
        usable = ~self.each.insufficient
        if not usable.any():
            return None
        if self._best == "highest":
            return int(np.argmax(np.where(usable, self.each.value, -np.inf)))
        return int(np.argmin(np.where(usable, self.each.value, np.inf)))

    def _other(self) -> Picked | None:
        """The reference of each slice; None if none has enough rows to be the best."""
        sides = self.sides
        if sides.reference == "rest" and sides.rest is not None:
            return self.each.moved(sides.rest)
        if sides.reference == "overall":
            return self.each.moved(np.full_like(sides.each, sides.whole))
        return None if self.chosen is None else self.each.moved(np.full_like(sides.each, sides.each[self.chosen]))

    def _reference_value(self) -> FloatArray:
        return np.full(self.n.shape, np.nan) if self.other is None else self.other.value

    def _cap(self, value: FloatArray) -> FloatArray:
        """No slice is better than the best."""
        bounded = np.fmin(value, self.neutral) if self._best == "highest" else np.fmax(value, self.neutral)
        return np.where(np.isnan(value), np.nan, bounded)

    def _against_best(self, level: float) -> Interval:
        candidates = np.flatnonzero(~self.each.insufficient)
        others = candidates[None, :] != np.arange(len(self.n))[:, None]
        family = max(int(others.sum(axis=1).max(initial=1)), 1)
        plain = self._pairs(candidates, level)
        strict = plain if family == 1 else self._pairs(candidates, 1 - (1 - level) / family)
        unknown = np.isnan(self.value) | ~others.any(axis=1)
        if self._best == "highest":
            low, high = (
                np.where(others, side, np.inf).min(axis=1, initial=np.inf) for side in (plain.low, strict.high)
            )
            low = np.where(unknown, self.extremes[0], np.fmin(low, self.neutral))
            return Interval(low, np.fmin(high, self.neutral))
        low, high = (np.where(others, side, -np.inf).max(axis=1, initial=-np.inf) for side in (strict.low, plain.high))
        high = np.where(unknown, self.extremes[1], np.fmax(high, self.neutral))
        return Interval(np.fmax(low, self.neutral), high)

    def _pairs(self, candidates: IntArray, level: float) -> Interval:
        each = self.sides.each
        return self.pair(self.each.moved(each[:, None]), self.each.moved(each[None, candidates]), level)

    def family(self, slices: int) -> FloatArray:
        if self.sides.reference == "rest" and slices == 2:  # each is the rest of the other: one comparison, seen twice
            return np.ones(2)
        if self.sides.reference != "most_selected" or slices < 2:
            return super().family(slices)
        # Of m slices held to the bound and s in all, g and h cannot both be surely worse than the other: a pair of the m
        # counts once, as one comparison with two ends. Each slice has had its s - 1 comparisons adjusted for already.
        m = np.arange(slices, 0, -1.0)
        return m * (2 * slices - m - 1) / (2 * (slices - 1))

    @property
    def method(self) -> list[str]:
        reference = self.sides.reference
        suffix = "" if reference != "most_selected" else "-minimum" if self._best == "highest" else "-maximum"
        return [self.name + suffix] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        own = {"value": self.each.value, "reference": self._reference_value(), "n": self.n}
        return own if self.other is None else {**own, "reference_n": self.other.n}

    @property
    def insufficient(self) -> BoolArray:
        if self.other is None:
            return np.ones(self.n.shape, dtype=bool)
        alone = (~self.each.insufficient).sum() < 2 if self.sides.reference == "most_selected" else False
        return np.asarray(self.each.insufficient | self.other.insufficient | alone)


class Rated(Compared):
    """A comparison of rates, by one division of whole numbers: then 4/5 is the 0.8 of a bound, as 0.48 / 0.6 need not be."""

    def interval(self, level: float) -> Interval:
        if self.sides.reference != "overall" or self.sides.rest is None:
            return super().interval(level)
        low, high = self.pair(self.each, self.each.moved(self.sides.rest), level)
        return Interval(self.diluted(low, self._share), self.diluted(high, self._share))

    def band(self, places: IntArray, rng: np.random.Generator) -> Band | None:
        if (
            not isinstance(self.sides.reference, int)
            or type(self.each.statistic) is not Proportion
            or self.each.statistic.of
        ):
            return None
        at = self.each.moved(self.sides.each[[*places, self.sides.reference]])
        hits, trials = at.counts
        counts = np.stack([hits, trials - hits])
        return banded(against_last(self.on_scale), counts, rng, back=self.back, domain=self.domain)

    @staticmethod
    @abstractmethod
    def on_scale(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Of hits and misses ``(..., 2, m)``: what is compared by subtraction, and its errors."""

    @staticmethod
    def back(values: FloatArray) -> FloatArray:
        """From a difference on that scale to the comparison."""
        return np.asarray(np.exp(values))

    domain: tuple[float, float] = (-64.0, 64.0)
    """The least and the greatest such difference."""

    @staticmethod
    @abstractmethod
    def diluted(limit: FloatArray, share: FloatArray) -> FloatArray:
        """From a limit against the rest to one against all rows, of which the slice itself is the ``share``."""

    @property
    def _share(self) -> FloatArray:
        assert self.sides.rest is not None
        own = self.each.weight
        return divide(own, own + self.each.moved(self.sides.rest).weight)

    @property
    def method(self) -> list[str]:
        plain = super().method
        return [f"{name}-diluted" for name in plain] if self.sides.reference == "overall" else plain

    @property
    def counts(self) -> dict[str, FloatArray]:
        (hits, trials), nobody = self.each.counts, np.zeros(self.n.shape)
        reference = (nobody, nobody) if self.other is None else self.other.counts
        return {"hits": hits, "trials": trials, "reference_hits": reference[0], "reference_trials": reference[1]}


class Differenced(Rated):
    """Rate of the slice minus rate of the reference; Newcombe's hybrid score interval."""

    unit = "difference"
    name = "newcombe"
    on_scale = staticmethod(band.rate)
    back = staticmethod(band.same)
    domain = (-1.0, 1.0)
    neutral = 0.0
    extremes = (-1.0, 1.0)

    @staticmethod
    def contrast(one: Picked, two: Picked) -> FloatArray:
        (x, n), (y, m) = one.counts, two.counts
        return divide(x * m - y * n, n * m)

    @staticmethod
    def pair(one: Picked, two: Picked, level: float) -> Interval:
        return difference.newcombe(*one.counts, *two.counts, level)

    @staticmethod
    def diluted(limit: FloatArray, share: FloatArray) -> FloatArray:
        return limit * (1 - share)


class Divided(Rated):
    """Rate of the slice divided by rate of the reference, infinite where that is 0; Koopman's score interval."""

    unit = "ratio"
    name = "koopman"
    on_scale = staticmethod(band.log_rate)
    neutral = 1.0
    extremes = (0.0, np.inf)

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(np.isinf(self.value))

    @staticmethod
    def contrast(one: Picked, two: Picked) -> FloatArray:
        (x, n), (y, m) = one.counts, two.counts
        return np.where((y == 0) & (x > 0) & (m > 0), np.inf, divide(x * m, n * y))

    @staticmethod
    def pair(one: Picked, two: Picked, level: float) -> Interval:
        return ratio.koopman(*one.counts, *two.counts, level)

    @staticmethod
    def diluted(limit: FloatArray, share: FloatArray) -> FloatArray:
        # p / (share p + (1 - share) q) rises with r = p / q, to 1 / share
        return np.where(np.isinf(limit), divide(np.ones_like(share), share), divide(limit, share * limit + 1 - share))


class OddsDivided(Rated):
    """Odds of the slice divided by odds of the reference; score interval. There is none against all rows."""

    apart = True
    unit = "odds ratio"
    name = "score-odds-ratio"
    on_scale = staticmethod(band.log_odds)
    neutral = 1.0
    extremes = (0.0, np.inf)

    @staticmethod
    def contrast(one: Picked, two: Picked) -> FloatArray:
        (x, n), (y, m) = one.counts, two.counts
        return divide(x * (m - y), (n - x) * y)

    @staticmethod
    def pair(one: Picked, two: Picked, level: float) -> Interval:
        return odds_ratio.odds_ratio(*one.counts, *two.counts, level)

    @staticmethod
    def diluted(limit: FloatArray, share: FloatArray) -> FloatArray:
        raise NotImplementedError("odds are compared with a group or the rest")
