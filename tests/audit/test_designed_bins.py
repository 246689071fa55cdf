"""Calibration errors of weighted and clustered rows: against sums by hand, and against those of plain rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import sklearn.metrics as skm

from assay.audit.design import Design
from assay.audit.shapes.base import Statistic
from assay.audit.shapes.binned import ExpectedError, SlicedClasses, SquaredError, sliced_bins
from assay.audit.shapes.brier import brier_parts
from assay.audit.slices import FloatArray, IntArray, Slices, cut

N = 3000
RNG = np.random.default_rng(5)
Z = RNG.normal(-0.3, 1.2, N)
P = 1 / (1 + np.exp(-1.5 * Z))
Y = (RNG.random(N) < 1 / (1 + np.exp(-Z))).astype(np.int64)
W = RNG.uniform(0.2, 3, N)
CLUSTER = RNG.integers(0, 150, N)

MAKE: dict[str, Callable[[FloatArray, IntArray, Slices], Statistic]] = {
    "squared": lambda p, y, slices: SquaredError(sliced_bins(p, y, slices, np.random.default_rng(0))),
    "expected": lambda p, y, slices: ExpectedError(sliced_bins(p, y, slices, np.random.default_rng(0))),
    "classes": lambda p, y, slices: SlicedClasses(
        [sliced_bins(of, label, slices, np.random.default_rng(0)) for of, label in ((p, y), (1 - p, 1 - y))],
        SquaredError,
    ),
    "reliability": lambda p, y, slices: brier_parts(p, y, slices, np.random.default_rng(0))["reliability"],
    "resolution": lambda p, y, slices: brier_parts(p, y, slices, np.random.default_rng(0))["resolution"],
    "uncertainty": lambda p, y, slices: brier_parts(p, y, slices, np.random.default_rng(0))["uncertainty"],
}
each = pytest.mark.parametrize("name", MAKE)


def whole(design: Design | None, n: int = N) -> Slices:
    return replace(cut({}, n, depth=1), design=design)


def limits(found: Statistic) -> tuple[float, float]:
    low, high = found.interval(0.95)
    return float(low[0]), float(high[0])


@each
def test_equal_weights_and_single_rows_give_what_plain_rows_give(name: str) -> None:
    plain = MAKE[name](P, Y, whole(None))
    low, high = limits(plain)
    for design in (Design(np.full(N, 2.5)), Design(np.ones(N), RNG.permutation(N))):
        found = MAKE[name](P, Y, whole(design))
        assert found.value[0] == pytest.approx(plain.value[0], rel=1e-3 if name == "expected" else 1e-9)
        # another half of the rows gives the signs of the lower limit of the expected error
        ends = slice(1, 2) if name == "expected" else slice(0, 2)
        assert limits(found)[ends] == pytest.approx((low, high)[ends], abs=0.03 * (high - low))


@each
def test_rows_counted_twice_as_clusters_of_two_tell_no_more(name: str) -> None:
    p, y = np.tile(P, 2), np.tile(Y, 2)
    once = MAKE[name](P, Y, whole(Design(np.ones(N))))
    paired = MAKE[name](p, y, whole(Design(np.ones(2 * N), np.tile(np.arange(N), 2)), 2 * N))
    alone = MAKE[name](p, y, whole(Design(np.ones(2 * N)), 2 * N))
    assert paired.value[0] == pytest.approx(once.value[0], rel=1e-9)
    assert limits(paired)[1] == pytest.approx(limits(once)[1], rel=1e-9)
    assert np.diff(limits(paired)) > (1.05 if name == "expected" else 1.25) * np.diff(limits(alone))


def test_debiased_error_of_weighted_rows_by_hand() -> None:
    found = SquaredError(sliced_bins(P, Y, whole(Design(W, CLUSTER)), RNG))
    expected = 0.0
    for of in (np.minimum((P * 15).astype(int), 14) == b for b in range(15)):
        gap = np.average(Y[of] - P[of], weights=W[of])
        sums = np.array([(W * of * (Y - P - gap))[c == CLUSTER].sum() for c in np.unique(CLUSTER[of])])
        noise = len(sums) / (len(sums) - 1) * (sums**2).sum() / W[of].sum() ** 2
        expected += W[of].sum() / W.sum() * (gap**2 - noise)
    assert found.value[0] == pytest.approx(expected, rel=1e-9)


def test_parts_add_up_to_the_weighted_score() -> None:
    """But for what lies within the bins, of which there is nothing where each holds one probability."""
    p = (np.floor(P * 15) + 0.5) / 15
    parts = brier_parts(p, Y, whole(Design(W, CLUSTER)), RNG)
    total = parts["reliability"].value - parts["resolution"].value + parts["uncertainty"].value
    assert total[0] == pytest.approx(skm.brier_score_loss(Y, p, sample_weight=W), rel=1e-12)


@each
def test_a_slice_without_weight_is_undefined(name: str) -> None:
    group = (np.arange(N) % 2).astype(np.int64)
    slices = replace(cut({"group": (group, ["a", "b"])}, N, depth=1), design=Design(W * group, CLUSTER))
    found = MAKE[name](P, Y, slices)
    assert found.state[1] == "undefined"
    assert found.interval(0.95).high[1] >= 0.25


def test_bins_that_show_no_spread_are_degenerate_and_have_a_width() -> None:
    p = np.where(Y == 1, 0.99, 0.01)
    found = SquaredError(sliced_bins(p, Y, whole(Design(W, CLUSTER)), RNG))
    assert found.state == ["degenerate"]
    assert limits(found)[1] > 0.0004
