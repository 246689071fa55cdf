"""Simulated surveys: rows whose errors are shared in clusters, kept with chances that depend on them, and weighted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import stats
from scipy.special import expit

from assay.audit.design import Design
from assay.audit.shapes.base import RowStatistic
from assay.audit.shapes.confusion import Functional, WeightBootstrapped
from assay.audit.slices import Slices, cut
from assay.audit.stats.interval import FloatArray, Interval

SHIFT = float(np.sqrt(2) * stats.norm.ppf(0.8))
"""Between two normal classes whose area is 0.8."""

Columns = tuple[Any, ...]


def survey(
    n: int, rng: np.random.Generator, columns: Callable[[FloatArray, np.random.Generator], Columns], icc: float = 0.3
) -> tuple[Columns, Slices]:
    """About n rows in n/5 clusters; ``columns`` makes them of standard normal errors with correlation ``icc``.

    A row is kept with a chance of 0.25 to 0.75 that rises with its error, and weighs the inverse.
    """
    cluster = np.repeat(np.arange(n // 5), rng.integers(5, 16, n // 5))
    shared = rng.normal(size=n // 5)[cluster]
    error = np.sqrt(icc) * shared + np.sqrt(1 - icc) * rng.normal(size=len(cluster))
    chance = 0.25 + 0.5 * expit(2 * error)
    made = columns(error, rng)
    kept = rng.random(len(cluster)) < chance
    slices = cut({}, int(kept.sum()), depth=1)
    return tuple(column[kept] for column in made), replace(slices, design=Design(1 / chance[kept], cluster[kept]))


def classes(error: FloatArray, rng: np.random.Generator) -> Columns:
    """Labels, three in ten positive, and scores that are normal in each class."""
    y = (rng.random(len(error)) < 0.3).astype(np.int64)
    return error + SHIFT * y, y


def far_classes(error: FloatArray, rng: np.random.Generator) -> Columns:
    """The same with an area of 0.98."""
    scores, y = classes(error, rng)
    return scores + (np.sqrt(2) * stats.norm.ppf(0.98) - SHIFT) * y, y


def two_scores(error: FloatArray, rng: np.random.Generator) -> Columns:
    """Labels and the scores of two models, of which the second is better."""
    one, y = classes(error, rng)
    return y, one, 0.6 * one + 0.8 * (rng.normal(size=len(y)) + SHIFT * y)


def forecasts(error: FloatArray, rng: np.random.Generator, slope: float = 1.6) -> Columns:
    """Probabilities that are too extreme, and labels."""
    z = rng.normal(-0.5, 1.5, len(error))
    return expit(slope * z), (stats.norm.cdf(error) < expit(z)).astype(np.int64)


def calibrated(error: FloatArray, rng: np.random.Generator) -> Columns:
    """Probabilities that are right, and labels."""
    return forecasts(error, rng, 1.0)


def values(error: FloatArray, rng: np.random.Generator) -> Columns:
    """Values and predictions, with correlation √0.5 and R² 0.5."""
    x = rng.normal(size=len(error))
    return x + error, x


def losses(error: FloatArray, rng: np.random.Generator) -> Columns:
    """Exponential losses."""
    return (-stats.norm.logsf(error),)


def drawn(
    columns: Callable[[FloatArray, np.random.Generator], Columns],
    make: Callable[..., RowStatistic],
    truth: float | Callable[[], float],
) -> Callable[[int, int, np.random.Generator], tuple[Interval, float]]:
    """Simulation of a statistic of the rows of surveys."""

    def draw(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
        limits = []
        for _ in range(draws):
            made, slices = survey(n, rng, columns)
            limits.append(np.concatenate(make(*made).by(slices, rng).interval(0.95)))
        return Interval(*np.array(limits).T), truth() if callable(truth) else truth

    return draw


def weighted_f1(n: int, draws: int, rng: np.random.Generator) -> tuple[Interval, float]:
    """F1 of 2/3 where hits and false alarms are kept less often than others."""
    chance = np.array([[1.0, 0.4], [0.8, 0.5]])
    limits = []
    for _ in range(draws):
        rows = rng.multinomial(2 * n, (0.6, 0.1, 0.1, 0.2)).reshape(2, 2)
        kept = rng.binomial(rows, chance / 2)
        cells, squares = ((kept / chance**power)[None] for power in (1, 2))
        limits.append(np.concatenate(WeightBootstrapped(_f1(cells), _f1, cells, squares, rng).interval(0.95)))
    return Interval(*np.array(limits).T), 2 / 3


def _f1(tables: FloatArray) -> Functional:
    return Functional(2 * tables[..., 1, 1] / (2 * tables[..., 1, 1] + tables[..., 0, 1] + tables[..., 1, 0]))


def r_squared(y: FloatArray, f: FloatArray, weights: FloatArray | None) -> float:
    """Of predictions f."""
    mean = np.average(y, weights=weights)
    return float(1 - np.average((y - f) ** 2, weights=weights) / np.average((y - mean) ** 2, weights=weights))
