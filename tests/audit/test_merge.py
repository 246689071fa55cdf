"""What every additive statistic keeps to: parts make the whole, slices add up, the order of rows does not matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.audit import Mean, Outcomes, Paired, Ranking
from assay.audit.design import Design
from assay.audit.shapes.base import Statistic
from assay.audit.shapes.binned import ExpectedError, SquaredError
from assay.audit.shapes.confusion import Confusion
from assay.audit.shapes.contrast import OddsRatio, RateRatio
from assay.audit.shapes.excess import Excess
from assay.audit.shapes.merge import merge
from assay.audit.shapes.rates import Average, Proportion, designed
from assay.audit.slices import Slices, cut
from assay.audit.stats.binning import Bins, bin_cells

Rows = dict[str, Any]
RNG = np.random.default_rng(0)


def confusion(rows: Rows, slices: Slices) -> Confusion:
    cells = slices.count(rows["y"] * 2 + rows["d"], 4)
    return Confusion(slices.total_of(cells.reshape(-1, 2, 2)))


def rates(rows: Rows, slices: Slices) -> tuple[Proportion, Proportion]:
    found = confusion(rows, slices)
    return Proportion(found.tp, found.tp + found.fn), Proportion(found.fp, found.fp + found.tn)


def bins(rows: Rows, slices: Slices) -> Bins:
    per_cell = bin_cells(rows["p"], rows["y"], slices.cell, slices.cells)
    return Bins(*(slices.total_of(sums) for sums in per_cell))


SHAPES: dict[str, Callable[[Rows, Slices], Statistic]] = {
    "proportion": lambda r, s: Outcomes(r["y"] == r["d"]).by(s, RNG),
    "proportion among some": lambda r, s: Outcomes(r["y"] == r["d"], r["half"] > 0).by(s, RNG),
    "jaccard scale": lambda r, s: replace(rates(r, s)[0], of=lambda j: 2 * j / (1 + j)),
    "average": lambda r, s: Average(rates(r, s)),
    "rate ratio": lambda r, s: RateRatio(*rates(r, s)),
    "odds ratio": lambda r, s: OddsRatio(*rates(r, s)),
    "mean": lambda r, s: Mean(r["p"], 0.0, 1.0).by(s, RNG),
    "pairs": lambda r, s: Paired(r["y"], r["d"]).by(s, RNG),
    "excess": lambda r, s: Excess(r["y"] == r["d"], r["p"] > 0.5, r["half"] > 0).by(s, RNG),
    "calibration error": lambda r, s: ExpectedError(bins(r, s)),
    "squared calibration error": lambda r, s: SquaredError(bins(r, s)),
}

cases = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 300))


def made(seed: int, n: int) -> tuple[Rows, Slices]:
    rng = np.random.default_rng(seed)
    p = rng.random(n).round(2)
    rows = {"p": p, "y": (rng.random(n) < p).astype(int), "d": (p > 0.5).astype(int), "half": rng.integers(0, 2, n)}
    return rows, cut({"a": (rng.integers(0, 3, n), list("xyz")), "b": (rng.integers(0, 2, n), list("uv"))}, n, depth=2)


def part(rows: Rows, slices: Slices, use: Any) -> tuple[Rows, Slices]:
    return {key: column[use] for key, column in rows.items()}, replace(slices, cell=slices.cell[use])


def same(one: Statistic, other: Statistic) -> None:
    for level in (0.9, 0.99):
        a, b = (np.stack([s.value, *s.interval(level)]) for s in (one, other))
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)
    assert one.method == other.method


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
@given(case=cases, share=st.floats(0, 1))
@settings(max_examples=12, deadline=None)
def test_parts_make_the_whole(shape: Any, case: tuple[int, int], share: float) -> None:
    rows, slices = made(*case)
    first = np.arange(case[1]) < share * case[1]
    same(merge(shape(*part(rows, slices, first)), shape(*part(rows, slices, ~first))), shape(rows, slices))


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
@given(case=cases)
@settings(max_examples=12, deadline=None)
def test_the_order_of_rows_does_not_matter(shape: Any, case: tuple[int, int]) -> None:
    rows, slices = made(*case)
    order = np.random.default_rng(case[0] + 1).permutation(case[1])
    same(shape(*part(rows, slices, order)), shape(rows, slices))


@pytest.mark.parametrize("name", ["proportion", "average", "rate ratio", "mean", "pairs", "excess"])
@given(case=cases)
@settings(max_examples=12, deadline=None)
def test_counts_of_slices_add_up(name: str, case: tuple[int, int]) -> None:
    rows, slices = made(*case)
    for counted in SHAPES[name](rows, slices).counts.values():
        for partition in slices.partitions:
            assert counted[partition.slices].sum() == pytest.approx(counted[0])


@given(trials=st.integers(1, 2000), data=st.data())
def test_one_more_hit_never_lowers_anything(trials: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, trials - 1))
    found = Proportion(np.array([hits, hits + 1.0]), np.full(2, float(trials)))
    assert found.value[1] > found.value[0]
    for low_or_high in (*found.interval(0.95), *found.guaranteed(0.95)):
        assert low_or_high[1] >= low_or_high[0] - (0.02 if hits in (0, trials - 1) else 0)  # exact limits at the edges


def test_confusion_counts_add_up() -> None:
    rows, slices = made(1, 100)
    first = np.arange(100) < 30
    parts = [confusion(*part(rows, slices, use)) for use in (first, ~first)]
    assert (merge(*parts).cells == confusion(rows, slices).cells).all()


@pytest.mark.parametrize("weighted", [False, True])
@given(case=cases, share=st.floats(0, 1))
@settings(max_examples=12, deadline=None)
def test_whole_clusters_make_the_whole(weighted: bool, case: tuple[int, int], share: float) -> None:
    rows, slices = made(*case)
    rng = np.random.default_rng(case[0])
    cluster = np.arange(case[1]) // 5
    design = Design(rng.uniform(0.5, 2, case[1]) if weighted else np.ones(case[1]), cluster)
    first = cluster < share * (cluster.max() + 1)

    def over(use: Any) -> tuple[Statistic, Statistic]:
        codes = np.unique(cluster[use], return_inverse=True)[1]
        here = replace(slices, cell=slices.cell[use], design=Design(design.weight[use], codes))
        hits = (rows["y"] == rows["d"])[use].astype(float)
        return designed(here.design.of_rows(here, hits)), Mean(rows["p"][use], 0.0, 1.0).by(here, rng)  # type: ignore[union-attr]

    if first.any() and not first.all():
        for one, other, whole in zip(over(first), over(~first), over(np.ones(case[1], bool)), strict=True):
            same(merge(one, other), whole)


def test_what_has_no_sums_is_refused() -> None:
    rows, slices = made(2, 100)
    ranks = Ranking(rows["p"], rows["y"]).by(slices, RNG)
    with pytest.raises(TypeError, match="merge: SlicedRanking and SlicedRanking do not add up"):
        merge(ranks, ranks)
    with pytest.raises(TypeError, match="Proportion and SlicedMean do not add up"):
        merge(SHAPES["proportion"](rows, slices), SHAPES["mean"](rows, slices))
