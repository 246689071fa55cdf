"""The tables of New York City Local Law 144 against those that the rule prints as examples, 6 RCNY 5-301."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay import audit, reports
from assay.audit.record import Record, Result
from assay.checks.rule_groups import rounded

RACES = ["Hispanic or Latino", "White", "Black or African American", "Native Hawaiian or Pacific Islander", "Asian",
         "Native American or Alaska Native", "Two or More Races"]  # fmt: skip

# Applicants, selected, selection rate, impact ratio, as printed in 5-301(b).
SELECTED_SEX = [(1390, 667, "48%", "1.00"), (1181, 555, "47%", "0.979")]
SELECTED_RACE = [
    (408, 204, "50%", "0.97"), (797, 412, "52%", "1.00"), (390, 170, "44%", "0.84"), (119, 52, "44%", "0.85"),
    (616, 302, "49%", "0.95"), (41, 18, "44%", "0.85"), (213, 96, "45%", "0.87"),
]  # fmt: skip
SELECTED_BOTH = {
    "Male": [
        (205, 90, "43.9%", "0.841"), (412, 215, "52.2%", "1.000"), (226, 95, "42.0%", "0.806"),
        (87, 37, "42.5%", "0.815"), (321, 167, "52.0%", "0.997"), (24, 11, "45.8%", "0.878"), (115, 52, "45.2%", "0.866"),
    ],
    "Female": [
        (190, 82, "43.2%", "0.827"), (385, 197, "51.2%", "0.981"), (164, 75, "45.7%", "0.876"),
        (32, 15, "46.9%", "0.898"), (295, 135, "45.8%", "0.877"), (17, 7, "41.2%", "0.789"), (98, 44, "44.9%", "0.860"),
    ],
}  # fmt: skip

# Applicants, above the median, scoring rate, impact ratio, as printed in 5-301(c); the second follows from the third.
SCORED_SEX = {"Male": (92, 50, "54.3%", "1.00"), "Female": (76, 34, "44.7%", "0.82")}
SCORED_RACE = [
    (28, 18, "64.2%", "1.00"), (40, 15, "37.5%", "0.58"), (32, 16, "50.0%", "0.78"), (8, 5, "62.5%", "0.97"),
    (24, 10, "41.7%", "0.65"), (16, 10, "62.5%", "0.97"), (20, 10, "50.0%", "0.78"),
]  # fmt: skip
SCORED_BOTH = {
    "Male": [
        (16, 12, "75%", "1.00"), (20, 7, "35%", "0.47"), (20, 10, "50%", "0.67"), (4, 3, "75%", "1.00"),
        (12, 7, "58.3%", "0.78"), (8, 5, "62.5%", "0.83"), (12, 6, "50%", "0.67"),
    ],
    "Female": [
        (12, 6, "50%", "0.67"), (20, 8, "40%", "0.53"), (12, 6, "50%", "0.67"), (4, 2, "50%", "0.67"),
        (12, 3, "25%", "0.33"), (8, 5, "62.5%", "0.83"), (8, 4, "50%", "0.67"),
    ],
}  # fmt: skip

Printed = tuple[int, int, str, str]


def people(cells: dict[str, list[Printed]], unknown: list[tuple[str, str, int]]) -> pd.DataFrame:
    known = [
        (sex, race, int(i < x))
        for sex, rows in cells.items()
        for race, (n, x, *_) in zip(RACES, rows, strict=True)
        for i in range(n)
    ]
    frame = pd.DataFrame([*known, *unknown], columns=["sex", "race", "hit"])
    return frame.assign(y=np.arange(len(frame)) % 2, p=0.2 + 0.6 * frame.hit)


def audited(frame: pd.DataFrame, **options: Any) -> Record:
    names = ["rules.nyc_ll144_scoring", "rules.nyc_ll144_selection"]
    plan = {
        "model": {"prediction": "hit", "probability": "p"},
        "checks": {"include": names, "options": dict.fromkeys(names, options)},
    }
    return audit.run(None, audit.Dataset(frame, target="y", sensitive=["sex", "race"], name="applicants"), plan)


def rows(result: Result, by: str) -> dict[Any, dict[str, Any]]:
    assert result.status == "ok", result.traceback
    (figure,) = (figure for figure in result.figures if figure.title.endswith(f"rates by {by}"))
    leading = figure.columns.index("Applicants")
    return {", ".join(map(str, row[:leading])): dict(zip(figure.columns, row, strict=True)) for row in figure.rows}


def facts(result: Result) -> dict[Any, Any]:
    return {row[0]: row[1] for row in result.figures[0].rows}


def agrees(row: dict[str, Any], rate: str, printed: Printed) -> None:
    """Applicants, and rate and ratio to the digits that the rule prints."""
    n, x, percent, ratio = printed
    assert row["Applicants"] == n
    assert row.get("Selected", x) == x
    places = len(percent.rstrip("%").partition(".")[2])
    assert f"{float(row[rate].split()[0]):.{places}f}%" == percent
    assert row["Impact ratio"].startswith(ratio) or f"{float(row['Impact ratio']):.{len(ratio) - 2}f}" == ratio


UNKNOWN = [("Unknown", RACES[0], 0)] * 100 + [("Female", "Prefer not to say", 1)] * 150


def test_selection_rates_are_those_that_the_rule_prints() -> None:
    result = audited(people(SELECTED_BOTH, UNKNOWN))["rules.nyc_ll144_selection"]
    both = rows(result, "sex and race/ethnicity")
    for sex, printed in SELECTED_BOTH.items():
        for race, line in zip(RACES, printed, strict=True):
            agrees(both[f"{sex}, {race}"], "Selection rate", line)
    assert len(both) == 14
    for sex, line in zip(("Male", "Female"), SELECTED_SEX, strict=True):
        row = rows(result, "sex")[sex]  # by sex the two tables of the rule agree in applicants, not in those selected
        assert row["Applicants"] == line[0]
    assert facts(result)["Of unknown sex or race/ethnicity, not in the tables"] == 250


@pytest.mark.parametrize("table", [SELECTED_SEX, SELECTED_RACE], ids=["sex", "race"])
def test_the_arithmetic_of_the_tables_that_do_not_add_up(table: list[Printed]) -> None:
    """The rule has 2,571 applicants and 1,222 selected by sex, 2,584 and 1,254 by race, so that no one data set gives both."""
    highest = max(Fraction(x, n) for n, x, *_ in table)
    for n, x, percent, ratio in table:
        assert rounded(100 * Fraction(x, n), 0).rstrip(".0") == percent.rstrip("%").rstrip("0") or percent == "50%"
        assert rounded(Fraction(x, n) / highest, len(ratio) - 2) == ratio


def test_scoring_rates_are_those_that_the_rule_prints() -> None:
    unknown = [("Unknown", "White", 0)] * 8 + [("Male", "Unknown", 1)] * 7
    result = audited(people(SCORED_BOTH, unknown))["rules.nyc_ll144_scoring"]
    both = rows(result, "sex and race/ethnicity")
    for sex, printed in SCORED_BOTH.items():
        for race, line in zip(RACES, printed, strict=True):
            agrees(both[f"{sex}, {race}"], "Scoring rate", line)
        agrees(rows(result, "sex")[sex], "Scoring rate", SCORED_SEX[sex])
    for race, line in zip(RACES[1:], SCORED_RACE[1:], strict=True):
        agrees(rows(result, "race/ethnicity")[race], "Scoring rate", line)
    first = rows(result, "race/ethnicity")[RACES[0]]
    assert (first["Scoring rate"], first["Impact ratio"]) == (
        "64.3\N{NO-BREAK SPACE}%",
        "1.000",
    )  # 18/28; the rule cuts it to 64.2
    assert facts(result)["Of unknown sex or race/ethnicity, not in the tables"] == 15


def test_what_the_point_hides_stands_beside_it() -> None:
    """Native American against White: .849 looks fine, and with 41 people it is no evidence."""
    row = rows(audited(people(SELECTED_BOTH, []))["rules.nyc_ll144_selection"], "race/ethnicity")[RACES[5]]
    assert (row["Impact ratio"], row["95 % interval"]) == ("0.849", "0.575–1.000")


def test_small_categories_are_left_out_only_with_a_reason() -> None:
    frame = people(SELECTED_BOTH, [])
    frame.loc[frame.race == RACES[5], "hit"] = 1
    asked = audited(frame)["rules.nyc_ll144_selection"]
    assert rows(asked, "race/ethnicity")[RACES[5]]["Impact ratio"] == "1.000"
    reason = "41 applicants say nothing about the tool"
    result = audited(frame, leave_out_small_because=reason)["rules.nyc_ll144_selection"]
    small = rows(result, "race/ethnicity")[RACES[5]]
    assert (small["Applicants"], small["Selection rate"]) == (41, "100.0\N{NO-BREAK SPACE}%")
    assert small["Impact ratio"] == "–"
    assert result.figures[2].note.endswith("A dash: left out of the ratios, with under 2 % of the applicants.")
    assert rows(result, "race/ethnicity")["White"]["Impact ratio"] == "1.000"
    assert facts(result)["Categories under 2 % of the applicants"] == f"left out of impact ratios: {reason}"


def test_scores_equal_to_the_median_are_not_above_it() -> None:
    frame = people(SCORED_BOTH, []).assign(p=0.5)
    result = audited(frame)["rules.nyc_ll144_scoring"]
    assert {row["Scoring rate"] for row in rows(result, "sex").values()} == {"0.0\N{NO-BREAK SPACE}%"}
    assert "no impact ratios" in result.figures[1].note


def test_predicted_values_are_scores_too() -> None:
    frame = people(SCORED_BOTH, [])
    frame["grade"] = 10 * frame.p
    plan = {"model": {"task": "regression", "prediction": "grade"}, "checks": {"include": ["rules.nyc_ll144_scoring"]}}
    record = audit.run(None, audit.Dataset(frame, target="y", sensitive=["sex", "race"]), plan)
    found, expected = record["rules.nyc_ll144_scoring"], audited(frame)["rules.nyc_ll144_scoring"]
    assert rows(found, "sex and race/ethnicity") == rows(expected, "sex and race/ethnicity")


def test_a_missing_attribute_is_named() -> None:
    frame = people(SCORED_BOTH, []).rename(columns={"race": "ethnicity"})
    name = "rules.nyc_ll144_selection"
    dataset = audit.Dataset(frame, target="y", sensitive=["sex", "ethnicity"])

    def result(**options: str) -> Result:
        plan = {"model": {"prediction": "hit"}, "checks": {"include": [name], "options": {name: options}}}
        return audit.run(None, dataset, plan)[name]

    assert result().status == "not_assessed"
    assert "no sensitive attribute 'race': name it by the option 'race'" in result().reason
    assert result(race="ethnicity").status == "ok"


@pytest.mark.parametrize(
    ("data", "reason"),
    [({"suppress": 10}, "data.suppress withholds"), ({"intersections": 1}, "data.intersections of 2 or more")],
)
def test_tables_with_gaps_are_none(data: dict[str, Any], reason: str) -> None:
    plan = {"model": {"prediction": "hit"}, "checks": {"include": ["rules.nyc_ll144_selection"]}}
    dataset = audit.Dataset(people(SCORED_BOTH, []), target="y", sensitive=["sex", "race"], **data)
    result = audit.run(None, dataset, plan)["rules.nyc_ll144_selection"]
    assert result.status == "not_assessed"
    assert reason in result.reason


def test_what_only_people_know_is_published_or_a_gap() -> None:
    frame = people(SCORED_BOTH, [])
    given = facts(
        audited(frame, distribution_date="2026-03-01", data_explanation="all of 2025")["rules.nyc_ll144_scoring"]
    )
    assert given["Date from which the tool is used (distribution date)"] == "2026-03-01"
    assert given["Source and explanation of the data"] == "all of 2025"
    assert facts(audited(frame)["rules.nyc_ll144_scoring"])["Source and explanation of the data"] == "not provided"


@pytest.mark.parametrize("suffix", ["md", "html"])
def test_documents_say_where_the_rule_stands(suffix: str, tmp_path: Any) -> None:
    text = reports.write(audited(people(SELECTED_BOTH, [])), tmp_path / f"card.{suffix}").read_text("utf-8")
    assert "in force, enforced since 2023-07-05, as read on 2026-11-23" in text
    assert re.search(r"Female.{1,40}Two or More Races", text)
    assert re.search(r"Audited on (\d{4})-.*this one serves until (\d{4})-", text)
    assert "0.860" in text


def test_where_the_most_selected_category_is_tiny_the_table_says_why_there_are_no_intervals() -> None:
    frame = people(SELECTED_BOTH, [])
    few = frame.index[frame.race == RACES[5]]
    frame.loc[few, "hit"] = 1
    result = audited(frame.drop(few[2:]))["rules.nyc_ll144_selection"]
    assert {row["95 % interval"] for row in rows(result, "race/ethnicity").values()} == {"–"}
    assert result.figures[2].note.endswith("it has 2 applicants, too few for an interval of any ratio to it.")
