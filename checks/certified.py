"""Decisions that no change within eps can move: proven, not attacked."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ..audit.answers import AuditedModel
from ..audit.attacks.norms import Norm
from ..audit.attacks.opened import Scale
from ..audit.certify.clock import Clock
from ..audit.certify.moved import Moved, moved
from ..audit.certify.proof import Proof, prove
from ..audit.certify.results import BoolArray
from ..audit.certify.smoothing import Smoothed, smooth
from ..audit.registry import check
from ..audit.shapes.figures import Curve, Table
from ..audit.shapes.rows import Outcomes
from ..audit.slices import FloatArray, IntArray
from . import certified_tables as tables

Found = dict[str, Outcomes | Curve | Table]
NORMS: dict[Norm, float] = {"Linf": np.inf, "L2": 2.0, "L1": 1.0}
Radius = Annotated[float, Field(gt=0)]


@check(
    "robustness.certified",
    metrics=["certified_accuracy", "attacked_accuracy", "accuracy", "smoothed_accuracy", "decided"],
    better="higher",
    core=False,
    addresses=("eu-ai-act:15.4", "eu-ai-act:15.5", "nist-ai-rmf:measure-2.7"),
    cites=["arXiv:1509.07892", "arXiv:1711.07356", "arXiv:1902.02918"],
)
def certified(
    model: AuditedModel,
    inputs: object,
    labels: IntArray,
    predictions: IntArray,
    bounds: dict[str, tuple[float, float]],
    box: tuple[FloatArray, FloatArray] | None,
    row_order: IntArray,
    rng: np.random.Generator,
    *,
    method: Literal["auto", "linear", "tree", "relu", "smoothing"] = "auto",
    norm: Norm = "Linf",
    eps: Radius | Annotated[list[Radius], Field(min_length=1, max_length=50)] = 0.03,
    scale: Scale = "range",
    rows: Annotated[int, Field(ge=10)] = 100,
    time_limit: Annotated[float, Field(gt=0)] = 10.0,
    total_time: Annotated[float, Field(gt=0)] = 300.0,
    sigma: Annotated[float | None, Field(gt=0)] = None,
    n0: Annotated[int, Field(ge=10)] = 100,
    n: Annotated[int, Field(ge=100)] = 10_000,
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.001,
) -> Found:
    """Certified robustness.

    Share of rows that are right and for which it is proven that no change within eps moves the decision; what is neither
    proven nor refuted counts as not certified. Linear models: the distance to the nearest other class in closed form.
    Trees: the nearest leaf that decides otherwise; ensembles of trees, and small ReLU networks: bounds first, then the
    exact distance by mixed-integer programming, for 'time_limit' seconds per row. The weights are read from the model and
    first have to give its own answers on all rows that are used; counterexamples count only if the model itself confirms
    them. 'attacked_accuracy' is the share of rows that are right and without such a counterexample, so that
    certified <= true robust accuracy <= attacked. 'decided' is the share of rows for which both agree.

    Method 'smoothing' works for every classifier and certifies another one: the decision of the majority when the
    inputs get Gaussian noise (sigma, in units of eps), by exact binomial bounds from n draws per row, each wrong with
    probability alpha; where no class has a provable majority it abstains.

    Norm, eps and scale are those of robustness.adversarial, so that both can be held against each other. Estimates are for
    the first eps; all are in the curve, and with several of them exact distances are found in place of a yes or no.

    Signs of trouble: a certified accuracy far below the accuracy at an eps that measurement error alone reaches; a wide
    gap between certified and attacked, which says that little was decided.
    Limits: inputs without bounds, categories and indicators stay as they are; whole numbers are moved as if they were
    real, which can only lower what is certified; of more rows than 'rows' a simple random sample is used, the same as
    other checks of the run use. Rounding within
    a network is left out.
    """
    right = labels == predictions
    among = np.zeros(len(labels), dtype=bool)
    among[row_order[:rows]] = True
    here = moved(model, inputs, bounds, box, np.flatnonzero(among), scale)
    radii = list(eps) if isinstance(eps, list) else [eps]
    size, sizes = NORMS[norm], sorted(set(radii))
    if method == "smoothing":
        draws = _smoothed(model, here, size, sizes, sigma, n0, n, rng)
        return _of_smoothed(draws, here, among, labels, right, alpha, size, radii[0], sizes, scale)
    proof = prove(
        model,
        here,
        labels[among],
        predictions[among],
        method=method,
        norm=size,
        eps=sizes,
        clock=Clock(time_limit, total_time),
        rng=rng,
    )
    return _of_proof(proof, here, among, right, norm, radii[0], sizes, scale)


def _of_proof(
    proof: Proof, here: Moved, among: BoolArray, right: BoolArray,
    norm: str, first: float, sizes: list[float], scale: Scale,
) -> Found:  # fmt: skip
    def spread(values: BoolArray) -> Outcomes:
        yes = np.zeros(len(among), dtype=bool)
        yes[among] = values
        return Outcomes(yes, among=among)

    holds, falls = proof.certified(first), proof.broken(first)
    return {
        "certified_accuracy": spread(holds),
        "attacked_accuracy": spread(right[among] & ~falls),
        "accuracy": spread(right[among]),
        "decided": spread(~right[among] | holds | falls),
        "curve": tables.curve(proof, right[among], sizes, scale, norm),
        "by_eps": tables.by_eps(proof, right[among], sizes, scale, norm),
        "work": tables.work(proof, here, right[among], len(among), sizes[-1]),
    }


def _smoothed(
    model: AuditedModel,
    here: Moved,
    norm: float,
    sizes: list[float],
    sigma: float | None,
    n0: int,
    n: int,
    rng: np.random.Generator,
) -> Smoothed:
    def ask(points: FloatArray, at: IntArray) -> IntArray:
        return np.asarray(model.predict(here.data(points, at)))

    noise = sigma if sigma is not None else sizes[-1] * tables.widest(here, norm) / 2
    return smooth(ask, here.points, model.count, scale=here.scale, sigma=noise, n0=n0, n=n, rng=rng)


def _of_smoothed(
    draws: Smoothed, here: Moved, among: BoolArray, labels: IntArray,
    right: BoolArray, alpha: float, norm: float, first: float, sizes: list[float], scale: Scale,
) -> Found:  # fmt: skip
    radius = draws.radius(alpha) / tables.widest(here, norm)
    same = draws.top == labels[among]

    def spread(values: BoolArray) -> Outcomes:
        yes = np.zeros(len(among), dtype=bool)
        yes[among] = values
        return Outcomes(yes, among=among)

    return {
        "certified_accuracy": spread(same & (radius > first)),
        "smoothed_accuracy": spread(same & (radius > 0)),
        "accuracy": spread(right[among]),
        "decided": spread(radius > 0),
        "curve": tables.smoothed_curve(radius, same, sizes, scale, norm),
        "by_eps": tables.smoothed_by_eps(draws, here, same, alpha, norm, sizes, scale),
        "work": tables.smoothed_work(draws, here, right[among], alpha, norm, len(among)),
    }
