"""How much calibration differs between groups: the greatest difference of any two."""

from __future__ import annotations

import numpy as np

from ..audit.record import slice_name
from ..audit.shapes.binned import SquaredError
from ..audit.shapes.calibration import SlicedFit
from ..audit.shapes.figures import Table
from ..audit.shapes.linearised import Linearised
from ..audit.slices import IntArray, Partition, Slices
from ..audit.stats import between_groups
from ..audit.stats.between_groups import GreatestDifference
from ..audit.stats.binning import Bins
from .limits import LEFT_OUT, Cell

COLUMNS = ["attribute", "difference", "low", "high", "between", "p-value of equality"]


def of_intercepts(slices: Slices, fit: SlicedFit | Linearised) -> dict[str, Table]:
    """Differences of a fitted coefficient, with Cochran's test that all are equal."""
    found: list[list[Cell]] = []
    usable = ~fit.insufficient & np.isfinite(fit.error)
    for partition in slices.partitions[1:]:
        use = partition.slices[usable[partition.slices]]
        if len(use) > 1:
            value, error = fit.value[use], fit.error[use]
            equal = between_groups.heterogeneity(value, error).p_value
            found.append([*_row(slices, partition, between_groups.greatest_difference(value, error), use), equal])
    return _table("Greatest difference of the intercept between two groups", found)


def of_squared_errors(slices: Slices, errors: SquaredError) -> dict[str, Table]:
    """Differences of the squared calibration error."""
    found: list[list[Cell]] = []
    if not isinstance(errors.bins, Bins):  # groups of weighted or clustered rows may share clusters
        return {}
    for partition in slices.partitions[1:]:
        use = partition.slices[~errors.insufficient[partition.slices]]
        if len(use) > 1:
            difference = between_groups.greatest_squared_error_difference(Bins(*(sums[use] for sums in errors.bins)))
            found.append(_row(slices, partition, difference, use))
    return _table("Greatest difference of the squared calibration error between two groups", found)


def _table(title: str, rows: list[list[Cell]]) -> dict[str, Table]:
    """No table where there are no two groups to compare."""
    table = Table(
        title=title,
        columns=COLUMNS[: max(map(len, rows), default=0)],
        rows=rows,
        note=f"Low and high: 95 % intervals (union bound over all pairs). {LEFT_OUT}",
    )
    return {"differences": table} if rows else {}


def _row(slices: Slices, partition: Partition, found: GreatestDifference, use: IntArray) -> list[Cell]:
    one, two = (slice_name(slices.labels[use[group]]) for group in found.groups)
    low, high = (float(limit) for limit in found.interval)
    return [" and ".join(partition.attributes), found.value, low, high, f"{one} and {two}"]
