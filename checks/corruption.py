"""How right a model stays when images or tables are corrupted in ways that happen in practice."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ..audit.answers import AuditedModel
from ..audit.errors import NotAssessed
from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.base import BoolArray
from ..audit.shapes.figures import Curve, Table
from ..audit.shapes.rows import Mean, Outcomes, Sampled
from ..audit.shapes.skill import MeanRatio, Skill
from ..audit.slices import IntArray
from ..audit.stats.interval import Interval
from ..audit.stats.mean import student_t
from ..audit.stats.proportion import proportion
from .corruptible import Box, Corruptible, corruptible
from .limits import Cell, sampled
from .perturb import Bounds

EVIDENCE = ("eu-ai-act:15.1", "eu-ai-act:15.4", "nist-ai-rmf:measure-2.6")
ALL = (1, 2, 3, 4, 5)

Rows = Annotated[int, Field(ge=10, le=1_000_000)]
Found = dict[str, Outcomes | Mean | Skill | Sampled | Curve | Table]


@check(
    "robustness.corruption",
    metrics=["accuracy", "accuracy_change", "relative_drop", "worst"],
    better="higher",
    core=False,
    addresses=EVIDENCE,
    cites=["arXiv:1903.12261"],
)
def corruption(
    model: AuditedModel,
    inputs: Any,
    labels: IntArray,
    predictions: IntArray,
    bounds: Bounds,
    box: Box,
    rng: np.random.Generator,
    *,
    severity: Annotated[int, Field(ge=0, le=5)] = 3,
    corruptions: list[str] = [],  # noqa: B006  an option; pydantic copies it
    curve: bool = True,
    rows: Rows = 1000,
    stale: dict[str, dict[str, str]] = {},  # noqa: B006
) -> Found:
    """Accuracy under corruption.

    Inputs are corrupted in ways that happen in practice, at five severities, and the model is asked again.
    Images: noise (Gaussian, shot, impulse, speckle, missing pixels), blur (Gaussian, defocus, motion, zoom, glass), light
    (contrast, brightness, saturation), weather (fog, frost), JPEG, pixels, and geometry (elastic, translation, rotation).
    Tables: noise, rounding, outliers, values missing at random and the largest values missing, unit errors (x10, x1000),
    swapped inputs, and categories that the model has not seen (option 'stale' = { column = { new = "old" } }: that go by
    their former name). 'corruptions' takes some of them, 'curve' = false leaves out the other severities.

    'accuracy' is the mean over corruptions at the option 'severity', 'accuracy_change' its difference from the accuracy on
    the same rows as they are, 'relative_drop' that difference as a share of the accuracy on clean inputs, 'worst' the share of rows
    that are right on clean inputs and under every corruption. Intervals are by row: a row counts with its mean over corruptions.

    Signs of trouble: a drop at severity 1 or 2, which ordinary use brings about; a group that loses much more than others.
    Limits: one draw per row and corruption. Definitions follow Hendrycks & Dietterich (2019), but constants depend on the
    size of the images and are partly ours, so that the numbers cannot be held against published ones. With more rows than
    the option 'rows' a simple random sample of that size is asked about; the table says so.
    """
    chosen, note = sampled(len(inputs), rows, rng)
    source = corruptible(model, inputs[chosen], bounds, box, stale, rng)
    names = source.named(corruptions)
    y, clean = labels[chosen], predictions[chosen] == labels[chosen]
    severities = ALL if curve else (severity,)
    answers, refused = _answers(source, names, severities, [model])
    told = {name: {0: predictions[chosen]} | {s: one[0] for s, one in by.items()} for name, by in answers.items()}
    right = {name: {s: answer == y for s, answer in by.items()} for name, by in told.items()}
    at = np.stack([by[severity] for by in right.values()])
    table = _table(source, right, told, severity, note + "".join(refused))

    def of(found: Outcomes | Mean | Skill) -> Outcomes | Mean | Skill | Sampled:
        return found if len(chosen) == len(inputs) else Sampled(found, chosen)

    each = at.mean(axis=0)
    return {
        "accuracy": of(Mean(each, 0.0, 1.0, "proportion")),
        "accuracy_change": of(Mean(each - clean, -1.0, 1.0, "difference")),
        "relative_drop": of(Skill(each, clean.astype(np.float64), 1.0)),
        "worst": of(Outcomes(clean & at.all(axis=0))),
        "by_corruption": table,
        **({f"curve_{key}": figure for key, figure in _curves(source, right).items()} if len(severities) > 1 else {}),
    }


@check(
    "robustness.corruption_error",
    metrics=["mce"],
    better="lower",
    core=False,
    addresses=EVIDENCE,
    cites=["arXiv:1903.12261"],
)
def corruption_error(
    model: AuditedModel,
    baseline_model: AuditedModel,
    inputs: Any,
    labels: IntArray,
    bounds: Bounds,
    box: Box,
    rng: np.random.Generator,
    *,
    corruptions: list[str] = [],  # noqa: B006
    rows: Rows = 1000,
    stale: dict[str, dict[str, str]] = {},  # noqa: B006
) -> dict[str, MeanRatio | Sampled | Table]:
    """Mean corruption error against the baseline.

    mCE = mean over corruptions c of (sum over severities s of the error of the model) / (the same of the baseline): both
    are asked about the same corrupted inputs, those of robustness.corruption, at severities 1 to 5. 1, or 100 %, is an
    error as large as that of the baseline model of the audit file.

    Signs of trouble: above 1: under corruption the model is more often wrong than what it is to replace.
    Limits: corruptions under which the baseline makes no error have no ratio and are left out; the table names them. The
    reference is the baseline of this audit and no published network. A sample of rows is asked about, see option 'rows'.
    """
    chosen, note = sampled(len(inputs), rows, rng)
    source = corruptible(model, inputs[chosen], bounds, box, stale, rng)
    names = source.named(corruptions)
    found, refused = _answers(source, names, ALL, [model, baseline_model])
    wrong = {
        name: np.array([np.mean([answer[k] != labels[chosen] for answer in by.values()], axis=0) for k in range(2)])
        for name, by in found.items()
    }
    used = [name for name, (_, theirs) in wrong.items() if theirs.any()]
    if not used:
        raise NotAssessed("the baseline makes no error under any corruption, so that there is nothing to divide by")
    ratio = MeanRatio(*(np.stack([wrong[name][k] for name in used]) for k in range(2)))
    columns = ["Corruption", "Kind", "Error", "Error of the baseline", "Ratio"]
    cells: list[list[Cell]] = [
        [
            _words(name),
            source.families[name],
            float(ours.mean()),
            float(theirs.mean()),
            _over(ours.mean(), theirs.mean()),
        ]
        for name, (ours, theirs) in wrong.items()
    ]
    text = "Errors are means over severities 1 to 5. " + note + "".join(refused)
    return {
        "mce": ratio if len(chosen) == len(inputs) else Sampled(ratio, chosen),
        "by_corruption": Table("Corruption error", columns, cells, text),
    }


def _answers(
    source: Corruptible, names: list[str], severities: tuple[int, ...], models: list[AuditedModel]
) -> tuple[dict[str, dict[int, list[IntArray]]], list[str]]:
    """Decisions of each model by corruption and severity, and sentences about corruptions that had to be left out."""
    found: dict[str, dict[int, list[IntArray]]] = {}
    refused = []
    for name in names:
        try:
            found[name] = {severity: source.asked(name, severity, models) for severity in severities}
        except NotAssessed as reason:
            refused.append(f" Left out, {_words(name)}: {reason}.")
        except Exception as error:
            line = (str(error).splitlines() or [""])[0]
            refused.append(f" Left out, {_words(name)}: the model refuses it ({type(error).__name__}: {line}).")
    if not found:
        raise NotAssessed(f"no corruption could be measured.{''.join(refused)}")
    return found, refused


def _table(
    source: Corruptible,
    right: dict[str, dict[int, BoolArray]],
    told: dict[str, dict[int, IntArray]],
    severity: int,
    note: str,
) -> Table:
    rows: list[list[Cell]] = []
    for name, by in right.items():
        n = len(by[0])
        low, high = proportion(float(by[severity].sum()), float(n))
        change = by[severity].astype(float) - by[0]
        less, more = student_t(n, change.sum(), (change**2).sum(), lower=-1.0, upper=1.0)
        flipped = float(np.mean(told[name][severity] != told[name][0]))
        cells = [float(by[severity].mean()), float(low), float(high), float(change.mean()), float(less), float(more)]
        rows.append([_words(name), source.families[name], *cells, flipped])
    columns = ["Corruption", "Kind", "Accuracy", "95 % from", "to", "Change", "95 % from", "to", "Decisions flipped"]
    text = "Intervals: Wilson, or exact at the edges; of the change Student's t on differences of the same rows. "
    return Table(f"Accuracy by corruption at severity {severity}", columns, rows, text + note)


def _curves(source: Corruptible, right: dict[str, dict[int, BoolArray]]) -> dict[str, Curve]:
    """Accuracy over severities: of all corruptions together, and of each one by kind."""
    every = np.array([[by[s] for s in (0, *ALL)] for by in right.values()], dtype=float)
    each, worst = every.mean(axis=0), np.minimum.accumulate(every, axis=1).min(axis=0)
    n = every.shape[-1]
    together = [
        _series("mean", each, student_t(n, each.sum(axis=1), (each**2).sum(axis=1), lower=0.0, upper=1.0)),
        _series("right under all", worst, proportion(worst.sum(axis=1), np.full(6, float(n)))),
    ]
    figures = {"all": _figure("Accuracy under corruption", together)}
    for family in dict.fromkeys(source.families[name] for name in right):
        lines = [
            _series(_words(name), every[k], proportion(every[k].sum(axis=1), np.full(6, float(n))))
            for k, name in enumerate(right)
            if source.families[name] == family
        ]
        figures[family] = _figure(f"Accuracy under corruption: {family}", lines)
    return figures


def _series(name: str, values: Any, bounds: Interval) -> Series:
    low, high = (np.asarray(end, dtype=float).tolist() for end in bounds)
    n = values.shape[1]
    return Series(
        name=name, x=[float(s) for s in (0, *ALL)], y=values.mean(axis=1).tolist(), low=low, high=high, n=[n] * 6
    )


def _figure(title: str, lines: list[Series]) -> Curve:
    note = "Severity 0 is the input as it is. Bars: 95 % intervals."
    return Curve(title, lines, "severity", "accuracy", note=note)


def _over(ours: Any, theirs: Any) -> Cell:
    return float(ours / theirs) if theirs else "left out: the baseline makes no error"


def _words(name: str) -> str:
    return name.replace("_", " ")
