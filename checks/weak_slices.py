"""Groups of rows on which the model errs most: found on one half of the rows, confirmed on the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..audit.columns import Column
from ..audit.errors import NotAssessed
from ..audit.registry import check
from ..audit.shapes.excess import Excess
from ..audit.shapes.figures import Table
from ..audit.slices import FloatArray, IntArray, Slices
from ..audit.stats.difference import newcombe
from ..audit.stats.fisher import exact_greater
from ..audit.stats.multiple import holm
from ..audit.stats.proportion import wilson
from .groups_of_rows import Codes, Levels, in_order, levels

BoolArray = npt.NDArray[np.bool_]

ALPHA = 0.05
"""Chance that any group is confirmed where the model errs equally often in all of them."""

MOST_CROSSED = 300
"""Levels that are crossed with each other, of the inputs with the greatest differences; the work grows with the square."""

TRIED = 100
"""Groups, the most conspicuous first, among which those that say something new are looked for."""

CHUNK = 1 << 14

COLUMNS = [
    "Group of rows",
    "Rows",
    "Errors",
    "Error rate",
    "95 % from",
    "to",
    "Excess",
    "95 % from",
    "to",
    "p",
    "Finding",
]
NOTE = (
    "Found on one random half of the rows; every number here is of the other half, which had no part in the choice. "
    "Excess: error rate minus that of all rows outside the group (Newcombe). "
    "p: exact, adjusted for the number of groups in this table (Holm); confirmed at 0.05 or less."
)


@check(
    "accuracy.weak_slices",
    metrics=["worst_excess"],
    better="lower",
    addresses=("eu-ai-act:15.1", "nist-ai-rmf:measure-2.5", "nist-ai-rmf:measure-2.11"),
    cites=["doi:10.1109/TKDE.2019.2916074", "doi:10.1093/biomet/62.2.441"],
)
def weak_slices(
    feature_columns: dict[str, Column],
    labels: IntArray,
    predictions: IntArray,
    slices: Slices,
    rng: np.random.Generator,
    *,
    depth: Annotated[int, Field(ge=1, le=2)] = 2,
    bins: Annotated[int, Field(ge=2, le=20)] = 5,
    min_rows: Annotated[int, Field(ge=20)] = 50,
    top: Annotated[int, Field(ge=1, le=50)] = 10,
) -> dict[str, Excess | Table]:
    """Weakest groups of rows.

    Looks for inputs, alone and in pairs, at whose values the model errs more often than elsewhere: levels of
    categories and quantile ranges of numbers, with enough rows in each half of the data (min_rows). On one random
    half the groups are ranked by the lower limit of their excess error rate, leaving out those whose excess comes from
    the rows of a group above. The other half decides: exact test against all other rows, adjusted for the groups
    that were carried over. The estimate is the excess of the group that ranked first, on that other half; its
    interval is plain, since the other half had no part in the choice.

    Signs of trouble: a confirmed group that people could be harmed in.
    Limits: only groups of one or two inputs are looked at, pairs among 300 levels of the inputs that tell most;
    half of the rows decide, so small groups may stay unconfirmed. A label that is hard to predict also gives a weak group.
    Sensitive attributes are left out where small groups are withheld for privacy; their own slices show the others.
    """
    wrong, first = labels != predictions, np.empty(len(labels), dtype=bool)
    order = in_order(feature_columns, wrong, slices.cell)
    first[order] = rng.random(len(labels)) < 0.5
    found = levels(feature_columns, order, bins=bins, least=2 * min_rows)
    groups = _discovered(found, wrong, first, depth=depth, least=min_rows, top=top)
    if not groups:
        raise NotAssessed(
            f"no value or range of an input has {min_rows} rows in each half of the data, and others beside it"
        )
    return {
        "worst_excess": Excess(wrong, groups[0].inside, ~first),
        "groups": Table("Groups of rows with the most errors", COLUMNS, _confirmed(groups, wrong, ~first), NOTE),
    }


@dataclass(frozen=True)
class Group:
    """A group of rows in words, and which rows it holds, shape ``(n,)``."""

    text: str
    inside: BoolArray


def _discovered(
    found: list[Levels], wrong: BoolArray, first: BoolArray, *, depth: int, least: int, top: int
) -> list[Group]:
    """The groups worth a second look, the most conspicuous first."""
    at = np.flatnonzero(first)
    half, codes = wrong[at], [one.of[at] for one in found]
    chosen: list[Group] = []
    free = np.ones(len(half), dtype=bool)
    for members in _ranked(codes, half, depth, least)[:TRIED]:
        mine = np.logical_and.reduce([codes[i] == k for i, k in members]) & free
        errors, rows, x, n = (float(np.count_nonzero(part)) for part in (half & mine, mine, half & free, free))
        if chosen and _conspicuous(errors, rows, x, n, least) <= 0:
            continue
        inside = np.logical_and.reduce([found[i].of == k for i, k in members])
        chosen.append(Group(" and ".join(found[i].texts[k] for i, k in members), inside))
        free &= ~mine
        if len(chosen) == top:
            break
    return chosen


def _ranked(codes: list[Codes], wrong: BoolArray, depth: int, least: int) -> list[list[tuple[int, int]]]:
    """Groups as (input, level) pairs, by how conspicuous they are."""
    x, n = float(wrong.sum()), float(len(wrong))
    scores: list[FloatArray] = []
    names: list[list[tuple[int, int]]] = []
    strength = np.full(len(codes), -np.inf)
    for i, of in enumerate(codes):
        levels = int(of.max(initial=-1)) + 1
        rows, errors = _counted(of, levels), _counted(of[wrong], levels)
        scores.append(_conspicuous(errors, rows, x, n, least))
        names += [[(i, k)] for k in range(len(rows))]
        strength[i] = _strength(errors, rows, x / n)
    if depth == 2 and len(codes) > 1:
        chosen = np.argsort(-strength, kind="stable")
        chosen = np.sort(chosen[np.cumsum([int(codes[i].max()) + 1 for i in chosen]) <= MOST_CROSSED])
        for pairs, rows, errors in _crossed([codes[i] for i in chosen], wrong):
            scores.append(_conspicuous(errors, rows, x, n, least))
            names += [[(int(chosen[i]), k), (int(chosen[j]), m)] for (i, k), (j, m) in pairs]
    every = np.concatenate(scores) if scores else np.zeros(0)
    order = np.argsort(-every, kind="stable")
    return [names[i] for i in order if every[i] > -np.inf]


def _counted(of: Codes, levels: int) -> FloatArray:
    return np.bincount(of + np.int16(1), minlength=levels + 1)[1:].astype(np.float64)


def _conspicuous(errors: FloatArray | float, rows: FloatArray | float, x: float, n: float, least: int) -> FloatArray:
    """Lower limit of the error rate inside minus that outside, -inf where there are too few rows on either side.

    Wald with one added to each count of errors and of others: Agresti & Caffo (2000), Am. Stat. 54:280.
    """
    inside, outside = np.asarray(rows) + 2.0, n - np.asarray(rows) + 2.0
    p, q = (np.asarray(errors) + 1) / inside, (x - np.asarray(errors) + 1) / outside
    low = p - q - 2 * np.sqrt(p * (1 - p) / inside + q * (1 - q) / outside)
    return np.where(np.minimum(inside, outside) - 2 >= least, low, -np.inf)


def _strength(errors: FloatArray, rows: FloatArray, rate: float) -> float:
    """Mean over the levels of (errors - expected)² / expected: how much an input matters."""
    expected = rows * rate
    return float(((errors - expected) ** 2 / np.maximum(expected, 1e-12)).mean())


Place = tuple[int, int]


def _crossed(
    codes: list[Codes], wrong: BoolArray
) -> Iterator[tuple[list[tuple[Place, Place]], FloatArray, FloatArray]]:
    """Rows and errors of every pair of levels of two inputs.

    Counting is a matrix product of 0/1 columns: exact, since float32 holds whole numbers up to 2²⁴ and a chunk is smaller.
    """
    sizes = [int(of.max(initial=-1)) + 1 for of in codes]
    start = np.concatenate([[0], np.cumsum(sizes)])
    width = int(start[-1])
    rows, errors = np.zeros((width + 1, width + 1)), np.zeros((width + 1, width + 1))
    places = [np.where(of >= 0, of + s, width).astype(np.int16) for of, s in zip(codes, start, strict=False)]
    for begin in range(0, len(wrong), CHUNK):
        parts = [place[begin : begin + CHUNK] for place in places]
        hot = np.zeros((len(parts[0]), width + 1), np.float32)
        each = np.arange(len(hot))
        for part in parts:
            hot[each, part] = 1
        rows += hot.T @ hot
        bad = hot[wrong[begin : begin + CHUNK]]
        errors += bad.T @ bad
    for i in range(len(codes)):
        for j in range(i + 1, len(codes)):
            block = np.s_[start[i] : start[i + 1], start[j] : start[j + 1]]
            pairs = [((i, k), (j, m)) for k in range(sizes[i]) for m in range(sizes[j])]
            yield pairs, rows[block].ravel(), errors[block].ravel()


def _confirmed(groups: list[Group], wrong: BoolArray, second: BoolArray) -> list[list[str | float | int | None]]:
    """The rows of the table, from the second half alone."""
    inside = np.array([group.inside[second] for group in groups])
    n, x = inside.sum(axis=1), (inside & wrong[second]).sum(axis=1)
    others, missed = second.sum() - n, (wrong & second).sum() - x
    rate, excess = wilson(x, n), newcombe(x, n, missed, others)
    p = holm(exact_greater(x, n, missed, others))
    return [
        [
            group.text,
            int(n[i]),
            int(x[i]),
            *_shown(x[i] / n[i] if n[i] else None, rate.low[i], rate.high[i]),
            *_shown(x[i] / n[i] - missed[i] / others[i] if n[i] and others[i] else None, excess.low[i], excess.high[i]),
            float(p[i]) if p[i] >= 1e-4 else "< 0.0001",
            "confirmed" if p[i] <= ALPHA else "discovered, not confirmed",
        ]
        for i, group in enumerate(groups)
    ]


def _shown(*numbers: float | None) -> list[float | None]:
    return [None if number is None else round(float(number), 4) for number in numbers]
