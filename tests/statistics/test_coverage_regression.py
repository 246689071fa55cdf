"""How often nominal 95 % intervals of regression metrics hold the truth, and how often their upper limit is too low.

An upper limit below the truth is what passes a model that is too bad, so that it is held apart. With heavy tails no
interval from the rows alone reaches 95 %; what is reached there is written down here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from assay.audit.shapes.ordered import Explained
from assay.audit.stats import agreement
from assay.audit.stats.interval import FloatArray, Interval
from assay.audit.stats.mean import student_t
from assay.audit.stats.rank_correlation import rank_interval, spearman
from assay.audit.stats.skewed import hall, shape

Draw = Callable[[np.random.Generator, tuple[int, ...]], FloatArray]

LOSSES: dict[str, tuple[Draw, float]] = {
    "squares of normal errors": (lambda rng, size: rng.normal(size=size) ** 2, 1.0),
    "squares of Laplace errors": (lambda rng, size: rng.laplace(size=size) ** 2, 2.0),
    "squares of exponential errors": (lambda rng, size: (rng.exponential(size=size) - 1) ** 2, 1.0),
    "heteroscedastic squares": (
        lambda rng, size: (rng.normal(size=size) * np.exp(rng.normal(0, 0.5, size))) ** 2,
        np.exp(0.5),
    ),
    "absolute t errors": (lambda rng, size: np.abs(rng.standard_t(3, size)), 2 * np.sqrt(3) / np.pi),
    "signed and skewed": (lambda rng, size: rng.exponential(size=size) - 1, 0.0),
}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240917)


@pytest.mark.parametrize(("n", "least", "most_below"), [(50, 0.905, 0.085), (200, 0.925, 0.055), (1000, 0.93, 0.05)])
@pytest.mark.parametrize("loss", LOSSES)
def test_means_of_losses(loss: str, n: int, least: float, most_below: float, rng: np.random.Generator) -> None:
    draw, truth = LOSSES[loss]
    values = draw(rng, (2_000_000 // n if n < 1000 else 4000, n))
    sums = values.sum(1), (values**2).sum(1)
    found = hall(shape(n, *sums, (values**3).sum(1)))
    assert least <= covered(found, truth) <= 0.97
    below = float(np.mean(found.high < truth))
    assert below <= most_below
    if truth > 0:
        assert below < float(np.mean(student_t(n, *sums).high < truth))


@pytest.mark.parametrize("n", [20, 50, 200])
@pytest.mark.parametrize("kind", ["independent", "strong", "near 1", "spread grows", "heavy tails", "tied"])
def test_rank_correlation(kind: str, n: int, rng: np.random.Generator) -> None:
    truth = np.mean([spearman(*pairs(kind, 200_000, rng)).value for _ in range(3)])
    value, error = np.array([spearman(*pairs(kind, n, rng)) for _ in range(1000)]).T
    least = 0.9 if kind == "near 1" else 0.925  # there the bias 3(τ - ρ)/(n + 1) of the sample's ρ counts, downwards
    assert least <= covered(rank_interval(value, error, n), float(truth)) <= 0.985


@pytest.mark.parametrize("n", [50, 200])
@pytest.mark.parametrize("noise", ["normal", "skewed", "heavy"])
def test_explained_absolute_error(noise: str, n: int, rng: np.random.Generator) -> None:
    draw: dict[str, Callable[[int], FloatArray]] = {
        "normal": lambda size: rng.normal(size=size),
        "skewed": lambda size: rng.exponential(size=size) - 1,
        "heavy": lambda size: rng.standard_t(3, size),
    }

    def one(size: int) -> tuple[float, float]:
        x = draw[noise](size)
        return Explained(x + draw[noise](size), 0.9 * x + 0.1)._one(np.arange(size))

    value, error = np.array([one(n) for _ in range(1500)]).T
    found = agreement.below_one(agreement.Delta(value, error, np.full(1500, float(n))))
    assert 0.93 <= covered(found, one(2_000_000)[0]) <= 0.985


def pairs(kind: str, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    x, e = rng.normal(size=(2, n))
    if kind == "heavy tails":
        common = np.sqrt(rng.chisquare(2, n) / 2)
        return x / common, (0.7 * x + 0.7 * e) / common
    slopes = {"independent": e, "strong": x + 0.5 * e, "near 1": x + 0.1 * e, "spread grows": x + np.exp(x) * e}
    return (x, slopes[kind]) if kind in slopes else (np.round(x), np.round(x + e))


def covered(interval: Interval, truth: float) -> float:
    return float(np.mean((interval.low <= truth) & (truth <= interval.high)))
