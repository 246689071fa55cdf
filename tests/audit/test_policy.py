from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom

from assay.audit import Proportion
from assay.audit.measure import Measured
from assay.audit.plan import Require
from assay.audit.policy import Bound, Judgement, bound, judge
from assay.audit.registry import Better
from assay.audit.stats.multiple import holm

ORDER = {"fail": 0, "inconclusive": 1, "pass": 2}
counts = st.integers(10, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def verdict(pairs: list[tuple[int, int]], limit: Bound, *, point: bool = False, level: float = 0.95) -> Judgement:
    hits, trials = np.array(pairs, dtype=float).T
    key = frozenset(["g"])
    places = {key: np.arange(len(pairs))}
    labels = [{"g": str(i)} for i in range(len(pairs))]
    measured = Measured("rate", Proportion(hits, trials), labels, places, [""] * len(pairs))
    return judge(measured, key, limit, level=level, point=point)


@given(counts, st.floats(0.01, 0.99))
def test_one_slice_is_judged_by_its_interval_alone(pair: tuple[int, int], least: float) -> None:
    limit = Bound(least, math.inf)
    found = verdict([pair], limit)
    low, high = found.slices[0].low, found.slices[0].high
    assert low is not None and high is not None
    expected = "pass" if limit.holds(low, high) else "fail" if limit.misses(low, high) else "inconclusive"
    # Where an end of the interval is the bound itself, the last bit of a float decides.
    assert found.verdict == expected or min(abs(low - least), abs(high - least)) < 1e-9


@given(st.lists(counts, min_size=1, max_size=6), st.floats(0.01, 0.98), st.floats(0.001, 0.01))
def test_a_higher_demand_is_never_easier(pairs: list[tuple[int, int]], least: float, more: float) -> None:
    lax, strict = (verdict(pairs, Bound(edge, math.inf)).verdict for edge in (least, least + more))
    assert ORDER[strict] <= ORDER[lax]


@given(st.lists(counts, min_size=2, max_size=6), st.floats(0.01, 0.99))
def test_all_must_pass_and_one_may_fail_it(pairs: list[tuple[int, int]], least: float) -> None:
    found = verdict(pairs, Bound(least, math.inf))
    verdicts = [one.verdict for one in found.slices]
    expected = "fail" if "fail" in verdicts else "inconclusive" if "inconclusive" in verdicts else "pass"
    assert found.verdict == expected
    # The oracle: the probability of so few hits at the bound. Above 0.4 only "no evidence" is told, as 1.
    exact = [float(binom.cdf(hits, trials, least)) for hits, trials in pairs]
    assume(all(abs(p - 0.45) > 0.05 for p in exact))
    expected_p = holm([p if p < 0.45 else 1.0 for p in exact])
    assert [one.p_fail for one in found.slices] == pytest.approx(expected_p.tolist(), rel=0.05, abs=1e-6)


@given(counts, st.floats(0.05, 0.9), st.floats(0.01, 0.1))
def test_two_ends_are_two_one_sided_tests(pair: tuple[int, int], least: float, width: float) -> None:
    both = verdict([pair], Bound(least, least + width)).verdict
    lower = verdict([pair], Bound(least, math.inf)).verdict
    upper = verdict([pair], Bound(-math.inf, least + width)).verdict
    assert (both == "pass") == (lower == upper == "pass")
    assert (both == "fail") == ("fail" in (lower, upper))


@given(st.lists(counts, min_size=1, max_size=4), st.floats(0.01, 0.99))
def test_the_point_is_judged_by_the_value(pairs: list[tuple[int, int]], least: float) -> None:
    expected = "pass" if all(hits / n >= least for hits, n in pairs) else "fail"
    assert verdict(pairs, Bound(least, math.inf), point=True).verdict == expected


def test_too_few_rows_are_no_evidence() -> None:
    few, none = verdict([(9, 9)], Bound(0.1, 1)), verdict([(0, 0)], Bound(0.1, 1))
    assert (few.verdict, few.reason) == ("inconclusive", "g=0: insufficient evidence: too few rows")
    assert (none.verdict, none.reason) == ("inconclusive", "g=0: undefined: no rows to measure it on")
    assert verdict([(0, 0)], Bound(0.1, 1), point=True).verdict == "inconclusive"


@pytest.mark.parametrize("pair", [(60, 100), (850, 1000)])
def test_the_rows_that_would_decide_do_decide(pair: tuple[int, int]) -> None:
    limit = Bound(pair[0] / pair[1] - 0.01, math.inf)
    needs = verdict([pair], limit).needs_n
    assert needs is not None and needs > pair[1]
    more = round(needs * 1.1)
    assert verdict([(round(more * pair[0] / pair[1]), more)], limit).verdict == "pass"
    fewer = round(needs * 0.8)
    assert verdict([(round(fewer * pair[0] / pair[1]), fewer)], limit).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("given", "better", "expected"),
    [
        ({"at_least": 0.8}, "higher", Bound(0.8, math.inf)),
        ({"at_least": 0.0}, "higher", Bound(0.0, math.inf)),
        ({"at_most": 0.1}, "lower", Bound(-math.inf, 0.1)),
        ({"between": (0.2, 0.4)}, "one", Bound(0.2, 0.4)),
        ({"at_most": 0.1}, "zero", Bound(-0.1, 0.1)),
        ({"at_least": 0.8}, "one", Bound(0.8, 1.25)),
        ({"at_most": 1.25}, "one", Bound(0.8, 1.25)),
    ],
)
def test_parity_is_held_to_both_sides(given: dict[str, Any], better: Better, expected: Bound) -> None:
    assert bound(Require(check="a.b", **given), better) == expected


@pytest.mark.parametrize(
    ("given", "better"),
    [({"at_least": 0.1}, "zero"), ({"at_most": -0.1}, "zero"), ({"at_least": 1.25}, "one"), ({"at_most": 0.8}, "one"), ({"at_most": 0}, "one")],
)  # fmt: skip
def test_a_bound_without_sense_is_refused(given: dict[str, Any], better: Better) -> None:
    with pytest.raises(ValueError, match=r"is parity here: expected 'at_(least|most)'"):
        bound(Require(check="a.b", **given), better)


@pytest.mark.parametrize(
    ("pair", "limit", "said"),
    [
        ((35, 50), Bound(0.8, math.inf), "the value 0.7 is below 0.8, but the interval contains the bound"),
        (
            (79_999, 100_000),
            Bound(0.8, math.inf),
            "the value 0.79999 is below 0.8, but the interval contains the bound",
        ),
        ((45, 50), Bound(0.1, 0.85), "the value 0.9 is above 0.85, but the interval contains the bound"),
        ((41, 50), Bound(0.8, math.inf), "the interval contains the bound"),
    ],
)
def test_an_undecided_value_outside_the_bound_is_named(pair: tuple[int, int], limit: Bound, said: str) -> None:
    found = verdict([pair], limit)
    assert (found.verdict, found.reason) == ("inconclusive", f"g=0: {said}")


def test_slices_outside_the_bound_are_named_first() -> None:
    found = verdict([(41, 50), (42, 50), (41, 50), (38, 50)], Bound(0.8, math.inf))
    assert (
        found.needs_n == found.slices[3].needs_n != max(one.needs_n or 0 for one in found.slices)
    )  # enough for a fail
    assert found.reason.startswith("g=3: the value 0.76 is below 0.8, but") and "and 1 more" in found.reason
