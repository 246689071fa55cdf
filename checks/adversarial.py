"""Robust accuracy against gradient attacks: an upper bound on what an adversary leaves, never a proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ..audit.answers import AuditedModel
from ..audit.attacks.ensemble import PRESETS, Attacked, Preset, Stage, attacked
from ..audit.attacks.norms import Norm
from ..audit.attacks.opened import Box, Scale, surface
from ..audit.attacks.surface import Surface
from ..audit.errors import NotAssessed
from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.doubts import Doubts
from ..audit.shapes.figures import Curve, Table
from ..audit.shapes.rows import Outcomes
from ..audit.slices import IntArray
from ..audit.stats.proportion import proportion
from .attack_setting import doubts_of, sample, steady, units

Radius = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Found = dict[str, Outcomes | Curve | Table | Doubts]
Cell = str | float | int | None


@check(
    "robustness.adversarial",
    metrics=["robust_accuracy", "accuracy", "kept"],
    better="higher",
    addresses=("eu-ai-act:15.1", "eu-ai-act:15.4", "eu-ai-act:15.5", "nist-ai-rmf:measure-2.7"),
    cites=["arXiv:2003.01690", "arXiv:2103.01208", "arXiv:1907.02044", "arXiv:1912.00049"],
    core=False,
    vouched_by="robustness.attack_sanity",
)
def adversarial(
    model: AuditedModel,
    inputs: Any,
    labels: IntArray,
    predictions: IntArray,
    bounds: dict[str, tuple[float, float]],
    box: Box | None,
    row_order: IntArray,
    rng: np.random.Generator,
    *,
    norm: Norm = "Linf",
    eps: Radius | Annotated[list[Radius], Field(min_length=1, max_length=50)] = 0.03,
    scale: Scale = "range",
    preset: Preset = "quick",
    rows: Annotated[int, Field(ge=10)] = 1000,
    draws: Annotated[int, Field(ge=1, le=1000)] = 1,
) -> Found:
    """Robust accuracy under gradient attacks.

    Each row is changed by at most 'eps' in the norm 'norm' (Linf: every number by at most eps; L2: length; L1: sum), within the
    bounds of the audit file, so that the decision becomes wrong. 'robust_accuracy' is the share of rows that stay right
    whatever was tried, of all rows attacked; 'accuracy' that of the same rows as they are; 'kept' the first among the
    second. Of several values of eps the first is that of these metrics, all are in the curve. 'scale' says in what eps
    is: "range", widths of the bounds of each input; "raw", units of the inputs; "deviation", standard deviations.

    Attacks follow each other on the rows that still stand, and each success counts only after a fresh prediction within
    ball and bounds. 'preset' "quick": Auto-PGD on the margin with 10 steps, targeted Auto-PGD (4 targets, 40 steps), Square with 200
    queries. "full": 10 steps, 50 on cross-entropy, 9 targets with 100, Square with 1,000. "standard": the composition of AutoAttack:
    100 steps on cross-entropy, 9 targets with 100, FAB on 9 targets, Square with 5,000. Targeted losses are differences of
    logits ratios, below four classes margins. A row that withstands one eps is not tried at smaller ones. At most 'rows'
    rows, drawn at random, are attacked. Answers of a model that is random are averaged over 'draws' calls.

    Signs of trouble: robust accuracy far below accuracy at an eps that nobody would notice.
    Limits: what attacks found. A stronger attack can only find more, so that the true robust accuracy is at most this;
    certified numbers bound it from below. Numbers of a table are changed freely within their bounds, whole numbers become
    fractions, and other columns stay as they are: what is possible in reality is the subject of robustness.constrained.
    """
    if not model.raw.differentiable:
        raise NotAssessed("the model gives no gradients of its logits; robustness.black_box attacks without them")
    radii = [eps] if isinstance(eps, float | int) else list(eps)
    chosen, among = sample(row_order, rows)
    target = surface(model, inputs, bounds, box, chosen, scale=scale, draws=draws)
    steady(target, predictions[chosen], draws)
    found = attacked(target, labels[chosen], radii, norm, PRESETS[preset], rng)

    def all_rows(values: Any) -> Any:
        whole = np.zeros(len(labels), bool)
        whole[chosen] = values
        return whole

    clean, stood = all_rows(found.clean), all_rows(found.withstood(radii[0]))
    drawn = (
        "" if among is None else f"A random sample of {len(chosen):,} of {len(labels):,} rows, without replacement. "
    )
    told = units(target, radii, norm, scale)
    return {
        "robust_accuracy": Outcomes(stood, among),
        "accuracy": Outcomes(clean, among),
        "kept": Outcomes(stood, clean),
        "curve": _curve(found, radii, norm, scale, len(chosen)),
        "stages": _table(found.stages, target, preset, drawn + told, draws),
        "doubts": doubts_of(target, radii, norm),
    }


def _curve(found: Attacked, radii: Sequence[float], norm: Norm, scale: Scale, n: int) -> Curve:
    at = [0.0, *sorted(set(radii))]
    right = np.array([float(found.clean.sum()), *(float(found.withstood(eps).sum()) for eps in at[1:])])
    low, high = proportion(right, np.full(len(right), float(n)), 0.95)
    series = Series(
        name="robust accuracy", x=at, y=(right / n).tolist(), low=low.tolist(), high=high.tolist(), n=[n] * len(at)
    )
    unit = {"range": "widths of the bounds", "raw": "units of the inputs", "deviation": "standard deviations"}[scale]
    return Curve(f"Robust accuracy within {norm} balls", [series], f"eps, in {unit}", "robust accuracy")


def _table(stages: Sequence[Stage], target: Surface, preset: Preset, note: str, draws: int) -> Table:
    columns = ["eps", "Attack", "Rows tried", "Fooled", "Not confirmed", "Rows forward", "Gradients"]
    rows: list[list[Cell]] = [
        [s.eps, s.name, s.tried, s.fooled, s.unconfirmed, s.spent.forwards, s.spent.gradients] for s in stages
    ]
    rows.append([None, "All, with clean rows", None, None, None, target.spent.forwards, target.spent.gradients])
    reduced = (
        "" if preset == "standard" else f"Preset {preset!r} is a reduced budget; 'standard' is that of AutoAttack. "
    )
    random = f"Each answer is the mean of {draws} calls. " if draws > 1 else ""
    about = "Rows forward and gradients count what the model was asked, row by row."
    return Table("What each attack found, and what it asked", columns, rows, note + random + reduced + about)
