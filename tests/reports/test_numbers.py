"""Rounding: closed forms, and properties over all numbers."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assay.audit.record import Estimate
from assay.reports import numbers

FINITE = st.floats(-1e6, 1e6)


def estimate(value: float | None, low: float | None, high: float | None, **more: object) -> Estimate:
    return Estimate.model_validate(
        {"metric": "m", "value": value, "low": low, "high": high, "level": 0.95, "method": "", "n": 9, **more}
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "printed"),
    [
        (0.31, 0.28, 0.34, "0.31 (0.28–0.34)"),
        (0.85312, 0.84711, 0.85911, "0.853 (0.847–0.859)"),
        (0.313, 0.298, 0.328, "0.313 (0.298–0.328)"),
        (-0.181, -0.211, 0.019, "−0.18 (−0.21 to 0.02)"),
        (12345.6, 12000.0, 12700.0, "12,346 (12,000–12,700)"),
        (0.181, 0.1693, None, "0.181 (0.169–∞)"),
        (None, 0.0, 1.0, "undefined (0.0–1.0)"),
        (None, None, None, "undefined (–)"),
        (-0.00001, -0.1, 0.1, "0.00 (−0.10 to 0.10)"),
    ],
)
def test_as_many_digits_as_the_interval_supports(
    value: float | None, low: float | None, high: float | None, printed: str
) -> None:
    assert numbers.both(estimate(value, low, high)) == printed


def test_a_number_below_the_bound_is_not_printed_as_the_bound() -> None:
    assert numbers.point(estimate(0.7996, 0.76, 0.84), [0.8]) == "0.7996"
    assert numbers.point(estimate(0.8, 0.76, 0.84), [0.8]) == "0.80"


@given(FINITE, FINITE, FINITE)
def test_rounding_moves_nothing_by_more_than_a_quarter_of_the_half_width(a: float, b: float, c: float) -> None:
    low, value, high = sorted((a, b, c))
    assume(high - low > 1e-4)
    places = numbers.decimals(value, low, high)
    assert abs(round(value, places) - value) <= (high - low) / 8 * 1.0001


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 0.3))
def test_print_stays_on_its_side_of_the_bound(value: float, bound: float, half: float) -> None:
    assume(abs(value - bound) > 1e-5)
    printed = float(numbers.point(estimate(value, value - half, value + half), [bound]))
    assert (printed < bound) == (value < bound)


def test_counts_are_printed_where_they_fit() -> None:
    assert numbers.counts(estimate(0.5, 0, 1, counts={"hits": 1204, "trials": 4913})) == "1,204\xa0of\xa04,913"
    assert numbers.counts(estimate(0.5, 0, 1, counts={"sum_of_squares": 3.2})) == ""


def test_a_ratio_to_nothing_is_infinite_and_not_undefined() -> None:
    assert numbers.both(estimate(None, 1.2, None, note="infinite")) == "infinite (1.200–∞)"
    assert numbers.both(estimate(None, 1.2, None, note="no rows")) == "undefined (1.200–∞)"


@pytest.mark.parametrize(
    ("number", "printed"), [(0.01234, "0.012"), (0.5, "0.50"), (2.345, "2.3"), (12345.6, "12,346"), (3e-9, "0.000000")]
)
def test_two_digits_without_exponent(number: float, printed: str) -> None:
    assert numbers.two_digits(number) == printed


@pytest.mark.parametrize(("p", "printed"), [(None, "–"), (2e-9, "< 0.0001"), (0.0123, "0.012"), (0.4567, "0.46")])
def test_p_values(p: float | None, printed: str) -> None:
    assert numbers.probability(p) == printed
