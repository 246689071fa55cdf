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
from .shapes.compare import Comparison
from .shapes.confusion import REPLICATES, ClusterBootstrapped, Functional
from .shapes.rates import Average, Designed, Proportion, designed
from .slices import FloatArray
from .stats.clusters import resample_clusters

Call = Callable[[FloatArray], dict[str, Any]]
"""The check, as a function of counts ``(..., S, K, K)``."""


def allowed_for(metric: str, shape: Any, call: Call, evidence: Evidence, rng: np.random.Generator) -> Any:
    """``shape`` with an interval that allows for the design of the data set, if it has one.

    Raises:
        NotAssessed: there is no such interval for this kind of statistic.
    """
    design, slices = evidence.dataset.design, evidence.dataset.slices
    if design is None or (isinstance(shape, RowStatistic) and shape.designed):
        return shape
    if isinstance(shape, Functional) and design.cluster is not None:
        tables = design.tables(slices, evidence.pairs, len(evidence.target.names))
        draws = resample_clusters(tables, REPLICATES, rng)
        with np.errstate(invalid="ignore", divide="ignore"):
            return ClusterBootstrapped(shape, call(draws)[metric], tables)
    if isinstance(shape, Proportion):
        return _rate(metric, "", call, evidence)
    if isinstance(shape, Average):
        return Average([_rate(metric, key, call, evidence) for key in _parts(shape)])
    if isinstance(shape, Comparison):
        return replace(shape, rates={key: _rate(metric, key, call, evidence) for key in shape.rates})
    if isinstance(shape, RowStatistic | Functional | Statistic):
        raise NotAssessed(
            f"no interval of {metric!r} allows for {'clusters' if design.cluster is not None else 'weights'} yet"
        )
    return shape


def _rate(metric: str, key: str, call: Call, evidence: Evidence) -> Designed:
    design = evidence.dataset.design
    assert design is not None

    def rates(tables: FloatArray) -> tuple[FloatArray, FloatArray]:
        part = _parts(call(tables)[metric])[key]
        return part.hits, part.trials

    kinds = len(evidence.target.names)
    of = _parts(call(evidence.dataset.slices.total_of(evidence.counts))[metric])[key].of
    return designed(design.of_counts(evidence.dataset.slices, evidence.pairs, kinds, rates), of)


def _parts(shape: Any) -> dict[str, Proportion]:
    if isinstance(shape, Proportion):
        return {"": shape}
    if isinstance(shape, Average):
        return {str(position): rate for position, rate in enumerate(shape.rates)}
    found: dict[str, Proportion] = dict(shape.rates)
    return found
