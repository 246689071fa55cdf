"""Individual fairness: whether people who are alike are treated alike, and how unequally benefits are spread."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ..audit.errors import NotAssessed
from ..audit.registry import check
from ..audit.shapes.confusion import Confusion, Functional
from ..audit.shapes.figures import Table
from ..audit.shapes.neighbours import NeighbourAgreement
from ..audit.shapes.ordered import Largest, Quantile
from ..audit.slices import FloatArray, IntArray, Slices
from ..audit.stats.content import by_content
from ..audit.stats.inequality import generalized_entropy
from ..audit.stats.neighbours import Neighbourhood, neighbourhood
from ..audit.stats.proportion import proportion
from .distances import points
from .limits import at_most, unweighted
from .perturb import Frame

EVIDENCE = ("eu-ai-act:10.2f", "nist-ai-rmf:measure-2.11")
MOST_ROWS = 20_000
"""Default of ``max_rows``: in many dimensions the search for neighbours compares all rows with all."""

MaxRows = Annotated[int, Field(ge=10)]


@check(
    "fairness.consistency",
    core=False,
    better="higher",
    addresses=EVIDENCE,
    cites=["https://proceedings.mlr.press/v28/zemel13.html", "doi:10.1214/aos/1176345462"],
)
def consistency(
    features: Frame,
    predictions: IntArray,
    slices: Slices,
    *,
    neighbours: Annotated[int, Field(ge=2, le=100)] = 5,
    max_rows: MaxRows = MOST_ROWS,
) -> NeighbourAgreement:
    """Consistency (nearest neighbours).

    For each row the share of its nearest rows, itself among them, that get the same decision; the mean over the rows.
    With two classes this is 1 - mean |decision - mean decision of the neighbours|, as in AIF360. Near is meant in
    the inputs without the sensitive attributes: numbers divided by their standard deviation, two values of a category
    at distance 1. The interval allows for rows that share neighbours (jackknife over the rows).

    Signs of trouble: much lower in one group, whose members are then decided on more arbitrarily.
    Limits: all depends on the distance, and a useful input that is steep lowers it too; of rows equally near some are
    taken, whatever their order in the file; it grows with the number of rows, so that only data of one size compare. A constant model is consistent.
    """
    at_most(len(predictions), max_rows, "fairness.consistency")
    if len(predictions) <= neighbours:
        raise NotAssessed(f"{len(predictions)} rows are too few for {neighbours} neighbours of each")
    at = points(features, _sensitive(slices))
    order = by_content(at, predictions, slices.cell)
    near = neighbourhood(at[order], neighbours)
    place = np.argsort(order)
    return NeighbourAgreement(predictions, Neighbourhood(order[near.near][place], order[near.next][place]))


@check(
    "fairness.lipschitz",
    metrics=["quantile", "largest"],
    core=False,
    tasks=["binary"],
    better="lower",
    addresses=EVIDENCE,
    cites=["doi:10.1145/2090236.2090255", "doi:10.1214/aoms/1177731788"],
)
def lipschitz(
    features: Frame,
    scores: FloatArray,
    predictions: IntArray,
    slices: Slices,
    *,
    share: Annotated[float, Field(ge=0.5, lt=1)] = 0.95,
    max_rows: MaxRows = MOST_ROWS,
) -> dict[str, Quantile | Largest | Table]:
    """Lipschitz audit.

    How steeply scores change between people who are alike: |score - score of the nearest row| / distance, with the
    nearest row that differs in some input; of several that are identical, the one whose score differs most. Given are the quantile of the rows (95 % by default) with its exact
    interval, and the largest ratio with the share of further rows that can exceed it. Distances are those of
    fairness.consistency, without the sensitive attributes. Rows that are identical in all those inputs are twins; a
    table counts twins that are decided on differently.

    Signs of trouble: a ratio above what a small difference should ever cost; twins with different decisions.
    Limits: only the nearest pairs are looked at, so that steeper places may lie between the rows. The unit is a score
    per standard deviation, which says nothing across data sets. Pairs share rows; the intervals take them as independent.
    """
    at_most(len(scores), max_rows, "fairness.lipschitz")
    at, of = np.unique(points(features, _sensitive(slices)), axis=0, return_inverse=True)
    if len(at) < 2:
        raise NotAssessed("all rows are identical in the inputs that are compared")
    near, distance = _nearest(at)
    low, high = _extremes(of, scores)
    ratios = np.maximum(scores - low[near[of]], high[near[of]] - scores) / distance[of]
    unit = "score per standard deviation"
    return {
        "quantile": Quantile(ratios, share, lower=0.0, unit=unit),
        "largest": Largest(ratios, unit=unit),
        "twins": _twins(of, scores, predictions),
    }


@check(
    "fairness.inequality",
    metrics=["generalized_entropy", "theil", "variation"],
    core=False,
    better="lower",
    addresses=EVIDENCE,
    cites=["doi:10.1145/3219819.3220046"],
)
def inequality(
    favorable_counts: Confusion, *, alpha: Annotated[float, Field(gt=0, le=10)] = 2.0
) -> dict[str, Functional]:
    """Inequality of benefits (generalized entropy).

    The benefit of a row is decision - label + 1, both 1 where they are favourable: 0 for those who deserve the
    favourable outcome and are passed over, 2 for those who get it undeservedly, 1 for all who are decided on rightly. The generalized entropy index of these benefits, mean ((b/μ)^α - 1)/(α(α - 1));
    Theil's index, which is that of α = 1; and the coefficient of variation. 0 is perfect equality.

    Signs of trouble: higher than that of a model of the same accuracy.
    Limits: counts a favour and a disfavour as equal steps, and takes the labels for what people deserve.
    """
    cells = _benefits(favorable_counts)
    return {
        "generalized_entropy": Functional(generalized_entropy(BENEFITS, cells, alpha)),
        "theil": Functional(generalized_entropy(BENEFITS, cells, 1.0)),
        "variation": Functional(np.sqrt(2 * generalized_entropy(BENEFITS, cells, 2.0))),
    }


BENEFITS = np.array([0.0, 1.0, 2.0])


@check(
    "fairness.inequality_between_groups",
    core=False,
    better="lower",
    addresses=EVIDENCE,
    cites=["doi:10.1145/3219819.3220046"],
)
def inequality_between_groups(
    favorable_counts: Confusion,
    slices: Slices,
    rng: np.random.Generator,
    *,
    alpha: Annotated[float, Field(gt=0, le=10)] = 2.0,
    permutations: Annotated[int, Field(ge=99, le=9999)] = 999,
) -> Table:
    """Inequality between groups.

    The part of the inequality of benefits (see fairness.inequality) that remains if everyone gets the mean benefit of
    the own group, for each sensitive attribute and their intersections. It is never below 0; so the value to be expected if groups were alike,
    and the p-value of the observed one, stand beside it, both from random permutations of the groups.

    Signs of trouble: a large share of the whole, with a small p-value.
    Limits: where errors fall alike on all groups it is 0, however many errors there are.
    """
    unweighted(slices)
    cells = _benefits(favorable_counts)
    partitions = [p for p in slices.partitions if p.attributes]
    if not partitions:
        raise NotAssessed("no sensitive attribute is named")
    rows = [_between(p.attributes, cells[p.slices], alpha, permutations, rng) for p in partitions]
    columns = ["Attribute", "Groups", "Between groups", "Share of all", "Expected if alike", "p"]
    return Table("Inequality of benefits between groups", columns, rows, f"{permutations} random permutations.")


def _benefits(of: Confusion) -> FloatArray:
    """Counts of the benefits 0, 1 and 2; ``(..., S, 3)``."""
    return np.stack([of.fn, of.tp + of.tn, of.fp], axis=-1)


def _between(
    names: tuple[str, ...], table: FloatArray, alpha: float, permutations: int, rng: np.random.Generator
) -> list[str | float | int | None]:
    whole = float(generalized_entropy(BENEFITS, table.sum(axis=0), alpha))
    between = float(_of_means(table, alpha))
    null = _of_means(_permuted(table.astype(np.int64), permutations, rng), alpha)
    p = (1 + np.sum(null >= between - 1e-12)) / (1 + permutations)
    return [
        " and ".join(names),
        len(table),
        between,
        between / whole if whole > 0 else None,
        float(null.mean()),
        float(p),
    ]


def _of_means(tables: FloatArray | IntArray, alpha: float) -> FloatArray:
    """Entropy of the mean benefits of groups; tables ``(..., G, 3)``."""
    sizes = tables.sum(axis=-1)
    return generalized_entropy((tables * BENEFITS).sum(axis=-1) / sizes, sizes, alpha)


def _permuted(table: IntArray, times: int, rng: np.random.Generator) -> IntArray:
    """Tables of random groups of the same sizes; shape ``(times, G, 3)``."""
    left = np.tile(table.sum(axis=0), (times, 1))
    found = []
    for size in table.sum(axis=1):
        drawn = np.array([rng.multivariate_hypergeometric(some, size) for some in left])
        found.append(drawn)
        left = left - drawn
    return np.stack(found, axis=1)


def _sensitive(slices: Slices) -> set[str]:
    return {name for partition in slices.partitions for name in partition.attributes}


def _nearest(at: FloatArray) -> tuple[IntArray, FloatArray]:
    """The nearest other point of each, and how far it is."""
    from sklearn.neighbors import NearestNeighbors

    distance, place = NearestNeighbors(n_neighbors=2).fit(at).kneighbors(at)
    own = place[:, 0] == np.arange(len(at))
    return np.where(own, place[:, 1], place[:, 0]), np.where(own, distance[:, 1], distance[:, 0])


def _extremes(of: IntArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least and greatest value of the rows at each point."""
    low, high = np.full(int(of.max()) + 1, np.inf), np.full(int(of.max()) + 1, -np.inf)
    np.minimum.at(low, of, values)
    np.maximum.at(high, of, values)
    return low, high


def _twins(of: IntArray, scores: FloatArray, predictions: IntArray) -> Table:
    """Rows that are identical to another, and how many of them meet one that is decided or scored differently."""
    size = np.bincount(of)
    rows: list[list[str | float | int | None]] = []
    for what, values in (("decision", predictions.astype(float)), ("score", scores)):
        low, high = _extremes(of, values)
        twins, apart = int(np.sum(size[of] > 1)), int(np.sum((high > low + 1e-12)[of]))
        if twins:
            limits = proportion(float(apart), float(twins), 0.95)
            rows.append([what, twins, apart, apart / twins, float(limits.low), float(limits.high)])
    columns = ["Differs in", "Rows with a twin", "With one that differs", "Share", "95 % from", "to"]
    note = "Twins are identical in all inputs but the sensitive attributes. The interval takes rows as independent."
    return Table("Twins", columns, rows, note)
