"""Requirements that are adjusted by joint replicates: their intervals hold at once, and agree with the verdicts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assay.audit.measure import Measured
from assay.audit.policy import Bound, Judgement, judge
from assay.audit.shapes.base import Statistic
from assay.audit.shapes.compared import Differenced, Divided, OddsDivided
from assay.audit.shapes.confusion import Functional
from assay.audit.shapes.rates import Average, Proportion
from assay.audit.shapes.sides import Sides
from assay.audit.shapes.tabulated import Expanded
from assay.audit.slices import FloatArray, Slices, cut

SIZES = np.array([0.3, 0.2, 0.12, 0.1, 0.08, 0.07, 0.05, 0.04, 0.03, 0.01])
"""Ten unequal groups."""
GROUPS = len(SIZES)
NONE = Bound(-math.inf, math.inf)


def judged(statistic: Statistic, places: Any, limit: Bound = NONE, **given: Any) -> Judgement:
    key = frozenset({"g"})
    slices = [{"g": str(k)} for k in range(len(statistic.value))]
    measured = Measured("m", statistic, slices, {key: np.asarray(places)}, [""] * len(slices))
    return judge(measured, key, limit, **{"level": 0.95, "point": False, "adjust": "max-t", **given})


def rates(rng: np.random.Generator, n: int, rate: float) -> Proportion:
    trials = rng.multinomial(n, SIZES).astype(float)
    return Proportion(rng.binomial(trials.astype(int), rate).astype(float), trials)


def f1(counts: FloatArray) -> Functional:
    tp, errors = counts[..., 1, 1], counts[..., 0, 1] + counts[..., 1, 0]
    return Functional(2 * tp / (2 * tp + errors), "proportion")


def table(rng: np.random.Generator, n: int) -> Expanded:
    shares = SIZES[:, None, None] * np.array([[0.4, 0.1], [0.1, 0.4]])
    cells = rng.multinomial(n, shares.ravel()).reshape(-1, 2, 2).astype(float)
    slices: Slices = cut({"g": (np.arange(GROUPS), [str(k) for k in range(GROUPS)])}, GROUPS, depth=1)
    return Expanded(f1, cells, slices, rng)


def against_first(how: Any) -> Callable[[np.random.Generator], Statistic]:
    return lambda rng: how(rates(rng, 4000, 0.8), Sides(np.arange(GROUPS), 0))


@pytest.mark.parametrize(
    ("draw", "first", "truth", "samples"),
    [
        (lambda rng: rates(rng, 2000, 0.85), 0, 0.85, 200),
        (lambda rng: rates(rng, 2000, 0.97), 0, 0.97, 200),
        (against_first(Differenced), 1, 0.0, 150),
        (against_first(Divided), 1, 1.0, 150),
        (against_first(OddsDivided), 1, 1.0, 150),
        (lambda rng: table(rng, 4000), 1, 0.8, 30),
    ],
    ids=["rate 0.85", "rate 0.97", "difference", "ratio", "odds ratio", "F1"],
)
def test_intervals_of_ten_groups_hold_at_once(
    draw: Callable[[np.random.Generator], Statistic], first: int, truth: float, samples: int
) -> None:
    rng = np.random.default_rng(first)
    held = []
    for _ in range(samples):
        statistic = draw(rng)
        places = np.flatnonzero(~statistic.insufficient)
        band = statistic.band(places[places >= first], rng)
        assert band is not None
        low, high = band.interval(0.95)
        held.append(bool(((low <= truth) & (truth <= high)).all()))
    assert np.mean(held) >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / samples)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("kind", ["rate", "mapped rate", "difference", "ratio"])
def test_a_slice_fails_where_its_adjusted_interval_misses_the_bound(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    trials = rng.integers(5, 400, 6).astype(float)
    rate = Proportion(rng.binomial(trials.astype(int), rng.uniform(0.4, 1, 6)).astype(float), trials)
    shapes: dict[str, Statistic] = {
        "rate": rate,
        "mapped rate": Proportion(rate.hits, rate.trials, lambda j: 2 * j / (1 + j)),
        "difference": Differenced(rate, Sides(np.arange(6), 0)),
        "ratio": Divided(rate, Sides(np.arange(6), 0)),
    }
    limits = {"rate": 0.75, "mapped rate": 0.9, "difference": -0.05, "ratio": 0.9}
    limit = Bound(limits[kind], math.inf)
    for one in judged(shapes[kind], range(1, 6), limit, seed=seed).slices:
        missed = one.adjusted_high is not None and one.adjusted_high < limit.lower
        assert (one.verdict == "fail") == missed
        if one.adjusted_low is not None:
            assert one.low is not None
            assert one.adjusted_low <= one.low


def test_what_has_no_joint_replicates_is_adjusted_by_bonferroni() -> None:
    rng = np.random.default_rng(0)
    one, other = rates(rng, 2000, 0.8), rates(rng, 2000, 0.7)
    found = judged(Average([one, other]), range(GROUPS))
    assert {s.adjusted_by for s in found.slices} == {"bonferroni"}
    assert judged(Average([one, other]), range(GROUPS), adjust="bonferroni") == found


def test_a_single_slice_is_not_adjusted() -> None:
    (one,) = judged(Proportion(np.array([40.0]), np.array([50.0])), [0]).slices
    assert (one.adjusted_by, one.adjusted_low, one.adjusted_high) == ("", None, None)


def test_replicates_follow_from_the_seed() -> None:
    rate = rates(np.random.default_rng(0), 300, 0.9)
    assert judged(rate, range(GROUPS), seed=1) == judged(rate, range(GROUPS), seed=1)
