"""Bias scan: the subgroup whose true rates are furthest from the predicted ones; found on one half, tested on the other."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..audit.attributes import Coded
from ..audit.columns import Column
from ..audit.errors import NotAssessed
from ..audit.registry import check
from ..audit.shapes.calibration import SlicedEvents
from ..audit.shapes.figures import Table
from ..audit.shapes.whole import Whole
from ..audit.slices import FloatArray, IntArray, Slices
from ..audit.stats.multiple import holm
from .groups_of_rows import Levels, in_order, levels
from .limits import nothing_withheld, unweighted
from .subset_scan import scanner

ALPHA = 0.05
BoolArray = npt.NDArray[np.bool_]
COLUMNS = [
    "Direction", "Subgroup", "Score", "p of the score", "Rows", "Observed", "Expected", "Ratio", "95 % from", "to",
    "p", "Finding",
]  # fmt: skip
NOTE = (
    "Score (MDSS): penalised log-likelihood ratio of the subgroup on the half that was scanned; its p-value compares it with "
    "scans of labels that were drawn from the scores. All that follows is of the other half, which had no part in the "
    "choice: positives, and the sum of scores; their ratio (Garwood); p: exact, of so few or many positives, adjusted "
    "for both directions (Holm); confirmed at 0.05 or less."
)


@check(
    "fairness.bias_scan",
    metrics=["overpredicted", "underpredicted"],
    core=False,
    tasks=["binary"],
    better="one",
    addresses=("eu-ai-act:10.2f", "nist-ai-rmf:measure-2.11"),
    cites=["arXiv:1611.08292"],
)
def bias_scan(
    feature_columns: Mapping[str, Column],
    labels: IntArray,
    scores: FloatArray,
    attributes: dict[str, Coded],
    slices: Slices,
    rng: np.random.Generator,
    *,
    bins: Annotated[int, Field(ge=2, le=10)] = 4,
    penalty: Annotated[float, Field(gt=0)] = 1.0,
    restarts: Annotated[int, Field(ge=1, le=50)] = 2,
    permutations: Annotated[int, Field(ge=19, le=999)] = 19,
    max_rows: Annotated[int, Field(ge=100)] = 1_000,
) -> dict[str, Whole | Table]:
    """Bias scan over all subgroups.

    Looks, by aif360's multi-dimensional subset scan, for the subgroup, of any inputs and sensitive attributes at
    once, whose predicted probabilities are most too high (overpredicted), and for the one where they are most too low.
    Numbers are cut into quantile ranges. At most max_rows rows of one random half are scanned, and scanned again with
    labels drawn from the scores, since the score of a scan is no test. All rows of the other half then decide: positives
    divided by the sum of scores in the subgroup that was found, 1 where the scores are right.

    Signs of trouble: a confirmed subgroup that is, or largely consists of, people of a protected group.
    Limits: a scan is greedy and may miss the worst subgroup. A model that is miscalibrated everywhere shows up as a subgroup
    of nearly all rows. The penalty per value steers how simple subgroups are. It takes up to a tenth of a second per scan.
    """
    unweighted(slices)
    nothing_withheld(slices)
    order = in_order(feature_columns, labels, scores, *(of.codes for of in attributes.values()))
    found = _levels(feature_columns, attributes, order, bins)
    if not found:
        raise NotAssessed("no input or attribute has two levels to form a subgroup of")
    half = rng.random(len(labels)) < 0.5
    scanned = rng.permutation(order[half])[:max_rows]
    codes = {str(position): one.of[scanned] for position, one in enumerate(found)}
    rows, p_values, measured = [], [], {}
    for over in (True, False):
        scan = _Scan(codes, scores[scanned], over, penalty, restarts)
        subset, score = scan(labels[scanned])
        null = [scan((rng.random(len(scanned)) < scores[scanned]).astype(np.int64))[1] for _ in range(permutations)]
        p_score = (1 + sum(one >= score for one in null)) / (1 + permutations)
        inside = _inside(subset, found, len(labels))
        inside[order[half]] = False
        events = SlicedEvents(*(np.array([float(part)]) for part in _sums(inside, labels, scores)))
        name = "overpredicted" if over else "underpredicted"
        measured[name] = Whole(events)
        p_values.append(_exact(events, over))
        rows.append([name, _text(subset, found), round(score, 3), p_score, *_cells(events)])
    for row, p in zip(rows, holm(np.array(p_values)), strict=True):
        row += [float(p) if p >= 1e-4 else "< 0.0001", "confirmed" if p <= ALPHA else "discovered, not confirmed"]
    note = f"{NOTE} Scanned: {len(scanned):,} rows, {1 + permutations} times in each direction."
    return {**measured, "subgroups": Table("Subgroups with the most biased scores", COLUMNS, rows, note)}


def _levels(features: Mapping[str, Column], attributes: dict[str, Coded], order: IntArray, bins: int) -> list[Levels]:
    """All that subgroups are made of; a rare level is a level too."""
    others = {name: of for name, of in features.items() if name not in attributes}
    found = levels(others, order, bins=bins, least=1)
    every = [Levels(one.of.astype(np.int64), [*one.texts, f"{one.texts[0].split(' ')[0]}: any other"]) for one in found]
    for name, (codes, names) in attributes.items():
        every.append(Levels(codes, [f"{name} = {level}" for level in names]))
    return every


class _Scan:
    """aif360's bias scan of one direction over coded columns, for any labels."""

    def __init__(self, codes: dict[str, Any], scores: FloatArray, over: bool, penalty: float, restarts: int) -> None:
        import pandas as pd

        whole = {key: of.astype(np.int64) for key, of in codes.items()}
        try:
            self._scan = scanner(whole, "negative" if over else "positive").scan
        except ImportError as error:
            raise NotAssessed("aif360 is not installed; pip install 'assay[fairness]' brings it") from error
        self._frame = pd.DataFrame(whole)
        self._scores = pd.Series(np.clip(scores, 1e-6, 1 - 1e-6))
        self._options: dict[str, Any] = {"penalty": penalty, "num_iters": restarts}

    def __call__(self, labels: IntArray) -> tuple[dict[str, list[int]], float]:
        """The subset, by column, and its score."""
        import pandas as pd

        if labels.min() == labels.max():  # nothing to scan
            return {}, 0.0
        state = np.random.get_state()  # it seeds the global generator, which is not ours
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                subset, score = self._scan(self._frame, self._scores, pd.Series(labels), **self._options)
        finally:
            np.random.set_state(state)
        return {key: [int(value) for value in values] for key, values in subset.items()}, float(score)


