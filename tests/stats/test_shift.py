"""Tests of a trend and estimates of label shift against statsmodels, closed forms and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest
from statsmodels.stats.contingency_tables import Table as Contingency

from assay.audit.stats.label_shift import black_box
from assay.audit.stats.trend import cochran_armitage


def test_the_trend_is_that_of_statsmodels() -> None:
    hits, trials, scores = np.array([30, 24, 22, 9]), np.array([40, 41, 37, 20]), np.array([0.0, 1.0, 2.0, 4.0])
    theirs = Contingency(np.column_stack([trials - hits, hits])).test_ordinal_association(scores, np.array([0, 1]))
    ours = cochran_armitage(hits, trials, scores)
    assert ours.statistic == pytest.approx(theirs.zscore)
    assert ours.p_value == pytest.approx(theirs.pvalue)


def test_a_trend_of_nothing() -> None:
    assert cochran_armitage([5, 5], [5, 5], [0, 1]) == (0.0, 1.0)
    assert cochran_armitage([0], [0], [0]) == (0.0, 1.0)


def test_p_values_of_the_trend_are_uniform_without_one() -> None:
    rng = np.random.default_rng(0)
    found = [cochran_armitage(rng.binomial(200, 0.8, 5), [200] * 5, np.arange(5)).p_value for _ in range(800)]
    assert kstest(found, "uniform").pvalue > 0.001


def draw(rng: np.random.Generator, shares: list[float], n: int) -> tuple[np.ndarray, np.ndarray]:
    """True classes, and what a model that is right on 8 of 10 says."""
    confusion = np.array([[0.8, 0.15, 0.05], [0.1, 0.8, 0.1], [0.05, 0.15, 0.8]])
    true = rng.choice(3, n, p=shares)
    return true, (rng.random(n)[:, None] > confusion[true].cumsum(axis=1)).sum(axis=1)


def test_weights_are_the_ratios_of_the_shares_and_their_intervals_cover() -> None:
    rng = np.random.default_rng(1)
    before, after = [0.5, 0.3, 0.2], [0.3, 0.3, 0.4]
    truth, inside, values = np.divide(after, before), np.zeros(3), []
    for _ in range(500):
        true, told = draw(rng, before, 1500)
        found = black_box(told, true, draw(rng, after, 1000)[1], 3)
        assert found is not None
        values.append(found.weight)
        inside += np.abs(found.weight - truth) <= 1.96 * found.error
    assert np.mean(values, axis=0) == pytest.approx(truth, abs=0.02)
    assert (np.abs(inside / 500 - 0.95) < 0.03).all()  # three standard errors


def test_the_standard_error_is_that_of_the_bootstrap() -> None:
    rng = np.random.default_rng(2)
    true, told = draw(rng, [0.5, 0.3, 0.2], 2000)
    target = draw(rng, [0.2, 0.3, 0.5], 1000)[1]
    found, again = black_box(told, true, target, 3), []
    for _ in range(400):
        s, t = rng.integers(2000, size=2000), rng.integers(1000, size=1000)
        one = black_box(told[s], true[s], target[t], 3)
        assert one is not None
        again.append(one.weight)
    assert found is not None
    assert found.error == pytest.approx(np.std(again, axis=0), rel=0.15)


def test_without_shift_weights_are_one_and_p_values_uniform() -> None:
    rng = np.random.default_rng(3)
    same = draw(rng, [0.4, 0.3, 0.3], 900)
    own = black_box(same[1], same[0], same[1], 3)
    assert own is not None and own.weight == pytest.approx(np.ones(3)) and own.p_value == 1
    p = []
    for _ in range(500):
        true, told = draw(rng, [0.4, 0.3, 0.3], 600)
        found = black_box(told, true, draw(rng, [0.4, 0.3, 0.3], 500)[1], 3)
        assert found is not None
        p.append(found.p_value)
    assert kstest(p, "uniform").pvalue > 0.001


def test_a_model_that_tells_nothing_apart_gives_no_weights() -> None:
    true = np.array([0, 1] * 50)
    assert black_box(np.zeros(100, np.int64), true, np.zeros(40, np.int64), 2) is None
