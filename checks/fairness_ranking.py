"""Whether groups of items, such as applicants, are treated alike by a ranking."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ..audit.attributes import Coded
from ..audit.registry import check
from ..audit.shapes.figures import Table
from ..audit.shapes.grouped import PerItem
from ..audit.slices import FloatArray, IntArray, Slices
from ..audit.stats import exposure
from ..audit.stats.content import by_content
from ..audit.stats.significance import monte_carlo
from .fairness import EVIDENCE
from .limits import MAX_ROWS, Cell, at_most, unweighted


@check(
    "fairness.exposure_ratio",
    tasks=["ranking"],
    better="one",
    addresses=EVIDENCE,
    cites=["arXiv:1802.07281"],
    core=False,
)
def exposure_ratio(predictions: FloatArray, queries: IntArray) -> PerItem:
    """Exposure ratio.

    Mean exposure of the items of a group, 1 / log2(1 + rank), divided by the mean exposure of the queries that they are in,
    which a random order would give. 1 is parity. Equal scores share the mean of their ranks.

    Signs of trouble: below 1, a group that is shown further down than others in the same lists.
    Limits: looks at places alone, not at who deserves them. The interval takes queries as independent of one another.
    """
    return PerItem(exposure.relative_exposure(exposure.ranks(predictions, queries), queries), queries)


@check(
    "fairness.skew_at_k", tasks=["ranking"], better="zero", addresses=EVIDENCE, cites=["arXiv:1905.01989"], core=False
)
def skew_at_k(predictions: FloatArray, queries: IntArray, *, k: Annotated[int, Field(ge=1)] = 10) -> PerItem:
    """Skew at k.

    Natural logarithm of the share of a group's items that are among the k first of their query, divided by the share that a
    random order would put there. 0 is parity.

    Signs of trouble: below 0, a group that is rarely among the first; -0.22 is a ratio of four fifths.
    Limits: looks at the first k places alone; nothing bounds it from below where no item of a group is there. Geyik and others
    take the share of each list, and compare with shares that somebody wants.
    """
    top = exposure.relative_top(exposure.ranks(predictions, queries), queries, k)
    return PerItem(top, queries, of=_log, unit="log ratio")


@check("fairness.ndkl", tasks=["ranking"], better="lower", addresses=EVIDENCE, cites=["arXiv:1905.01989"], core=False)
def ndkl(
    predictions: FloatArray,
    queries: IntArray,
    attributes: dict[str, Coded],
    slices: Slices,
    rng: np.random.Generator,
    *,
    replicates: Annotated[int, Field(ge=19, le=9999)] = 199,
    max_rows: Annotated[int, Field(ge=1)] = MAX_ROWS,
) -> Table:
    """NDKL (normalised discounted divergence).

    Divergence between the shares of the groups among the first i items of a query and in the whole query, discounted by
    log2(1 + i) and averaged over i and over queries. 0 means that groups are mixed at every length of the list. Chance alone
    gives more than 0: beside it stands the mean over random orders, and the p-value of a random order being as uneven.

    Signs of trouble: clearly above what random orders give.
    Limits: without a direction: see skew at k. Equal scores are put in random order.
    """
    unweighted(slices)
    at_most(len(queries), max_rows, "fairness.ndkl")
    rows: list[list[Cell]] = []
    for name, coded in attributes.items():
        same = by_content(predictions, queries, coded.codes)
        ratings, lists, of = predictions[same], queries[same], coded.codes[same]
        order = np.lexsort((rng.random(len(lists)), -ratings, lists))
        found = exposure.ndkl(of, order, lists)
        chance = np.array(
            [exposure.ndkl(of, np.lexsort((rng.random(len(lists)), lists)), lists) for _ in range(replicates)]
        )
        rows.append([name, found, float(chance.mean()), float(monte_carlo(found, chance))])
    return Table("NDKL", ["attribute", "NDKL", "random orders", "p-value"], rows)


def _log(value: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.log(value)
