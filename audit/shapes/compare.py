"""Comparisons of slices: signed differences, ratios, and the largest of several differences.

The reference is one slice of the partition, the rest of the rows, all rows, or the *most selected* slice, which the
data choose. Being chosen by the data is part of the uncertainty: against the most selected, the parameter is the
minimum over all other slices h of ``p_g - p_h`` (or ``p_g / p_h``) and never above 0 (or 1). Its
lower bound is the least of the pairwise lower bounds, which needs no correction; its upper bound is the
least of the pairwise upper bounds at the Bonferroni level (union bound). No row has to be resampled.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..slices import FloatArray, IntArray
from ..stats import combine, difference, ratio
from ..stats.interval import Interval
from .base import BoolArray, Statistic, divide
from .rates import Proportion
from .words import Word

Reference = int | Word


@dataclass(frozen=True)
class Rates:
    """Proportions of the L slices of one partition, and with whom they are compared."""

    hits: FloatArray
    trials: FloatArray
    reference: Reference

    @property
    def value(self) -> FloatArray:
        """Rates, ``(L,)``."""
        return divide(self.hits, self.trials)

    @property
    def eligible(self) -> BoolArray:
        """Slices with enough rows to serve as the denominator."""
        return ~Proportion(self.hits, self.trials).insufficient

    @property
    def chosen(self) -> int | None:
        """The reference slice; None if it is no slice, or if none has enough rows to be the most selected."""
        if isinstance(self.reference, int):
            return self.reference
        if self.reference != "most_selected" or not self.eligible.any():
            return None
        return int(np.argmax(np.where(self.eligible, self.value, -np.inf)))

    @property
    def others(self) -> tuple[FloatArray, FloatArray]:
        """Hits and trials of the reference of each slice, ``(L,)``."""
        if self.reference == "overall":
            return np.full(len(self.hits), self.hits.sum()), np.full(len(self.hits), self.trials.sum())
        if self.reference == "rest":
            return self.hits.sum() - self.hits, self.trials.sum() - self.trials
        if self.chosen is None:
            return np.zeros(len(self.hits)), np.zeros(len(self.hits))
        return np.full(len(self.hits), self.hits[self.chosen]), np.full(len(self.hits), self.trials[self.chosen])


class Compared(Statistic):
    """A comparison of every slice with the reference, ``(L,)``."""

    neutral: float
    worst: float

    def __init__(self, rates: Rates) -> None:
        """``rates``: of one partition, with the reference settled."""
        self.rates, self.n = rates, rates.trials
        value = self.contrast(rates.value, divide(*rates.others))
        capped = np.fmin(value, self.neutral) if rates.reference == "most_selected" else value
        self.value = np.where(np.isnan(value), np.nan, capped)

    @staticmethod
    @abstractmethod
    def contrast(value: FloatArray, reference: FloatArray) -> FloatArray:
        """Point estimate of slice against reference."""

    @staticmethod
    @abstractmethod
    def pair(hits: FloatArray, trials: FloatArray, hits2: FloatArray, trials2: FloatArray, level: float) -> Interval:
        """Interval of the comparison of two independent rates."""

    @staticmethod
    @abstractmethod
    def diluted(limit: FloatArray, share: FloatArray) -> FloatArray:
        """From a limit against the rest to one against all rows, of which the slice itself is the ``share``."""

    def interval(self, level: float) -> Interval:
        r = self.rates
        if r.reference == "most_selected":
            return self._against_most_selected(level)
        if r.reference != "overall":
            return self.pair(r.hits, r.trials, *r.others, level)
        rest = Rates(r.hits, r.trials, "rest")
        share = divide(r.trials, r.others[1])
        low, high = self.pair(rest.hits, rest.trials, *rest.others, level)
        return Interval(self.diluted(low, share), self.diluted(high, share))

    def _against_most_selected(self, level: float) -> Interval:
        others = self.rates.eligible[None, :] & ~np.eye(len(self.n), dtype=bool)
        family = max(int(others.sum(axis=1).max(initial=1)), 1)
        plain = self._pairs(level)
        strict = plain if family == 1 else self._pairs(1 - (1 - level) / family)
        low, high = (np.where(others, side, np.inf).min(axis=1) for side in (plain.low, strict.high))
        low = np.where(np.isnan(self.value), self.worst, np.fmin(low, self.neutral))
        return Interval(low, np.fmin(high, self.neutral))

    def _pairs(self, level: float) -> Interval:
        r = self.rates
        return self.pair(r.hits[:, None], r.trials[:, None], r.hits[None, :], r.trials[None, :], level)

    @property
    def method(self) -> list[str]:
        suffix = {"most_selected": "-minimum", "overall": "-diluted"}.get(str(self.rates.reference), "")
        return [f"{self.name}{suffix}"] * len(self.n)

    name: str

    @property
    def counts(self) -> dict[str, FloatArray]:
        hits, trials = self.rates.others
        return {"hits": self.rates.hits, "trials": self.n, "reference_hits": hits, "reference_trials": trials}

    @property
    def insufficient(self) -> BoolArray:
        return ~self.rates.eligible | Proportion(*self.rates.others).insufficient


class Differenced(Compared):
    """Rate of the slice minus rate of the reference; Newcombe's hybrid score interval."""

    unit = "difference"
    name = "newcombe"
    neutral = 0.0
    worst = -1.0

    @staticmethod
    def contrast(value: FloatArray, reference: FloatArray) -> FloatArray:
        return value - reference

    @staticmethod
    def pair(hits: FloatArray, trials: FloatArray, hits2: FloatArray, trials2: FloatArray, level: float) -> Interval:
        return difference.newcombe(hits, trials, hits2, trials2, level)

    @staticmethod
    def diluted(limit: FloatArray, share: FloatArray) -> FloatArray:
        return limit * (1 - share)


