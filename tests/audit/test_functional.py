"""Which interval a function of confusion counts gets."""

from __future__ import annotations

import numpy as np
import pytest

from assay.audit.shapes.confusion import Bootstrapped, Functional
from assay.audit.shapes.tabulated import Expanded
from assay.audit.slices import FloatArray, cut

SMOOTH, TIED, PURE = [[60, 10], [10, 20]], [[30, 10], [15, 45]], [[60, 0], [0, 20]]


def worst_recall(cells: FloatArray) -> Functional:
    rates = np.diagonal(cells, axis1=-2, axis2=-1) / cells.sum(axis=-1)
    return Functional(rates.min(axis=-1), unit="proportion")


def of(tables: list[list[list[int]]], kind: type[Bootstrapped | Expanded]) -> Bootstrapped | Expanded:
    groups = {"group": (np.arange(len(tables)), [str(k) for k in range(len(tables))])}
    slices = cut(groups, len(tables), depth=1)
    return kind(worst_recall, np.array(tables, dtype=float), slices, np.random.default_rng(0))


def test_derivatives_where_there_are_some_and_else_the_bootstrap() -> None:
    found = of([SMOOTH, TIED, PURE], Expanded)
    assert found.method[1:] == ["abc", "multinomial-bca", "dirichlet-jeffreys"]
    low, high = found.interval(0.95)
    assert (low < found.value)[1:].all() and (found.value <= high).all() and (low < high).all()
    assert found.state[3] == "degenerate"
    again = of([SMOOTH, TIED, PURE], Bootstrapped).interval(0.95)
    np.testing.assert_array_equal([low[2:], high[2:]], [again.low[2:], again.high[2:]])
    assert (low[1], high[1]) == pytest.approx((again.low[1], again.high[1]), abs=0.02)


def test_many_classes_are_resampled() -> None:
    cells = np.eye(40) * 9 + 1
    slices = cut({}, 1, depth=1)
    assert Expanded(worst_recall, cells[None], slices, np.random.default_rng(0)).method == ["multinomial-bca"]
