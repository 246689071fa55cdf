"""Tests of calibration: of all rows, of groups, between groups, and in every group and range at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from ..audit.errors import NotAssessed
from ..audit.record import slice_name
from ..audit.registry import check
from ..audit.shapes.figures import Table
from ..audit.slices import FloatArray, IntArray, Slices
from ..audit.stats.cumulative import cumulative
from ..audit.stats.designed_tests import designed_multicalibration, designed_tests
from ..audit.stats.hosmer_lemeshow import hosmer_lemeshow
from ..audit.stats.kernel import kernel_error
from ..audit.stats.multicalibration import multicalibration as find_worst
from ..audit.stats.multiple import holm
from ..audit.stats.significance import Significance
from ..audit.stats.spiegelhalter import spiegelhalter
from .calibration import EVIDENCE
from .limits import LEFT_OUT, MAX_ROWS, TOO_FEW, at_most, design_of, groups, shown

SHOWN_CELLS = 10

LEAST_CLUSTERS, LEAST_OF_CELLS = 100, 200
"""Of weighted or clustered rows, for the tests and for all cells at once: with 60, tests at 5 % raised a false alarm in 6
to 10 % of simulated surveys."""

FEW_CLUSTERS = "clusters, or weighted rows, or more"


class Tested(NamedTuple):
    """One test of one group; ``law`` says what its statistic is."""

    name: str
    law: str
    test: Significance


@check(
    "calibration.tests",
    tasks=["binary"],
    better="lower",
    addresses=EVIDENCE,
    cites=["doi:10.1002/sim.4780050506", "arXiv:2205.09680", "arXiv:1910.11385"],
)
def tests(
    scores: FloatArray,
    labels: IntArray,
    slices: Slices,
    rng: np.random.Generator,
    *,
    max_rows: Annotated[int, Field(ge=1)] = MAX_ROWS,
) -> dict[str, Table]:
    """Tests of calibration.

    Five tests of the hypothesis that every label is positive with its predicted probability, each sensitive to other
    departures. Spiegelhalter: probabilities too extreme (z above 0) or too timid (below). Kolmogorov-Smirnov and
    Kuiper: runs of rows, in the order of their probability, with errors of one sign. Hosmer-Lemeshow: errors in ten
    groups of equal size. Kernel: any error, at any place. Small p-values speak against calibration; the adjusted ones
    allow for all tests and groups together (Holm). Of weighted or clustered rows the first three are made, with the
    variance between clusters.

    Signs of trouble: small adjusted p-values together with errors that matter, see calibration.ce2.
    Limits: with many rows any model is refuted, with few none; a p-value does not say how large the error is. There
    is nothing here to write a requirement on.
    """
    at_most(len(labels), max_rows, "calibration.tests")
    found = [
        (name, len(rows), tested)
        for name, rows in groups(slices, labels)
        if (tested := _all_tests(scores[rows], labels[rows], design_of(slices, rows), rng))
    ]
    if not found:
        raise NotAssessed(TOO_FEW if slices.design is None else f"{TOO_FEW} and {LEAST_CLUSTERS} {FEW_CLUSTERS}")
    p = np.array([[one.test.p_value for one in tested] for *_, tested in found])
    adjusted = holm(p.ravel()).reshape(p.shape)
    tables = {"whole": _of_whole(found[0][2], adjusted[0])}
    return tables | ({"groups": _of_groups(found[1:], adjusted[1:])} if len(found) > 1 else {})


def _all_tests(
    p: FloatArray, y: IntArray, sample: tuple[FloatArray, IntArray] | None, rng: np.random.Generator
) -> list[Tested]:
    """Of one group; none of too few clusters."""
    if sample is not None:
        weights, cluster = sample
        used = weights > 0
        if len(np.unique(cluster[used])) < LEAST_CLUSTERS:
            return []
        one = designed_tests(p[used], y[used], weights[used], cluster[used], rng)
        return [
            Tested("Spiegelhalter", "t", one.spiegelhalter),
            Tested("Kolmogorov-Smirnov", "random signs of clusters", one.kolmogorov_smirnov),
            Tested("Kuiper", "random signs of clusters", one.kuiper),
        ]
    curve, grouped = cumulative(p, y), hosmer_lemeshow(p, y)
    return [
        Tested("Spiegelhalter", "z", spiegelhalter(p, y)),
        Tested("Kolmogorov-Smirnov", "maximum of Brownian motion", curve.kolmogorov_smirnov),
        Tested("Kuiper", "range of Brownian motion", curve.kuiper),
        Tested("Hosmer-Lemeshow", f"chi-square, {grouped.df} degrees of freedom", grouped.test),
        Tested("Kernel", "t", kernel_error(p, y, rng).test),
    ]


def _of_whole(tested: list[Tested], adjusted: FloatArray) -> Table:
    return Table(
        title="Tests of calibration, all rows",
        columns=["test", "law", "statistic", "p-value", "adjusted p-value"],
        rows=[
            [one.name, one.law, shown(one.test.statistic), one.test.p_value, float(p)]
            for one, p in zip(tested, adjusted, strict=True)
        ],
        note="Adjusted for all tests of all rows and of the groups (Holm).",
        designed=True,
    )


def _of_groups(found: list[tuple[str, int, list[Tested]]], adjusted: FloatArray) -> Table:
    return Table(
        title="Tests of calibration by group: adjusted p-values",
        columns=["group", "rows", *(one.name for one in found[0][2])],
        rows=[[name, n, *map(float, p)] for (name, n, _), p in zip(found, adjusted, strict=True)],
        note=f"Adjusted for all tests of all rows and of the groups (Holm). {LEFT_OUT}",
        designed=True,
    )


@check(
    "calibration.multicalibration",
    core=False,
    tasks=["binary"],
    better="lower",
    addresses=EVIDENCE,
    cites=["arXiv:1711.08513"],
)
def multicalibration(
    scores: FloatArray,
    labels: IntArray,
    slices: Slices,
    rng: np.random.Generator,
    *,
    max_rows: Annotated[int, Field(ge=1)] = MAX_ROWS,
    max_groups: Annotated[int, Field(ge=1)] = 50,
) -> Table:
    """Calibration in every group and range of the probability.

    Rows of all rows, of each group and of each intersection are divided into ten ranges of the probability. z is the
    sum of label less probability over a cell, in units of its deviation if the model were calibrated there. The
    adjusted p-value is the chance that any cell at all of a calibrated model reaches this z.

    Signs of trouble: a cell with a small adjusted p-value and a gap that matters: there, the model is wrong about
    a group of people even if it is right on the whole.
    Limits: without a small p-value nothing is shown to be right. With more groups than max_groups, the
    intersections are left out.
    """
    at_most(len(labels), max_rows, "calibration.multicalibration")
    places = list(_places(slices, max_groups))
    masks = [slices.members[place, slices.cell] > 0 for place in places]
    sample = design_of(slices, np.arange(len(labels)))
    if sample is None:
        found, law = find_worst(scores, labels, masks, rng), "2000 samples of labels drawn from the probabilities"
    elif len(np.unique(sample[1][sample[0] > 0])) < LEAST_OF_CELLS:
        raise NotAssessed(f"expected {LEAST_OF_CELLS} {FEW_CLUSTERS}")
    else:
        found = designed_multicalibration(scores, labels, masks, *sample, rng)
        law = "999 draws of a random sign for each cluster"
    names = [slice_name(slices.labels[place]) for place in places]
    bins = found.z.shape[1]
    of = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], scores, side="right")
    n = np.array([np.bincount(of[mask], minlength=bins) for mask in masks])
    worst = [int(at) for at in np.argsort(-np.abs(found.z), axis=None, kind="stable")[:SHOWN_CELLS] if n.flat[at]]
    refuted, cells = int((found.adjusted_p[n > 0] <= 0.05).sum()), int((n > 0).sum())
    return Table(
        title="Cells that are furthest from calibration",
        columns=["group", "probability", "rows", "frequency less probability", "z", "adjusted p-value"],
        rows=[
            [
                names[at // bins],
                f"{at % bins / bins:g} to {(at % bins + 1) / bins:g}",
                *(of.flat[at].item() for of in (n, found.gap, found.z, found.adjusted_p)),
            ]
            for at in worst
        ],
        note=f"{refuted} of {cells} cells have an adjusted p-value of 0.05 or less; shown are the {len(worst)} with the "
        f"greatest z. Single-step max-T over {law}.",
        designed=True,
    )


def _places(slices: Slices, most: int) -> Iterator[int]:
    """Positions of all slices, or of the whole and the single attributes where those would be too many."""
    for partition in slices.partitions:
        if len(slices.labels) <= most or len(partition.attributes) <= 1:
            yield from map(int, partition.slices)
