"""How a model of texts bears typing errors, odd characters and words that mean the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..audit.answers import AuditedModel
from ..audit.errors import NotAssessed, nearest
from ..audit.registry import check
from ..audit.shapes.base import BoolArray
from ..audit.shapes.figures import Table
from ..audit.shapes.rows import Mean, Outcomes, Sampled
from ..audit.slices import IntArray
from ..audit.stats.mean import student_t
from .corruption import EVIDENCE, Rows
from .limits import Cell, sampled
from .text_edits import Perturbation, normalised, perturbations
from .texts import Texts, texts
from .wordnet import synonyms as synonyms_of

Chosen = list[str]
Drawn = list[list[str]]
"""Texts of each draw."""


@check(
    "robustness.text",
    metrics=["accuracy", "accuracy_change", "flipped", "worst", "accuracy_normalised"],
    better="higher",
    core=False,
    addresses=EVIDENCE,
    cites=["arXiv:2005.04118"],
)
def text(
    model: AuditedModel,
    inputs: Any,
    labels: IntArray,
    predictions: IntArray,
    folder: Path,
    rng: np.random.Generator,
    *,
    perturb: Chosen = [],  # noqa: B006  an option; pydantic copies it
    draws: Annotated[int, Field(ge=1, le=100)] = 3,
    rate: Annotated[float, Field(ge=0, le=1)] = 0.1,
    rows: Rows = 500,
    column: str = "",
    synonyms: dict[str, list[str]] = {},  # noqa: B006
    wordnet: str = "",
    identity: list[list[str]] = [],  # noqa: B006
) -> dict[str, Mean | Outcomes | Sampled | Table]:
    """Accuracy under changes of texts.

    A share 'rate' of the words of each text is changed at random, at least one where one can be, 'draws' times for each
    kind of change: keyboard (a key beside it), swapped, deleted, inserted and repeated letters, OCR, case, spaces that are doubled, do not
    break or have no width, letters of other scripts that look alike, full-width letters, accents, punctuation, contractions;
    synonyms if 'synonyms' = { word = ["other"] } or 'wordnet', a folder with its files, are given; and with 'identity' =
    [["he", "she"]] terms of one list for each other. 'perturb' takes some of them, 'column' names a column of a table.

    'accuracy' is the mean over changes and draws, 'accuracy_change' its difference from the accuracy on the same texts as they are,
    'flipped' the share of decisions unlike the model's own on the clean text, 'worst' the share of texts that are right as
    they are and in every draw of every change. 'accuracy_normalised' is the accuracy if texts are first brought to Unicode's
    form NFKC without characters that have no width: odd characters that this mends need no better model. Intervals are by text. Changes
    that touch no text are left out.
    Other numbers, and a "not" put in or taken out, may change the right answer: how often they change the decision is told
    apart and counts for nothing.

    Signs of trouble: flips under changes that a reader does not notice; an 'identity' term that decides.
    Limits: random changes and no adversary, see robustness.text_attack. Tables of words are English. Nobody has checked that a synonym
    fits, or that a text still means the same. With more rows than the option 'rows' a simple random sample is asked about.
    """
    chosen, note = sampled(len(labels), rows, rng)
    source = texts(model, inputs, chosen, column)
    kinds = perturbations(synonyms_of(synonyms, folder / wordnet if wordnet else None), identity)
    kinds = _named(kinds, perturb)
    y, own = labels[chosen], predictions[chosen]
    clean = own == y
    tried = {kind.name: _tried(source, kind, own, y, draws, rate, rng) for kind in kinds}
    if rate > 0:
        tried = {name: one for name, one in tried.items() if one.touched.any()}
    idle = [kind.name for kind in kinds if kind.name not in tried]
    told = [tried[kind.name] for kind in kinds if kind.keeps_label and kind.name in tried]
    if not told:
        raise NotAssessed("none of the changes touches any of the texts")
    right = np.concatenate([one.right for one in told])
    note += f" Left out, since no text has a place for it: {', '.join(idle)}." if idle else ""

    def of(found: Mean | Outcomes) -> Mean | Outcomes | Sampled:
        return found if len(chosen) == len(labels) else Sampled(found, chosen)

    each = right.mean(axis=0)
    other = [tried[kind.name] for kind in kinds if not kind.keeps_label and kind.name in tried]
    return {
        "accuracy": of(Mean(each, 0.0, 1.0, "proportion")),
        "accuracy_change": of(Mean(each - clean, -1.0, 1.0, "difference")),
        "flipped": of(Mean(np.concatenate([one.flipped for one in told]).mean(axis=0), 0.0, 1.0, "proportion")),
        "worst": of(Outcomes(clean & right.all(axis=0))),
        "accuracy_normalised": of(Mean(np.concatenate([one.mended for one in told]).mean(axis=0), 0, 1, "proportion")),
        "by_change": _table(told, f"Each at a rate of {rate:g} in {draws} draws per text. {note}"),
        **({"label_may_change": _other(other)} if other else {}),
    }


class _Tried:
    """What became of the texts under one change: arrays ``(draws, m)``."""

    def __init__(self, name: str, touched: BoolArray, answers: IntArray, mended: IntArray, own: Any, y: Any) -> None:
        self.name, self.touched = name, touched
        self.right, self.flipped, self.mended = answers == y, answers != own, mended == y


def _tried(
    source: Texts, kind: Perturbation, own: IntArray, y: IntArray, draws: int, rate: float, rng: np.random.Generator
) -> _Tried:
    changed = [[kind.apply(one, rng, rate) for one in source.texts] for _ in range(draws)]
    touched = np.array([[a != b for a, b in zip(source.texts, one, strict=True)] for one in changed])
    answers = _answers(source, changed, touched, own)
    clean = [[normalised(one) for one in several] for several in changed]
    differ = np.array([[a != b for a, b in zip(*pair, strict=True)] for pair in zip(changed, clean, strict=True)])
    return _Tried(kind.name, touched, answers, _answers(source, clean, differ, answers), own, y)


def _answers(source: Texts, changed: Drawn, touched: BoolArray, before: IntArray) -> IntArray:
    """Decisions about the texts that differ; the others keep the decision that they had."""
    answers = np.broadcast_to(before, touched.shape).copy()
    draw, place = np.nonzero(touched)
    answers[draw, place] = source.decided(place, [changed[d][p] for d, p in zip(draw, place, strict=True)])
    return answers


def _named(kinds: list[Perturbation], wanted: Chosen) -> list[Perturbation]:
    names = [kind.name for kind in kinds]
    for name in wanted:
        if name not in names:
            raise NotAssessed(f"option perturb: no change {name!r}{nearest(name, names)}")
    return [kind for kind in kinds if not wanted or kind.name in wanted]


def _mean(values: npt.NDArray[Any]) -> list[Cell]:
    """Mean over draws and texts, and its interval by text."""
    each = values.mean(axis=0)
    low, high = student_t(len(each), each.sum(), (each**2).sum(), lower=0.0, upper=1.0)
    return [float(each.mean()), float(low), float(high)]


def _table(told: list[_Tried], note: str) -> Table:
    columns = ["Change", "Texts changed", "Accuracy", "95 % from", "to", "Flipped", "95 % from", "to"]
    rows = [
        [
            one.name,
            float(one.touched.any(axis=0).mean()),
            *_mean(one.right),
            *_mean(one.flipped),
            float(one.right.all(axis=0).mean()),
            float(one.mended.mean()),
        ]
        for one in told
    ]
    text = "Intervals by text (Student's t, or Hoeffding's bound where all are alike); texts that have no place for a change count as they are. "
    columns += ["Right in all draws", "Accuracy if normalised"]
    return Table("Accuracy by kind of change", columns, rows, text + note)


def _other(told: list[_Tried]) -> Table:
    columns = ["Change", "Texts changed", "Decisions changed", "95 % from", "to"]
    rows = [[one.name, float(one.touched.any(axis=0).mean()), *_mean(one.flipped)] for one in told]
    note = "The right answer may change with these, so that neither many nor few changed decisions are a fault by themselves."
    return Table("Changes after which the label may be another", columns, rows, note)
