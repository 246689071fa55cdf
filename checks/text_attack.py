"""A model of texts under an adversary who changes a few words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from ..audit.answers import AuditedModel
from ..audit.errors import NotAssessed
from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.base import BoolArray
from ..audit.shapes.figures import Curve, Table
from ..audit.shapes.rows import Mean, Outcomes, Sampled
from ..audit.slices import FloatArray, IntArray
from ..audit.stats.proportion import proportion
from .corruption import Rows
from .limits import Cell, sampled
from .text_edits import CHARACTERS, WORDS, like
from .text_tables import NEGATIONS, STOPWORDS
from .texts import Texts, texts
from .word_attack import Attacked, attack
from .wordnet import synonyms as synonyms_of

EVIDENCE = ("eu-ai-act:15.4", "eu-ai-act:15.5", "nist-ai-rmf:measure-2.7")
SPELLINGS = 8
"""Misspellings of a word that are tried."""


@check(
    "robustness.text_attack",
    metrics=["accuracy", "success", "changed_words", "queries"],
    better="higher",
    core=False,
    addresses=EVIDENCE,
    cites=["arXiv:1801.04354", "doi:10.18653/v1/P19-1103"],
)
def text_attack(
    model: AuditedModel,
    inputs: Any,
    labels: IntArray,
    predictions: IntArray,
    folder: Path,
    rng: np.random.Generator,
    *,
    max_changed_share: Annotated[float, Field(gt=0, le=1)] = 0.2,
    queries: Annotated[int, Field(ge=2)] = 300,
    order: Literal["deletion", "substitute"] = "deletion",
    misspell: bool = True,
    synonyms: dict[str, list[str]] = {},  # noqa: B006  an option; pydantic copies it
    wordnet: str = "",
    keep: list[str] = [],  # noqa: B006
    rows: Rows = 200,
    column: str = "",
) -> dict[str, Outcomes | Mean | Sampled | Table | Curve]:
    """Accuracy under attacks on words.

    For each text that the model gets right, words are ranked by how much of the probability of the true class is lost when they are
    deleted (option 'order' = "substitute": when their best substitute stands there, which costs more queries and is stronger). From the most important on, all
    substitutes for a word are asked about at once and the worst one is kept, until the decision is wrong, the share
    'max_changed_share' of the words is changed, or 'queries' are spent on the text. Substitutes are misspellings (if 'misspell') and those of
    'synonyms' or 'wordnet', see robustness.text. Words such as "the", numbers, negations and the words in 'keep', which
    should hold identity terms, are never touched. A success counts if the model, asked afresh, is wrong.

    'accuracy' is the share of all texts that are right and stay right; 'success' the share of the right ones that the attack breaks;
    'changed_words' and 'queries' are means over the broken and over the attacked texts.

    Signs of trouble: many texts that one or two words break.
    Limits: an upper limit of robustness: a better attack may break more. That a changed text means the same is not
    verified, so that some successes may be no fault of the model. Without probabilities the attack sees decisions alone and is weak.
    """
    chosen, note = sampled(len(labels), rows, rng)
    source = texts(model, inputs, chosen, column)
    other = synonyms_of(synonyms, folder / wordnet if wordnet else None)
    if other is None and not misspell:
        raise NotAssessed(
            "there is nothing to put in the place of a word: give synonyms or wordnet, or let it misspell"
        )
    y, clean = labels[chosen], predictions[chosen] == labels[chosen]
    right = np.flatnonzero(clean)
    tried: dict[str, list[str]] = {}

    def candidates(word: str) -> list[str]:
        if word not in tried:
            meant = [like(word, one) for one in (other(word) if other else ())]
            tried[word] = list(dict.fromkeys([*meant, *(_misspelt(word, rng) if misspell else [])]))
        return tried[word]

    def ask(of: Any, changed: Any) -> tuple[FloatArray, IntArray]:
        at = right[np.asarray(of, dtype=np.int64)]
        decisions, probabilities = source.answered(at, changed)
        wrong = (decisions != y[at]).astype(np.int64)
        score = 1.0 - wrong if probabilities is None else probabilities[np.arange(len(at)), y[at]]
        return score, wrong

    never = {word.lower() for word in keep}
    found = attack(
        [source.texts[k] for k in right],
        ask,
        candidates,
        kept=lambda word: _kept(word, never) or not candidates(word),
        share=max_changed_share,
        queries=queries,
        by_substitute=order == "substitute",
    )
    broken, unconfirmed = _confirmed(found, right, source, y)
    most = np.zeros(len(chosen), dtype=np.int64)
    most[right] = [len(one.changed) for one in found]
    calls = np.array([one.queries for one in found], dtype=np.float64)
    told: dict[str, Outcomes | Mean | Sampled | Table | Curve] = {
        "accuracy": Sampled(Outcomes(clean & ~broken), chosen),
        "table": _table(found, clean, broken, unconfirmed, source, note),
        "curve": _curve(clean, broken, most),
    }
    if len(right):
        told["success"] = Sampled(Outcomes(broken[right]), chosen[right])
        told["queries"] = Sampled(Mean(calls, 0.0, float(queries), "queries"), chosen[right])
    if broken.any():
        told["changed_words"] = Sampled(Mean(most[broken].astype(float), 1.0, np.inf, "words"), chosen[broken])
    return told


def _kept(word: str, never: set[str]) -> bool:
    plain = word.lower().replace("’", "'")
    return plain in never or plain in STOPWORDS or plain in NEGATIONS or any(c.isdigit() for c in word)


def _misspelt(word: str, rng: np.random.Generator) -> list[str]:
    made = [WORDS[name](word, rng) for name in CHARACTERS for _ in range(3)]
    several = list(dict.fromkeys(one for one in made if one is not None and one != word))
    return [several[k] for k in rng.permutation(len(several))[:SPELLINGS]]


def _confirmed(found: list[Attacked], right: IntArray, source: Texts, y: IntArray) -> tuple[BoolArray, int]:
    """Which texts are broken, by fresh answers to all of them in one call; and how many only seemed to be."""
    claimed = [k for k, one in enumerate(found) if one.broken]
    broken = np.zeros(len(y), dtype=bool)
    if claimed:
        at = right[claimed]
        broken[at] = source.decided(at, [found[k].text for k in claimed]) != y[at]
    return broken, len(claimed) - int(broken.sum())


def _table(
    found: list[Attacked], clean: BoolArray, broken: BoolArray, unconfirmed: int, source: Texts, note: str
) -> Table:
    lengths = [len(one.words) for one in found if one.broken]
    shares = [len(one.changed) / n for one, n in zip((one for one in found if one.broken), lengths, strict=True)]
    rows: list[list[Cell]] = [
        ["Texts", len(clean)],
        ["right as they are, so attacked", int(clean.sum())],
        ["broken, confirmed by a fresh answer", int(broken.sum())],
        ["not confirmed, so not counted", unconfirmed],
        ["Mean share of words changed in broken texts", float(np.mean(shares)) if shares else None],
        ["Questions to the model in all", sum(one.queries for one in found) + len(lengths)],
    ]
    text = "Whether changed texts still mean the same is not verified. " + note
    return Table("Attack on words", ["", "Number"], rows, text)


def _curve(clean: BoolArray, broken: BoolArray, most: IntArray) -> Curve:
    steps = np.arange(int(most[broken].max(initial=1)) + 1)
    right = np.array([np.sum(clean & ~(broken & (most <= k))) for k in steps], dtype=float)
    n = len(clean)
    low, high = proportion(right, np.full(len(steps), float(n)))
    line = Series(
        name="accuracy",
        x=steps.astype(float).tolist(),
        y=(right / n).tolist(),
        low=np.asarray(low).tolist(),
        high=np.asarray(high).tolist(),
        n=[n] * len(steps),
    )
    return Curve("Accuracy by the number of words that are changed at most", [line], "words changed", "accuracy")
