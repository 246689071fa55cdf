"""What checks with tables of tests have in common: which groups they test, and when they do not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..audit.errors import NotAssessed
from ..audit.record import slice_name
from ..audit.shapes.base import MINIMUM_CLASS
from ..audit.slices import FloatArray, IntArray, Slices

Cell = str | float | int | None

MAX_ROWS = 100_000
"""Default of the option ``max_rows`` of checks whose cost would show in an audit of a million rows."""

TOO_FEW = "expected 5 rows or more of each label"
LEFT_OUT = "Groups with fewer than 5 rows of either label are left out."


def unweighted(slices: Slices) -> None:
    """Refuse rows with weights or clusters.

    Raises:
        NotAssessed: the data set has some.
    """
    if slices.design is not None:
        raise NotAssessed(
            "its tests take every row for an independent one of equal weight; these are weighted or clustered"
        )


def design_of(slices: Slices, rows: IntArray) -> tuple[FloatArray, IntArray] | None:
    """Weights of these rows and the number of the cluster of each; None where rows are independent and count alike."""
    design = slices.design
    if design is None:
        return None
    return design.weight[rows], rows if design.cluster is None else design.cluster[rows]


def nothing_withheld(slices: Slices) -> None:
    """Refuse rows of which small groups are withheld for privacy.

    Raises:
        NotAssessed: some are.
    """
    if slices.withheld:
        raise NotAssessed("small groups are withheld for privacy, and what it finds could give them away")


def at_most(rows: int, max_rows: int, check: str) -> None:
    """Refuse what would take long; nothing is sampled silently.

    Raises:
        NotAssessed: there are more rows; the message says how to have it all the same.
    """
    if rows > max_rows:
        raise NotAssessed(
            f"{rows:,} rows are more than its option max_rows = {max_rows:,}, which keeps audits quick; "
            f'to run it, set max_rows higher under [checks.options."{check}"]'
        )


def sampled(n: int, most: int, rng: np.random.Generator) -> tuple[IntArray, str]:
    """At most so many of ``n`` rows, in their order, drawn without replacement; and a sentence that says which."""
    if n <= most:
        return np.arange(n), f"All {n:,} rows."
    return np.sort(rng.choice(n, most, replace=False)), f"A simple random sample of {most:,} of {n:,} rows."


def groups(slices: Slices, labels: IntArray) -> Iterator[tuple[str, IntArray]]:
    """Name and row numbers of the whole and of each level of each attribute, where both labels have 5 rows or more."""
    for partition in slices.partitions:
        if len(partition.attributes) <= 1:
            for place in partition.slices:
                rows = slices.select(int(place))
                if min(np.bincount(labels[rows], minlength=2)) >= MINIMUM_CLASS:
                    yield slice_name(slices.labels[place]), rows


def shown(statistic: float) -> Cell:
    """For a cell of a table; JSON has no infinity."""
    return float(statistic) if np.isfinite(statistic) else "infinite"
