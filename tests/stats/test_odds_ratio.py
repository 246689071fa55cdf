"""Score interval of the odds ratio: against the likelihood it inverts, statsmodels, and its symmetries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep

from assay.audit.stats.odds_ratio import odds_ratio

TABLES = [(56, 70, 48, 80), (5, 40, 1, 60), (1, 20, 19, 20), (500, 900, 20, 1000)]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_the_limits_are_where_the_score_test_rejects(table: tuple[int, int, int, int], level: float) -> None:
    x1, n1, x2, n2 = table

    def score(log_ratio: float) -> float:
        """The statistic under this odds ratio, its fitted count found by root search on the definition."""
        total, low, high = x1 + x2, max(0, x1 + x2 - n2), min(n1, x1 + x2)

        def off(m: float) -> float:
            return float(np.log(m * (n2 - total + m) / ((n1 - m) * (total - m))) - log_ratio)

        m = optimize.brentq(off, low + 1e-12, high - 1e-12, xtol=1e-14)
        information = 1 / m + 1 / (n1 - m) + 1 / (total - m) + 1 / (n2 - total + m)
        return float((x1 - m) ** 2 * information * (n1 + n2 - 1) / (n1 + n2))

    critical = stats.norm.ppf((1 + level) / 2) ** 2
    for limit in odds_ratio(*table, level):
        assert score(float(np.log(limit))) == pytest.approx(critical, rel=1e-6)


@pytest.mark.parametrize("table", TABLES)
def test_it_agrees_with_statsmodels(table: tuple[int, int, int, int]) -> None:
    with np.errstate(invalid="ignore"):  # its search starts outside of the range
        peer = confint_proportions_2indep(*table, compare="or", method="score", correction=True)
    assert tuple(odds_ratio(*table)) == pytest.approx(peer, rel=1e-4)


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        ((0, 20, 5, 20), 0, None),
        ((20, 20, 5, 20), None, np.inf),
        ((5, 20, 0, 20), None, np.inf),
        ((5, 20, 20, 20), 0, None),
    ],
)
def test_an_empty_cell_leaves_one_limit(table: tuple[int, ...], low: float | None, high: float | None) -> None:
    found = odds_ratio(*table)
    assert found.low == low if low is not None else found.low > 0
    assert found.high == high if high is not None else np.isfinite(found.high)


@pytest.mark.parametrize("table", [(0, 0, 5, 20), (5, 20, 0, 0), (0, 20, 0, 20), (20, 20, 20, 20)])
def test_nothing_known_is_no_bound(table: tuple[int, ...]) -> None:
    found = odds_ratio(*table)
    assert (float(found.low), float(found.high)) == (0, np.inf)


@given(st.integers(1, 50), st.integers(1, 50), st.data())
def test_swapping_the_samples_inverts_it(n1: int, n2: int, data: st.DataObject) -> None:
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    one, other = odds_ratio(x1, n1, x2, n2), odds_ratio(x2, n2, x1, n1)
    with np.errstate(divide="ignore"):
        assert one.low == pytest.approx(1 / other.high, rel=1e-6)
        assert one.high == pytest.approx(1 / other.low, rel=1e-6)
    assert one.low < one.high
