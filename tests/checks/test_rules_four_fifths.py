"""The four-fifths rule: exact at 4/5, about the groups that the guidelines name, and beside it what the data can bear."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay import audit
from assay.audit.record import Requirement, Result
from assay.audit.stats.ratio import koopman
from assay.checks.rule_groups import Groups, rounded, shown

Counts = dict[str, tuple[int, int]]
"""By group: selected, and applicants."""


def measured(counts: Counts, **options: Any) -> Result:
    rows = [(group, int(i < x)) for group, (x, n) in counts.items() for i in range(n)]
    frame = pd.DataFrame(rows, columns=["race", "decided"]).assign(y=lambda f: np.arange(len(f)) % 2)
    plan = {
        "model": {"prediction": "decided"},
        "checks": {"include": ["rules.four_fifths"], "options": {"rules.four_fifths": options}},
    }
    result = audit.run(None, audit.Dataset(frame, target="y", sensitive=["race"]), plan)["rules.four_fifths"]
    assert result.status == "ok", result.traceback
    return result


def column(result: Result, name: str) -> dict[Any, Any]:
    for figure in result.figures:
        if name in figure.columns:
            return {row[0]: row[figure.columns.index(name)] for row in figure.rows}
    raise KeyError(name)


def groups(counts: Counts) -> Groups:
    hits, trials = (np.array(side) for side in zip(*counts.values(), strict=True))
    return Groups(list(counts), hits, trials, np.ones(len(hits), dtype=bool))


def test_the_example_of_the_agencies() -> None:
    """44 FR 11996 (1979): only the American Indians of its example are flagged, 48/60 is not."""
    counts = {"White": (60, 100), "American Indian": (45, 100), "Hispanic": (48, 100), "Black": (51, 100)}
    result = measured(counts)
    assert column(result, "Ratio") == {
        "White": "1.000", "American Indian": "0.750", "Hispanic": "0.800", "Black": "0.850",
    }  # fmt: skip
    below = [group for group, said in column(result, "By the rule").items() if said == "below 4/5"]
    assert below == ["American Indian"]
    assert set(column(result, "By the interval").values()) == {"undecided", "at least 4/5"}
    note = result.figures[0].note
    assert "Rule and interval differ on American Indian: below 4/5 by the rule, undecided by the interval." in note


@given(n=st.integers(1, 400), k=st.integers(1, 400))
def test_four_fifths_exactly_passes_whatever_the_numbers(n: int, k: int) -> None:
    """Rates 4a/5n and a/n with any a: floats get some of them wrong."""
    a = min(n, k)
    assert groups({"low": (4 * a, 5 * n), "high": (a, n)}).ratio(0) == Fraction(4, 5)


def test_one_person_below_four_fifths_is_below_it_and_is_printed_so() -> None:
    result = measured({"low": (47_999, 100_000), "high": (60_000, 100_000)})
    assert column(result, "By the rule")["low"] == "below 4/5"
    assert column(result, "Ratio")["low"] == "0.79998"


def test_no_rounding_crosses_the_limit() -> None:
    assert shown(Fraction(79_996, 100_000)) == "0.79996"
    assert shown(Fraction(8, 10)) == "0.800"
    assert (rounded(Fraction(1, 16), 3), rounded(Fraction(999_999, 1_000_000), 3)) == ("0.063", "1.000")


def test_small_and_unknown_groups_are_shown_and_not_judged() -> None:
    counts = {"a": (50, 500), "b": (100, 471), "tiny": (19, 19), "Unknown": (10, 10)}
    result = measured(counts)
    assert column(result, "By the rule") == {
        "a": "below 4/5", "b": "at least 4/5", "tiny": "not judged", "Unknown": "not judged",
    }  # fmt: skip
    assert column(result, "Applicants") == {group: n for group, (_, n) in sorted(counts.items(), key=_as_printed)}
    with_all = measured(counts, minimum_share=0, unknown=[])
    assert column(with_all, "By the rule")["b"] == "below 4/5"


def _as_printed(item: tuple[str, Any]) -> str:
    return item[0]


def test_two_percent_exactly_is_judged() -> None:
    assert column(measured({"a": (490, 980), "b": (5, 20)}), "By the rule")["b"] == "below 4/5"


def test_a_finding_that_hangs_on_one_person_says_so() -> None:
    """The agencies again: three of 20 men and one of 10 women; one woman more turns the finding."""
    result = measured({"men": (3, 20), "women": (1, 10)})
    assert column(result, "Ratio")["women"] == "0.667"
    assert column(result, "One more")["women"] == "1.000"
    assert column(result, "One fewer")["women"] == "0.000"
    assert column(result, "Hangs on one") == {"men": "no", "women": "yes"}
    assert column(result, "Over 2 SDs")["women"] == "no"
    assert column(result, "By the interval")["women"] == "undecided"
    firm = measured({"men": (300, 2000), "women": (100, 1000)})
    assert column(firm, "Hangs on one")["women"] == "no"
    assert column(firm, "Over 2 SDs")["women"] == "yes"


def test_with_two_groups_the_interval_is_koopmans() -> None:
    result = measured({"high": (412, 797), "low": (18, 41)})
    low, high = koopman(18, 41, 412, 797)
    assert (round(float(low), 3), round(float(high), 3)) == (0.575, 1.151)  # passes the rule, and is no evidence
    assert column(result, "95 % interval")["low"] == "0.575–1.000"  # to the highest rate no ratio is above 1
    assert column(result, "By the rule")["low"] == "at least 4/5"
    assert column(result, "By the interval")["low"] == "undecided"


def test_intervals_of_fair_groups_rarely_say_below() -> None:
    """Ten groups of 200 with one rate: noise fails the rule of points in many draws, the intervals in 5 % at most."""
    rng = np.random.default_rng(4)
    by_rule = by_interval = 0
    for _ in range(200):
        fair = groups({str(k): (int(x), 200) for k, x in enumerate(rng.binomial(200, 0.5, 10))})
        by_rule += any((fair.ratio(k) or 0) < Fraction(4, 5) for k in range(10))
        by_interval += any(limits is not None and limits[1] < Fraction(4, 5) for limits in fair.limits)
    assert by_rule > 50
    assert by_interval <= 10


def test_a_planted_violation_is_found_by_both() -> None:
    result = measured({"high": (1200, 2000), "low": (720, 2000)})
    assert column(result, "By the rule")["low"] == column(result, "By the interval")["low"] == "below 4/5"
    assert "agree on every group" in result.figures[0].note


BAD: dict[str, Counts] = {
    "nobody selected": {"a": (0, 50), "b": (0, 60)},
    "everybody selected": {"a": (50, 50), "b": (60, 60)},
    "a group of one": {"a": (1, 1), "b": (20, 40)},
    "few people": {"a": (1, 4), "b": (2, 5)},
    "one group left to judge": {"a": (10, 40), "?": (20, 40)},
}


@pytest.mark.parametrize("name", BAD)
def test_bad_data_get_a_defined_answer(name: str) -> None:
    result = measured(BAD[name])
    cells = [cell for figure in result.figures for row in figure.rows for cell in row]
    assert not {"nan", "inf"} & {str(cell) for cell in cells}
    if name == "nobody selected":
        assert set(column(result, "By the rule").values()) == {"–"}
        assert "was anybody selected" in result.figures[0].note
    if name in ("few people", "one group left to judge"):
        assert set(column(result, "By the interval").values()) <= {"too few rows", "–"}


def test_rows_with_weights_are_not_counted_as_people() -> None:
    frame = pd.DataFrame({"sex": list("fm") * 50, "decided": [0, 1] * 50, "y": [0, 1] * 50, "w": 2.0})
    plan = {"model": {"prediction": "decided"}, "checks": {"include": ["rules.four_fifths"]}}
    result = audit.run(None, audit.Dataset(frame, target="y", sensitive=["sex"], weight="w"), plan)["rules.four_fifths"]
    assert (result.status, result.figures) == ("ok", [])
    assert result.estimate(sex="f").method == "koopman-minimum"


def required(counts: Counts, **data: Any) -> tuple[Result, Requirement]:
    """With a requirement on the points, and one on the intervals."""
    rows = [(group, int(i < x)) for group, (x, n) in counts.items() for i in range(n)]
    frame = pd.DataFrame(rows, columns=["race", "decided"]).assign(y=lambda f: np.arange(len(f)) % 2)
    require = [{"check": "rules.four_fifths", "at_least": 0.8, "judge": "point"}]
    plan = {"model": {"prediction": "decided"}, "checks": {"include": ["rules.four_fifths"]}, "require": require}
    record = audit.run(None, audit.Dataset(frame, target="y", sensitive=["race"], **data), plan)
    (requirement,) = record.requirements
    return record["rules.four_fifths"], requirement


@pytest.mark.parametrize(("low", "high"), [((48, 100), (60, 100)), ((8, 50), (8, 40)), ((28, 55), (7, 11))])
def test_a_requirement_on_points_passes_at_four_fifths_exactly(low: tuple[int, int], high: tuple[int, int]) -> None:
    result, requirement = required({"low": low, "high": high})
    assert result.estimate(race="low").value == 0.8
    assert requirement.bound == "at least 0.8"
    assert requirement.id == "rules.four_fifths[race]"
    assert requirement.verdict == "pass"
    assert re.search(r"judged by the point value; by intervals [12] of 2 would not pass$", requirement.reason)


def test_a_requirement_on_points_fails_below_and_says_what_the_interval_leaves_open() -> None:
    _, requirement = required({"low": (47, 100), "high": (60, 100)})
    assert requirement.verdict == "fail"
    assert requirement.reason == "race=low: judged by the point value; by its interval: inconclusive"
    _, firm = required({"low": (700, 2000), "high": (1200, 2000)})
    assert firm.reason == "race=low: judged by the point value"


def test_what_is_required_is_what_the_table_shows() -> None:
    counts = {"a": (500, 1000), "b": (420, 1000), "c": (350, 1000), "tiny": (1, 12), "Unknown": (3, 90)}
    result, requirement = required(counts, reference={"race": "c"})
    assert {one.slice["race"]: one.verdict for one in requirement.estimates} == {"a": "pass", "b": "pass", "c": "fail"}
    ratios, intervals = column(result, "Ratio"), column(result, "95 % interval")
    for one in result.estimates:
        assert one.against == "highest rate (race=a)"  # whomever the plan compares with
        assert f"{one.value:.3f}" == ratios[one.slice["race"]]
        if one.low != one.high:
            assert f"{one.low:.3f}–{one.high:.3f}" == intervals[one.slice["race"]]


def test_the_highest_rate_is_the_highest_however_few_people_it_is_of() -> None:
    result, requirement = required({"many": (30, 60), "few": (8, 8)})
    assert column(result, "Ratio") == {"few": "1.000", "many": "0.500"}
    assert column(result, "By the interval")["many"] == "too few rows"
    many = result.estimate(race="many")
    assert (many.value, many.state, many.against) == (0.5, "insufficient", "highest rate (race=few)")
    assert requirement.reason == "race=many: judged by the point value; by its interval: inconclusive"


def test_the_favourable_outcome_is_what_people_are_selected_for() -> None:
    frame = pd.DataFrame({"sex": ["f"] * 50 + ["m"] * 50, "risk": [1] * 30 + [0] * 20 + [1] * 10 + [0] * 40})
    frame["y"] = np.arange(100) % 2
    plan = {"model": {"prediction": "risk", "favorable": 0}, "checks": {"include": ["rules.four_fifths"]}}
    result = audit.run(None, audit.Dataset(frame, target="y", sensitive=["sex"]), plan)["rules.four_fifths"]
    assert column(result, "Selected") == {"f": 20, "m": 40}
    assert result.estimate(sex="f").value == 0.5


def test_groups_that_are_withheld_are_not_in_the_tables() -> None:
    counts = {"a": (500, 1000), "b": (420, 1000), "c": (3, 6), "d": (7, 14)}
    result, requirement = required(counts, suppress=10)
    assert set(column(result, "Applicants")) < set(counts)
    assert "c" not in column(result, "Applicants")
    assert "Withheld for privacy, and left out of everything here: 2 more." in result.figures[0].note
    assert requirement.verdict == "inconclusive"
