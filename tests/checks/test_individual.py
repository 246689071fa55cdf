"""Individual fairness agrees with aif360, and with what can be worked out by hand."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from aif360.sklearn import metrics as aif360

from assay import audit
from assay.audit.record import Result
from assay.audit.stats.inequality import generalized_entropy
from assay.audit.stats.neighbours import agreement, jackknife_error, neighbourhood
from assay.checks.distances import points


def found(frame: pd.DataFrame, check: str, model: dict[str, Any] | None = None, **options: Any) -> Result:
    features = [name for name in frame.columns if name not in ("y", "decided", "p")]
    data = audit.Dataset(frame, target="y", sensitive=["sex"], features=features)
    plan = {
        "model": model or {"prediction": "decided"},
        "checks": {"include": [check], "options": {check: options}},
    }
    return audit.run(None, data, plan)[check]


@pytest.fixture
def people() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 3))
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    p = 1 / (1 + np.exp(-x[:, 0] - rng.normal(size=400)))
    frame = pd.DataFrame(x, columns=list("abc")).assign(sex=rng.choice(["f", "m"], 400), p=p)
    return frame.assign(y=rng.integers(0, 2, 400), decided=(p > 0.5).astype(int))


@pytest.mark.parametrize("k", [2, 5, 9])
def test_consistency_is_that_of_aif360(people: pd.DataFrame, k: int) -> None:
    result = found(people, "fairness.consistency", neighbours=k)
    expected = aif360.consistency_score(people[["a", "b", "c"]], people.decided, n_neighbors=k)
    whole = result.estimate()
    assert whole.value == pytest.approx(expected, abs=1e-12)
    assert whole.low is not None and whole.high is not None and whole.low < expected < whole.high
    men = (people.sex == "m").to_numpy()
    parts = [result.estimate(sex=sex).value or 0 for sex in "fm"]
    assert np.average(parts, weights=[(~men).sum(), men.sum()]) == pytest.approx(expected, abs=1e-12)


def test_jackknife_error_is_that_of_leaving_rows_out(people: pd.DataFrame) -> None:
    x, y = people[["a", "b"]].to_numpy()[:60], people.decided.to_numpy()[:60]
    near = neighbourhood(x, 4)
    values, changes = agreement(y, near)
    keep = [np.delete(np.arange(60), i) for i in range(60)]
    left = np.array([agreement(y[rows], neighbourhood(x[rows], 4))[0].mean() for rows in keep])
    expected = np.sqrt(59 / 60 * np.sum((left - left.mean()) ** 2))
    assert jackknife_error(values, changes, near.near, np.arange(60)) == pytest.approx(expected, rel=0.03)


def test_a_constant_model_is_consistent_with_an_interval(people: pd.DataFrame) -> None:
    whole = found(people.assign(decided=1), "fairness.consistency").estimate()
    assert (whole.value, whole.high, whole.state) == (1, 1, "degenerate")
    assert whole.low is not None and 0.98 < whole.low < 1


def test_three_classes_are_compared_as_they_are(people: pd.DataFrame) -> None:
    frame = people.assign(y=np.arange(400) % 3, decided=np.repeat([0, 1, 2, 2], 100))
    result = found(frame, "fairness.consistency", {"prediction": "decided", "task": "multiclass"})
    assert result.estimate().value == pytest.approx(
        np.mean(
            frame.decided.to_numpy()
            == frame.decided.to_numpy()[neighbourhood(people[["a", "b", "c"]].to_numpy(), 5).near].T
        )
    )


def test_too_many_rows_and_too_few_are_said(people: pd.DataFrame) -> None:
    assert "max_rows" in found(people, "fairness.consistency", max_rows=100).reason
    assert "too few" in found(people.head(5), "fairness.consistency").reason
    assert "no input" in found(people.drop(columns=["a", "b", "c"]), "fairness.lipschitz", {"probability": "p"}).reason


def test_distance_of_rows() -> None:
    frame = pd.DataFrame(
        {
            "number": [0.0, 2.0, 4.0, np.nan],
            "word": ["u", "v", "v", None],
            "flag": [0, 1, 0, 0],
            "same": 1,
            "list": [[1], [2], [3], [4]],
        }
    )
    at = points(nw.from_native(frame, eager_only=True))
    spread = np.std([0, 2, 4])
    assert np.sum((at[0] - at[1]) ** 2) == pytest.approx((2 / spread) ** 2 + 1 + 1)
    assert np.sum((at[1] - at[2]) ** 2) == pytest.approx((2 / spread) ** 2 + 1)
    assert np.sum((at[1] - at[3]) ** 2) == pytest.approx(1 + 1 + 1)  # the mean and missing; word; flag
    many = points(nw.from_native(pd.DataFrame({"id": [f"i{i}" for i in range(500)]}), eager_only=True))
    assert many.shape == (500, 50)


def test_lipschitz_of_a_linear_score_is_its_slope() -> None:
    rng = np.random.default_rng(3)
    x = rng.permutation(500) / 500
    frame = pd.DataFrame({"x": x, "sex": np.tile(["f", "m"], 250), "p": x, "y": np.arange(500) % 2})
    result = found(frame, "fairness.lipschitz", {"probability": "p"})
    assert result.estimate("largest").value == pytest.approx(np.std(x))
    assert result.estimate("quantile").value == pytest.approx(np.std(x))
    assert result.estimate("largest").high is None
    assert result.figures[0].rows == []


def test_twins_that_are_treated_differently_are_counted() -> None:
    frame = pd.DataFrame({"x": [1, 1, 2, 2, 3, 4, 5] * 10, "sex": ["f", "m"] * 35, "y": [0, 1] * 35})
    frame["p"] = np.where(frame.x == 1, np.where(frame.sex == "f", 0.2, 0.8), 0.9)
    decision, score = found(frame, "fairness.lipschitz", {"probability": "p"}).figures[0].rows
    assert decision[:4] == ["decision", 70, 20, 20 / 70] == ["decision", *score[1:4]]


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0, 3.0])
def test_inequality_is_that_of_aif360(people: pd.DataFrame, alpha: float) -> None:
    result = found(people, "fairness.inequality", alpha=alpha)
    expected = aif360.generalized_entropy_error(people.y, people.decided, alpha=alpha)
    assert result.estimate("generalized_entropy").value == pytest.approx(expected, abs=1e-12)
    men = people[people.sex == "m"]
    expected = aif360.generalized_entropy_error(men.y, men.decided, alpha=1)
    assert result.estimate("theil", sex="m").value == pytest.approx(expected, abs=1e-12)
    variation = aif360.coefficient_of_variation(1 + people.decided - people.y)
    assert result.estimate("variation").value == pytest.approx(variation, abs=1e-12)
    assert all(one.low is not None and one.high is not None and one.low < one.high for one in result.estimates)


def test_published_constants() -> None:
    """Of AIF360, tests/test_classification_metric.py: ten rows, and two sets of decisions."""
    labels = np.array([1, 0, 0, 1, 0, 0, 1, 0, 1, 1])
    one, two = np.array([1, 0, 0, 0, 1, 1, 1, 0, 1, 0]), np.array([0, 1, 1, 0, 0, 0, 0, 1, 1, 1])
    benefits = 1 + np.stack([one, two]) - labels
    assert generalized_entropy(benefits, 1.0, 2.0) == pytest.approx([0.2, 0.3])
    assert generalized_entropy(benefits[0], 1.0, 1.0) == pytest.approx(4 * np.log(2) / 10)
    assert generalized_entropy([1, 1.25, 0.75], [2, 4, 4], 2.0) == pytest.approx(1 / 20 * 4 * (1.25**2 + 0.75**2 - 2))


@pytest.mark.parametrize("alpha", [1.0, 2.0])
def test_inequality_between_groups_is_that_of_aif360(people: pd.DataFrame, alpha: float) -> None:
    (row,) = found(people, "fairness.inequality_between_groups", alpha=alpha).figures[0].rows
    expected = aif360.between_group_generalized_entropy_error(people.y, people.decided, people.sex, alpha=alpha)
    assert row[2] == pytest.approx(expected, abs=1e-12)
    assert isinstance(row[5], float) and 0.001 <= row[5] <= 1


def test_a_difference_between_groups_is_found_and_chance_is_not(people: pd.DataFrame) -> None:
    rng = np.random.default_rng(5)
    p_values = []
    for _ in range(60):
        frame = people.assign(sex=rng.choice(["f", "m"], 400))
        (row,) = found(frame, "fairness.inequality_between_groups", permutations=99).figures[0].rows
        p_values.append(row[5])
    assert sum(float(p or 0) <= 0.1 for p in p_values) <= 14  # 99.9 % of the binomial with 0.1 and 60
    biased = people.assign(decided=np.where(people.sex == "m", 1, people.decided))
    (row,) = found(biased, "fairness.inequality_between_groups").figures[0].rows
    assert row[5] == 0.001
