"""Attacks that know nothing of the model but its answers: for trees, pipelines and endpoints."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ..audit.answers import AuditedModel
from ..audit.attacks.boundary import Distance, distance, hop_skip_jump
from ..audit.attacks.opened import Box, Scale, surface
from ..audit.attacks.square import square
from ..audit.attacks.surface import Surface
from ..audit.attacks.verify import verified
from ..audit.errors import NotAssessed
from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.base import BoolArray
from ..audit.shapes.doubts import Doubts
from ..audit.shapes.figures import Curve, Table
from ..audit.shapes.rows import Outcomes
from ..audit.slices import FloatArray, IntArray
from ..audit.stats.proportion import proportion

EVIDENCE = ("eu-ai-act:15.5", "nist-ai-rmf:measure-2.7")
POINTS, STARTS = 9, 5
AGAIN, UNCONVERGED = 50, 0.01
"""Rows that stand and are attacked again with twice the queries, and the share of all rows that may fall by it."""

Radius = Annotated[float, Field(gt=0)]


@check(
    "robustness.black_box",
    metrics=["robust_accuracy", "accuracy", "kept"],
    better="higher",
    core=False,
    addresses=EVIDENCE,
    cites=["arXiv:1904.02144", "arXiv:1912.00049"],
)
def black_box(
    model: AuditedModel,
    inputs: Any,
    labels: IntArray,
    bounds: dict[str, tuple[float, float]],
    box: Box | None,
    row_order: IntArray,
    rng: np.random.Generator,
    *,
    norm: Distance = "Linf",
    eps: Radius = 0.03,
    scale: Scale = "range",
    queries: Annotated[int, Field(ge=50, le=1_000_000)] = 1000,
    rows: Annotated[int, Field(ge=10, le=100_000)] = 200,
    budget: Annotated[int, Field(ge=1)] | None = None,
) -> dict[str, Outcomes | Curve | Table | Doubts]:
    """Robustness against queries.

    Somebody who can only ask changes the numeric inputs of a row until the decision is wrong: by random search on the
    probabilities (Square, half of the queries, where there are probabilities), then along the boundary between decisions
    towards the row (HopSkipJump). 'robust_accuracy' is the share of rows that stay right within radius eps, 'kept' the same
    among the rows that are right to begin with; rows that are wrong when clean count as not robust. A simple random sample of the rows
    (option 'rows') is attacked, with at most 'queries' for each of them, and 'budget' for all. Every success is asked once more.
    Up to fifty rows that stand are attacked again with twice the queries, where the budget allows; if more than one percent of all rows
    would fall by it, no requirement passes.

    Signs of trouble: a robust accuracy far below accuracy at changes that nobody would notice, or that cost nothing.
    Limits: an upper bound of robust accuracy: with more queries, or knowledge of the model, more may fall. Inputs that
    are no numbers, or have no bounds, stay as they are; use robustness.constrained for tables whose inputs obey rules.
    """
    chosen = np.sort(row_order[:rows])
    seen = surface(model, inputs, bounds, box, chosen, scale=scale, budget=budget, decisions=True)
    y = labels[chosen]
    each = queries if budget is None else min(queries, budget // len(chosen))
    if each < 10:
        raise NotAssessed(f"a budget of {budget} is less than ten queries for each of {len(chosen)} rows")
    decided = seen.predict(seen.x)
    clean = decided == y
    starts = nearest_starts(_flat(seen.numpy(seen.x)), decided, y, norm)
    found, needed = _distances(seen, y, clean, starts, eps, norm, each, rng, scored=model.raw.available)
    again = _again(seen, y, clean & (found > eps), starts, eps, norm, 2 * queries, rng, scored=model.raw.available)
    short = each < queries
    among, robust, right = (np.zeros(len(labels), dtype=bool) for _ in range(3))
    among[chosen], robust[chosen], right[chosen] = True, clean & (found > eps), clean
    return {
        "robust_accuracy": Outcomes(robust, among),
        "accuracy": Outcomes(right, among),
        "kept": Outcomes(robust, right),
        "curve": _curve(found, clean, eps, norm),
        "queries": _table(seen, found, clean, needed, again, eps, len(labels), each),
        "doubts": Doubts(_doubts(again, int(robust.sum()), len(chosen), f"{each} of {queries}" if short else "")),
    }


def _again(
    seen: Surface, y: IntArray, standing: BoolArray, starts: FloatArray, eps: float, norm: Distance, queries: int,
    rng: np.random.Generator, *, scored: bool,
) -> tuple[int, int]:  # fmt: skip
    """How many rows that stand were attacked once more, and how many of them fell."""
    rows = np.flatnonzero(standing)[:AGAIN]
    if not len(rows) or seen.left < len(rows) * queries:
        return 0, 0
    every = np.ones(len(rows), dtype=bool)
    found, _ = _distances(seen.at(rows), y[rows], every, starts[rows], eps, norm, queries, rng, scored=scored)
    return len(rows), int((found <= eps).sum())


def _doubts(again: tuple[int, int], standing: int, total: int, short: str) -> list[str]:
    tried, late = again
    reasons = [f"the budget leaves {short} queries for each row"] if short else []
    if tried and late / tried * standing / total > UNCONVERGED:
        reasons.append(f"with twice the queries {late} of {tried} more rows fell; raise queries")
    return reasons


def _distances(
    seen: Surface, y: IntArray, clean: BoolArray, starts: FloatArray, eps: float, norm: Distance, queries: int, rng: np.random.Generator,
    *, scored: bool,
) -> tuple[FloatArray, IntArray]:  # fmt: skip
    """Distance at which each row fell, infinite where it did not, 0 where it is wrong to begin with; queries to ``eps``."""
    x = np.asarray(seen.numpy(seen.x), dtype=np.float64)
    shape, flat = x.shape[1:], _flat(x)
    attacked, begun = np.flatnonzero(clean), seen.asked[seen.rows]
    if scored and len(attacked):
        half = max(queries // 2 - 1, 1)
        points, fell = square(seen.at(attacked), y[attacked], eps, norm, rng, queries=half)
        starts = starts.copy()
        starts[attacked[fell], 0] = seen.numpy(points)[fell].reshape(int(fell.sum()), -1)
    before = seen.asked[seen.rows] - begun
    left = np.maximum(queries - before - 2, 0)  # one was for the clean row, one is for the proof

    def fooled(rows: IntArray, points: FloatArray) -> BoolArray:
        places = attacked[rows]
        answers = seen.at(places).predict(seen.array(points.reshape(len(points), *shape)))
        return np.asarray(answers != y[places])

    low, high = (np.broadcast_to(seen.numpy(side), x.shape)[0].ravel() for side in (seen.low, seen.high))
    walk = hop_skip_jump(
        fooled, flat[attacked], starts[attacked], low, high, norm=norm, queries=left[attacked], rng=rng, goal=eps
    )
    found = np.where(clean, np.inf, 0.0)
    for place, radius, point in zip(attacked, walk.distance, walk.points, strict=True):
        found[place] = radius
        x[place] = point.reshape(shape)
    claimed = clean & np.isfinite(found)
    widest = float(np.max(found[claimed], initial=eps))
    proved = verified(seen, seen.array(x), y, claimed, widest, norm)
    found[claimed & ~proved] = np.inf
    needed = before.copy()
    needed[attacked] += np.maximum(walk.reached, 0)
    return found, needed


def _flat(x: Any) -> FloatArray:
    return np.asarray(x, dtype=np.float64).reshape(len(x), -1)


def nearest_starts(x: FloatArray, decided: IntArray, y: IntArray, norm: Distance) -> FloatArray:
    """For the first rows, as many as ``y``: the nearest that the model takes for another class than theirs, ``(n, s, d)``, or NaN."""
    starts = np.full((len(y), STARTS, x.shape[1]), np.nan)
    for i in range(len(y)):
        other = np.flatnonzero(decided != y[i])
        apart = distance(np.broadcast_to(x[i], (len(other), x.shape[1])), x[other], norm)
        near = other[np.argsort(apart, kind="stable")[:STARTS]]
        starts[i, : len(near)] = x[near]
    return starts


def _curve(found: FloatArray, clean: BoolArray, eps: float, norm: Distance) -> Curve:
    radii = np.linspace(0, 2 * eps, POINTS)
    stood = np.array([np.sum(clean & (found > radius)) for radius in radii], dtype=float)
    around = proportion(stood, np.full(POINTS, float(len(found))), 0.95)
    series = Series(
        name="robust accuracy", x=radii.tolist(), y=(stood / len(found)).tolist(), low=around.low.tolist(),
        high=around.high.tolist(), n=[len(found)] * POINTS,
    )  # fmt: skip
    return Curve("Robust accuracy against queries", [series], f"radius ({norm})", "robust accuracy")


def _table(
    seen: Surface,
    found: FloatArray,
    clean: BoolArray,
    needed: IntArray,
    again: tuple[int, int],
    eps: float,
    total: int,
    each: int,
) -> Table:
    fell, reached = clean & (found <= eps), clean & np.isfinite(found)
    lines: list[list[str | float | int | None]] = [
        ["rows attacked, drawn at random", len(found)],
        ["rows of the data", total],
        ["right when clean", int(clean.sum())],
        [f"fell within {eps:g}", int(fell.sum())],
        ["fell at any distance", int(reached.sum())],
        ["median distance of those", float(np.median(found[reached])) if reached.any() else None],
        ["attacked again with twice the queries", again[0]],
        ["fell then", again[1]],
        ["queries at most, per row", each],
        ["queries asked", seen.spent.forwards],
        ["calls", seen.spent.calls],
        [f"median queries until a row fell within {eps:g}", float(np.median(needed[fell])) if fell.any() else None],
    ]
    return Table(
        "What was asked",
        ["", "Number"],
        lines,
        "Queries are rows about which the model was asked, the clean ones included.",
    )
