"""Values that are worth trying: for each row and feature a list, within what the row may become."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..constraints.scale import Budget, Scale
from ..constraints.space import Space
from ..slices import FloatArray, IntArray


class Grid:
    """Candidate values of each feature.

    Of a number: all whole numbers where these are few; else both sides of every threshold that is known of the model, or
    quantiles of the data; and the farthest values in reach. Where a list is longer than ``most`` it is thinned evenly. Of a
    category: every other one.

    Args:
        space: what rows can be.
        scale: units of the budget.
        budget: how far a value may go.
        data: vectors of all rows that quantiles are taken of, ``(N, m)``.
        thresholds: of the model, by the name of a feature; what lies between two of them is all the same to the model.
        most: the longest list on either side of a value.
    """

    def __init__(
        self,
        space: Space,
        scale: Scale,
        budget: Budget,
        data: FloatArray,
        thresholds: Mapping[str, FloatArray],
        most: int = 48,
    ) -> None:
        """Find the values that all rows share."""
        self.space, self.scale, self.budget, self.most = space, scale, budget, most
        self.up: list[FloatArray] = []
        self.down: list[FloatArray] = []
        for place, feature in enumerate(space.features):
            known = data[np.isfinite(data[:, place]), place]
            up, down = _sides(known, thresholds.get(feature.name), most)
            if feature.step == 1 and feature.kind == "integer":
                up, down = np.ceil(up), np.floor(down)
            low, high = feature.low, feature.high
            few = feature.kind != "continuous" and feature.step in (0, 1) and high - low <= 2 * most
            self.up.append(np.arange(low, high + 1) if few else np.unique(up))
            self.down.append(np.arange(low, high + 1) if few else np.unique(down))

    @property
    def rows_at_once(self) -> int:
        """Rows whose candidates are listed at once, so that the list has some ten million entries at most."""
        each = sum(2 * self.most + 2 if f.ordered else f.high + 1 for f in self.space.features if f.mutable)
        return max(1, int(10_000_000 // max(1, each)))

    def reach(self, of: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest vectors that rows can become, ``(n, m)`` each; both the row where a feature cannot change."""
        low, high = self.scale.around(of, self.budget.eps)
        low, high = np.maximum(low, self.space.low), np.minimum(high, self.space.high)
        low, high = np.where(self.space.way > 0, of, low), np.where(self.space.way < 0, of, high)
        still = ~self.space.mutable | np.isnan(of)
        return np.where(still, of, np.fmin(low, of)), np.where(still, of, np.fmax(high, of))

    def candidates(self, of: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Row, feature and value of every candidate for rows ``of``, ``(n, m)``."""
        low, high = self.reach(of)
        found = []
        for place, feature in enumerate(self.space.features):
            x, lo, hi = of[:, place], low[:, place], high[:, place]
            if not feature.mutable:
                continue
            if not feature.ordered:
                codes = np.arange(feature.high + 1)
                values = np.where(np.isnan(x)[:, None] | (codes == x[:, None]), np.nan, codes)
            else:
                above = _spread(self.up[place], x, hi, self.most)
                below = _spread(-self.down[place][::-1], -x, -lo, self.most)
                values = np.column_stack([above, -below, hi, lo])
                values[values == x[:, None]] = np.nan
            row, column = np.nonzero(np.isfinite(values))
            found.append((row, np.full(len(row), place), values[row, column]))
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        rows, places, values_ = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return rows, places, values_


def _sides(values: FloatArray, thresholds: FloatArray | None, most: int) -> tuple[FloatArray, FloatArray]:
    """Values just above and just below each threshold, as 32-bit numbers, which trees compare; without any, quantiles."""
    distinct = np.unique(values)
    if len(distinct) > 4 * most:
        distinct = np.unique(np.quantile(values, np.linspace(0, 1, 4 * most + 1), method="nearest"))
    if thresholds is None:
        return distinct, distinct
    at = np.asarray(thresholds, dtype=np.float32)
    up, down = np.nextafter(at, np.float32(np.inf)), np.nextafter(at, np.float32(-np.inf))
    return up.astype(np.float64), down.astype(np.float64)


def _spread(sorted_: FloatArray, x: FloatArray, far: FloatArray, most: int) -> FloatArray:
    """Up to ``most`` of the sorted values in ``(x, far]``, evenly, the nearest among them; ``(n, most)`` with NaN."""
    if not len(sorted_):
        return np.full((len(x), 1), np.nan)
    start, end = np.searchsorted(sorted_, x, "right"), np.searchsorted(sorted_, far, "right")
    start, end = np.where(np.isnan(x), end, start), end
    there = np.maximum(end - start, 0)
    k = np.arange(min(most, max(1, int(there.max(initial=0)))))
    step = np.maximum(there / len(k), 1)[:, None]
    place = start[:, None] + np.floor(k * step).astype(np.int64)
    inside = place < end[:, None]
    return np.where(inside, sorted_[np.minimum(place, len(sorted_) - 1)], np.nan)
