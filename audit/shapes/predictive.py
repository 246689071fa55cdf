"""How well predictive distributions and prediction sets keep what they promise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..slices import FloatArray, IntArray, Slices
from ..stats import combine, dispersion, pit, proportion
from ..stats.interval import Interval
from .base import MINIMUM_ROWS, BoolArray, RowStatistic, Statistic, divide, rows_of
from .linearised import weighted_rows
from .losses import finite, square
from .rates import Designed, designed


@dataclass(frozen=True)
class MiscalibrationArea(RowStatistic):
    """Mean distance between the promised and the true coverage of central intervals; ``pit`` is F(y), ``(n,)``."""

    pit: FloatArray
    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedArea | DesignedArea:
        if slices.design is not None:
            return DesignedArea(self.pit, slices)
        found: list[FloatArray] = [np.empty(0)] * len(slices.labels)
        for place, rows in rows_of(slices):
            found[place] = self.pit[rows]
        return SlicedArea(found)


class SlicedArea(Statistic):
    """Areas of the values of each slice; the band of Dvoretzky, Kiefer and Wolfowitz."""

    unit = "probability"

    def __init__(self, values: list[FloatArray]) -> None:
        """``values``: F(y) of the rows of each slice."""
        self._values = values
        self.n = np.array([float(len(of)) for of in values])
        self.value = np.array([pit.miscalibration_area(of) if len(of) else np.nan for of in values])

    def interval(self, level: float) -> Interval:
        found = [pit.miscalibration_area_interval(of, level) for of in self._values]
        return Interval(np.array([float(i.low) for i in found]), np.array([float(i.high) for i in found]))

    @property
    def method(self) -> list[str]:
        return ["dkw-band"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"n": self.n, "expected_if_right": 0.31 / np.sqrt(np.maximum(self.n, 1))}


class DesignedArea(Statistic):
    """The same of weighted or clustered rows; the band is that of as many rows as there are effective clusters."""

    unit = "probability"
    designed = True

    def __init__(self, values: FloatArray, slices: Slices) -> None:
        """``values``: F(y) per row."""
        size = len(slices.labels)
        self.n, self.value, self._effective = np.zeros(size), np.full(size, np.nan), np.zeros(size)
        for place, rows, weights, cluster in weighted_rows(slices):
            totals = weights if cluster is None else np.bincount(cluster, weights)
            self.n[place] = float((totals > 0).sum())
            self._effective[place] = float(totals.sum()) ** 2 / float((totals**2).sum())
            self.value[place] = pit.miscalibration_area(values[rows], weights)

    def interval(self, level: float) -> Interval:
        return pit.area_band(np.nan_to_num(self.value), self._effective, level)

    @property
    def method(self) -> list[str]:
        return ["dkw-band"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"clusters": self.n, "effective_clusters": self._effective}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(self._effective < MINIMUM_ROWS)


@dataclass(frozen=True)
class NormalisedError(RowStatistic):
    """Mean over groups of the predicted ``deviations`` of their relative distance from the ``errors``, ``(n,)`` each."""

    errors: FloatArray
    deviations: FloatArray

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedNormalised:
        finite(square(self.errors))
        found: list[list[dispersion.Group]] = [[]] * len(slices.labels)
        for place, rows in rows_of(slices):
            found[place] = dispersion.groups(self.errors[rows], self.deviations[rows])
        return SlicedNormalised(found, slices.rows.astype(float))


class SlicedNormalised(Statistic):
    """ENCE of the groups of each slice; limits of all groups at the Bonferroni level, averaged."""

    unit = "proportion"

    def __init__(self, groups: list[list[dispersion.Group]], n: FloatArray) -> None:
        """``groups``: of each slice, from :func:`~assay.audit.stats.dispersion.groups`; ``n``: its rows."""
        self._groups, self.n = groups, n
        self.value = np.array([dispersion.normalised_error(one) for one in groups])

    def interval(self, level: float) -> Interval:
        found = [dispersion.normalised_error_interval(one, level) for one in self._groups]
        return Interval(*(np.array(ends, dtype=np.float64) for ends in zip(*found, strict=True)))

    @property
    def method(self) -> list[str]:
        return ["mean-of-groups"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        return {"n": self.n, "groups": np.array([float(len(one)) for one in self._groups])}

    @property
    def insufficient(self) -> BoolArray:
        return np.asarray(self.n < 10 * MINIMUM_ROWS)


@dataclass(frozen=True)
class LowestRate(RowStatistic):
    """The lowest rate of ``yes`` among strata of the rows; ``stratum`` ``(n,)`` counts from 0 up to ``names``."""

    yes: npt.NDArray[np.bool_]
    stratum: IntArray
    names: tuple[str, ...]

    designed = True

    def by(self, slices: Slices, rng: np.random.Generator) -> SlicedLowest:
        if slices.design is not None:
            parts = (
                replace(slices.design, weight=slices.design.weight * (self.stratum == k))
                for k in range(len(self.names))
            )
            return DesignedLowest([designed(of.of_rows(slices, self.yes.astype(float))) for of in parts], self.names)
        kinds = len(self.names)
        trials = slices.total(slices.count(self.stratum, kinds).T)
        hits = slices.total(slices.count(self.stratum, kinds, self.yes.astype(float)).T)
        return SlicedLowest(hits, trials, self.names)


class SlicedLowest(Statistic):
    """Hits and trials per stratum and slice, ``(T, S)``; a stratum with fewer than 10 rows of the slice is left out."""

    def __init__(self, hits: FloatArray, trials: FloatArray, names: tuple[str, ...]) -> None:
        self._hits, self._trials, self._names = hits, trials, names
        self._used = trials >= MINIMUM_ROWS
        rates = np.where(self._used, divide(hits, trials), np.inf)
        place = (np.argmin(rates, axis=0), np.arange(rates.shape[1]))
        seen = self._used.any(axis=0)
        self.value = np.where(seen, rates[place], np.nan)
        self.n = np.where(seen, trials[place], 0.0)

    def interval(self, level: float) -> Interval:
        def at(level: float) -> Interval:
            low, high = self._limits(level)
            return Interval(np.where(self._used, low, 1.0), np.where(self._used, high, 1.0))

        low, high = combine.minimum(at, level)
        seen = self._used.any(axis=0)
        return Interval(np.where(seen, low, 0.0), np.where(seen, high, 1.0))

    def _limits(self, level: float) -> Interval:
        """Of every rate."""
        return proportion.proportion(self._hits, self._trials, level)

    @property
    def method(self) -> list[str]:
        return ["lowest-of-rates"] * len(self.n)

    @property
    def counts(self) -> dict[str, FloatArray]:
        parts = zip(self._names, self._hits, self._trials, strict=True)
        return {f"{key}_{name}": of for name, *both in parts for key, of in zip(("hits", "trials"), both, strict=True)}

    @property
    def degenerate(self) -> BoolArray:
        return np.asarray(self._used.any(axis=0) & ((self.value == 0) | (self.value == 1)))


class DesignedLowest(SlicedLowest):
    """The same of weighted or clustered rows; hits and trials are those of independent rows that tell as much."""

    designed = True

    def __init__(self, rates: list[Designed], names: tuple[str, ...]) -> None:
        """``rates``: of the strata."""
        super().__init__(np.stack([of.hits for of in rates]), np.stack([of.trials for of in rates]), names)
        self._rates = rates

    def _limits(self, level: float) -> Interval:
        return Interval(*np.moveaxis(np.array([of.interval(level) for of in self._rates]), 1, 0))
