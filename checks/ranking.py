"""How well the items of each query are put in order."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import Field

from ..audit.registry import check
from ..audit.shapes.queries import PerQuery, QueryOutcomes
from ..audit.slices import FloatArray, IntArray
from ..audit.stats import retrieval

EVIDENCE = ("eu-ai-act:13.3b", "eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")

First = Annotated[int, Field(ge=1)]


@check("ranking.ndcg", tasks=["ranking"], better="higher", addresses=EVIDENCE, cites=["doi:10.1145/582415.582418"])
def ndcg(labels: FloatArray, predictions: FloatArray, queries: IntArray, *, k: First = 10) -> PerQuery:
    """NDCG at k (normalised discounted cumulative gain).

    For each query the sum of relevance / log2(1 + rank) over the k best-scored items, divided by the greatest sum
    possible; the mean over queries, in [0, 1]. Items of equal score share the mean of their discounts. A query without
    a relevant item counts as 0. The interval is one over queries, as items of one query are not independent.

    Signs of trouble: not above the model in use; much lower in a group.
    Limits: even random orders score well where most items are relevant; relevance is taken to be on a linear scale.
    """
    return PerQuery(labels, predictions, queries, partial(retrieval.ndcg, k=k))


@check("ranking.map", tasks=["ranking"], better="higher", addresses=EVIDENCE)
def mean_average_precision(labels: FloatArray, predictions: FloatArray, queries: IntArray) -> PerQuery:
    """Mean average precision (MAP).

    For each query the mean, over its relevant items (relevance above 0), of the share of relevant ones among the items
    scored as high or higher; the mean over queries, in [0, 1]. A query without a relevant item counts as 0.

    Signs of trouble: not above the model in use; much lower in a group.
    Limits: weighs all relevant items alike; depends on how many there are.
    """
    return PerQuery(labels, predictions, queries, retrieval.average_precision)


@check("ranking.mrr", tasks=["ranking"], better="higher", addresses=EVIDENCE)
def mean_reciprocal_rank(labels: FloatArray, predictions: FloatArray, queries: IntArray) -> PerQuery:
    """Mean reciprocal rank (MRR).

    For each query 1 / rank of the best-scored relevant item, equal scores sharing the last of their ranks; the mean
    over queries, in [0, 1]. A query without a relevant item counts as 0.

    Signs of trouble: below 1/2 where people look at the first results only.
    Limits: sees only the first relevant item.
    """
    return PerQuery(labels, predictions, queries, retrieval.reciprocal_rank)


@check("ranking.hit_rate", tasks=["ranking"], better="higher", addresses=EVIDENCE)
def hit_rate(labels: FloatArray, predictions: FloatArray, queries: IntArray, *, k: First = 10) -> QueryOutcomes:
    """Hit rate at k.

    Share of the queries with a relevant item among the k best-scored, equal scores sharing the last of their ranks.

    Signs of trouble: low where people look no further than k items.
    Limits: does not see where among the k the item is, nor whether there are more.
    """
    return QueryOutcomes(PerQuery(labels, predictions, queries, partial(retrieval.hit, k=k)))
