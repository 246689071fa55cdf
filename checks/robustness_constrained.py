"""Attacks on tables with rows that could exist: every change keeps to what the audit file says of the inputs."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ..audit.answers import AuditedModel
from ..audit.attacks.constrained import Attacked, attack
from ..audit.attacks.splits import thresholds
from ..audit.constraints.scale import Budget, Scale
from ..audit.constraints.space import BoolArray, Space
from ..audit.errors import NotAssessed
from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.doubts import Doubts
from ..audit.shapes.figures import Curve, Table
from ..audit.shapes.rows import Outcomes
from ..audit.slices import FloatArray, IntArray
from ..audit.stats.proportion import wilson
from .perturb import Frame

Cell = str | float | int | None
UNCONVERGED = 0.01
"""Share of all rows that may fall by twice the effort."""
SCALED = 5_000
"""Rows from which it is seen how a pipeline rescales numbers."""
WAYS = {1: "up", -1: "down", 0: "up or down"}


@check(
    "robustness.constrained",
    metrics=["robust_accuracy", "accuracy"],
    better="higher",
    addresses=("eu-ai-act:15.4", "eu-ai-act:15.5", "nist-ai-rmf:measure-2.7"),
    cites=["arXiv:2112.01156", "arXiv:1902.06705"],
    core=False,
)
def constrained(
    model: AuditedModel,
    features: Frame,
    labels: IntArray,
    constraints: Space,
    rng: np.random.Generator,
    *,
    most_features: Annotated[int, Field(ge=0)] | None = 3,
    eps: Annotated[float, Field(ge=0)] | None = 1.0,
    cost: Annotated[float, Field(ge=0)] | None = None,
    unit: Literal["iqr", "rank"] = "iqr",
    rows: Annotated[int, Field(ge=1)] = 500,
    queries: Annotated[int, Field(ge=2)] | None = None,
    candidates: Annotated[int, Field(ge=1)] = 48,
    beam: Annotated[int, Field(ge=1)] = 5,
    restarts: Annotated[int, Field(ge=0)] = 1,
) -> dict[str, Outcomes | Curve | Table | Doubts]:
    """Accuracy under attack by possible rows.

    For every row that the model decides rightly, a change is looked for that makes it decide wrongly, within what
    data.constraints says of the inputs: limits, directions, steps, categories, one-hot groups, relations between columns.
    A change touches at most 'most_features' inputs, moves numbers and ordinals by at most 'eps' units each (a unit is the
    interquartile range of the input, or its standard deviation where that is 0; with unit = "rank" it is all rows), and costs at most 'cost', the sum of cost times units,
    where a changed category counts as one unit. Robust accuracy is the share of all attacked rows that are decided rightly and
    for which no such change was found; rows that are wrong as they are count as not robust.

    The search follows the gradient where there is one; in any case it tries both sides of the thresholds of trees, quantiles
    of the data, the farthest values in reach and other categories, alone and together, in few large calls of the model. Each
    change is then made as small as it can be. Before it counts, the changed row is held against the specification by code
    apart from the search, and the model is asked afresh. Up to fifty rows that stand are attacked again with twice the
    effort; where more than one percent of all rows would fall by it, or where the model gives no probabilities to follow, a
    requirement does not pass.

    Signs of trouble: rows that fall to a change of one input, above all one that people can choose freely; groups that
    fall more easily than others.
    Limits: this is a search, so that the true robust accuracy may be lower, not higher. It knows what the specification
    says and no more: what that forbids without need makes a model look robust. A model that gives decisions and no
    probabilities gives the search little to follow. Rows that break the specification as they are stay out and are counted.
    """
    if not constraints.mutable.any():
        raise NotAssessed("data.constraints.features lets no input change; expected one that may")
    vectors = constraints.encode(features)
    there, reasons = _possible(constraints, features, vectors)
    chosen = np.sort(rng.choice(there, min(rows, len(there)), replace=False))
    scale, budget = Scale.of(constraints.features, vectors, unit), Budget(eps, most_features, cost)
    found = attack(
        model,
        features[chosen],
        labels[chosen],
        constraints,
        scale,
        budget,
        vectors,
        thresholds=thresholds(model.thing, model.native(features[:SCALED])),
        queries=queries,
        candidates=candidates,
        beam=beam,
        restarts=restarts,
        rng=rng,
    )
    among = np.zeros(len(features), dtype=bool)
    among[chosen] = True
    stands, right = np.zeros(len(features), dtype=bool), np.zeros(len(features), dtype=bool)
    stands[chosen], right[chosen] = found.right & ~found.fooled, found.right
    return {
        "robust_accuracy": Outcomes(stands, among),
        "accuracy": Outcomes(right, among),
        "curve": _curve(found, most_features),
        "by_input": _by_input(found, constraints, scale, unit),
        "attack": _account(found, reasons, len(there)),
        "doubts": Doubts(_doubts(found, model.has_probabilities)),
    }


def _possible(space: Space, features: Frame, vectors: FloatArray) -> tuple[IntArray, list[tuple[str, int]]]:
    """Rows that can be; and how many cannot, by reason."""
    unfit = [(reason, bad) for reason, bad in space.unfit(features, vectors) if bad.any()]
    possible: BoolArray = ~np.logical_or.reduce([np.zeros(len(features), bool), *(bad for _, bad in unfit)])
    reasons = sorted(((reason, int(bad.sum())) for reason, bad in unfit), key=lambda one: -one[1])
    if not possible.any():
        raise NotAssessed(f"no row is possible by data.constraints; most break {reasons[0][0]!r}")
    return np.flatnonzero(possible), reasons


def _curve(found: Attacked, most: int | None) -> Curve:
    n, last = len(found.right), int(found.changed.max(initial=0)) if most is None else most
    x = np.arange(last + 1)
    stand = np.array([np.sum(found.right & ~(found.fooled & (found.changed <= k))) for k in x], dtype=float)
    low, high = wilson(stand, np.full(len(x), float(n)))
    series = Series(
        name="robust accuracy",
        x=x.astype(float).tolist(),
        y=(stand / n).tolist(),
        low=low.tolist(),
        high=high.tolist(),
        n=[n] * len(x),
    )
    title = "Robust accuracy by the number of inputs that change"
    return Curve(title, [series], "inputs that change, at most", "robust accuracy")


def _by_input(found: Attacked, space: Space, scale: Scale, unit: str) -> Table:
    fell = int(found.fooled.sum())
    rows: list[list[Cell]] = []
    order = np.argsort(-(found.sizes > 0).sum(axis=0), kind="stable")
    for place in order:
        feature, worth = space.features[place], scale.one[place]
        sizes = found.sizes[found.sizes[:, place] > 0, place]
        may = "no" if not feature.mutable else WAYS[feature.way] if feature.ordered else "yes"
        one: Cell = "any change" if not feature.ordered else worth if unit == "iqr" and worth else "rank"
        share = len(sizes) / fell if fell else None
        mean: Cell = float(sizes.mean()) if len(sizes) and feature.ordered else ""
        cells: list[Cell] = [one, len(sizes), share, mean] if feature.mutable else ["", "", "", ""]
        rows.append([feature.name, feature.kind.replace("_", "-"), may, *cells])
    columns = ["Input", "Kind", "May change", "One unit", "Rows", "Share of those that fell", "Mean change, in units"]
    kept = f"Not in the specification, and unchanged: {', '.join(space.kept)}." if space.kept else ""
    return Table("Inputs that the attack changed", columns, rows, kept)


def _account(found: Attacked, reasons: list[tuple[str, int]], there: int) -> Table:
    n, right, fell = len(found.right), int(found.right.sum()), int(found.fooled.sum())
    hit = found.fooled
    rows: list[list[Cell]] = [
        ["Rows attacked", n],
        ["of these decided rightly as they are", right],
        ["of these decided wrongly after a change", fell],
        ["Robust accuracy divided by accuracy", (right - fell) / right if right else None],
        ["Inputs changed, mean of rows that fell", float(found.changed[hit].mean()) if fell else None],
        ["Cost of the change, mean of rows that fell", float(found.cost[hit].mean()) if fell else None],
        ["Queries until a row fell, median", float(np.median(found.queries[hit])) if fell else None],
        ["Queries in all, proofs included", found.asked],
        ["Calls of the model for them", found.calls],
        ["Gradients of rows", found.gradients],
        ["Candidate rows", found.tried],
        ["of these impossible or over budget, share", found.rejected / found.tried if found.tried else None],
        ["Rows attacked once more, with twice the effort", found.again[0]],
        ["of these decided wrongly then", found.again[1]],
        ["Changes that a fresh look did not confirm, not counted", found.unproved],
    ]
    rows += [[f"Kept out, as they are: {reason}", count] for reason, count in reasons]
    note = f"The rows are a simple random sample of {there:,} that can be, without replacement. " if n < there else ""
    return Table("The attack", ["What", "Value"], rows, note.strip())


def _doubts(found: Attacked, probabilities: bool) -> list[str]:
    """Why the attack may have found too little."""
    tried, late = found.again
    standing = int((found.right & ~found.fooled).sum()) + late
    reasons = [] if probabilities else ["the model gives decisions only, which leave the search little to follow"]
    if tried and late / tried * standing / len(found.right) > UNCONVERGED:
        reasons.append(f"with twice the effort {late} of {tried} more rows fell; raise candidates, beam or restarts")
    return reasons
