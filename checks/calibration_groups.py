"""How much calibration differs between groups."""

from __future__ import annotations

import numpy as np

from ..audit.errors import NotAssessed
from ..audit.record import slice_name
from ..audit.registry import check
from ..audit.shapes.binned import sliced_bins
from ..audit.shapes.calibration import Recalibration
from ..audit.shapes.figures import Table
from ..audit.slices import FloatArray, IntArray, Slices
from ..audit.stats import between_groups
from ..audit.stats.between_groups import GreatestDifference
from ..audit.stats.binning import Bins
from .calibration import EVIDENCE
from .limits import LEFT_OUT, Cell, unweighted


@check("calibration.group_differences", tasks=["binary"], better="zero", addresses=EVIDENCE)
def group_differences(
    scores: FloatArray, labels: IntArray, slices: Slices, rng: np.random.Generator
) -> dict[str, Table]:
    """Differences of calibration between groups.

    The greatest difference between any two groups of the calibration intercept (logit: 0.7 is a factor of about two
    in the odds) and of the squared calibration error, with intervals that allow for the choice of the two. For the
    intercepts, Cochran's test says whether they could all be equal.

    Signs of trouble: an interval wholly above 0: the same stated probability means different risks in different groups.
    Limits: groups can be equally and badly calibrated. Write requirements on calibration.intercept or
    calibration.ce2 of every group.
    """
    unweighted(slices)
    if not slices.partitions[1:]:
        raise NotAssessed("no sensitive attribute is named, so there are no groups to compare")
    fit = Recalibration(scores, labels, "intercept").by(slices, rng)
    bins = sliced_bins(scores, labels, slices, rng)
    by: dict[str, list[list[Cell]]] = {"intercept": [], "squared error": []}
    for partition in slices.partitions[1:]:
        use = partition.slices[~fit.insufficient[partition.slices] & np.isfinite(fit.error[partition.slices])]
        if len(use) >= 2:
            names = [slice_name(slices.labels[place]) for place in use]
            intercepts = between_groups.greatest_difference(fit.value[use], fit.error[use])
            squares = between_groups.greatest_squared_error_difference(Bins(*(sums[use] for sums in bins)))
            equal = between_groups.heterogeneity(fit.value[use], fit.error[use]).p_value
            attribute = " and ".join(partition.attributes)
            by["intercept"].append([attribute, *_cells(intercepts, names), equal])
            by["squared error"].append([attribute, *_cells(squares, names)])
    if not by["intercept"]:
        raise NotAssessed("no two groups with 5 rows or more of each label to compare")
    return {measure: _table(measure, rows) for measure, rows in by.items()}


def _table(measure: str, rows: list[list[Cell]]) -> Table:
    columns = ["attribute", "difference", "low", "high", "between", "p-value of equality"]
    return Table(
        title=f"Greatest difference between two groups: {measure}",
        columns=columns[: len(rows[0])],
        rows=rows,
        note=f"Low and high: 95 % intervals (union bound over all pairs). {LEFT_OUT}",
    )


def _cells(found: GreatestDifference, names: list[str]) -> list[Cell]:
    one, two = found.groups
    return [found.value, float(found.interval.low), float(found.interval.high), f"{names[one]} and {names[two]}"]
