"""Whether the attacks of this family are worth anything on this model."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ..audit.answers import AuditedModel
from ..audit.attacks.ensemble import PRESETS, Composition, Preset
from ..audit.attacks.norms import Norm
from ..audit.attacks.opened import Box, Scale, surface
from ..audit.attacks.panel import Finding, Panel
from ..audit.registry import check
from ..audit.shapes.doubts import Doubts
from ..audit.shapes.figures import Table
from ..audit.slices import FloatArray, IntArray

EVIDENCE = ("eu-ai-act:15.5", "nist-ai-rmf:measure-2.7", "nist-ai-rmf:measure-2.13")

Radius = Annotated[float, Field(gt=0)]


@check(
    "robustness.attack_sanity",
    better="higher",
    core=False,
    addresses=EVIDENCE,
    cites=["arXiv:1902.06705", "arXiv:2003.01690"],
)
def attack_sanity(
    model: AuditedModel,
    inputs: Any,
    labels: IntArray,
    bounds: dict[str, tuple[float, float]],
    box: Box | None,
    row_order: IntArray,
    rng: np.random.Generator,
    *,
    norm: Norm = "Linf",
    eps: Radius | Annotated[list[Radius], Field(min_length=1, max_length=50)] = 0.03,
    scale: Scale = "range",
    preset: Preset = "quick",
    draws: Annotated[int, Field(ge=1, le=1000)] = 1,
    sample: Annotated[int, Field(ge=20, le=10_000)] = 100,
) -> dict[str, Table | Doubts]:
    """Sanity of the attacks.

    Seventeen tests that a sound attack passes on a sound model, on a simple random sample of the rows (option 'sample'), at the
    first radius: successes hold when predicted afresh; nothing changes at radius 0 and nothing stands at a radius as wide as
    the bounds; robust accuracy falls with the radius; twice the budget, a single step, Square, noise and steps along a
    surrogate find no more; gradients are not zero; answers are repeated. Where one fails, requirements on the
    attacks are inconclusive instead of passed.

    Signs of trouble: any 'fail'. Most often gradients are masked: rounded or saturated outputs, a step that cannot be
    differentiated, probabilities where logits are expected.
    Limits: passing proves nothing: a model can be broken by attacks that nobody has tried.
    """
    rows = np.sort(row_order[:sample])
    seen = surface(model, inputs, bounds, box, rows, scale=scale, draws=draws)
    radius = eps[0] if isinstance(eps, list) else eps
    gradients = model.raw.differentiable
    steps = PRESETS[preset] if gradients else Composition(0, 0, 0, 0, 0, max(PRESETS[preset].queries, 500))
    found = Panel(seen, labels[rows], radius, norm, steps, rng, gradients, _surrogate).findings()
    table = Table(
        "Sanity of the attacks",
        ["Test", "What is tested", "State", "Number", "What a failure means"],
        [[one.id, one.test, one.state, one.number, "" if one.state == "pass" else one.meaning] for one in found],
        f"{len(rows)} of {len(labels):,} rows, drawn at random; {norm} radius {radius:g} ({_unit(scale)}).",
    )
    failed = [one for one in found if one.state == "fail"]
    return {"panel": table, "doubts": Doubts(_said(failed, invalid=False), _said(failed, invalid=True))}


def _said(failed: list[Finding], *, invalid: bool) -> list[str]:
    return [f"{one.id} {one.test}: {one.number} ({one.meaning})" for one in failed if one.invalid == invalid]


def _unit(scale: Scale) -> str:
    units = {"raw": "units of the inputs", "range": "of the width of the bounds", "deviation": "standard deviations"}
    return units[scale]


def _surrogate(x: FloatArray, decided: IntArray, classes: int) -> tuple[FloatArray, FloatArray]:
    """A logistic regression that was fitted to the decisions; classes that do not occur never win."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(x)
    fitted = LogisticRegression(max_iter=200).fit(scaler.transform(x), decided)
    two = len(fitted.classes_) == 2
    coefficients, intercepts = (
        fitted.coef_ / scaler.scale_,
        fitted.intercept_ - fitted.coef_ @ (scaler.mean_ / scaler.scale_),
    )
    weights, constants = np.zeros((classes, x.shape[1])), np.full(classes, -np.inf)
    weights[fitted.classes_] = np.vstack([0 * coefficients, coefficients]) if two else coefficients
    constants[fitted.classes_] = np.append(0.0, intercepts) if two else intercepts
    return weights, constants
