"""Counts of ranked scores by slice, however many rows share a score."""

from __future__ import annotations

import numpy as np
import pytest

from assay.audit.shapes.ranked import ranked
from assay.audit.slices import cut


@pytest.mark.parametrize("tied", [1, 2, 127, 128, 129, 32_767, 32_768])
def test_counts_are_those_of_every_distinct_score(tied: int) -> None:
    scores = np.repeat([0.9, 0.1, 0.5], [tied, 3, 2])
    labels = np.repeat([1, 0, 1], [tied, 3, 2])
    group = np.arange(len(scores)) % 2
    slices = cut({"group": (group, ["a", "b"])}, len(scores), depth=1)
    for place, counts in enumerate(ranked(scores, labels, slices)):
        rows = slices.select(place)
        for of, found in ((1, counts.positives), (0, counts.negatives)):
            expected = [int(((scores[rows] == s) & (labels[rows] == of)).sum()) for s in np.unique(scores[rows])]
            assert found.tolist() == expected
            assert (counts.positives + counts.negatives).min() > 0


def test_scores_that_all_differ_are_their_own_counts() -> None:
    scores, labels = np.array([0.3, 0.1, 0.2]), np.array([1, 0, 1])
    (counts,) = ranked(scores, labels, cut({}, 3, depth=1))
    assert (counts.positives.tolist(), counts.negatives.tolist()) == ([0, 1, 1], [1, 0, 0])
