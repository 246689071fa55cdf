"""Statistics of counts when rows are weighted or clustered.

Hits and trials of a rate are linear in the counts. So the check itself, called with the counts of every
cluster, gives what the variance of its rates needs; no check has to know about the design.
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
from .shapes.confusion import REPLICATES, ClusterBootstrapped, Functional
from .shapes.rates import Average, Designed, Proportion, designed
from .slices import FloatArray, Slices
from .stats.clusters import resample_clusters

Call = Callable[[FloatArray], Any]
"""One statistic of the check, or a part of it, as a function of counts ``(..., S, K, K)``."""


def allowed_for(
    metric: str, shape: Any, call: Call, evidence: Evidence, slices: Slices, rng: np.random.Generator
) -> Any:
    """``shape`` with an interval that allows for the design of the data set, if it has one.

    Raises:
        NotAssessed: there is no such interval for this kind of statistic.
    """
    design = slices.design
    if design is None or (isinstance(shape, RowStatistic) and shape.designed):
        return shape
    if isinstance(shape, Functional) and design.cluster is not None:
        tables = design.tables(slices, evidence.pairs, len(evidence.target.names))
        draws = resample_clusters(tables, REPLICATES, rng)
        with np.errstate(invalid="ignore", divide="ignore"):
            return ClusterBootstrapped(shape, call(draws), tables)
    if isinstance(shape, Proportion):
        return _rate(call, evidence, slices)

    def part(one: Any, find: Callable[[Any], Any]) -> Any:
        return allowed_for(metric, one, lambda tables: find(call(tables)), evidence, slices, rng)

    if isinstance(shape, Average):
        return Average([part(one, lambda of, k=k: of.rates[k]) for k, one in enumerate(shape.rates)])  # type: ignore[misc]
    if isinstance(shape, OfParts):
        parts = {key: part(one, lambda of, key=key: of.parts[key]) for key, one in shape.parts.items()}  # type: ignore[misc]
        return replace(shape, parts=parts)
    if isinstance(shape, RowStatistic | Functional | Statistic | Comparison):
        raise NotAssessed(
            f"no interval of {metric!r} allows for {'clusters' if design.cluster is not None else 'weights'} yet"
        )
    return shape


def _rate(call: Call, evidence: Evidence, slices: Slices) -> Designed:
    design = slices.design
    assert design is not None

    def rates(tables: FloatArray) -> tuple[FloatArray, FloatArray]:
        part = call(tables)
        return part.hits, part.trials

    kinds = len(evidence.target.names)
    of = call(slices.total_of(evidence.counts)).of
    return designed(design.of_counts(slices, evidence.pairs, kinds, rates), of)
