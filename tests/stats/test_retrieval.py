from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score

from assay.audit.stats import retrieval

FloatArray = npt.NDArray[np.float64]


def table(seed: int, queries: int = 20, items: int = 12, levels: int = 5) -> tuple[FloatArray, FloatArray]:
    """Relevance and scores, queries by items, with ties in both."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 4, (queries, items)).astype(float), rng.integers(0, levels, (queries, items)).astype(float)


def flat(relevance: FloatArray, scores: FloatArray, seed: int) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64]]:
    """The items in random order."""
    queries = np.repeat(np.arange(len(relevance)), relevance.shape[1])
    order = np.random.default_rng(seed).permutation(queries.size)
    return relevance.ravel()[order], scores.ravel()[order], queries[order]


@given(seed=st.integers(0, 10**6), levels=st.sampled_from([1, 3, 1000]), k=st.sampled_from([None, 1, 5, 100]))
def test_ndcg_agrees_with_scikit_learn(seed: int, levels: int, k: int | None) -> None:
    relevance, scores = table(seed, levels=levels)
    found = retrieval.ndcg(*flat(relevance, scores, seed), len(relevance), k=k)
    expected = [ndcg_score([r], [s], k=k) for r, s in zip(relevance, scores, strict=True)]
    assert found == pytest.approx(expected, abs=1e-12)


@given(seed=st.integers(0, 10**6), levels=st.sampled_from([1, 3, 1000]))
def test_average_precision_agrees_with_scikit_learn(seed: int, levels: int) -> None:
    relevance, scores = table(seed, levels=levels)
    relevance[0], relevance[:, 0] = 0, 2  # every query has something relevant, since scikit-learn gives 1 to others
    found = retrieval.average_precision(*flat(relevance, scores, seed), len(relevance))
    expected = [
        label_ranking_average_precision_score([r > 0], [s]) if (r == 0).any() else 1.0
        for r, s in zip(relevance, scores, strict=True)
    ]
    assert found == pytest.approx(expected, abs=1e-12)


@given(seed=st.integers(0, 10**6), k=st.integers(1, 12))
def test_first_hit_of_untied_scores(seed: int, k: int) -> None:
    relevance, _ = table(seed)
    relevance[relevance < 3] = 0
    scores = np.random.default_rng(seed).permuted(
        np.arange(relevance.size).reshape(relevance.shape).astype(float), axis=1
    )
    ranked = np.take_along_axis(relevance, np.argsort(-scores, axis=1), axis=1) > 0
    expected = np.where(ranked.any(axis=1), 1 / (1 + ranked.argmax(axis=1)), 0.0)
    items = flat(relevance, scores, seed)
    assert retrieval.reciprocal_rank(*items, len(relevance)).tolist() == expected.tolist()
    assert retrieval.hit(*items, len(relevance), k=k).tolist() == ranked[:, :k].any(axis=1).tolist()


def test_equal_scores_for_all_are_worth_nothing() -> None:
    relevance, queries = np.array([1.0, 0, 0, 0]), np.zeros(4, dtype=np.int64)
    assert retrieval.reciprocal_rank(relevance, np.ones(4), queries, 1).tolist() == [0.25]
    assert retrieval.average_precision(relevance, np.ones(4), queries, 1).tolist() == [0.25]
    assert retrieval.hit(relevance, np.ones(4), queries, 1, k=3).tolist() == [0]


FUNCTIONS = [retrieval.ndcg, retrieval.average_precision, retrieval.reciprocal_rank, partial(retrieval.hit, k=2)]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_relevant_and_no_items(function: retrieval.Function) -> None:
    found = function(np.array([0, 1, 0]), np.array([3.0, 2.0, 1.0]), np.array([0, 2, 2]), 4)
    assert found == pytest.approx([0, np.nan, 1, np.nan], nan_ok=True)
    assert function(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64), 0).shape == (0,)


def test_negative_relevance_is_refused() -> None:
    with pytest.raises(ValueError, match="relevance: expected numbers of at least 0"):
        retrieval.ndcg([-1, 1], [0, 1], np.zeros(2, dtype=np.int64), 1)