class Divided(Compared):
    """Rate of the slice divided by rate of the reference; Koopman's score interval."""

    unit = "ratio"
    name = "koopman"
    neutral = 1.0
    worst = 0.0

    @staticmethod
    def contrast(value: FloatArray, reference: FloatArray) -> FloatArray:
        return divide(value, reference)

    @staticmethod
    def pair(hits: FloatArray, trials: FloatArray, hits2: FloatArray, trials2: FloatArray, level: float) -> Interval:
        return ratio.koopman(hits, trials, hits2, trials2, level)

    @staticmethod
    def diluted(limit: FloatArray, share: FloatArray) -> FloatArray:
        # p / (share p + (1 - share) q) rises with r = p / q, to 1 / share
        return np.where(np.isinf(limit), divide(np.ones_like(share), share), divide(limit, share * limit + 1 - share))


class Largest(Statistic):
    """The largest absolute value among several differences of the same slice."""

    unit = "difference"

    def __init__(self, parts: Mapping[str, Differenced]) -> None:
        """``parts``: the differences by name; each may have its own reference slice."""
        self._parts = dict(parts)
        self.value = np.max([np.abs(p.value) for p in parts.values()], axis=0)
        self.n = np.min([p.n for p in parts.values()], axis=0)

    def interval(self, level: float) -> Interval:
        def at(level: float) -> Interval:
            bounds = [part.interval(level) for part in self._parts.values()]
            return Interval(np.stack([b.low for b in bounds]), np.stack([b.high for b in bounds]))

        return combine.maximum_absolute(at, level)

    @property
    def method(self) -> list[str]:
        return ["maximum-of-differences"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {f"{name}_{key}": value for name, part in self._parts.items() for key, value in part.counts.items()}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(np.logical_or.reduce([part.insufficient for part in self._parts.values()]))


@dataclass(frozen=True)
class Comparison:
    """What a check returns to ask for a comparison of the slices of every partition."""

    rates: Mapping[str, Proportion]
    make: Callable[[Mapping[str, Rates]], Statistic]

    def against(self, positions: IntArray, reference: Reference) -> tuple[Statistic, list[int | None]]:
        """The comparison within one partition, and the position of the reference of each rate."""
        rates = {name: Rates(p.hits[positions], p.trials[positions], reference) for name, p in self.rates.items()}
        return self.make(rates), [r.chosen for r in rates.values()]


def Difference(rate: Proportion) -> Comparison:
    """Rate of each slice minus that of the reference: 0 is parity."""
    return Comparison({"": rate}, lambda rates: Differenced(rates[""]))


def Ratio(rate: Proportion) -> Comparison:
    """Rate of each slice divided by that of the reference: 1 is parity."""
    return Comparison({"": rate}, lambda rates: Divided(rates[""]))


def LargestDifference(**rates: Proportion) -> Comparison:
    """The largest absolute difference among several rates: 0 is parity in all of them."""
    return Comparison(rates, lambda found: Largest({name: Differenced(r) for name, r in found.items()}))
