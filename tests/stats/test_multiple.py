from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy.stats import false_discovery_control

from assay.audit.stats.interval import FloatArray
from assay.audit.stats.multiple import benjamini_hochberg, holm

METHODS: list[Callable[[ArrayLike], FloatArray]] = [holm, benjamini_hochberg]


def test_by_hand() -> None:
    p = [0.01, 0.04, 0.03, 0.005]
    assert holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert benjamini_hochberg(p) == pytest.approx([0.02, 0.04, 0.04, 0.02])


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_closes_bonferroni_over_all_subsets(p: list[float]) -> None:
    sets = [s for size in range(1, len(p) + 1) for s in combinations(range(len(p)), size)]
    expected = [max(min(1, len(s) * min(p[i] for i in s)) for s in sets if j in s) for j in range(len(p))]
    assert holm(p) == pytest.approx(expected)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_benjamini_hochberg_agrees_with_scipy(p: list[float]) -> None:
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p))


@pytest.mark.parametrize("method", METHODS)
@given(p=st.lists(st.floats(0, 1), max_size=20))
def test_adjusting_never_lowers(method: Callable[[ArrayLike], FloatArray], p: list[float]) -> None:
    adjusted = method(p)
    assert adjusted.shape == (len(p),)
    assert (adjusted >= np.array(p)).all()
    assert (adjusted <= 1).all()


@pytest.mark.parametrize("p", [[0.5, 1.1], [-0.1], [np.nan], 0.5])
@pytest.mark.parametrize("method", METHODS)
def test_what_is_no_p_value_is_refused(method: Callable[[ArrayLike], FloatArray], p: ArrayLike) -> None:
    with pytest.raises(ValueError, match="p_values: expected one row of numbers from 0 to 1"):
        method(p)
