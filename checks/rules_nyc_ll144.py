"""New York City Local Law 144 (6 RCNY 5-300 to 5-304): the tables that an employer has to publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..audit.errors import NotAssessed, nearest
from ..audit.registry import TASKS, check
from ..audit.shapes.base import BoolArray
from ..audit.shapes.figures import Table
from ..audit.slices import FloatArray, IntArray, Slices
from .rule_groups import UNKNOWN, Groups, between, is_unknown, percent, shown

SMALL = Fraction(2, 100)
"""Share of the data below which a category may be left out of the impact ratios, 5-301(d)."""

GAP = "not provided"


@check(
    "rules.nyc_ll144_selection",
    better="one",
    addresses=[
        "nyc-ll144:301a",
        "nyc-ll144:301b1-2",
        "nyc-ll144:301b3",
        "nyc-ll144:301b5",
        "nyc-ll144:301d",
        "nyc-ll144:303a1",
    ],
    cites=["6 RCNY 5-301(b)"],
    core=False,
)
def selection(
    favorable_predictions: IntArray,
    slices: Slices,
    *,
    sex: str = "sex",
    race: str = "race",
    unknown: tuple[str, ...] = UNKNOWN,
    leave_out_small_because: str = "",
    distribution_date: str = "",
    data_explanation: str = "",
) -> dict[str, Table]:
    """New York City Local Law 144: selection rates.

    For a tool that selects people: people, selected, selection rate, and impact ratio (rate divided by that of the most
    selected category), by sex, by race or ethnicity, and by both. People whose sex or race is unknown are counted and
    take part in no table. Categories with less than 2 % of the people stay in, unless leave_out_small_because gives the
    justification that the rule asks for; their number and rate are shown in any case. Options sex and race name the
    sensitive attributes. A tool that puts people into several groups is audited once for each, as model.favorable.
    The interval is not asked for by the rule.

    Signs of trouble: a category with a small impact ratio whose interval is small too.
    Limits: the rule sets no limit for an impact ratio. It also asks for an independent auditor, for data of real use not
    older than a year, and for notices, none of which can be measured; categories must be those of the EEO-1 report.
    """
    people = _people(slices, sex, race, unknown)
    facts = _facts(people, leave_out_small_because, distribution_date, data_explanation)
    return {"facts": facts, **_tables(people, favorable_predictions == 1, "selection", leave_out_small_because)}


@check(
    "rules.nyc_ll144_scoring",
    tasks=TASKS,
    better="one",
    addresses=["nyc-ll144:301a", "nyc-ll144:301c1-2", "nyc-ll144:301d", "nyc-ll144:303a1"],
    cites=["6 RCNY 5-301(c)"],
    core=False,
)
def scoring(
    ratings: FloatArray,
    slices: Slices,
    *,
    sex: str = "sex",
    race: str = "race",
    unknown: tuple[str, ...] = UNKNOWN,
    leave_out_small_because: str = "",
    distribution_date: str = "",
    data_explanation: str = "",
) -> dict[str, Table]:
    """New York City Local Law 144: scoring rates.

    For a tool that scores people (by the probability of the favourable outcome, or by a predicted value): share of each category whose score lies above the median of all people, and impact
    ratio (that share divided by that of the highest scoring category), by sex, by race or ethnicity, and by both.
    The median is of everybody, also of people whose sex or race is unknown, who take part in no table.
    Everything else is as in the tables of selection rates.

    Signs of trouble: a category with a small impact ratio whose interval is small too.
    Limits: the rule sets no limit for an impact ratio. Where many have the median score itself, less than half lie above it.
    """
    people = _people(slices, sex, race, unknown)
    facts = _facts(people, leave_out_small_because, distribution_date, data_explanation)
    median = float(np.median(ratings))
    facts.rows.append(["Median score of all applicants", f"{median:.6g}"])
    return {"facts": facts, **_tables(people, ratings > median, "scoring", leave_out_small_because)}


@dataclass(frozen=True)
class People:
    """Sex and race of each row, ``(n,)``, the names of their levels, and whether either is unknown."""

    sex: IntArray
    race: IntArray
    sexes: list[str]
    races: list[str]
    sex_unknown: BoolArray
    race_unknown: BoolArray

    @property
    def known(self) -> BoolArray:
        return ~(self.sex_unknown | self.race_unknown)


def _people(slices: Slices, sex: str, race: str, unknown: tuple[str, ...]) -> People:
    if gone := sum(set(slice) <= {sex, race} for slice in slices.withheld):
        raise NotAssessed(f"the rule asks for every category, and data.suppress withholds {gone} of them")
    names = [p.attributes[0] for p in slices.partitions if len(p.attributes) == 1]
    for option, name in (("sex", sex), ("race", race)):
        if name not in names:
            raise NotAssessed(
                f"the rule asks for tables by sex and by race or ethnicity; no sensitive attribute {name!r}: name it by the "
                f"option {option!r}{nearest(name, names)}"
            )
    if not any(set(p.attributes) == {sex, race} and sex != race for p in slices.partitions):
        raise NotAssessed(f"the rule asks for {sex!r} by {race!r}: two attributes, and data.intersections of 2 or more")
    (one, sexes), (two, races) = _coded(slices, sex), _coded(slices, race)
    return People(one, two, sexes, races, is_unknown(sexes, unknown)[one], is_unknown(races, unknown)[two])


def _coded(slices: Slices, attribute: str) -> tuple[IntArray, list[str]]:
    """Level of each row, ``(n,)``, and the names of the levels."""
    partition = slices.partition((attribute,))
    return slices.within(partition)[slices.cell], [slices.labels[i][attribute] for i in partition.slices]


def _facts(people: People, because: str, distribution_date: str, data_explanation: str) -> Table:
    """What is published beside the tables, 5-303(a)."""
    return Table(
        "Local Law 144: facts to publish with the tables",
        ["What", "As published"],
        [
            ["Date from which the tool is used (distribution date)", distribution_date.strip() or GAP],
            ["Source and explanation of the data", data_explanation.strip() or GAP],
            ["Applicants assessed", len(people.known)],
            ["Of unknown sex or race/ethnicity, not in the tables", int((~people.known).sum())],
            ["Of unknown sex", int(people.sex_unknown.sum())],
            ["Of unknown race/ethnicity", int(people.race_unknown.sum())],
            ["Categories under 2 % of the applicants", f"left out of impact ratios: {because.strip()}" if because.strip() else "not left out"],
        ],
    )  # fmt: skip


def _tables(people: People, hit: BoolArray, kind: str, because: str) -> dict[str, Table]:
    pairs = {f"{sex}, {race}": [sex, race] for sex in people.sexes for race in people.races}
    cut = {
        "sex": ("sex", people.sex, people.sexes),
        "race": ("race/ethnicity", people.race, people.races),
        "both": ("sex and race/ethnicity", people.sex * len(people.races) + people.race, list(pairs)),
    }
    return {
        key: _table(
            f"Local Law 144: {kind} rates by {title}",
            _groups(of, names, hit, people, bool(because.strip())),
            kind,
            pairs if key == "both" else {},
        )
        for key, (title, of, names) in cut.items()
    }


def _groups(of: IntArray, names: list[str], hit: BoolArray, people: People, without_small: bool) -> Groups:
    """The categories that occur among people of known sex and race."""
    trials = np.bincount(of[people.known], minlength=len(names))
    hits = np.bincount(of[people.known & hit], minlength=len(names))
    at = np.flatnonzero(trials)
    judged = np.array([not without_small or int(trials[i]) >= SMALL * len(of) for i in at], dtype=bool)
    return Groups([names[i] for i in at], hits[at], trials[at], judged)


def _table(title: str, groups: Groups, kind: str, pairs: Mapping[str, list[str]]) -> Table:
    """``pairs``: of categories that are crossed their parts, which have a column each."""
    selects = kind == "selection"
    rows: list[list[str | float | int | None]] = [
        [
            *pairs.get(name, [name]),
            int(groups.trials[i]),
            *([int(groups.hits[i])] if selects else []),
            percent(groups.rate(i)),
            shown(groups.ratio(i)),
            between(groups.limits[i]),
        ]
        for i, name in enumerate(groups.names)
    ]
    columns = [
        *(["Sex", "Race/ethnicity"] if pairs else ["Category"]),
        "Applicants",
        *(["Selected"] if selects else []),
        f"{kind.capitalize()} rate",
        "Impact ratio",
        "95 % interval",
    ]
    return Table(title, columns, rows, _note(groups, kind))


def _note(groups: Groups, kind: str) -> str:
    if not len(groups.names):
        return "There is nobody whose sex and race are both known."
    if groups.top is None:
        return "No category has a rate above 0, so that there are no impact ratios."
    left_out = "" if groups.judged.all() else " A dash: left out of the ratios, with under 2 % of the applicants."
    highest = "most selected" if kind == "selection" else "highest scoring"
    intervals = (
        "intervals allow for its choice by the data"
        if any(groups.limits)
        else f"it has {int(groups.trials[groups.top])} applicants, too few for an interval of any ratio to it"
    )
    return f"Impact ratios are to the {highest} category, {groups.names[groups.top]}; {intervals}.{left_out}"
