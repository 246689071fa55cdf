"""HopSkipJump: the nearest point with another decision, from decisions alone, for all rows at once.

Chen, Jordan & Wainwright (2020), HopSkipJumpAttack, IEEE S&P, algorithms 1 and 2. Rows advance in step, so that a model is
called once per stage for all of them: on a forest a call of 100 rows costs what a call of one row does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..shapes.base import BoolArray
from ..slices import FloatArray, IntArray

Distance = Literal["L2", "Linf"]
Fooled = Callable[[IntArray, FloatArray], BoolArray]
"""Whether the model decides the rows ``(m,)`` wrongly where their inputs are ``(m, d)``; every point is one query."""

DIRECTIONS = 100
"""Random directions of the first estimate of the normal; the t-th takes sqrt(t) times as many."""
FINEST = 1e-3
"""Bisection ends within this share of the segment, or within the paper's theta, whichever is smaller."""
STEPS = 10
"""Halvings of a step at most."""
NUMBERS = 2**23
"""Values of points that are held at once."""


@dataclass(frozen=True)
class Nearest:
    """What was found: ``points`` ``(n, d)``, their ``distance`` to the inputs ``(n,)``, infinite where no start was
    adversarial, the ``queries`` of each row, and after how many it was within the goal, ``reached``, -1 if it never was.
    """

    points: FloatArray
    distance: FloatArray
    queries: IntArray
    reached: IntArray


def distance(x: FloatArray, points: FloatArray, norm: Distance) -> FloatArray:
    """``|x - points|`` of each row, ``(n,)``."""
    apart = np.abs(points - x)
    return np.asarray(apart.max(axis=1, initial=0.0) if norm == "Linf" else np.sqrt((apart**2).sum(axis=1)))


def hop_skip_jump(
    fooled: Fooled,
    x: FloatArray,
    starts: FloatArray,
    low: FloatArray,
    high: FloatArray,
    *,
    norm: Distance,
    queries: int | IntArray,
    rng: np.random.Generator,
    stop: float = 0.0,
    goal: float = 0.0,
) -> Nearest:
    """Walk along the boundary between decisions towards ``x``.

    Args:
        fooled: see :data:`Fooled`.
        x: the inputs, ``(n, d)``, within the box.
        starts: points with another decision for each row, ``(n, s, d)`` or ``(n, d)``; NaN where none is known. The walk
            begins at the nearest point of the boundary that lies towards one of them.
        low: lower limits of the box, ``(d,)``.
        high: upper limits.
        norm: what is made small.
        queries: at most this many for each row, a number or ``(n,)``; never exceeded.
        rng: for the random directions.
        stop: rows whose distance is at most this are done.
        goal: the distance that ``reached`` tells of.
    """
    walk = _Walk(fooled, x, low, high, norm, queries, rng)
    walk.begin(starts if starts.ndim == 3 else starts[:, None])
    reached, t = np.where(walk.far <= goal, walk.spent, -1), 0
    while len(rows := walk.active(stop)):
        t += 1
        walk.step(rows, t)
        reached = np.where((reached < 0) & (walk.far <= goal), walk.spent, reached)
    return Nearest(walk.points, walk.far, walk.spent, reached)


