from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import NormalIndPower

from assay.audit.stats.power import (
    detectable_difference,
    detectable_effect,
    detectable_rate,
    detectable_ratio,
    rows_for_rate,
)
from assay.audit.stats.sequential import spent_level


def test_rows_for_a_rate() -> None:
    assert rows_for_rate(0.9, 0.92) == 1666
    assert rows_for_rate(0.9, [0.9, 0.91, 0.95]).tolist() == [np.inf, 6870, 239]


def test_the_rows_give_the_power() -> None:
    n = int(rows_for_rate(0.9, 0.92))
    reject = stats.binom.isf(0.025, n, 0.9) + 1
    assert stats.binom.sf(reject - 1, n, 0.92) == pytest.approx(0.8, abs=0.015)


@given(bound=st.floats(0.05, 0.9), n=st.integers(20, 10**6))
def test_detectable_rate_needs_the_rows_that_there_are(bound: float, n: int) -> None:
    rate = float(detectable_rate(bound, n))
    assert bound < rate <= 1
    if rate < 0.999:
        assert rows_for_rate(bound, rate) == pytest.approx(n, abs=1.01)


def test_detectable_differences() -> None:
    assert detectable_difference(0.8, [700, 100], [300, 30]) == pytest.approx([0.0773, 0.2333], abs=5e-5)
    assert detectable_difference(0.5, 0, 10) == 1


def test_detectable_effect_has_the_power() -> None:
    effect = float(detectable_effect(1 / np.sqrt(50), power=0.9))
    assert NormalIndPower(ddof=0).power(effect, 50, 0.05, ratio=0, alternative="larger") >= 0.9
    assert stats.norm.sf(1.959964 - effect * np.sqrt(50)) == pytest.approx(0.9, abs=1e-6)


def test_ratio_to_the_half_width() -> None:
    assert detectable_ratio() * 1.959964 == pytest.approx(float(detectable_effect(1.0)))


@pytest.mark.parametrize("power", [0.5, 1, 80])
def test_impossible_powers_are_refused(power: float) -> None:
    with pytest.raises(ValueError, match="power: expected a number between"):
        rows_for_rate(0.9, 0.92, power=power)


def test_error_levels_of_all_uses_add_up() -> None:
    spent = [1 - spent_level(use) for use in range(1, 20_001)]
    assert spent[0] == pytest.approx(0.05 * 6 / np.pi**2)
    assert 0.04999 < sum(spent) < 0.05
    with pytest.raises(ValueError, match="use: expected 1 or more, got 0"):
        spent_level(0)
