"""Networks: bounds hold for every point, the exact distance lies between them and any attack, and is that of a grid."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from assay.audit.certify.clock import Clock
from assay.audit.certify.linear import linear
from assay.audit.certify.networks import Ball, Network, interval_bounds, linear_bounds
from assay.audit.certify.relu import HALVINGS, relu
from assay.audit.certify.results import Distances

LONG = Clock(1000.0, 1000.0)


def made(rng: np.random.Generator, n: int, *sizes: int) -> Network:
    weights = [rng.normal(size=(b, a)) / np.sqrt(a) for a, b in itertools.pairwise(sizes)]
    biases = [rng.normal(size=b) * 0.3 for b in sizes[1:]]
    network = Network(weights, [np.tile(biases[0], (n, 1)), *biases[1:]])
    middle = network.before(rng.uniform(size=(n, sizes[0])))[-1].mean(axis=0)  # so that every class occurs
    return Network(weights, [*network.biases[:-1], network.biases[-1] - middle])


def answers(network: Network, points: np.ndarray) -> np.ndarray:
    one = Network(network.weights, [network.biases[0][:1], *network.biases[1:]])
    return np.asarray(one.before(points)[-1].argmax(axis=1))


def distances(network: Network, points: np.ndarray, labels: np.ndarray, **options: object) -> Distances:
    m = points.shape[1]
    given = {"scale": np.ones(m), "lower": np.zeros(m), "upper": np.ones(m), "norm": np.inf, "most": 1.0, "exact": True}
    return relu(network, points, labels, clock=LONG, **{**given, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_bounds_hold_within_the_ball_and_lines_are_never_wider_than_intervals(norm: float) -> None:
    rng = np.random.default_rng(0)
    network, scale = made(rng, 3, 5, 12, 9, 3), rng.uniform(0.5, 2, 5)
    points = rng.uniform(size=(3, 5))
    ball = Ball(points, np.array([0.02, 0.1, 0.4]), scale, np.zeros(5), np.ones(5), norm)
    wide, tight = interval_bounds(network, ball), linear_bounds(network, ball)
    draws = rng.normal(size=(3000, 3, 5))
    draws /= np.linalg.norm(draws, ord=norm, axis=2, keepdims=True)
    draws *= rng.uniform(size=(3000, 3, 1)) ** 0.2 * ball.eps[:, None]
    for draw in draws:
        moved = points + draw * scale
        inside = ((moved >= 0) & (moved <= 1)).all(axis=1)
        for value, (low, high), (least, most) in zip(network.before(moved), tight, wide, strict=True):
            assert ((value >= low - 1e-12) & (value <= high + 1e-12))[inside].all()
            assert (low >= least - 1e-12).all() and (high <= most + 1e-12).all()
    assert all((t[1] - t[0]).sum() < (w[1] - w[0]).sum() for t, w in zip(tight[1:], wide[1:], strict=True))


@pytest.mark.parametrize("k", [2, 3])
def test_the_exact_distance_is_that_of_a_fine_grid(k: int) -> None:
    rng = np.random.default_rng(1)
    network = made(rng, 12, 2, 8, 6, k)
    points = rng.uniform(size=(12, 2))
    labels = answers(network, points)
    found = distances(network, points, labels)
    side = np.linspace(0, 1, 401)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    other = answers(network, grid)[None] != labels[:, None]
    away = np.where(other, np.abs(grid[None] - points[:, None]).max(axis=2), np.inf).min(axis=1)
    assert (found.lower <= np.minimum(away, 1) + 1e-9).all()  # certified is never beyond a known counterexample
    # A grid is up to half its step off, more where the other region is thinner than the grid.
    assert np.mean(np.abs(found.lower - np.minimum(away, 1)) <= 0.0026) >= 0.9
    known = found.lower < 1
    assert known.any() and (answers(network, found.points[known]) != labels[known]).all()
    np.testing.assert_allclose(
        np.abs(found.points[known] - points[known]).max(axis=1), found.lower[known], rtol=2e-3, atol=2e-6
    )


def test_whether_there_is_one_at_eps_agrees_with_the_exact_distance() -> None:
    rng = np.random.default_rng(2)
    network = made(rng, 8, 6, 12, 10, 3)
    points = rng.uniform(size=(8, 6))
    labels = answers(network, points)
    exact = distances(network, points, labels)
    for most in (0.02, 0.08, 0.2):
        asked = distances(network, points, labels, most=most, exact=False)
        clear = np.abs(exact.lower - most) > 1e-3 * most
        np.testing.assert_array_equal((asked.lower >= most)[clear], (exact.lower > most)[clear])
        np.testing.assert_array_equal(np.isnan(asked.points[:, 0])[clear], (exact.lower > most)[clear])


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_without_a_hidden_layer_it_is_the_linear_model(norm: float) -> None:
    rng = np.random.default_rng(3)
    network, scale = made(rng, 10, 4, 3), np.array([1.0, 0.5, 2, 1])
    points = rng.uniform(size=(10, 4))
    labels = answers(network, points)
    far = np.full(4, np.inf)
    closed = linear(
        points, network.before(points)[-1], network.weights[0], labels, scale=scale, lower=-far, upper=far, norm=norm
    ).lower
    found = distances(network, points, labels, scale=scale, lower=-far, upper=far, norm=norm, most=3.0)
    np.testing.assert_allclose(
        found.lower, np.minimum(closed, 3.0), rtol=1e-5, atol=0 if norm == np.inf else 3 * 2.0**-HALVINGS
    )


def test_dead_and_constant_units_and_a_constant_model() -> None:
    network = Network([np.zeros((3, 2)), np.ones((2, 3))], [np.array([[-1.0, 0.0, 1.0]]), np.array([1.0, 0.0])])
    found = distances(network, np.array([[0.5, 0.5]]), np.array([0]))
    assert found.lower[0] == 1.0 and np.isnan(found.points).all()


def test_no_point_within_the_distance_has_another_decision() -> None:
    rng = np.random.default_rng(5)
    network = made(rng, 6, 8, 16, 4)
    points = rng.uniform(size=(6, 8))
    labels = answers(network, points)
    for norm in (1, 2, np.inf):
        found = distances(network, points, labels, norm=norm, most=0.5)
        for i in range(6):
            draw = rng.normal(size=(4000, 8))
            draw *= (
                found.lower[i] * rng.uniform(size=(4000, 1)) ** 0.125 / np.linalg.norm(draw, ord=norm, axis=1)[:, None]
            )
            moved = points[i] + draw
            inside = ((moved >= 0) & (moved <= 1)).all(axis=1)
            assert (answers(network, moved[inside]) == labels[i]).all()
