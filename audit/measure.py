"""The engine: one call of a check becomes estimates of the whole, every slice and every comparison."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .designed import allowed_for
from .errors import NotAssessed
from .evidence import Evidence
from .record import Estimate, Figure, Slice, slice_name
from .registry import CheckSpec
from .shapes.base import RowStatistic, Statistic
from .shapes.compare import Comparison, OfParts
from .shapes.confusion import Confusion, Functional
from .shapes.doubts import Doubts
from .shapes.figures import Curve, Table
from .shapes.sides import Reference, Sides
from .shapes.tabulated import Expanded
from .shapes.whole import Whole
from .shapes.words import Word
from .slices import FloatArray, IntArray, Slices
from .stats.interval import Interval
from .stats.power import detectable_ratio


@dataclass(frozen=True)
class Measured:
    """One metric on the slices that it was measured on.

    ``places`` finds the positions of the slices of a partition by its attributes; the whole is ``()``.
    """

    metric: str
    statistic: Statistic
    slices: list[Slice]
    places: dict[frozenset[str], IntArray]
    against: list[str]

    def estimates(self, level: float, deciding: float | None = None) -> list[Estimate]:
        """As they stand in the record; ``deciding``: the level of verdicts, where it is another one than is printed."""
        shown = sorted(int(i) for places in self.places.values() for i in places)
        low, high = self.statistic.interval(level)
        wide = Interval(low, high) if deciding in (None, level) else self.statistic.interval(deciding)
        mde = detectable_ratio(deciding or level) * (wide.high - wide.low) / 2
        value, n, state, method = self.statistic.value, self.statistic.n, self.statistic.state, self.statistic.method
        counts = {key: np.broadcast_to(column, value.shape) for key, column in self.statistic.counts.items()}
        return [
            Estimate(
                metric=self.metric,
                slice=self.slices[i],
                value=number(value[i]),
                low=number(low[i]),
                high=number(high[i]),
                level=level,
                method=method[i],
                n=int(n[i]),
                unit=self.statistic.unit,
                state=state[i],
                against=self.against[i],
                note="infinite" if np.isinf(value[i]) else "",
                mde=number(mde[i]),
                counts={key: float(column[i]) for key, column in counts.items() if np.isfinite(column[i])},
            )
            for i in shown
        ]


@dataclass(frozen=True)
class Measurement:
    """All that one check gave; nothing is known of the ``withheld`` slices."""

    measured: list[Measured]
    figures: list[Figure]
    withheld: list[Slice]
    doubts: Doubts

    def estimates(self, level: float, deciding: float) -> list[Estimate]:
        """As :meth:`Measured.estimates`, with an empty one for each withheld slice."""
        found = [e for one in self.measured for e in one.estimates(level, deciding)]
        return found + [
            Estimate(
                metric=metric, slice=slice, value=None, low=None, high=None, level=level, method="", n=0,
                unit=next(e.unit for e in found if e.metric == metric), state="suppressed",
            )
            for metric in dict.fromkeys(e.metric for e in found)
            for slice in self.withheld
        ]  # fmt: skip


def generator(seed: int, check: str) -> np.random.Generator:
    """A random generator for one check: the same whatever other checks run, and in whatever order."""
    key = int.from_bytes(hashlib.sha256(check.encode()).digest()[:8], "big")
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(key,)))


def measure(spec: CheckSpec, options: Mapping[str, Any], evidence: Evidence, seed: int) -> Measurement:
    """Call the check once, over all slices, and find the intervals of what it returns.

    Raises:
        TypeError: the check returned something that is no statistic.
    """
    slices = evidence.dataset.slices
    rng = generator(seed, spec.id)

    def call(cells: FloatArray | None) -> dict[str, Any]:
        given = {need: _given(need, evidence, cells, rng, seed) for need in spec.needs}
        found = spec.function(**given, **options)
        return dict(found) if isinstance(found, Mapping) else {spec.name: found}

    cells = evidence.counts if {"counts", "favorable_counts"} & set(spec.needs) else None
    measured: list[Measured] = []
    figures: list[Figure] = []
    doubts = Doubts()
    plain = slices.design is None or set(spec.needs) <= {"schema_report"}

    def on(slices: Slices, metric: str, found: Any = None) -> Any:
        """The statistic on these slices, with an interval that allows for the design."""
        found = call(None if cells is None else slices.total_of(cells))[metric] if found is None else found
        own, again = generator(seed, f"{spec.id} {metric}"), _pick(call, metric)
        shape = allowed_for(metric, found, again, evidence, slices, own, counts=cells is not None)
        return shape if cells is None else _expanded(metric, shape, again, cells, slices, own)

    for metric, found in call(None if cells is None else slices.total_of(cells)).items():
        if isinstance(found, Doubts):
            doubts = found
            continue
        shape = on(slices, metric, found)
        if isinstance(shape, Curve | Table):
            if plain or shape.designed:
                figures.append(shape.figure())
        elif isinstance(shape, Comparison):
            measured += _compared(metric, shape, evidence, lambda wider: on(wider, metric), rng)  # noqa: B023
        elif isinstance(shape, Whole):
            measured.append(Measured(metric, shape.statistic, [{}], {frozenset(): np.zeros(1, np.int64)}, [""]))
        elif isinstance(shape, RowStatistic):
            measured.append(_plain(metric, shape.by(slices, rng), slices))
        elif isinstance(shape, Statistic):
            measured.append(_plain(metric, shape, slices))
        else:
            raise TypeError(
                f"check {spec.id!r} returned {type(shape).__name__} for {metric!r}; expected a statistic, a Curve or a Table"
            )
    names = spec.names(evidence.classes, evidence.dataset.levels)
    if names is not None and (odd := {one.metric for one in measured} - set(names)):
        raise TypeError(f"check {spec.id!r} returned the metric {min(odd)!r}; it declares {names}")
    if not measured and not figures and not plain:
        raise NotAssessed("its figures count rows as they are, which misleads where rows have weights or clusters")
    return Measurement(measured, figures, slices.withheld, doubts)


def _given(need: str, evidence: Evidence, cells: FloatArray | None, rng: np.random.Generator, seed: int) -> Any:
    if need == "row_order":
        return generator(seed, need).permutation(len(evidence.dataset))
    if need in ("counts", "favorable_counts"):
        counts, favorable = Confusion(np.zeros((0, 0, 0)) if cells is None else cells), evidence.target.favorable
        return counts if need == "counts" or favorable is None else counts.against_others(favorable)
    return rng if need == "rng" else getattr(evidence, need)


def _pick(call: Any, metric: str) -> Any:
    return lambda cells: call(cells)[metric]


def _expanded(
    metric: str,
    shape: Any,
    call: Callable[[FloatArray], Any],
    cells: FloatArray,
    slices: Slices,
    rng: np.random.Generator,
) -> Any:
    """``shape`` with the functions of counts in it, which ``call`` gives for any counts, as statistics of the slices."""
    if isinstance(shape, Functional):
        return Expanded(_functional(metric, call), cells, slices, rng)
    if not isinstance(shape, OfParts):
        return shape
    parts = {
        key: _expanded(metric, one, lambda tables, key=key: call(tables).parts[key], cells, slices, rng)  # type: ignore[misc]
        for key, one in shape.parts.items()
    }
    return replace(shape, parts=parts)


def _functional(metric: str, call: Callable[[FloatArray], Any]) -> Callable[[FloatArray], Functional]:
    def function(cells: FloatArray) -> Functional:
        found: Functional = call(cells)
        expected, got = cells.shape[:-2], np.shape(found.value)
        if got != expected:
            raise TypeError(
                f"Functional {metric!r}: expected values of shape {expected}, one per table of counts, got {got}; "
                "keep the leading axes and sum over the last ones (axis=-1)"
            )
        return found

    return function


def _plain(metric: str, statistic: Statistic, slices: Slices) -> Measured:
    if statistic.value.shape != (len(slices.labels),):
        raise TypeError(
            f"metric {metric!r}: expected one value per slice, shape ({len(slices.labels)},), got {statistic.value.shape}"
        )
    places = {frozenset(p.attributes): p.slices for p in slices.partitions}
    return Measured(metric, statistic, slices.labels, places, [""] * len(slices.labels))


def _compared(
    metric: str,
    comparison: Comparison,
    evidence: Evidence,
    on: Callable[[Slices], Comparison],
    rng: np.random.Generator,
) -> list[Measured]:
    """``on``: the comparison on other slices, where the reference is none of the slices."""
    slices = evidence.dataset.slices
    here: Comparison | None = None
    found = []
    for partition in slices.partitions:
        if not partition.attributes:
            continue
        partition = replace(partition, slices=comparison.among(slices, partition))
        labels = [slices.labels[i] for i in partition.slices]
        wanted = evidence.dataset.reference_of(partition.attributes)
        if len(labels) < 2 or (wanted in slices.withheld and not comparison.always):
            continue
        reference = _reference(wanted, labels, comparison)
        if reference in ("rest", "overall"):
            wider, places = slices.with_rest(partition), np.arange(1, len(labels) + 1)
            statistic, chosen = on(wider).on(wider, rng).of(Sides(places, reference, places + len(labels)))
        else:
            here = here or comparison.on(slices, rng)
            statistic, chosen = here.of(Sides(partition.slices, reference))
        fixed = reference if isinstance(reference, int) else None
        shown = np.array([i for i in range(len(labels)) if i != fixed], dtype=np.int64)
        against = (
            comparison.everybody or AGAINST.get(str(reference)) or _against(labels, fixed, chosen, comparison.word)
        )
        found.append(
            Measured(metric, statistic, labels, {frozenset(partition.attributes): shown}, [against] * len(labels))
        )
    return found


def _reference(wanted: Slice | Word, labels: list[Slice], comparison: Comparison) -> Reference:
    if comparison.always or comparison.everybody:
        return "most_selected"
    if isinstance(wanted, dict) and wanted in labels:
        return labels.index(wanted)
    word: Word = "most_selected" if isinstance(wanted, dict) else wanted
    if word == "overall" and comparison.apart:
        return "rest"
    return "rest" if word == "most_selected" and comparison.best is None else word


AGAINST = {"rest": "the rest", "overall": "all rows"}


def _against(labels: list[Slice], fixed: int | None, chosen: list[int | None], word: str) -> str:
    if fixed is not None:
        return slice_name(labels[fixed])
    names = dict.fromkeys(slice_name(labels[k]) for k in chosen if k is not None)
    return f"{word} ({'; '.join(names)})" if names else f"{word} (no group has enough rows)"


def number(value: Any) -> float | None:
    """A float for the record; None for what is undefined or unbounded."""
    return float(value) if np.isfinite(value) else None
