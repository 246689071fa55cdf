"""Statistics of counts when rows are weighted or clustered.

Hits and trials of a rate are linear in the counts. So the check itself, called with the counts of every
cluster, gives what the variance of its rates needs; and called with counts that differ a little, it gives what each
row adds to any other function of them. No check has to know about the design.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from .errors import NotAssessed
from .evidence import Evidence
from .shapes.base import RowStatistic, Statistic
from .shapes.compare import Comparison, OfParts
from .shapes.confusion import REPLICATES, ClusterBootstrapped, Functional, WeightBootstrapped
from .shapes.contrast import Contrast
from .shapes.linearised import Linearised, linearised
from .shapes.rates import Average, Designed, Proportion, designed
from .slices import FloatArray, IntArray, Slices
from .stats.clusters import resample_clusters
from .stats.linearised import LOG, plain

Call = Callable[[FloatArray], Any]
"""One statistic of the check, or a part of it, as a function of counts ``(..., S, K, K)``."""

STEP = 1e-5
"""Share of the rows that a count is moved by, to see what it does."""


def allowed_for(
    metric: str,
    shape: Any,
    call: Call,
    evidence: Evidence,
    slices: Slices,
    rng: np.random.Generator,
    *,
    counts: bool,
) -> Any:
    """``shape`` with an interval that allows for the design of the data set, if it has one.

    ``counts`` says whether it depends on the rows through confusion counts alone.

    Raises:
        NotAssessed: there is no such interval for this kind of statistic.
    """
    design = slices.design
    if design is None or (isinstance(shape, RowStatistic | Statistic) and shape.designed):
        return shape
    if isinstance(shape, Functional):
        return _bootstrapped(shape, call, evidence, slices, rng)
    if isinstance(shape, Proportion):
        return _rate(call, evidence, slices)

    def part(one: Any, find: Callable[[Any], Any]) -> Any:
        return allowed_for(metric, one, lambda tables: find(call(tables)), evidence, slices, rng, counts=counts)

    if isinstance(shape, Average):
        return Average([part(one, lambda of, k=k: of.rates[k]) for k, one in enumerate(shape.rates)])  # type: ignore[misc]
    if isinstance(shape, OfParts):
        parts = {key: part(one, lambda of, key=key: of.parts[key]) for key, one in shape.parts.items()}  # type: ignore[misc]
        return replace(shape, parts=parts)
    if isinstance(shape, Statistic) and counts:
        return _linearised(shape, call, evidence, slices)
    if isinstance(shape, RowStatistic | Statistic | Comparison):
        raise NotAssessed(
            f"no interval of {metric!r} allows for {'clusters' if design.cluster is not None else 'weights'} yet"
        )
    return shape


def _bootstrapped(
    shape: Functional, call: Call, evidence: Evidence, slices: Slices, rng: np.random.Generator
) -> Statistic:
    design, kinds = slices.design, len(evidence.target.names)
    assert design is not None
    with np.errstate(invalid="ignore", divide="ignore"):
        if design.cluster is None:
            squares = slices.count(evidence.pairs, kinds * kinds, design.weight**2).reshape(-1, kinds, kinds)
            totals = slices.total_of(evidence.counts), slices.total_of(squares)
            return WeightBootstrapped(shape, call, *totals, rng)
        tables = design.grouped(rng).tables(slices, evidence.pairs, kinds)
        return ClusterBootstrapped(shape, call(resample_clusters(tables, REPLICATES, rng)), tables)


def _linearised(shape: Statistic, call: Call, evidence: Evidence, slices: Slices) -> Linearised:
    """From what the statistic does when one count changes by a little."""
    kinds, pairs = len(evidence.target.names), evidence.pairs

    def influence(rows: IntArray, weights: FloatArray) -> tuple[float, FloatArray]:
        n, size = len(rows), kinds * kinds
        table = np.bincount(pairs[rows], weights, size)
        up, down = (np.maximum(table + side * n * STEP * np.eye(size), 0) for side in (1, -1))
        with np.errstate(invalid="ignore", divide="ignore"):
            values = call(np.concatenate([table[None], up, down]).reshape(-1, kinds, kinds)).value
            slope = (values[1 : size + 1] - values[size + 1 :]) / (up - down).diagonal() * n
            slope = (
                slope - slope @ table / n
            )  # not a number where a ratio is infinite, so that nothing is known of its error
        return float(values[0]), slope[pairs[rows]] * weights / n

    return linearised(slices, influence, LOG if isinstance(shape, Contrast) else plain(), shape.unit)


def _rate(call: Call, evidence: Evidence, slices: Slices) -> Designed:
    design = slices.design
    assert design is not None

    def rates(tables: FloatArray) -> tuple[FloatArray, FloatArray]:
        part = call(tables)
        return part.hits, part.trials

    kinds = len(evidence.target.names)
    of = call(slices.total_of(evidence.counts)).of
    return designed(design.of_counts(slices, evidence.pairs, kinds, rates), of)
