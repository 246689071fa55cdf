"""How the scores of each group are spread, as the share that any threshold would select."""

from __future__ import annotations

import numpy as np

from ..audit.errors import NotAssessed
from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.base import MINIMUM_ROWS
from ..audit.shapes.figures import Curve
from ..audit.slices import FloatArray, Partition, Slices
from .fairness import EVIDENCE
from .limits import unweighted

STEPS = 20
THRESHOLDS = np.arange(STEPS + 1) / STEPS


@check("fairness.score_distribution", core=False, better="one", addresses=EVIDENCE, cites=["arXiv:1907.12059"])
def score_distribution(favorable_scores: FloatArray, slices: Slices) -> dict[str, Curve]:
    """Score distributions.

    For each group, the share of its rows that score at or above each threshold from 0 to 1 in steps of 0.05: its selection
    rate, if that were the threshold. All rows are drawn behind it. The band holds at all thresholds at once with 95 %
    (Dvoretzky, Kiefer and Wolfowitz).

    Signs of trouble: a band that leaves the line of all rows, above all near the threshold in use.
    Limits: a figure, and nothing to write a requirement on; fairness.score_distance has the numbers. Groups with fewer than
    10 rows are left out.
    """
    unweighted(slices)
    step = np.searchsorted(THRESHOLDS, favorable_scores, "right").clip(min=1) - 1
    counts = slices.total(slices.count(step, STEPS + 1).T).T
    above = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
    drawn = [(part, _groups(above, part, slices)) for part in slices.partitions if len(part.attributes) == 1]
    if not any(groups for _, groups in drawn):
        raise NotAssessed(f"expected a group of {MINIMUM_ROWS} rows or more")
    whole = _series("all rows", above[0])
    return {
        f"by_{part.attributes[0]}": Curve(
            f"Selection rate at every threshold, by {part.attributes[0]}",
            [whole, *groups],
            "threshold on the score",
            "share of the rows at or above it",
            kind="panels",
            note="Bands hold at all thresholds at once with 95 %.",
        )
        for part, groups in drawn
        if groups
    }


def _groups(above: FloatArray, part: Partition, slices: Slices) -> list[Series]:
    usable = [int(place) for place in part.slices if above[place, 0] >= MINIMUM_ROWS]
    name = part.attributes[0]
    return [_series(slices.labels[place][name], above[place]) for place in usable]


def _series(name: str, above: FloatArray) -> Series:
    """``above``: rows at or above each threshold; at 0 that is all of them. Band: Massart (1990), Ann. Probab. 18:1269."""
    n = above[0]
    share, half = above / n, np.sqrt(np.log(2 / 0.05) / (2 * n))
    low, high = (share - half).clip(min=0), (share + half).clip(max=1)
    x, y, low, high = (side.round(6).tolist() for side in (THRESHOLDS, share, low, high))
    return Series(name=name, x=x, y=y, low=low, high=high, n=[int(n)] * len(x))
