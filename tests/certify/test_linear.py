"""Closed forms against what does not know them: quadratic programs, linear programs and enumeration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog, minimize
from scipy.special import ndtr

from assay.audit.certify.linear import least, linear


def boxless(points: np.ndarray, weights: np.ndarray, labels: np.ndarray, norm: float) -> np.ndarray:
    scores, m = points @ weights.T, points.shape[1]
    ends = np.full(m, np.inf)
    return linear(points, scores, weights, labels, scale=np.ones(m), lower=-ends, upper=ends, norm=norm).lower


@pytest.mark.parametrize(("norm", "dual"), [(1, np.inf), (2, 2), (np.inf, 1)])
def test_without_limits_it_is_the_margin_over_the_dual_norm(norm: float, dual: float) -> None:
    rng = np.random.default_rng(0)
    points, weights = rng.normal(size=(50, 6)), rng.normal(size=(4, 6))
    scores = points @ weights.T
    labels = scores.argmax(axis=1)
    expected = [
        min((scores[i, y] - scores[i, k]) / np.linalg.norm(weights[y] - weights[k], dual) for k in range(4) if k != y)
        for i, y in enumerate(labels)
    ]
    np.testing.assert_allclose(boxless(points, weights, labels, norm), expected, rtol=1e-10)


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_with_limits_it_is_what_a_solver_finds(norm: float) -> None:
    rng = np.random.default_rng(1)
    for _ in range(25):
        m = int(rng.integers(1, 6))
        gains, room = rng.exponential(size=m) * (rng.random(m) < 0.8), rng.exponential(size=m)
        gains[0] += 0.1
        gap = float(rng.uniform(0, 1.2) * gains @ room)
        step = least(np.array([gap]), gains[None], room[None], norm)[0]
        if gap > gains @ room * (1 + 1e-12):
            assert np.isinf(step).all()
            continue
        assert gains @ step == pytest.approx(gap) and (step <= room + 1e-12).all() and (step >= 0).all()
        if norm == 2:
            tie: Any = {"type": "eq", "fun": lambda d: gains @ d - gap}  # noqa: B023
            ends: Any = [(0, r) for r in room]
            options: Any = {"ftol": 1e-14, "maxiter": 500}
            solve: Any = minimize
            solved = solve(
                lambda d: d @ d,
                room * 0.5,
                jac=lambda d: 2 * d,
                bounds=ends,
                method="SLSQP",
                constraints=tie,
                options=options,
            )
            best = np.sqrt(solved.fun)
        else:
            cost = np.ones(m) if norm == 1 else np.r_[np.zeros(m), 1.0]
            tied: Any = {} if norm == 1 else {"A_ub": np.c_[np.eye(m), -np.ones(m)], "b_ub": np.zeros(m)}
            columns = gains if norm == 1 else np.r_[gains, 0]
            ends = [(0, r) for r in room] + ([] if norm == 1 else [(0, None)])
            best = linprog(cost, A_eq=[columns], b_eq=[gap], bounds=ends, **tied).fun
        assert np.linalg.norm(step, ord=norm) == pytest.approx(best, abs=1e-6)


def test_the_box_formula_of_the_worst_margin() -> None:
    """Reference, oracle 2: points near the faces, where the formula without a box is wrong."""
    rng = np.random.default_rng(2)
    points, w = rng.choice([0.01, 0.5, 0.97], (400, 5)) + rng.uniform(-0.01, 0.01, (400, 5)), rng.normal(size=5)
    f = points @ w - 0.3
    labels, scores = (f > 0).astype(int), np.stack([0 * f, f], axis=1)
    found = linear(
        points, scores, np.stack([0 * w, w]), labels, scale=np.ones(5), lower=np.zeros(5), upper=np.ones(5), norm=np.inf
    ).lower
    towards = -np.sign(f)[:, None] * np.sign(w)
    room = np.where(towards > 0, 1 - points, points)
    for eps in (0.02, 0.1, 0.3):
        worst = np.abs(f) - (np.abs(w) * np.minimum(eps, room)).sum(axis=1)
        np.testing.assert_array_equal(found > eps, worst > 0)
        assert ((np.abs(f) - eps * np.abs(w).sum() > 0) != (worst > 0)).any() or eps == 0.02


def test_counterexamples_are_beyond_the_boundary_at_the_distance() -> None:
    rng = np.random.default_rng(3)
    points, weights = rng.uniform(size=(60, 4)), rng.normal(size=(3, 4))
    scale, scores = np.array([1, 2, 0.5, 1.0]), points @ weights.T
    labels = scores.argmax(axis=1)
    for norm in (1, 2, np.inf):
        found = linear(points, scores, weights, labels, scale=scale, lower=np.zeros(4), upper=np.ones(4), norm=norm)
        known = np.isfinite(found.lower)
        moved = found.points[known]
        assert ((moved @ weights.T).argmax(axis=1) != labels[known]).all()
        assert (moved >= 0).all() and (moved <= 1).all()
        size = np.linalg.norm((moved - points[known]) / scale, ord=norm, axis=1)
        np.testing.assert_allclose(size, found.lower[known], rtol=1e-6, atol=1e-12)


def test_two_gaussians() -> None:
    """Reference, oracle 5: the share of N(+-mu, I) that the Bayes rule w = mu gets right under the worst change of L2 eps is
    Phi(|mu| - eps), and Phi((mu·w - eps |w|_1)/|w|_2) under Linf."""
    rng = np.random.default_rng(4)
    mu, n = np.array([1.0, 0.5, -0.5]), 20_000
    labels = rng.integers(2, size=n)
    points = rng.normal(size=(n, 3)) + np.where(labels[:, None] == 1, mu, -mu)
    weights = np.stack([-mu, mu])
    right = (points @ mu > 0) == labels
    far = np.linalg.norm(mu)
    for norm, eps, truth in ((2, 0.4, ndtr(far - 0.4)), (np.inf, 0.2, ndtr((far**2 - 0.2 * np.abs(mu).sum()) / far))):
        share = np.mean(right & (boxless(points, weights, labels, norm) > eps))
        assert abs(share - truth) < 4 * np.sqrt(truth * (1 - truth) / n)
