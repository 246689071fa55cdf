"""The ensemble on trained networks: what must hold of any attack, and networks that hide their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import optimize
from sklearn.datasets import load_breast_cancer, load_digits

from assay.audit.attacks.apgd import apgd
from assay.audit.attacks.ensemble import PRESETS, Attacked, Composition, attacked
from assay.audit.attacks.fab import fab
from assay.audit.attacks.losses import cross_entropy
from assay.audit.attacks.norms import Norm, flat, project, size, start, to_plane
from assay.audit.attacks.square import square
from assay.audit.attacks.surface import BudgetSpent, Surface
from assay.audit.attacks.verify import InvalidAttack, inside

from .models import Network, Quantised, Scaled, opened

solvers: Any = optimize
NORMS: list[Norm] = ["Linf", "L2", "L1"]
RADII: dict[Norm, list[float]] = {"Linf": [0.03, 0.06, 0.12], "L2": [0.15, 0.4, 0.8], "L1": [0.5, 1.5, 3.0]}
DIGITS = load_digits()
IMAGES, CLASSES = DIGITS.images[:, None] / 16, DIGITS.target
X, Y = IMAGES[-120:], CLASSES[-120:]


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(IMAGES[:1200], CLASSES[:1200])


def run(
    model: Any,
    norm: Norm,
    radii: Any,
    composition: Composition = PRESETS["quick"],
    *,
    seed: int = 0,
    layout: Any = "NCHW",
) -> tuple[Attacked, Surface]:
    x = X if layout else X.reshape(len(X), -1)
    surface = opened(model, x, Y, (0, 1), layout=layout)
    return attacked(surface, Y, radii, norm, composition, np.random.default_rng(seed)), surface


@pytest.mark.parametrize("norm", NORMS)
def test_larger_balls_leave_less_and_every_success_is_one(network: Network, norm: Norm) -> None:
    found, surface = run(network, norm, RADII[norm])
    shares = [found.withstood(eps).mean() for eps in RADII[norm]]
    assert found.clean.mean() == (network.predict(X) == Y).mean() >= shares[0] > shares[1] > shares[2]
    fell = np.isfinite(found.radius) & found.clean
    assert (network.predict(found.x[fell]) != Y[fell]).all()
    assert (size(found.x - X, norm)[fell] <= found.radius[fell] * (1 + 1e-9)).all()
    assert found.x.min() >= 0 and found.x.max() <= 1
    np.testing.assert_array_equal(found.x[~fell], X[~fell])
    stages = sum(stage.spent.forwards for stage in found.stages)
    assert surface.spent.forwards == stages + len(X) + found.clean.sum()
    assert sum(stage.fooled for stage in found.stages) >= fell.sum()


@pytest.mark.parametrize("norm", NORMS)
def test_no_radius_is_clean_and_the_whole_box_leaves_nothing(network: Network, norm: Norm) -> None:
    widest = {"Linf": 1.0, "L2": 8.0, "L1": 64.0}
    found, _ = run(network, norm, [0, widest[norm]])
    np.testing.assert_array_equal(found.withstood(0), network.predict(X) == Y)
    assert found.withstood(widest[norm]).mean() == 0


def test_the_seed_decides(network: Network) -> None:
    one, other = (run(network, "Linf", [0.06], seed=3)[0] for _ in range(2))
    np.testing.assert_array_equal(one.x, other.x)
    assert one.stages == other.stages


def test_a_sweep_finds_what_single_radii_find_for_the_price_of_the_hardest(network: Network) -> None:
    radii = [0.02, 0.04, 0.06, 0.08, 0.1, 0.12]
    together, surface = run(network, "Linf", radii)
    single = [run(network, "Linf", [eps]) for eps in radii]
    for eps, (alone, _) in zip(radii, single, strict=True):
        assert abs(together.withstood(eps).mean() - alone.withstood(eps).mean()) <= 0.01
    assert surface.spent.forwards <= 1.5 * max(one.spent.forwards for _, one in single)


def test_images_in_either_order_of_axes_and_flat_rows_fall_alike(network: Network) -> None:
    class Last:
        def __init__(self, at: Any) -> None:
            self.at = at

        def logits(self, x: Any) -> Any:
            return network.logits(self.at(x))

        predict_proba = lambda self, x: network.predict_proba(self.at(x))  # noqa: E731
        predict = lambda self, x: network.predict(self.at(x))  # noqa: E731

        def pullback(self, x: Any, cotangent: Any) -> Any:
            z, gradient = network.pullback(self.at(x), cotangent)
            return z, np.moveaxis(gradient, 1, -1) if x.ndim == 4 else gradient

    last = Last(lambda x: np.moveaxis(x, -1, 1))
    cheap = Composition(10, 0, 2, 20, 0, 0)
    shares = [run(network, "Linf", [0.06], cheap)[0].withstood(0.06).mean()]
    surface = opened(last, np.moveaxis(X, 1, -1), Y, (0, 1), layout="NHWC")
    shares.append(attacked(surface, Y, [0.06], "Linf", cheap, np.random.default_rng(0)).withstood(0.06).mean())
    shares.append(run(network, "Linf", [0.06], cheap, layout=None)[0].withstood(0.06).mean())
    turned = opened(network, np.moveaxis(X, 1, -1), Y, (0, 1), layout="NHWC", plan={"layout": "NCHW"})
    shares.append(attacked(turned, Y, [0.06], "Linf", cheap, np.random.default_rng(0)).withstood(0.06).mean())
    assert max(shares) - min(shares) <= 1.01 / len(X)


def test_large_logits_hide_nothing_from_the_ensemble(network: Network) -> None:
    true = run(network, "Linf", [0.06])[0].withstood(0.06).mean()
    masked = Scaled(network, 1e4)
    surface = opened(masked, X, Y, (0, 1), layout="NCHW")
    _, fooled = apgd(surface, Y, 0.06, "Linf", np.random.default_rng(0), cross_entropy, iterations=40)
    assert 1 - fooled.mean() > true + 0.15  # what cross-entropy alone would have reported
    assert abs(run(masked, "Linf", [0.06])[0].withstood(0.06).mean() - true) <= 0.02


def test_rounded_inputs_hide_their_gradient_and_square_finds_some(network: Network) -> None:
    masked = Quantised(network, 16)
    found, _ = run(masked, "Linf", [0.12], PRESETS["full"])
    yields = {stage.name.partition(",")[0]: stage.fooled for stage in found.stages}
    assert yields["APGD on the margin"] <= 0.1 * len(X) < yields["Square"]


@pytest.mark.parametrize("norm", NORMS)
def test_fab_and_square_alone_come_near_the_ensemble(network: Network, norm: Norm) -> None:
    eps = RADII[norm][1]
    ensemble = run(network, norm, [eps])[0].withstood(eps).mean()
    surface = opened(network, X, Y, (0, 1), layout="NCHW")
    right = np.flatnonzero(network.predict(X) == Y)
    order = np.argsort(-network.logits(X), axis=1)
    fooled = np.zeros(len(X), bool)
    for rank in range(3):
        target = np.array([row[row != y][rank] for row, y in zip(order, Y, strict=True)])
        points, here = fab(surface.at(right), Y[right], eps, norm, targets=target[right], iterations=50)
        inside(surface.at(right[here]), points[here], eps, norm)
        fooled[right] |= here
    assert network.predict(X).size and fooled[right].sum() >= len(right) - (ensemble + 0.05) * len(X)
    points, here = square(surface.at(right), Y[right], eps, norm, np.random.default_rng(0), queries=500)
    inside(surface.at(right), points, eps, norm)
    assert (network.predict(points[here]) != Y[right][here]).all()
    assert here.sum() >= {"Linf": 0.5, "L2": 0.4, "L1": 0.2}[norm] * (len(right) - ensemble * len(X))


def test_two_classes_and_flat_rows_work_with_every_attack() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.min(axis=0)) / np.ptp(x, axis=0)
    network = Network(x[:400], y[:400], hidden=8)
    for norm in NORMS:
        surface = opened(network, x[400:480], y[400:480], (0, 1))
        eps = RADII[norm][1] / 2
        found = attacked(surface, y[400:480], [eps], norm, Composition(10, 20, 9, 20, 20, 50), np.random.default_rng(0))
        assert 0 < found.withstood(eps).mean() < found.clean.mean()
        assert {stage.name.partition(",")[0] for stage in found.stages} >= {"FAB", "Square"}


def test_a_threshold_is_where_the_attack_looks_for_the_boundary() -> None:
    x = np.linspace(-1, 1, 101)[:, None]
    cut = float(np.log(0.9 / 0.1) / 4)
    y = (x[:, 0] > cut).astype(int)
    model = _Differentiable()
    surface = opened(model, x, y, (-2, 2), plan={"threshold": 0.9, "output": "logits"})
    found = attacked(surface, y, [0.1], "Linf", PRESETS["quick"], np.random.default_rng(0))
    assert found.clean.all()
    np.testing.assert_array_equal(found.withstood(0.1), np.abs(x[:, 0] - cut) > 0.1)


class _Differentiable:
    def predict(self, x: Any) -> Any:
        raise AssertionError("the probabilities decide")

    def logits(self, x: Any) -> Any:
        return 4 * x[:, 0]

    def predict_proba(self, x: Any) -> Any:
        return 1 / (1 + np.exp(-4 * x[:, 0]))

    def pullback(self, x: Any, cotangent: Any) -> Any:
        z = self.logits(x)
        return z, 4 * np.asarray(cotangent(z))[:, None] * np.ones(x.shape)


def test_a_budget_is_kept_to_the_row(network: Network) -> None:
    surface = opened(network, X, Y, (0, 1), layout="NCHW", budget=2 * len(X))
    surface.logits(surface.x)
    surface.pullback(surface.x, lambda z, part: z * 0)
    with pytest.raises(BudgetSpent, match="240 of 240 rows were asked about, 1 more"):
        surface.at(np.array([3])).logits(X[3:4])
    assert (surface.spent.forwards, surface.spent.gradients) == (240, 120)
    square(surface.granted(5 * len(X)), Y, 0.01, "Linf", np.random.default_rng(0))
    assert surface.spent.forwards <= 7 * len(X)


def test_points_outside_of_ball_or_box_are_refused(network: Network) -> None:
    surface = opened(network, X, Y, (0, 1), layout="NCHW")
    inside(surface, np.clip(X + 0.1, 0, 1), 0.1, "Linf")
    for points, eps in ((np.clip(X + 0.11, 0, 1), 0.1), (X - 0.05, 0.1), (X * np.nan, 0.1)):
        with pytest.raises(InvalidAttack):
            inside(surface, points, eps, "Linf")


@pytest.mark.parametrize("norm", NORMS)
def test_projections_are_the_nearest_points(norm: Norm) -> None:
    rng = np.random.default_rng(4)
    centre, x = rng.random((6, 5)), rng.normal(size=(6, 5)) + 0.5
    eps = {"Linf": 0.2, "L2": 0.4, "L1": 0.6}[norm]
    found = project(x, centre, eps, norm, 0.0, 1.0)
    assert (size(found - centre, norm) <= eps + 1e-12).all() and found.min() >= 0 and found.max() <= 1
    np.testing.assert_allclose(project(found, centre, eps, norm, 0.0, 1.0), found, atol=1e-12)
    begun = start(centre, eps, norm, 0.0, 1.0, rng)
    assert (size(begun - centre, norm) <= eps + 1e-12).all() and not np.array_equal(begun, centre)
    for row in range(6):
        if norm == "L2":
            continue  # scaled, then clipped: not the nearest point
        best = solvers.minimize(
            lambda z: np.sum((z - x[row]) ** 2),  # noqa: B023
            centre[row],
            bounds=[(0, 1)] * 5,
            constraints={"type": "ineq", "fun": lambda z: eps - float(size((z - centre[row])[None], norm)[0])},  # noqa: B023
            tol=1e-10,
        )
        assert np.sum((found[row] - x[row]) ** 2) <= best.fun + 1e-5


@pytest.mark.parametrize("norm", NORMS)
def test_the_nearest_point_of_a_plane_in_the_box(norm: Norm) -> None:
    rng = np.random.default_rng(6)
    x, w = rng.random((8, 4)), rng.normal(size=(8, 4))
    goal = np.sum(w * rng.random((8, 4)), axis=1)
    move = to_plane(x, w, goal, norm, np.zeros((8, 4)), np.ones((8, 4)))
    np.testing.assert_allclose(np.sum(w * (x + move), axis=1), goal, atol=1e-9)
    assert (x + move).min() >= -1e-12 and (x + move).max() <= 1 + 1e-12
    for row in range(8):
        if norm == "L2":
            one = solvers.minimize(
                lambda d: np.sum(d**2), move[row], bounds=list(zip(-x[row], 1 - x[row], strict=True)),
                constraints={"type": "eq", "fun": lambda d: w[row] @ (x[row] + d) - goal[row]},  # noqa: B023
            )  # fmt: skip
            least = np.sqrt(one.fun)
        else:  # up - down = d; minimise the sum, or the largest
            same = norm == "Linf"
            cost = [0] * 8 + [1] if same else [1] * 8 + [0]
            upper = np.hstack([np.eye(4), np.eye(4), -np.ones((4, 1))]) if same else None
            least = solvers.linprog(
                cost, A_ub=upper, b_ub=np.zeros(4) if same else None,
                A_eq=[[*w[row], *-w[row], 0]], b_eq=[goal[row] - w[row] @ x[row]],
                bounds=[*((0, 1 - v) for v in x[row]), *((0, v) for v in x[row]), (0, None)],
            ).fun  # fmt: skip
        assert size(flat(move[row : row + 1]), norm)[0] == pytest.approx(least, abs=1e-6)