class _Walk:
    """The state of all rows. ``far``: distance of the best point so far, infinite where there is none."""

    def __init__(
        self,
        fooled: Fooled,
        x: FloatArray,
        low: FloatArray,
        high: FloatArray,
        norm: Distance,
        queries: int | IntArray,
        rng: np.random.Generator,
    ) -> None:
        self.fooled, self.x, self.points = fooled, x, x.astype(float)
        self.far = np.full(len(x), np.inf)
        self.low, self.high, self.norm, self.rng = low, high, norm, rng
        self.limit, self.spent = np.broadcast_to(queries, len(x)), np.zeros(len(x), dtype=np.int64)
        d = x.shape[1]
        self.theta = min(d**-1.5 if norm == "L2" else d**-2.0, FINEST)
        self.bisections = int(np.ceil(np.log2(1 / self.theta)))

    def begin(self, starts: FloatArray) -> None:
        """Ask whether the starts are adversarial, and go from them to the boundary; the nearest stays."""
        known = np.isfinite(starts).all(axis=2) & (self.limit > 0)[:, None]
        payable = np.maximum(self.limit // (self.bisections + 1), 1)
        rows, which = np.nonzero(known & (np.cumsum(known, axis=1) <= payable[:, None]))
        points = starts[rows, which]
        good = self._ask(rows, points)
        self._bisect(rows[good], points[good])

    def active(self, stop: float) -> IntArray:
        """Rows that are not done and can pay for one more step with two directions."""
        least = self.bisections + STEPS + 2
        return np.flatnonzero(np.isfinite(self.far) & (self.far > stop) & (self.spent + least <= self.limit))

    def step(self, rows: IntArray, t: int) -> None:
        """One iteration of algorithm 2: estimate the normal, step along it as far as it stays adversarial, bisect."""
        left = (self.limit - self.spent)[rows] - self.bisections - STEPS
        directions = np.minimum(int(DIRECTIONS * np.sqrt(t)), left)
        normal = np.concatenate([self._normal(rows[of], directions[of], t) for of in self._blocks(directions)])
        reach = self.far[rows] / np.sqrt(t)
        waiting, found = np.arange(len(rows)), self.points[rows].copy()
        for _ in range(STEPS):
            if not len(waiting):
                break
            tried = self._boxed(self.points[rows[waiting]] + reach[waiting, None] * normal[waiting])
            good = self._ask(rows[waiting], tried)
            found[waiting[good]] = tried[good]
            reach[waiting[~good]] /= 2
            waiting = waiting[~good]
        moved = np.setdiff1d(np.arange(len(rows)), waiting, assume_unique=True)
        self._bisect(rows[moved], found[moved])

    def _blocks(self, directions: IntArray) -> list[IntArray]:
        """Rows whose directions fit in memory together."""
        place = np.cumsum(directions * self.x.shape[1]) // NUMBERS
        return [np.flatnonzero(place == at) for at in np.unique(place)]

    def _normal(self, rows: IntArray, directions: IntArray, t: int) -> FloatArray:
        """Monte Carlo estimate of the normal of the boundary (equations 9 and 16), one call for all rows."""
        d = self.x.shape[1]
        size = 0.1 * float(np.max(self.high - self.low)) if t == 1 else self.far[rows] / d
        size = np.maximum(np.broadcast_to(size, rows.shape), 1e-9)
        owner = np.repeat(np.arange(len(rows)), directions)
        u = self.rng.standard_normal((len(owner), d)) if self.norm == "L2" else self.rng.uniform(-1, 1, (len(owner), d))
        u = u / np.linalg.norm(u, axis=1, keepdims=True) if self.norm == "L2" else u
        points = self._boxed(self.points[rows][owner] + size[owner, None] * u)
        u = (points - self.points[rows][owner]) / size[owner, None]
        sign = 2.0 * self._ask(rows[owner], points) - 1
        mean = np.bincount(owner, sign, len(rows)) / directions
        weight = np.where(np.abs(mean[owner]) == 1, sign, sign - mean[owner])
        found = np.zeros((len(rows), d))
        np.add.at(found, owner, weight[:, None] * u)
        if self.norm == "Linf":
            return np.sign(found)
        length = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.where(length > 0, length, 1))

    def _bisect(self, rows: IntArray, points: FloatArray) -> None:
        """Along the way from adversarial points back to the inputs: the last adversarial one, if it is the nearest so far.

        A row may have several points.
        """
        if not len(rows):
            return
        whole = distance(self.x[rows], points, self.norm)
        low, high, best = np.zeros(len(rows)), np.ones(len(rows)), points.copy()
        for _ in range(self.bisections):
            open_ = np.flatnonzero((high - low > self.theta) & (self.spent < self.limit)[rows])
            if not len(open_):
                break
            middle = (low[open_] + high[open_]) / 2
            tried = self._between(rows[open_], points[open_], middle, whole[open_])
            good = self._ask(rows[open_], tried)
            best[open_[good]] = tried[good]
            high[open_[good]], low[open_[~good]] = middle[good], middle[~good]
        far = distance(self.x[rows], best, self.norm)
        order = np.argsort(-far, kind="stable")  # of several points of a row the nearest comes last, and stays
        kept = order[far[order] < self.far[rows[order]]]
        self.points[rows[kept]], self.far[rows[kept]] = best[kept], far[kept]

    def _between(self, rows: IntArray, points: FloatArray, share: FloatArray, whole: FloatArray) -> FloatArray:
        x = self.x[rows]
        if self.norm == "L2":
            return np.asarray(x + share[:, None] * (points - x))
        reach = (share * whole)[:, None]
        return np.clip(points, x - reach, x + reach)

    def _boxed(self, points: FloatArray) -> FloatArray:
        return np.clip(points, self.low, self.high)

    def _ask(self, rows: IntArray, points: FloatArray) -> BoolArray:
        if not len(rows):
            return np.zeros(0, dtype=bool)
        self.spent += np.bincount(rows, minlength=len(self.x))
        return np.asarray(self.fooled(rows, points), dtype=bool)
