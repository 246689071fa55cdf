"""The four-fifths rule of the Uniform Guidelines, as it is written and as the numbers can bear it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

import numpy as np
from pydantic import Field

from ..audit.registry import check
from ..audit.shapes.base import BoolArray
from ..audit.shapes.compare import Comparison, OfParts
from ..audit.shapes.confusion import Confusion
from ..audit.shapes.figures import Table
from ..audit.slices import IntArray, Partition, Slices
from ..audit.stats.two_rates import boschloo, fisher, mid_p, pooled_z
from .favorable import selected
from .rule_groups import DASH, FOUR_FIFTHS, UNKNOWN, Groups, ToHighest, between, is_unknown, percent, shown

BELOW, ENOUGH, OPEN = "below 4/5", "at least 4/5", "undecided"

MOST_FOR_BOSCHLOO = 200
"""People in both groups together up to which Boschloo's test is used; it takes a tenth of a second there."""


@dataclass(frozen=True)
class AsWritten(OfParts):
    """A comparison by one attribute, whomever the plan compares with, among the groups that the rule judges."""

    always: bool = True
    minimum_share: float = 0.0
    unknown: tuple[str, ...] = ()

    def among(self, slices: Slices, partition: Partition) -> IntArray:
        if len(partition.attributes) != 1:
            return partition.slices[:0]
        return partition.slices[_judged(slices, partition, self.minimum_share, self.unknown)]


@check(
    "rules.four_fifths",
    better="higher",
    addresses=["ugesp:4d"],
    cites=["29 CFR 1607.4(D)", "44 FR 11996 (1979)", "433 U.S. 299 (1977)", "430 U.S. 482 (1977)"],
    metrics=["impact_ratio"],
    core=False,
)
def four_fifths(
    favorable_counts: Confusion,
    slices: Slices,
    *,
    minimum_share: Annotated[float, Field(ge=0, lt=1)] = 0.02,
    unknown: tuple[str, ...] = UNKNOWN,
) -> dict[str, Comparison | Table]:
    """Four-fifths rule.

    Selection rate of each group divided by the highest one, by each sensitive attribute; selected is who gets the
    favourable outcome. The rule looks at these numbers as they are: a ratio below 4/5 is generally regarded as evidence of
    adverse impact, and 4/5 exactly is not. Beside it stands what the interval of the ratio says, and below it the tests
    that courts have used: difference in standard deviations (more than two), Fisher's exact test, and Boschloo's, or the
    mid-p-value of Fisher's where there are more than 200 people in two groups. Groups with less than minimum_share of the
    people are shown, and neither judged nor taken as the highest; so are people whose group is unknown. A requirement with
    judge = "point" is held against the numbers as the rule does.

    Signs of trouble: a group below 4/5 by the rule and by the interval.
    Limits: a rule of thumb for hiring and promotion in the United States. Ratios of small rates are unstable, and the
    finding can hang on one person, which the table says. p-values are not adjusted for the number of groups.
    """
    rate = selected(favorable_counts)
    ratio = AsWritten({"": rate}, ToHighest, word="highest rate", minimum_share=minimum_share, unknown=unknown)
    found: dict[str, Comparison | Table] = {"impact_ratio": ratio}
    if slices.design is not None or rate.hits.shape != (len(slices.labels),):
        return found  # rows with weights are not people
    for partition in slices.partitions:
        if len(partition.attributes) == 1:
            (attribute,), at = partition.attributes, partition.slices
            judged = _judged(slices, partition, minimum_share, unknown)
            names = [slices.labels[i][attribute] for i in at]
            groups = Groups(names, rate.hits[at].astype(np.int64), rate.trials[at].astype(np.int64), judged)
            gone = sum(set(slice) == {attribute} for slice in slices.withheld)
            found[f"rule_{attribute}"] = _rule(attribute, groups, minimum_share, gone)
            found[f"tests_{attribute}"] = _tests(attribute, groups, len(slices.cell))
    return found


def _judged(slices: Slices, partition: Partition, minimum_share: float, unknown: tuple[str, ...]) -> BoolArray:
    """Which groups of an attribute the rule looks at."""
    levels = [slices.labels[i][partition.attributes[0]] for i in partition.slices]
    least = Fraction(str(minimum_share)) * len(slices.cell)
    return np.asarray(~is_unknown(levels, unknown) & [int(n) >= least for n in slices.rows[partition.slices]])


