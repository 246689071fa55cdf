"""Proxies: how much of a sensitive attribute the other inputs give away, and which of them do."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ..audit.attributes import Coded
from ..audit.columns import Column
from ..audit.errors import NotAssessed
from ..audit.registry import check
from ..audit.shapes.figures import Table
from ..audit.shapes.ranking import Ranking, SlicedRanking
from ..audit.shapes.whole import Whole
from ..audit.slices import FloatArray, IntArray, Slices, cut
from ..audit.stats.multiple import holm
from .classifier import folds_of, told
from .groups_of_rows import in_order, levels
from .limits import nothing_withheld, unweighted
from .perturb import Frame

LEAST = 30
"""Rows of a group; smaller groups are left out, as no model could learn them."""

BINS = 10
COLUMNS = ["Attribute", "Group", "Input", "AUROC", "95 % from", "to", "p"]
NOTE = (
    "How well one input alone tells the group from all others, by the share of the group at its values or in ranges that "
    "hold a tenth of the rows each, learnt on other folds. p: that it tells nothing (Mann-Whitney), adjusted for all "
    "inputs and groups (Holm)."
)


@check(
    "fairness.proxies",
    metrics=["{attribute}", "{group}"],
    core=False,
    tasks=["binary", "multiclass", "regression"],
    better="lower",
    addresses=("eu-ai-act:10.2f", "nist-ai-rmf:measure-2.11"),
    cites=["doi:10.1145/2783258.2783311"],
)
def proxies(
    features: Frame,
    attributes: dict[str, Coded],
    slices: Slices,
    rng: np.random.Generator,
    *,
    folds: Annotated[int, Field(ge=2, le=20)] = 5,
    max_rows: Annotated[int, Field(ge=200)] = 20_000,
    top: Annotated[int, Field(ge=1, le=100)] = 10,
) -> dict[str, Whole | Table]:
    """Proxies of sensitive attributes.

    How well the inputs, without the attribute itself, tell each of its groups from the others: the area under the
    ROC curve of gradient-boosted trees, each row scored by a model that was fitted without its fold. One half is chance
    and 1 gives the group away. A table lists the inputs that tell most when used alone. With more rows than max_rows a
    random sample of that size is taken.

    Signs of trouble: an area far above one half: leaving the attribute out of the model does not keep it out.
    Limits: information, not a fault: inputs may be related to a group and to the task. Another model may find more. The
    audited model is not looked at, so that it may or may not use what is there. Groups below 30 rows are left out. The
    interval leaves aside that the models of the folds share rows; near one half it is somewhat too short.
    """
    unweighted(slices)
    nothing_withheld(slices)
    n = len(features)
    columns = {name: Column(features[name]) for name in features.columns}
    order = in_order(columns, *(coded.codes for coded in attributes.values()))
    rows = order[rng.choice(n, max_rows, replace=False)] if n > max_rows else order
    frame = features[rows.tolist()]
    found: dict[str, Whole | Table] = {}
    table: list[list[Any]] = []
    for name, coded in attributes.items():
        inputs = [column for column in frame.columns if column != name]
        if inputs:
            found |= _attribute(name, coded, coded.codes[rows], frame.select(inputs), folds, rng, table)
    if not found:
        raise NotAssessed(f"no attribute has two groups of {LEAST} rows, or there is no input beside it")
    for row, p in zip(table, holm(np.array([row[-1] for row in table])), strict=True):
        row[-1] = float(p) if p >= 1e-4 else "< 0.0001"
    chosen = [
        row
        for name in attributes
        for row in sorted((row for row in table if row[0] == name), key=lambda row: -row[3])[:top]
    ]
    sampled = f" A random sample of {len(rows):,} of {n:,} rows." if len(rows) < n else ""
    return {**found, "inputs": Table("Inputs that tell a sensitive attribute", COLUMNS, chosen, NOTE + sampled)}


def _attribute(
    name: str, coded: Coded, of: IntArray, frame: Frame, folds: int, rng: np.random.Generator, table: list[list[Any]]
) -> dict[str, Whole | Table]:
    """Areas of the groups of one attribute; adds the rows of single inputs to ``table``."""
    sizes = np.bincount(of, minlength=len(coded.levels))
    kept = np.flatnonzero(sizes >= LEAST)
    if len(kept) < 2:
        return {}
    use = np.flatnonzero(np.isin(of, kept))
    of, frame = np.searchsorted(kept, of[use]), frame[use.tolist()]
    groups = [coded.levels[k] for k in kept]
    fold = folds_of(of, folds, rng)
    learnt = _learnt(frame, of, fold, int(rng.integers(2**31)))
    shown = range(1) if len(kept) == 2 else range(len(kept))  # of two groups each is the rest of the other
    single = _single(frame, of, fold, len(kept))
    found: dict[str, Whole | Table] = {}
    for k in shown:
        found[name if len(kept) == 2 else f"{name}={groups[k]}"] = Whole(_area(learnt[:, k], of == k))
        for column, scores in single.items():
            area = _area(scores[:, k], of == k)
            low, high = area.interval(0.95)
            row = [name, groups[k], column, float(area.value[0]), float(low[0]), float(high[0]), _p_value(area)]
            table.append(row)
    return found


def _learnt(frame: Frame, of: IntArray, fold: IntArray, seed: int) -> FloatArray:
    """Probability of each group for each row, by a model that has not seen the row's fold; ``(n, G)``."""
    columns = {name: Column(frame[name]) for name in frame.columns}
    found = np.zeros((len(of), int(of.max()) + 1))
    for k in np.unique(fold):
        found[fold == k] = told(columns, of, fold != k, seed)
    return found


def _single(frame: Frame, of: IntArray, fold: IntArray, groups: int) -> dict[str, FloatArray]:
    """By input, the share of each group among the rows of other folds at the same level; ``(n, G)``."""
    found = {}
    for name in frame.columns:
        for one in levels({name: Column(frame[name])}, np.arange(len(of)), bins=BINS, least=1):
            at = one.of.astype(np.int64) + 1  # 0: too rare to have a level
            kinds = int(at.max()) + 1
            scores = np.zeros((len(of), groups))
            for k in np.unique(fold):
                other = fold != k
                table = np.bincount(at[other] * groups + of[other], minlength=kinds * groups)
                table = table.reshape(kinds, groups) + np.bincount(of[other], minlength=groups) / other.sum()
                scores[~other] = (table / table.sum(axis=1, keepdims=True))[at[~other]]
            found[name] = scores
    return found


def _area(scores: FloatArray, inside: Any) -> SlicedRanking:
    found = Ranking(scores, inside.astype(np.int64)).by(cut({}, len(scores), depth=1), np.random.default_rng(0))
    assert isinstance(found, SlicedRanking)  # rows without weights
    return found


def _p_value(area: SlicedRanking) -> float:
    """One-sided, from the null variance of Mann & Whitney (1947), which ties only lower."""
    from scipy.special import ndtr

    m, n = float(area.positives[0]), float(area.negatives[0])
    return float(ndtr((0.5 - area.value[0]) / np.sqrt((m + n + 1) / (12 * m * n))))
