"""Predicted intervals and distributions of a number: do they hold what they promise, and how sharp are they."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.figures import Curve, Table
from ..audit.shapes.losses import Loss
from ..audit.shapes.predictive import MiscalibrationArea, NormalisedError
from ..audit.shapes.rows import Outcomes
from ..audit.slices import FloatArray, Slices
from ..audit.stats import crps as scores
from ..audit.stats import dispersion, quantile_forecasts
from ..audit.stats import pit as transform

EVIDENCE = ("eu-ai-act:15.1", "nist-ai-rmf:measure-2.5")
Coverage = Annotated[float, Field(gt=0, lt=1)]


@check(
    "forecast.interval_coverage",
    metrics=["coverage"],
    tasks=["regression"],
    better="higher",
    addresses=EVIDENCE,
)
def interval_coverage(
    labels: FloatArray, lower: FloatArray, upper: FloatArray, slices: Slices, *, nominal_coverage: Coverage = 0.9
) -> dict[str, Outcomes | Table]:
    """Coverage of the prediction intervals.

    Share of rows whose true value lies within the predicted limits. The test asks whether it is nominal_coverage,
    which is what the limits were made for.

    Signs of trouble: coverage of a group wholly below the promise; far above it, limits are wider than they need be.
    Limits: wide limits cover everything; look at forecast.interval_score too.
    """
    within = (lower <= labels) & (labels <= upper)
    found: dict[str, Outcomes | Table] = {"coverage": Outcomes(within)}
    return found | ({"tests": _sides(labels, lower, upper, nominal_coverage)} if slices.design is None else {})


def _sides(y: FloatArray, lower: FloatArray, upper: FloatArray, promised: float) -> Table:
    tail = (1 - promised) / 2
    sides = [
        ("within the limits", (lower <= y) & (y <= upper), promised),
        ("below", y < lower, tail),
        ("above", y > upper, tail),
    ]
    return replace(
        _promised(sides),
        title="Rows within, below and above the limits",
        note="All rows. Kupiec's test that the share is the promised one; limits are taken for central ones.",
    )


def _promised(sides: list[tuple[str, npt.NDArray[np.bool_], float]]) -> Table:
    rows: list[list[str | float | int | None]] = []
    for name, hit, share in sides:
        test = quantile_forecasts.kupiec(int(hit.sum()), len(hit), share)
        rows.append([name, int(hit.sum()), float(hit.mean()), share, test.statistic, test.p_value])
    return Table(
        title="Shares of the rows and what was promised",
        columns=["where", "rows", "share", "promised", "likelihood ratio", "p-value"],
        rows=rows,
        note="All rows. Kupiec's test that the share is the promised one.",
    )


@check(
    "forecast.quantile_coverage",
    metrics=["quantile_coverage"],
    core=False,
    tasks=["regression"],
    better="higher",
    addresses=EVIDENCE,
)
def quantile_coverage(
    labels: FloatArray, predictions: FloatArray, slices: Slices, *, quantile: Coverage = 0.5
) -> dict[str, Outcomes | Table]:
    """Coverage of a predicted quantile.

    Share of rows whose true value is at most the predicted one, for a model that predicts a quantile (option quantile,
    the median unless the plan says otherwise). The test asks whether it is that quantile.

    Signs of trouble: the whole interval on one side of the quantile; groups on different sides.
    Limits: the constant quantile of y has the right share too; look at accuracy.pinball.
    """
    hit = labels <= predictions
    found: dict[str, Outcomes | Table] = {"quantile_coverage": Outcomes(hit)}
    return found | ({"test": _promised([("at most the predicted", hit, quantile)])} if slices.design is None else {})


@check(
    "forecast.interval_score",
    metrics=["interval_score", "width"],
    tasks=["regression"],
    better="lower",
    addresses=EVIDENCE,
    cites=["doi:10.1198/016214506000001437"],
)
def interval_score(
    labels: FloatArray, lower: FloatArray, upper: FloatArray, *, nominal_coverage: Coverage = 0.9
) -> dict[str, Loss]:
    """Interval score.

    Width of the prediction interval plus 2/alpha times the distance by which the true value misses it, alpha being
    1 - nominal_coverage; in the unit of the target. It is least for the right limits. The mean width stands beside it.

    Signs of trouble: far above the mean width, which means that misses are many or far off.
    Limits: comparable only between models of the same target and nominal coverage.
    """
    score = quantile_forecasts.interval_score(labels, lower, upper, 1 - nominal_coverage)
    return {
        "interval_score": Loss(score, lower=0.0, unit="target"),
        "width": Loss(upper - lower, lower=0.0, unit="target"),
    }


@check(
    "forecast.crps", tasks=["regression"], better="lower", addresses=EVIDENCE, cites=["doi:10.1198/016214506000001437"]
)
def crps(labels: FloatArray, predictions: FloatArray, deviations: FloatArray) -> Loss:
    """Continuous ranked probability score.

    Mean distance of the predictive distribution, normal with the predicted mean and standard deviation, from the true
    value; at least 0, in the unit of the target. With deviations of 0 it would be the mean absolute error.

    Signs of trouble: not below the mean absolute error, which means that the stated spread is of no use.
    Limits: takes the distribution for normal.
    """
    return Loss(scores.crps_normal(labels, predictions, deviations), lower=0.0, unit="target")


@check("forecast.spread", tasks=["regression"], better="one", addresses=EVIDENCE, cites=["doi:10.3390/s22155540"])
def spread(labels: FloatArray, predictions: FloatArray, deviations: FloatArray) -> Loss:
    """Size of the predicted deviations.

    Mean square of z = (true value - predicted value) / predicted standard deviation. 1 is right.

    Signs of trouble: above 1, the model is surer than it should be; below 1, less sure.
    Limits: an average; deviations can be right on average and wrong for every row. A few rows can dominate it.
    """
    return Loss(dispersion.squared_z(labels, predictions, deviations), lower=0.0)


@check(
    "forecast.ence",
    core=False,
    tasks=["regression"],
    better="lower",
    addresses=EVIDENCE,
    cites=["doi:10.3390/s22155540"],
)
def ence(labels: FloatArray, predictions: FloatArray, deviations: FloatArray) -> NormalisedError:
    """Calibration of the predicted deviations by their size (ENCE).

    Rows are divided into ten groups of equal size by their predicted standard deviation. In each, the relative distance
    between the root mean square of these and that of the errors; the mean over the groups, 0 is right.

    Signs of trouble: an interval wholly above what the use can bear; forecast.spread near 1 all the same, which means that
    deviations are right on average only.
    Limits: above 0 by chance, about 0.18 for groups of 10 rows and 0.06 for 100. Its interval is wide: it holds all ten at once.
    """
    return NormalisedError(labels - predictions, deviations)


@check(
    "forecast.pit",
    metrics=["miscalibration_area"],
    tasks=["regression"],
    better="lower",
    addresses=EVIDENCE,
    cites=["doi:10.1111/j.1467-9868.2007.00587.x"],
)
def pit(
    labels: FloatArray, predictions: FloatArray, deviations: FloatArray, slices: Slices
) -> dict[str, MiscalibrationArea | Curve | Table]:
    """Calibration of the predictive distributions.

    u = F(y), the predicted probability of a value below the true one, is evenly spread over 0 to 1 if the normal
    distributions with the predicted mean and standard deviation are right. The miscalibration area is the mean
    distance between promised and true coverage of the central intervals of every level; from 0 to 0.5, 0 is right.

    Signs of trouble: a histogram like a U (distributions too narrow), a hill (too wide) or a slope (biased).
    Limits: the area is above 0 by chance, about 0.31 / sqrt(rows); it does not see that rows are wrong in
    opposite directions.
    """
    u = transform.normal_pit(labels, predictions, deviations)
    found: dict[str, MiscalibrationArea | Curve | Table] = {"miscalibration_area": MiscalibrationArea(u)}
    return found | ({"histogram": _histogram(u), "tests": _uniform(u)} if slices.design is None else {})


def _histogram(u: FloatArray) -> Curve:
    counts, (low, high), _ = transform.pit_histogram(u)
    middle = (np.arange(len(counts)) + 0.5) / len(counts)
    share = counts / max(len(u), 1)
    bars = {"low": low.tolist(), "high": high.tolist(), "n": counts.tolist()}
    return Curve(
        title="Probability integral transform",
        series=[Series(x=middle.tolist(), y=share.tolist(), **bars)],
        x_label="predicted probability of a lower value",
        y_label="share of rows",
        note=f"Right distributions put {1 / len(counts):g} of the rows into each bin. The bars hold all at once with 95 %.",
    )


def _uniform(u: FloatArray) -> Table:
    tests = {
        "Kolmogorov-Smirnov": transform.pit_uniformity(u),
        "Pearson's chi-square, 10 bins": transform.pit_histogram(u).test,
    }
    return Table(
        title="Tests that the distributions are right",
        columns=["test", "statistic", "p-value"],
        rows=[[name, test.statistic, test.p_value] for name, test in tests.items()],
        note="All rows. With many rows any model is refuted.",
    )
