"""Whether groups are treated alike within strata, such as the department that people apply to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..audit.attributes import Coded
from ..audit.errors import DataError, NotAssessed
from ..audit.record import slice_name
from ..audit.registry import check
from ..audit.shapes.compare import Comparison, OfParts
from ..audit.shapes.figures import Table
from ..audit.shapes.strata import SlicedStrata, Stratified, StratifiedDifference, StratifiedOdds
from ..audit.slices import IntArray, Slices
from ..audit.stats import stratified
from .fairness import EVIDENCE
from .limits import Cell, unweighted

SOURCES = ["doi:10.1126/science.187.4175.398", "doi:10.1093/jnci/22.4.719"]
COLUMNS = [
    "group against the rest",
    "crude difference",
    "within strata",
    "p-value",
    "p-value of equal odds ratios",
    "reading",
]


@check(
    "fairness.conditional_parity_difference",
    metrics=["conditional_parity_difference"],
    better="zero",
    addresses=EVIDENCE,
    cites=SOURCES,
    core=False,
)
def conditional_parity_difference(
    favorable_predictions: IntArray, columns: Callable[[str], Coded], slices: Slices, *, strata: str = ""
) -> dict[str, Comparison | Table]:
    """Conditional parity difference (conditional demographic parity).

    Selection rate of a group minus that of the reference group within the strata of a column (option strata), averaged as by
    Mantel and Haenszel; by default the reference is all other rows. 0 is parity within strata. The table tests each group
    against the rest: that rates are alike in every stratum (Cochran-Mantel-Haenszel), and that the odds ratio is the same in
    all (Breslow-Day-Tarone).

    Signs of trouble: a difference that remains within strata; Simpson's paradox, where the difference over all rows and that
    within strata point in opposite directions.
    Limits: whether a stratum is a fair reason for different treatment is not a question of statistics. Strata without rows
    of both groups say nothing. Where odds ratios differ between strata, one number hides that.
    """
    of = _stratified(favorable_predictions, columns, strata)
    return {
        "conditional_parity_difference": OfParts({"": of}, StratifiedDifference, None, ""),
        "tests": _tests(of, slices, strata),
    }


@check(
    "fairness.conditional_odds_ratio",
    better="one",
    addresses=EVIDENCE,
    cites=[*SOURCES, "doi:10.2307/2531052"],
    core=False,
)
def conditional_odds_ratio(
    favorable_predictions: IntArray, columns: Callable[[str], Coded], *, strata: str = ""
) -> Comparison:
    """Conditional odds ratio.

    Odds of the favourable outcome in a group divided by those in the reference group, the same in all strata of a column
    (option strata), estimated by Mantel and Haenszel; by default the reference is all other rows. 1 is parity within strata.

    Signs of trouble: below 1, a group that gets the favourable outcome less often than others in its stratum.
    Limits: one number for all strata; an odds ratio lies further from 1 than the ratio of rates.
    """
    return OfParts({"": _stratified(favorable_predictions, columns, strata)}, StratifiedOdds, None, "")


def _stratified(decisions: IntArray, columns: Callable[[str], Coded], strata: str) -> Stratified:
    if not strata:
        raise NotAssessed("no column of strata was named (option strata)")
    try:
        return Stratified(decisions, columns(strata).codes)
    except DataError as error:
        raise NotAssessed(f"option strata: {error}") from error


def _tests(of: Stratified, slices: Slices, name: str) -> Table:
    unweighted(slices)
    rows: list[list[Cell]] = []
    for partition in slices.partitions:
        if len(partition.attributes) == 1:
            tables = of.by(slices.with_rest(partition), np.random.default_rng(0))
            size = len(partition.slices)
            rows += [
                [slice_name(slices.labels[place]), *_test(tables, 1 + k, 1 + size + k)]
                for k, place in enumerate(partition.slices)
            ]
    note = f"Strata: {name}. p-values are of single groups, without adjustment for their number."
    return Table("Groups within strata", COLUMNS, rows, note=note)


def _test(tables: SlicedStrata, one: int, two: int) -> list[Cell]:
    first, second = tables.tables[one], tables.tables[two]
    pairs = stratified.Strata(first[:, 1], first.sum(-1), second[:, 1], second.sum(-1))
    crude, within = float(tables.value[one] - tables.value[two]), float(stratified.risk_difference(pairs))
    if not np.isfinite(within):
        return [crude, None, None, None, "no stratum has rows of the group and of others"]
    alike, equal = stratified.association(pairs), stratified.homogeneity(pairs)
    over_all = stratified.association(stratified.Strata(*(part.sum(keepdims=True) for part in pairs)))
    reading = _reading(crude * within < 0 and over_all.p_value < 0.05, alike.p_value, equal.p_value)
    return [crude, within, alike.p_value, equal.p_value, reading]


def _reading(reversed_: bool, alike: float, equal: float) -> str:
    """``reversed_``: a difference over all rows, which chance hardly explains, points the other way within strata."""
    if reversed_:
        return "Simpson's paradox: within strata the difference points the other way"
    if equal < 0.05:
        return "the odds ratio differs between strata"
    return "a difference within strata" if alike < 0.05 else "no difference within strata is shown"
