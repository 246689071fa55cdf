from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assay.audit.stats.combine import maximum_absolute, minimum, mover_sum
from assay.audit.stats.difference import newcombe
from assay.audit.stats.interval import Interval
from assay.audit.stats.proportion import wilson
from assay.audit.stats.ratio import koopman

hits = hnp.arrays(np.int64, 3, elements=st.integers(0, 40))


def test_mover_of_a_difference_is_newcombe() -> None:
    one, two = wilson(56, 70), wilson(48, 80)
    limits = mover_sum([0.8, 0.6], [one.low, two.low], [one.high, two.high], [1, -1])
    np.testing.assert_allclose(limits, newcombe(56, 70, 48, 80), rtol=1e-12)


def test_mover_of_symmetric_intervals_adds_the_variances() -> None:
    assert mover_sum([1, 2], [0.7, 1.6], [1.3, 2.4], [1, 1]) == pytest.approx((2.5, 3.5))


@given(x=hits)
def test_extremes_hold_the_estimates(x: np.ndarray) -> None:
    lowest = minimum(lambda level: wilson(x, 40, level))
    assert lowest.low <= x.min() / 40 <= lowest.high
    greatest = maximum_absolute(lambda level: newcombe(x, 40, 20, 40, level))
    assert 0 <= greatest.low <= np.abs(x / 40 - 0.5).max() <= greatest.high <= 1
    assert greatest.low < greatest.high


def test_each_side_is_taken_at_its_level() -> None:
    asked: list[float] = []

    def interval_at(level: float) -> Interval:
        asked.append(level)
        return wilson([10, 30], 40, level)

    assert minimum(interval_at, 0.9).low == wilson(10, 40, 0.9).low
    assert asked == pytest.approx([0.9, 0.95])
    maximum_absolute(interval_at, 0.9)
    assert asked[2:] == pytest.approx([0.9, 0.975])


def test_one_parameter_is_itself() -> None:
    alone = minimum(lambda level: koopman([36], 40, [16], 80, level))
    np.testing.assert_array_equal(alone, koopman(36, 40, 16, 80))


def test_no_difference_can_be_excluded_only_when_one_is_shown() -> None:
    def fixed(low: float, high: float) -> tuple[float, ...]:
        limits = maximum_absolute(lambda level: Interval(np.array([low, -0.1]), np.array([high, 0.05])))
        return tuple(map(float, limits))

    assert fixed(-0.2, 0.1) == (0, 0.2)
    assert fixed(-0.3, -0.2) == (0.2, 0.3)
    assert fixed(0.2, 0.3) == (0.2, 0.3)


def test_leading_axis_is_the_family() -> None:
    x = np.arange(12).reshape(3, 4)
    low, high = minimum(lambda level: wilson(x, 20, level))
    assert low.shape == high.shape == (4,)
