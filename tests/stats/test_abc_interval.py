"""ABC intervals: a published example, the closed form of a proportion's skewness, BCa on the same table, coverage."""

from __future__ import annotations

import numpy as np
import pytest

from assay.audit.stats import bootstrap, sections
from assay.audit.stats.abc_interval import abc, abc_limits
from assay.audit.stats.interval import FloatArray

SPATIAL = np.array(
    [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41], dtype=float
)
"""Test A of 26 children: Efron & Tibshirani (1993), An Introduction to the Bootstrap, table 14.1."""


def variance(shares: FloatArray) -> FloatArray:
    p = shares / shares.sum(axis=-1, keepdims=True)
    return np.asarray((p * SPATIAL**2).sum(-1) - (p * SPATIAL).sum(-1) ** 2)


def f1(tables: FloatArray) -> FloatArray:
    tp, fp, fn, _ = np.moveaxis(tables, -1, 0)
    return np.asarray(2 * tp / (2 * tp + fp + fn))


def test_published_interval_of_a_variance() -> None:
    found = abc(variance, np.ones(26))
    assert found.value == pytest.approx(171.5, abs=0.05)
    assert abc_limits(variance, found, 0.9) == pytest.approx((116.7, 260.9), abs=0.3)  # table 14.2
    assert found.acceleration == pytest.approx(0.061, abs=0.001)  # section 14.3


def test_a_rate_has_the_moments_of_the_binomial() -> None:
    p, n = 0.2, 50.0
    found = abc(lambda t: t[:, 0] / t.sum(axis=1), np.array([p * n, (1 - p) * n]))
    spread = np.sqrt(p * (1 - p) / n)
    assert found.direction[0] == pytest.approx(spread, rel=1e-6)
    assert found.acceleration == pytest.approx((1 - 2 * p) / (6 * np.sqrt(n * p * (1 - p))), rel=1e-6)
    assert found.correction == pytest.approx(found.acceleration, rel=0.02)  # no bias and no curvature: z0 = a


@pytest.mark.parametrize("table", [(60, 20, 30, 90), (300, 50, 20, 5000), (12, 6, 4, 78)])
def test_limits_are_those_of_bca(
    table: tuple[float, ...],
) -> None:
    cells = np.array(table, dtype=float)
    slow = bootstrap.bootstrap(f1, cells, np.random.default_rng(1), replicates=40_000)
    low, high = abc_limits(f1, abc(f1, cells))
    width = float(slow.high - slow.low)
    assert low == pytest.approx(float(slow.low), abs=0.06 * width)
    assert high == pytest.approx(float(slow.high), abs=0.06 * width)


@pytest.mark.parametrize("kinds", [2, 4])
def test_macro_f1_of_many_rows_has_the_standard_error_of_takahashi(kinds: int) -> None:
    """Takahashi et al. (2022), Appl. Intell. 52:4961: the delta method with the derivatives of F = 2pₖₖ/(rowₖ + columnₖ)."""
    p = np.random.default_rng(4).dirichlet(np.ones(kinds * kinds)).reshape(kinds, kinds) + 0.3 * np.eye(kinds)
    p /= p.sum()
    size, hits = p.sum(0) + p.sum(1), p.diagonal()
    slope = -2 * (hits / size**2)
    towards = (slope[:, None] + slope + 2 * np.diag(1 / size)) / kinds
    spread = np.sqrt(((p * towards**2).sum() - (p * towards).sum() ** 2) / 1e6)

    def macro(tables: FloatArray) -> FloatArray:
        of = tables.reshape(-1, kinds, kinds)
        return np.asarray((2 * np.diagonal(of, axis1=1, axis2=2) / (of.sum(1) + of.sum(2))).mean(-1))

    found = abc(macro, (1e6 * p).ravel())
    low, high = abc_limits(macro, found)
    assert found.value == pytest.approx((2 * hits / size).mean())
    assert (high - low) / 2 == pytest.approx(1.959964 * spread, rel=1e-3)


def test_a_statistic_that_does_not_move_or_bends_is_flat() -> None:
    assert abc(lambda t: np.minimum(t[:, 0], t[:, 1]), np.array([5.0, 5.0, 9.0])).flat
    assert abc(lambda t: np.ones(len(t)), np.array([5.0, 6.0])).flat
    assert abc(lambda t: t[:, 0] / t.sum(axis=1), np.array([5.0, 0.0])).flat


def test_sections_of_a_mean_give_the_standard_error() -> None:
    values = np.random.default_rng(2).exponential(size=(50, 400))
    low, high = sections.sections_interval(values.mean(), values.mean(axis=1))
    assert (low + high) / 2 == pytest.approx(values.mean(), rel=1e-12)
    assert (high - low) / 2 == pytest.approx(2.0096 * values.mean(axis=1).std(ddof=1) / np.sqrt(50), rel=1e-4)
