"""What was proven of each row, and what the model itself confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..answers import AuditedModel
from ..errors import NotAssessed
from ..slices import FloatArray, IntArray
from .clock import Clock
from .ensembles import ensemble
from .forest import Forest, Place, single_tree
from .linear import linear
from .moved import Moved
from .opened import Opened, opened
from .relu import relu
from .results import BoolArray, Distances, sizes

Method = Literal["auto", "linear", "tree", "relu"]
SLACK = 1e-6
"""Distances are looked for up to so much more than the greatest eps, relatively, so that a yes is a clear one."""
PROBES = 20
"""Random points within its proven distance that the model is asked about, for each row."""


@dataclass(frozen=True)
class Proof:
    """Of each row: ``lower``, the proven distance, 0 where the row is wrong; ``upper``, the distance of a counterexample that
    the model confirmed, else infinite; ``finished``, not at the time limit. ``refuted``: counterexamples that the model did
    not confirm.
    """

    kind: str
    lower: FloatArray
    upper: FloatArray
    finished: BoolArray
    refuted: int
    asked: int
    exact: bool
    about: str

    def certified(self, eps: float) -> BoolArray:
        """Right, and proven for all changes up to eps."""
        return np.asarray(self.lower > eps)

    def broken(self, eps: float) -> BoolArray:
        """Right, with a confirmed counterexample within eps."""
        return np.asarray(self.upper <= eps * (1 + 1e-9))


def prove(
    model: AuditedModel,
    moved: Moved,
    labels: IntArray,
    predictions: IntArray,
    *,
    method: Method,
    norm: float,
    eps: list[float],
    clock: Clock,
    rng: np.random.Generator,
) -> Proof:
    """Distances of the rows that are right, by the method that the model allows.

    Raises:
        NotAssessed: the model is not of the kind that ``method`` names or of none that is known, what was read from it gives
            other answers than it does, or it decides otherwise within a proven distance.
    """
    model_of = opened(model, moved, predictions)
    if method not in ("auto", model_of.kind):
        raise NotAssessed(f"method = {method!r}: the model is of kind {model_of.kind!r}; leave it at 'auto'")
    right = np.flatnonzero(labels == predictions)
    most = eps[-1] * (1 + SLACK)
    found, about = _distances(model_of, moved, right, labels[right], norm, most, len(eps) > 1, clock, rng)
    lower, upper = np.zeros(len(labels)), np.full(len(labels), np.inf)
    finished = np.ones(len(labels), dtype=bool)
    upper[right], refuted, asked = _confirmed(model, moved, right, labels[right], found.points, norm)
    closer = upper[right] < found.lower * (1 - 1e-4)
    if closer.any():
        raise NotAssessed(
            f"{int(closer.sum())} rows have a counterexample nearer than the distance that was proven; this is a defect"
        )
    lower[right], finished[right] = np.minimum(found.lower, upper[right]), found.finished
    asked += _probed(model, moved, right, labels[right], np.minimum(lower[right], most), norm, rng)
    exact = model_of.kind == "linear" or len(eps) > 1 or (model_of.forest is not None and model_of.forest.trees == 1)
    return Proof(model_of.kind, lower, upper, finished, refuted, asked + 2 * len(labels), exact, about)


def _distances(
    model: Opened, moved: Moved, rows: IntArray, labels: IntArray, norm: float, most: float, exact: bool, clock: Clock,
    rng: np.random.Generator,
) -> tuple[Distances, str]:  # fmt: skip
    points, limits = moved.points[rows], {"scale": moved.scale, "lower": moved.lower, "upper": moved.upper}
    if model.forest is not None:
        return _of_trees(model.forest, model.leaves, moved, rows, labels, norm, most, exact, clock, rng)
    assert model.network is not None
    network = model.network.of(rows)
    if model.kind == "linear":
        scores = network.before(points)[-1]
        return linear(points, scores, network.weights[0], labels, norm=norm, **limits), "closed form"
    about = (
        "linear bounds, then mixed-integer programs" if np.isinf(norm) else "linear bounds only (programs are for Linf)"
    )
    return relu(network, points, labels, norm=norm, most=most, exact=exact, clock=clock, **limits), about


def _of_trees(
    forest: Forest, leaves: BoolArray | None, moved: Moved, rows: IntArray, labels: IntArray, norm: float, most: float, exact: bool,
    clock: Clock, rng: np.random.Generator,
) -> tuple[Distances, str]:  # fmt: skip
    assert leaves is not None
    places = [Place(moved.points[row], moved.lower, moved.upper, moved.scale, leaves[row]) for row in rows]
    if forest.trees == 1:
        return single_tree(places, forest, labels, norm), "nearest leaf"
    way, about = norm, f"bounds, then mixed-integer programs, {forest.trees} trees"
    if norm == 2:
        way, about = np.inf, about + "; what is proven for Linf, which is never more, stands for L2"
    return ensemble(places, forest, labels, norm=way, most=most, exact=exact, clock=clock, rng=rng), about


def _confirmed(
    model: AuditedModel, moved: Moved, rows: IntArray, labels: IntArray, points: FloatArray, norm: float
) -> tuple[FloatArray, int, int]:
    """Distances of the counterexamples that the model confirms, how many it does not, and about how many it was asked."""
    upper = np.full(len(rows), np.inf)
    known = np.flatnonzero(~np.isnan(points).any(axis=1))
    if not len(known):
        return upper, 0, 0
    assert (points[known] >= moved.lower).all() and (points[known] <= moved.upper).all()
    answers = np.asarray(model.predict(moved.data(points[known], rows[known])))
    falls = answers != labels[known]
    upper[known[falls]] = sizes(points[known] - moved.points[rows[known]], moved.scale, norm)[falls]
    return upper, int((~falls).sum()), len(known)


def _probed(
    model: AuditedModel,
    moved: Moved,
    rows: IntArray,
    labels: IntArray,
    radius: FloatArray,
    norm: float,
    rng: np.random.Generator,
) -> int:
    """Ask about random points, half of them corners, within the proven distance.

    Raises:
        NotAssessed: the model decides one of them otherwise.
    """
    grain = 64 * np.spacing(np.abs(moved.points[rows]).max(axis=1)) / np.min(moved.scale)  # nothing lies between floats
    at = np.repeat(np.flatnonzero(radius > grain), PROBES)
    if not len(at):
        return 0
    draws = rng.normal(size=(len(at), moved.points.shape[1]))
    draws[::2] = np.sign(draws[::2])
    draws *= (radius[at] * (1 - 1e-6) / np.linalg.norm(draws, ord=norm, axis=1))[:, None]
    points = np.clip(moved.points[rows[at]] + draws * moved.scale, moved.lower, moved.upper)
    wrong = int(np.sum(np.asarray(model.predict(moved.data(points, rows[at]))) != labels[at]))
    if wrong:
        raise NotAssessed(
            f"the model decides {wrong} of {len(at)} points otherwise that lie within the distance that was proven; it does not "
            "compute what was read from it, or changes between calls"
        )
    return len(at)
