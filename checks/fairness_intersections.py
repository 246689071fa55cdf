"""Fairness over every combination of attributes, and how much decisions tell about an attribute."""

from __future__ import annotations

from ..audit.registry import check
from ..audit.shapes.compare import Comparison
from ..audit.shapes.confusion import Confusion
from ..audit.shapes.everyone import Everyone
from ..audit.shapes.figures import Table
from ..audit.slices import Slices
from ..audit.stats import information
from . import favorable
from .fairness import EVIDENCE
from .limits import Cell, unweighted

COLUMNS = ["attribute", "independence", "p-value", "separation", "p-value ", "sufficiency", "p-value  "]


@check("fairness.differential_fairness", better="lower", addresses=EVIDENCE, cites=["arXiv:1807.08362"], core=False)
def differential_fairness(favorable_counts: Confusion) -> Comparison:
    """Differential fairness.

    Greatest |ln(rate of the group / rate of another group)| over all other groups, for the rate of the favourable and for that
    of any other outcome. 0 is parity; 0.22 is a ratio of four fifths. The greatest value over the groups is the epsilon of
    differential fairness, for every attribute and every combination of attributes (data.intersections). Values are smoothed
    with half a row of each outcome in each group; intervals are not.

    Signs of trouble: a value above ln(1 / 0.8) = 0.22 by the four-fifths rule of thumb; intersections above single attributes.
    Limits: never below 0, and the more groups there are, the larger by chance; its lower end allows for that. Nothing bounds
    it from above where a group gets one outcome only.
    """
    return Everyone({"": favorable.selected(favorable_counts)})


@check("fairness.mutual_information", better="lower", addresses=EVIDENCE, cites=["https://fairmlbook.org"], core=False)
def mutual_information(favorable_counts: Confusion, slices: Slices) -> Table:
    """Mutual information of decisions and attributes.

    How much, in nats, knowing the attribute tells about the decision (independence), about the decision among rows with the
    same true outcome (separation), and about the true outcome among rows with the same decision (sufficiency). 0 means nothing.
    Less what it is by chance (Miller and Madow), with the p-value of the likelihood-ratio test that it is 0.

    Signs of trouble: a small p-value together with a value that is not negligible.
    Limits: without a direction; the three cannot all be 0 where groups differ in their true rates. p-values are approximate
    where cells are small.
    """
    unweighted(slices)
    rows: list[list[Cell]] = []
    for partition in slices.partitions[1:]:
        tables = favorable_counts.cells[partition.slices]
        found = (information.independence(tables), information.separation(tables), information.sufficiency(tables))
        rows.append([" and ".join(partition.attributes), *(cell for one in found for cell in one)])
    return Table("Mutual information of decisions and attributes", COLUMNS, rows)