def _rule(attribute: str, groups: Groups, minimum_share: float, gone: int) -> Table:
    rows: list[list[str | float | int | None]] = []
    for i, name in enumerate(groups.names):
        ratio, limits = groups.ratio(i), groups.limits[i]
        rows.append([
            name, int(groups.trials[i]), int(groups.hits[i]), percent(groups.rate(i)), shown(ratio), between(limits),
            _by_rule(ratio) if groups.judged[i] else "not judged", _by_interval(limits) if ratio is not None else DASH,
        ])  # fmt: skip
    columns = ["Group", "Applicants", "Selected", "Rate", "Ratio", "95 % interval", "By the rule", "By the interval"]
    return Table(f"Four-fifths rule by {attribute}", columns, rows, _said(groups, minimum_share, gone))


def _by_rule(ratio: Fraction | None) -> str:
    return DASH if ratio is None else BELOW if ratio < FOUR_FIFTHS else ENOUGH


def _by_interval(limits: tuple[Fraction, Fraction] | None) -> str:
    if limits is None:
        return "too few rows"
    return BELOW if limits[1] < FOUR_FIFTHS else ENOUGH if limits[0] >= FOUR_FIFTHS else OPEN


def _said(groups: Groups, minimum_share: float, gone: int) -> str:
    """What the ratios are of, who is left out, and where rule and interval differ."""
    if groups.top is None:
        return "In no group that is judged was anybody selected, so that there is no highest rate to compare with."
    parts = [
        f"Ratio: rate divided by that of {groups.names[groups.top]}, the highest. Its interval (Koopman) allows for the data "
        f"having chosen the highest group, and is undecided where it holds 4/5."
    ]
    if not groups.judged.all():
        parts.append(f"Not judged: under {100 * minimum_share:.4g} % of the people, or unknown.")
    if gone:
        parts.append(f"Withheld for privacy, and left out of everything here: {gone} more.")
    verdicts: dict[tuple[str, str], list[str]] = {}
    for i in np.flatnonzero(groups.judged).tolist():
        verdicts.setdefault((_by_rule(groups.ratio(i)), _by_interval(groups.limits[i])), []).append(groups.names[i])
    differing = {pair: names for pair, names in verdicts.items() if pair[0] != pair[1]}
    for (rule, other), names in differing.items():
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        parts.append(
            f"Rule and interval differ on {', '.join(names[:5])}{more}: {rule} by the rule, {other} by the interval."
        )
    if not differing:
        parts.append("Rule and interval agree on every group that is judged.")
    return " ".join(parts)


def _tests(attribute: str, groups: Groups, people: int) -> Table:
    columns = ["Group", "Share", "SDs", "Over 2 SDs", "Fisher p", "Boschloo p", "One more", "One fewer", "Hangs on one"]
    note = (
        "Against the group with the highest rate. SDs: difference of the rates in pooled standard deviations. Boschloo: "
        f"(mid-p) marks the mid-p-value of Fisher's test, used above {MOST_FOR_BOSCHLOO} people in both groups. One more, one "
        "fewer: the ratio if one more or one fewer person of the group were selected; the finding of the rule hangs on one "
        "person if either changes it. No p-value is adjusted for the number of groups."
    )
    return Table(f"Tests and shift of one by {attribute}", columns, list(_tested(groups, people)), note)


def _tested(groups: Groups, people: int) -> Iterator[list[str | float | int | None]]:
    top = groups.top
    for i, name in enumerate(groups.names):
        share = percent(Fraction(int(groups.trials[i]), people))
        if top is None or not groups.judged[i]:
            yield [name, share, *[DASH] * 7]
            continue
        pair = (
            *(int(k) for k in (groups.hits[i], groups.trials[i])),
            *(int(k) for k in (groups.hits[top], groups.trials[top])),
        )
        z = float(pooled_z(*pair))
        tests = (
            [DASH] * 4
            if i == top
            else [
                f"{z:.2f}".replace("-", "\N{MINUS SIGN}"),
                "yes" if abs(z) > 2 else "no",
                _p(fisher(*pair)),
                _unconditional(*pair),
            ]
        )
        yield [name, share, *tests, *_shifts(groups, i)]


def _unconditional(hits: int, trials: int, other_hits: int, other_trials: int) -> str:
    if trials + other_trials <= MOST_FOR_BOSCHLOO:
        return _p(boschloo(hits, trials, other_hits, other_trials))
    return f"{_p(float(mid_p(hits, trials, other_hits, other_trials)))} (mid-p)"


def _shifts(groups: Groups, group: int) -> list[str]:
    now = _by_rule(groups.ratio(group))
    shifted = [groups.shifted(group, by) for by in (1, -1)]
    ratios = [None if one is None else one.ratio(group) for one in shifted]
    hangs = any(ratio is not None and _by_rule(ratio) != now for ratio in ratios)
    return [*map(shown, ratios), "yes" if hangs else "no"]


def _p(p: float) -> str:
    return "< 0.0001" if p < 1e-4 else f"{p:.2g}"
