"""Prediction sets: how often they hold the true class, and how large they are."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..audit.registry import check
from ..audit.shapes.figures import Table
from ..audit.shapes.losses import Loss
from ..audit.shapes.predictive import LowestRate
from ..audit.shapes.rows import Outcomes
from ..audit.slices import IntArray, Slices
from ..audit.stats import conformal

EVIDENCE = ("eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")
Sets = npt.NDArray[np.bool_]
Coverage = Annotated[float, Field(gt=0, lt=1)]


@check("conformal.coverage", metrics=["coverage"], better="higher", addresses=EVIDENCE, cites=["arXiv:2107.07511"])
def coverage(
    prediction_sets: Sets,
    labels: IntArray,
    slices: Slices,
    *,
    nominal_coverage: Coverage = 0.9,
    calibration_rows: Annotated[int, Field(ge=0)] = 0,
) -> dict[str, Outcomes | Table]:
    """Coverage of the prediction sets.

    Share of rows whose set holds the true class. Give calibration_rows, the number of rows that the threshold of the
    sets was set on, to have the coverage held against the law that split conformal prediction promises for
    nominal_coverage.

    Signs of trouble: coverage of a group wholly below the promise: it holds on average only.
    Limits: sets of all classes cover everything; look at conformal.set_size too.
    """
    held = _held(prediction_sets, labels)
    found: dict[str, Outcomes | Table] = {"coverage": Outcomes(held)}
    if calibration_rows and slices.design is None:
        found["law"] = _against_law(int(held.sum()), len(held), calibration_rows, nominal_coverage)
    return found


def _against_law(covered: int, rows: int, calibration_rows: int, promised: float) -> Table:
    test = conformal.coverage_test(covered, rows, calibration_rows, 1 - promised)
    return Table(
        title="Coverage against its law",
        columns=["promised", "rows of calibration", "rows", "covered", "coverage", "p-value"],
        rows=[[promised, calibration_rows, rows, covered, test.statistic, test.p_value]],
        note="Exact, two-sided: the number of covered rows is beta-binomial if rows are exchangeable (Vovk 2012).",
    )


@check("conformal.set_size", metrics=["set_size", "empty"], better="lower", addresses=EVIDENCE)
def set_size(prediction_sets: Sets) -> dict[str, Loss | Outcomes]:
    """Size of the prediction sets.

    Mean number of classes in a set, from 0 to the number of classes, and the share of rows with an empty set.

    Signs of trouble: a group with larger sets gets less useful answers; many empty sets.
    Limits: small sets that miss the true class are worth nothing; look at conformal.coverage too.
    """
    sizes = prediction_sets.sum(axis=1)
    most = float(prediction_sets.shape[1])
    return {"set_size": Loss(sizes.astype(float), lower=0.0, upper=most, unit="classes"), "empty": Outcomes(sizes == 0)}


@check(
    "conformal.size_stratified",
    metrics=["lowest_coverage"],
    better="higher",
    addresses=EVIDENCE,
    cites=["arXiv:2009.14193"],
)
def size_stratified(
    prediction_sets: Sets, labels: IntArray, slices: Slices, *, nominal_coverage: Coverage = 0.9
) -> dict[str, LowestRate | Table]:
    """Coverage by size of the set.

    Rows are divided by the size of their set (0, 1, 2, 3, 4 to 10, 11 to 100, more); printed is the lowest coverage
    among those with 10 rows or more.

    Signs of trouble: small sets that cover far less than large ones: the sets are least right where they look surest.
    Limits: empty sets cover nothing by definition, so a few of them make the lowest coverage 0.
    """
    held, sizes = _held(prediction_sets, labels), prediction_sets.sum(axis=1)
    stratum = np.searchsorted(conformal.SIZES, sizes, side="right") - 1
    names = tuple(f"from_{begin}" for begin in conformal.SIZES)
    found: dict[str, LowestRate | Table] = {"lowest_coverage": LowestRate(held, stratum, names)}
    return found | ({"strata": _strata(held, sizes, nominal_coverage)} if slices.design is None else {})


def _strata(held: Sets, sizes: IntArray, promised: float) -> Table:
    found = conformal.size_strata(held, sizes, 1 - promised)
    begins = dict(zip(conformal.SIZES, (*conformal.SIZES[1:], None), strict=True))
    columns = zip(found.smallest, found.rows, found.covered, *found.interval, found.adjusted_p, strict=True)
    return Table(
        title="Coverage by size of the set, all rows",
        columns=["classes in the set", "rows", "covered", "coverage", "low", "high", "adjusted p-value"],
        rows=[
            [_span(int(at), begins[int(at)]), int(n), int(x), float(x / n), float(low), float(high), float(p)]
            for at, n, x, low, high, p in columns
        ],
        note=f"Low and high: 95 % intervals. p-value: exact, that coverage is at least {promised:g}, adjusted (Holm).",
    )


def _span(begin: int, end: int | None) -> str:
    if end is None:
        return f"{begin} or more"
    return f"{begin}" if end == begin + 1 else f"{begin} to {end - 1}"


def _held(prediction_sets: Sets, labels: IntArray) -> Sets:
    return np.asarray(prediction_sets[np.arange(len(labels)), labels])