def _inside(subset: dict[str, list[int]], found: list[Levels], n: int) -> BoolArray:
    parts = [np.isin(found[int(key)].of, values) for key, values in subset.items()]
    return np.logical_and.reduce(parts) if parts else np.ones(n, dtype=bool)


def _text(subset: dict[str, list[int]], found: list[Levels]) -> str:
    said = [" or ".join(found[int(key)].texts[value] for value in values) for key, values in subset.items()]
    return "; and ".join(said) or "all rows"


def _sums(inside: BoolArray, labels: IntArray, scores: FloatArray) -> tuple[float, float, float]:
    return float(inside.sum()), float(labels[inside].sum()), float(scores[inside].sum())


def _exact(events: SlicedEvents, over: bool) -> float:
    """Of so few (or many) positives. The binomial of the mean score bounds the sum of unequal ones.

    Hoeffding (1956), Ann. Math. Stat. 27:713, theorem 5, beyond one from the mean; within, it is far from 0.05.
    """
    from scipy.stats import binom

    n, observed, expected = float(events.n[0]), float(events.observed[0]), float(events.expected[0])
    if n == 0:
        return 1.0
    at = binom(n, min(expected / n, 1.0))
    return float(at.cdf(observed) if over else at.sf(observed - 1))


def _cells(events: SlicedEvents) -> list[Any]:
    low, high = events.interval(0.95)
    ratio = events.value[0]
    ends = [round(float(x), 4) if np.isfinite(x) else None for x in (ratio, low[0], high[0])]
    return [int(events.n[0]), int(events.observed[0]), round(float(events.expected[0]), 1), *ends]
