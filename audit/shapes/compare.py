"""Comparisons of slices: signed differences, ratios, and the largest of several differences.

The reference is one slice of the partition, or the *most selected* one, which the data choose. Being
chosen by the data is part of the uncertainty: against the most selected, the parameter is the
minimum over all other slices h of ``p_g - p_h`` (or ``p_g / p_h``) and never above 0 (or 1). Its
lower bound is the least of the pairwise lower bounds, which needs no correction; its upper bound is the
least of the pairwise upper bounds at the Bonferroni level (union bound). No row has to be resampled.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..slices import FloatArray, IntArray
from ..stats import combine, difference, ratio
from ..stats.interval import Interval
from .base import BoolArray, Statistic, divide
from .rates import Proportion

Reference = int | Literal["most_selected"]


@dataclass(frozen=True)
class Rates:
    """Proportions of the L slices of one partition, and who of them is compared with whom."""

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
        """The reference slice; None if no slice has enough rows."""
        if self.reference != "most_selected":
            return self.reference
        rates = np.where(self.eligible, self.value, -np.inf)
        return int(np.argmax(rates)) if self.eligible.any() else None


class Compared(Statistic):
    """A comparison of every slice with the reference, ``(L,)``."""

    neutral: float
    worst: float

    def __init__(self, rates: Rates) -> None:
        """``rates``: of one partition, with the reference settled."""
        self.rates, self.n = rates, rates.trials
        chosen = rates.chosen
        reference = rates.value[chosen] if chosen is not None else np.nan
        value = self.contrast(rates.value, np.full(len(self.n), reference))
        self.value = np.fmin(value, self.neutral) if rates.reference == "most_selected" else value
        self.value = np.where(np.isnan(value), np.nan, self.value)

    @staticmethod
    @abstractmethod
    def contrast(value: FloatArray, reference: FloatArray) -> FloatArray:
        """Point estimate of slice against reference."""

    @staticmethod
    @abstractmethod
    def pair(hits: FloatArray, trials: FloatArray, hits2: FloatArray, trials2: FloatArray, level: float) -> Interval:
        """Interval of the comparison of two independent rates."""

    def interval(self, level: float) -> Interval:
        r = self.rates
        if r.reference != "most_selected":
            k = r.reference
            return self.pair(r.hits, r.trials, r.hits[k], r.trials[k], level)
        others = r.eligible[None, :] & ~np.eye(len(self.n), dtype=bool)
        family = max(int(others.sum(axis=1).max(initial=1)), 1)
        low, high = self._pairs(level)
        if family > 1:
            high = self._pairs(1 - (1 - level) / family).high
        low, high = (np.where(others, side, np.inf).min(axis=1) for side in (low, high))
        low = np.where(np.isnan(self.value), self.worst, np.fmin(low, self.neutral))
        return Interval(low, np.fmin(high, self.neutral))

    def _pairs(self, level: float) -> Interval:
        r = self.rates
        return self.pair(r.hits[:, None], r.trials[:, None], r.hits[None, :], r.trials[None, :], level)

    @property
    def counts(self) -> dict[str, FloatArray]:
        k = self.rates.chosen
        if k is None:
            return {"hits": self.rates.hits, "trials": self.n}
        same = np.ones(len(self.n))
        of_reference = {"reference_hits": self.rates.hits[k] * same, "reference_trials": self.n[k] * same}
        return {"hits": self.rates.hits, "trials": self.n, **of_reference}

    @property
    def insufficient(self) -> BoolArray:
        k = self.rates.chosen
        return ~self.rates.eligible | (k is None or not self.rates.eligible[k])


class Differenced(Compared):
    """Rate of the slice minus rate of the reference; Newcombe's hybrid score interval."""

    unit = "difference"
    neutral = 0.0
    worst = -1.0

    @staticmethod
    def contrast(value: FloatArray, reference: FloatArray) -> FloatArray:
        return value - reference

    @staticmethod
    def pair(hits: FloatArray, trials: FloatArray, hits2: FloatArray, trials2: FloatArray, level: float) -> Interval:
        return difference.newcombe(hits, trials, hits2, trials2, level)

    @property
    def method(self) -> list[str]:
        name = "newcombe" if self.rates.reference != "most_selected" else "newcombe-minimum"
        return [name] * len(self.n)


class Divided(Compared):
    """Rate of the slice divided by rate of the reference; Koopman's score interval."""

    unit = "ratio"
    neutral = 1.0
    worst = 0.0

    @staticmethod
    def contrast(value: FloatArray, reference: FloatArray) -> FloatArray:
        return divide(value, reference)

    @staticmethod
    def pair(hits: FloatArray, trials: FloatArray, hits2: FloatArray, trials2: FloatArray, level: float) -> Interval:
        return ratio.koopman(hits, trials, hits2, trials2, level)

    @property
    def method(self) -> list[str]:
        name = "koopman" if self.rates.reference != "most_selected" else "koopman-minimum"
        return [name] * len(self.n)


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
        return np.logical_or.reduce([part.insufficient for part in self._parts.values()])


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
