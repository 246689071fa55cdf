"""aif360's multi-dimensional subset scan on arrays.

Its own scan makes a data frame for every look at an attribute and solves for one value of it at a time, which takes all
but a few per cent of its time. What is overridden here gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..audit.slices import FloatArray, IntArray
from .aif360_quiet import quietly_imported


def scanner(codes: Mapping[str, IntArray], direction: str) -> Any:
    """An ``MDSS`` of aif360 with a Bernoulli score, over coded columns ``(n,)``; it is given them again as a frame.

    Raises:
        ImportError: aif360 is not installed.
    """
    scoring = quietly_imported("aif360.detectors.mdss.ScoringFunctions")
    base: Any = quietly_imported("aif360.detectors.mdss.MDSS").MDSS

    class Scan(base):  # type: ignore[misc]
        def get_aggregates(
            self,
            coordinates: Any,
            outcomes: Any,
            expectations: Any,
            current_subset: Any,
            column_name: str,
            penalty: float,
        ) -> list[Any]:
            inside = _inside(codes, current_subset, len(outcomes))
            found, of = np.unique(codes[column_name][inside], return_inverse=True)
            y, p = outcomes.to_numpy()[inside], expectations.to_numpy()[inside]
            observed = np.bincount(of, weights=y, minlength=len(found)).astype(np.float64)
            order, ends = np.argsort(of, kind="stable"), np.cumsum(np.bincount(of, minlength=len(found)))
            parts = np.split(p[order], ends[:-1])
            aggregates, thresholds = {}, set()
            for k, (q_mle, low, high) in enumerate(zip(*_roots(observed, p, of, penalty, direction), strict=True)):
                if np.isfinite(low):
                    aggregates[found[k]] = {
                        "q_mle": q_mle, "q_min": low, "q_max": high, "observed_sum": observed[k], "expectations": parts[k],
                    }  # fmt: skip
                    thresholds |= {low, high}
            return [aggregates, sorted(thresholds), y.sum(), p]

        def score_current_subset(
            self, coordinates: Any, expectations: Any, outcomes: Any, current_subset: Any, penalty: float
        ) -> Any:
            inside = _inside(codes, current_subset, len(outcomes))
            y, p = outcomes.to_numpy()[inside].sum(), expectations.to_numpy()[inside]
            cost = penalty * sum(map(len, current_subset.values()))
            return np.round(self.scoring_function.score(y, p, cost, self.scoring_function.qmle(y, p)), 4)

    return Scan(scoring.Bernoulli(direction=direction))


def _inside(codes: Mapping[str, IntArray], subset: Mapping[str, Any], n: int) -> IntArray:
    """Rows of a subset of levels."""
    inside = np.ones(n, dtype=bool)
    for key, values in subset.items():
        chosen = np.zeros(int(codes[key].max()) + 1, dtype=bool)
        chosen[np.asarray(values, dtype=np.int64)] = True
        inside &= chosen[codes[key]]
    return np.flatnonzero(inside)


def _roots(
    observed: FloatArray, p: FloatArray, of: IntArray, penalty: float, direction: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """For each value ``(G,)``: the best factor of the odds, and between which factors the score is above 0; else NaN."""
    kinds = len(observed)

    def slope(q: FloatArray) -> FloatArray:
        at = q[of]
        return observed - np.bincount(of, weights=at * p / (1 - p + at * p), minlength=kinds)

    def score(q: FloatArray) -> FloatArray:
        return observed * np.log(q) - np.bincount(of, weights=np.log(1 - p + q[of] * p), minlength=kinds) - penalty

    best = _bisected(slope, np.full(kinds, 1e-3), np.full(kinds, 1e3))
    best = np.where(best < 1 if direction == "positive" else best > 1, 1.0, best)
    low = _bisected(lambda q: -score(q), np.full(kinds, 1e-3), best)
    high = _bisected(score, best, np.full(kinds, 1e3))
    there = (score(best) > 0) & ((high >= 1) if direction == "positive" else (low <= 1))
    low, high = (np.maximum(low, 1), high) if direction == "positive" else (low, np.minimum(high, 1))
    return best, np.where(there, low, np.nan), high


def _bisected(rising: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray) -> FloatArray:
    """Where a function changes from above 0, at the low end, to below, within aif360's 0.001."""
    low, high = low.copy(), high.copy()
    while (open_ := np.abs(high - low) > 1e-3).any():
        middle = (low + high) / 2
        up = rising(middle) > 0
        low, high = np.where(open_ & up, middle, low), np.where(open_ & ~up, middle, high)
    return (low + high) / 2
