"""Attacks against models whose robust accuracy can be written down. The numbers are those of section 6 of the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm as normal

from assay.audit.attacks.ensemble import PRESETS, Composition, attacked
from assay.audit.attacks.norms import Norm

from .models import Linear, OnlyLoss, opened

DUAL = {"Linf": 1, "L2": 2, "L1": np.inf}
CHEAP = Composition(10, 0, 9, 40, 0, 0)
WIDE = (-100.0, 100.0)
NORMS: list[Norm] = ["Linf", "L2", "L1"]


def withstood(
    model: Any,
    x: Any,
    y: Any,
    norm: Norm,
    radii: Any,
    composition: Composition = CHEAP,
    bounds: Any = WIDE,
    **more: Any,
) -> Any:
    """Rows by radii: which withstand."""
    found = attacked(opened(model, x, y, bounds, **more), y, radii, norm, composition, np.random.default_rng(0))
    return np.array([found.withstood(eps) for eps in radii])


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("kind", [Linear, OnlyLoss])
def test_a_binary_linear_model_falls_at_its_distance(norm: Norm, kind: Any) -> None:
    rng = np.random.default_rng(1)
    w, x = rng.normal(size=10), rng.normal(size=(200, 10))
    model = Linear(w, 0.2)
    y = (model.logits(x) + rng.normal(size=200) > 0).astype(int)
    signed = np.where(y == 1, 1, -1) * model.logits(x) / np.linalg.norm(w, DUAL[norm])
    radii = (0.05, 0.2, 0.5)
    # APGD of L1 changes one coordinate after the other, and comes near the exact radius
    found = withstood(model if kind is Linear else OnlyLoss(model), x, y, norm, radii)
    for eps, rows in zip(radii, found, strict=True):
        clear = np.abs(signed - eps) > (0.02 if norm == "L1" else 1e-6) * eps
        np.testing.assert_array_equal(rows[clear], (signed > eps)[clear])


def test_a_box_leaves_less_room_near_its_faces() -> None:
    rng = np.random.default_rng(2)
    w = rng.normal(size=8)
    x = np.where(rng.random((300, 8)) < 0.6, rng.integers(0, 2, (300, 8)), rng.random((300, 8)))
    model = Linear(w, -w.sum() / 2)
    y = model.predict(x)
    for eps in (0.1, 0.3):
        worst = np.where(y[:, None] == 1, w < 0, w > 0)  # upwards
        room = np.minimum(eps, np.where(worst, 1 - x, x))
        margin = np.abs(model.logits(x)) - np.abs(w * room).sum(axis=1)
        free = np.abs(model.logits(x)) - eps * np.abs(w).sum()
        assert ((margin > 0) & (free < 0)).any()  # the box decides about some
        clear = np.abs(margin) > 1e-9
        found = withstood(model, x, y, "Linf", [eps], bounds=(0, 1))[0]
        np.testing.assert_array_equal(found[clear], (margin > 0)[clear])


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("k", [3, 6])
def test_a_multiclass_linear_model_falls_at_the_nearest_plane(norm: Norm, k: int) -> None:
    rng = np.random.default_rng(3)
    model, x = Linear(rng.normal(size=(k, 10)), rng.normal(size=k)), rng.normal(size=(150, 10))
    y = np.where(rng.random(150) < 0.9, model.predict(x), rng.integers(0, k, 150))
    z = model.logits(x)
    gaps = z[np.arange(150), y][:, None] - z
    norms = np.linalg.norm(model.weights[y][:, None] - model.weights[None], DUAL[norm], axis=2)
    with np.errstate(invalid="ignore"):
        distance = np.nanmin(gaps / norms, axis=1)
    radii = (0.1, 0.3)
    for eps, rows in zip(radii, withstood(model, x, y, norm, radii), strict=True):
        clear = np.abs(distance - eps) > (0.02 if norm == "L1" else 1e-6) * eps
        np.testing.assert_array_equal(rows[clear], (distance > eps)[clear])


@pytest.mark.parametrize("norm", ["Linf", "L2"])
def test_two_gaussians_are_told_apart_as_often_as_the_normal_law_says(norm: Norm) -> None:
    rng = np.random.default_rng(5)
    mu, n = np.full(6, 0.7), 4000
    y = rng.integers(0, 2, n)
    x = rng.normal(size=(n, 6)) + np.where(y == 1, 1, -1)[:, None] * mu
    eps = 0.3
    length = np.linalg.norm(mu)
    expected = normal.cdf(length - eps) if norm == "L2" else normal.cdf((length**2 - eps * np.abs(mu).sum()) / length)
    found = withstood(Linear(2 * mu), x, y, norm, [eps])[0].mean()
    assert abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / n)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("preset", ["quick", "full"])
def test_nothing_fools_a_constant_model(norm: Norm, preset: Any) -> None:
    x, y = np.random.default_rng(0).random((20, 4)), np.arange(20) % 3
    found = withstood(Linear(np.zeros((3, 4)), [0, 1, 0]), x, y, norm, [0.1, 1.0], PRESETS[preset], (0, 1))
    np.testing.assert_array_equal(found, [y == 1, y == 1])
