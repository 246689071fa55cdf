"""Weighted points in place of rows: the rows themselves are the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from assay.audit.shapes import calibration
from assay.audit.shapes.calibration import Recalibration
from assay.audit.slices import Slices, cut
from assay.audit.stats.condensed import Condensed
from assay.audit.stats.recalibration import Sample, intercept, logits, slope

N = 30_000


def drawn(
    steepness: float, spread: float, *, centre: float = -0.5, decimals: int = 12
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    p = np.round(expit(rng.normal(centre, spread, N)), decimals)
    return p, (rng.random(N) < expit(steepness * logits(p))).astype(np.int64)


@pytest.mark.parametrize(
    ("steepness", "spread", "tolerance"), [(1, 1.5, 1e-12), (0.3, 6, 1e-12), (2, 0.7, 1e-12), (3.9, 0.5, 1e-10)]
)
@pytest.mark.parametrize("decimals", [2, 12])  # with probabilities of exactly 0 and 1, and without
def test_the_fits_are_those_of_the_rows(steepness: float, spread: float, tolerance: float, decimals: int) -> None:
    p, y = drawn(steepness, spread, decimals=decimals)
    points = Condensed(logits(p), y, np.zeros(N, np.int64), 1).sample(np.ones(1))
    assert points is not None
    for fit in (intercept, slope):
        assert fit(points) == pytest.approx(fit(Sample.of_rows(logits(p), y)), rel=tolerance, abs=tolerance)


def test_cells_add_up() -> None:
    p, y = drawn(1, 1.5)
    x, cell = logits(p), np.arange(N) % 3
    apart, whole = Condensed(x, y, cell, 3), Condensed(x, y, np.zeros(N, np.int64), 1)
    for mine, all_rows in zip(apart.sample(np.ones(3)) or (), whole.sample(np.ones(1)) or (), strict=True):
        np.testing.assert_allclose(mine, all_rows, atol=1e-9)
    two = Sample.of_rows(x[cell != 1], y[cell != 1])
    assert slope(apart.sample(np.array([1.0, 0, 1])) or two)[:2] == pytest.approx(slope(two)[:2], abs=1e-12)


@pytest.mark.parametrize("labels", [np.zeros(N), np.ones(N), np.arange(N) >= N / 2])
def test_labels_that_may_not_overlap_are_left_to_the_rows(labels: np.ndarray) -> None:
    x = np.linspace(-3, 3, N)
    assert Condensed(x, labels.astype(np.int64), np.zeros(N, np.int64), 1).sample(np.ones(1)) is None


def sliced(rows: np.ndarray) -> Slices:
    return cut({"group": (rows, ["a", "b", "c"])}, N, depth=1)


@pytest.mark.parametrize("which", ["slope", "intercept"])
@pytest.mark.parametrize("steepness", [1.0, 8.0])  # beyond 4 the points do not stand for the rows
def test_slices_large_and_small_agree_with_their_rows(which: str, steepness: float) -> None:
    p, y = drawn(steepness, 0.5)
    slices = sliced((np.arange(N) % 2) + (np.arange(N) >= N - 60))
    assert N >= calibration.MANY
    found = Recalibration(p, y, "slope" if which == "slope" else "intercept").by(slices, np.random.default_rng(0))
    fit = {"slope": slope, "intercept": intercept}[which]
    for place in range(len(slices.labels)):
        rows = slices.select(place)
        expected = fit(Sample.of_rows(logits(p[rows]), y[rows]))[:2]
        assert (found.value[place], found.error[place]) == pytest.approx(expected, rel=1e-10, abs=1e-11)
        assert found.n[place] == len(rows)
