"""Smoothing: Clopper-Pearson numbers, and a linear model, whose smoothed decision is known exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, binomtest
from sklearn.linear_model import LogisticRegression

from assay import audit
from assay.audit.certify.smoothing import Smoothed, lower_limit, smooth


def test_published_limits() -> None:
    """Reference, oracle 7; all draws of the class give alpha^(1/n)."""
    assert lower_limit(np.array([100_000]), 100_000, 0.001)[0] == pytest.approx(0.001 ** (1 / 100_000), rel=1e-12)
    assert lower_limit(np.array([99]), 100, 0.001)[0] == pytest.approx(0.911373, abs=1e-6)
    assert lower_limit(np.array([950]), 1000, 0.001)[0] == pytest.approx(0.925047, abs=1e-6)
    every = Smoothed(np.zeros(1, int), np.array([100_000]), 100, 100_000, 0.5)
    assert every.radius(0.001)[0] / 0.5 == pytest.approx(3.8115, abs=1e-4)
    assert every.greatest(0.001) == every.radius(0.001)[0]


@pytest.mark.parametrize(("hits", "n", "alpha"), [(99, 100, 0.001), (950, 1000, 0.001), (60, 100, 0.05), (1, 10, 0.1)])
def test_limits_agree_with_the_exact_test_of_scipy(hits: int, n: int, alpha: float) -> None:
    exact = binomtest(hits, n, alternative="greater").proportion_ci(1 - alpha, method="exact").low
    assert lower_limit(np.array([hits]), n, alpha)[0] == pytest.approx(exact, rel=1e-9)
    assert binom.sf(hits - 1, n, exact) == pytest.approx(alpha, rel=1e-6)


def test_less_than_a_majority_is_to_abstain() -> None:
    few = Smoothed(np.zeros(3, int), np.array([0, 50, 70]), 10, 100, 1.0)
    assert few.radius(0.001).tolist()[:2] == [0, 0] and few.radius(0.001)[2] > 0


def test_a_smoothed_linear_model_has_the_distance_of_the_linear_model() -> None:
    """Reference, oracle 6: p = Phi(|f|/(sigma |w|)), so the true radius is |f|/|w|; a certificate is above with probability alpha."""
    rng = np.random.default_rng(0)
    points, w, alpha = rng.normal(size=(300, 5)), rng.normal(size=5), 0.01
    true = np.abs(points @ w) / np.linalg.norm(w)
    found = smooth(
        lambda x, row: (x @ w > 0).astype(np.int64),
        points,
        2,
        scale=np.ones(5),
        sigma=0.5,
        n0=50,
        n=1000,
        rng=rng,
        batch=7777,
    )
    radius = found.radius(alpha)
    over = int(np.sum((radius > true) & (found.top == (points @ w > 0))))
    assert binom.sf(over - 1, 300, alpha) > 1e-4
    wrong = found.top != (points @ w > 0)  # the class of the selection may be wrong close to the boundary
    assert np.sum(wrong & (radius > 0)) <= 3
    clear = (true < 1.3) & (true > 0.2)  # beyond, so few draws prove no more
    assert 0.6 < np.mean(radius[clear] / true[clear]) < 1


def test_noise_has_the_deviation_of_each_input_and_every_draw_is_asked_once() -> None:
    seen: list[np.ndarray] = []

    def ask(x: np.ndarray, row: np.ndarray) -> np.ndarray:
        seen.append(np.c_[row, x])
        return np.zeros(len(x), dtype=np.int64)

    points = np.array([[0.0, 100.0], [5.0, -7.0], [1.0, 1.0]])
    smooth(
        ask, points, 2, scale=np.array([1.0, 10.0]), sigma=0.3, n0=100, n=4000, rng=np.random.default_rng(1), batch=999
    )
    rows = np.concatenate(seen)
    assert len(rows) == 3 * 4100 and max(map(len, seen)) <= 999
    for i, point in enumerate(points):
        noise = rows[rows[:, 0] == i, 1:] - point
        assert len(noise) == 4100
        np.testing.assert_allclose(noise.std(axis=0), [0.3, 3.0], rtol=0.05)
        np.testing.assert_allclose(noise.mean(axis=0) / [0.3, 3.0], 0, atol=0.08)


def test_the_check_certifies_the_smoothed_model_and_says_so() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.uniform(-1, 1, (200, 3)), columns=list("abc"))
    y = (frame.a + 0.5 * frame.b > 0).astype(int)
    model = LogisticRegression(C=100).fit(frame, y)
    options = {
        "method": "smoothing",
        "norm": "L2",
        "scale": "raw",
        "eps": [0.1, 0.3],
        "rows": 40,
        "n": 1000,
        "sigma": 0.3,
    }
    dataset = audit.Dataset(frame, y, bounds=(-1, 1))
    plan = {"checks": {"include": ["robustness.certified"], "options": {"robustness.certified": options}}}
    result = audit.run(lambda x: model.predict(x), dataset, plan)["robustness.certified"]
    assert result.status == "ok", result.reason
    exact = audit.run(
        model,
        dataset,
        {
            "checks": {
                "include": ["robustness.certified"],
                "options": {"robustness.certified": {**options, "method": "auto"}},
            }
        },
    )["robustness.certified"]
    # Noise leaves the decisions of a linear model as they are, so that smoothing can prove no more than is true.
    assert result.estimate("certified_accuracy").n == 40
    for one, other in zip(
        *(next(f for f in r.figures if f.title.startswith("Rows at each eps")).rows for r in (result, exact)),
        strict=True,
    ):
        assert one[2] <= other[5]
        assert one[5] <= one[1]  # all at once, fewer
    tables = {f.title: f for f in result.figures}
    how: dict[Any, Any] = {row[0]: row[1] for row in tables["How it was certified"].rows}
    assert how["Rows about which the model was asked"] == 40 * 1100
    assert how["Rows where the smoothed model abstains"] >= 0 and "40 of 200" in how["Rows used"]
    assert "smoothed model, not of the model itself" in tables["Rows at each eps, smoothed model"].note
    again = audit.run(lambda x: model.predict(x), dataset, plan)["robustness.certified"]
    assert again.estimates == result.estimates


def test_linf_is_l2_over_the_root_of_the_number_of_inputs() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.uniform(-1, 1, (60, 4)), columns=list("abcd"))
    y = (frame.a > 0).astype(int)

    def certified(norm: str, eps: float) -> float | None:
        options = {"method": "smoothing", "norm": norm, "scale": "raw", "eps": [eps], "n": 500, "sigma": 0.4}
        plan = {"checks": {"include": ["robustness.certified"], "options": {"robustness.certified": options}}}
        found = audit.run(lambda x: (x.a > 0).astype(int), audit.Dataset(frame, y, bounds=(-1, 1)), plan)
        return found["robustness.certified"].estimate("certified_accuracy").value

    assert certified("L2", 0.3) == certified("L1", 0.3) == certified("Linf", 0.15) != certified("Linf", 0.3)
