"""robustness.constrained on real tables: incomes with realistic constraints, tumours with a network and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from assay import audit, templates
from assay.audit import Record

CHECK = "robustness.constrained"
NUMBERS = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]
CATEGORIES = ["workclass", "marital_status", "occupation", "relationship"]
SPEC: dict[str, Any] = {
    "features": {
        "age": {"bounds": [17, 90], "direction": "up"},
        "education_num": {"bounds": [1, 16], "direction": "up"},
        "capital_gain": {"bounds": [0, 99_999], "direction": "down"},
        "capital_loss": {"bounds": [0, 4_356]},
        "hours_per_week": {"bounds": [1, 99]},
        "workclass": {"cost": 2},
        "occupation": {},
        "relationship": {"mutable": False},
    },
    "relations": [
        "capital_gain == 0 or capital_loss == 0",
        "workclass != 'Never-worked' or occupation == '?'",
        "relationship != 'Husband' or marital_status == 'Married-civ-spouse'",
    ],
}


@pytest.fixture(scope="module")
def incomes() -> tuple[Any, pd.DataFrame]:
    """Gradient boosting on census incomes, as the demo has it but smaller, and 4,000 test rows, one of which cannot be."""
    folder = Path(next(iter(templates.__path__))) / "demo"
    train, test = (pd.read_parquet(folder / f"adult_{part}.parquet") for part in ("train", "test"))
    inputs = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), CATEGORIES), ("passthrough", NUMBERS)
    )
    model = make_pipeline(inputs, HistGradientBoostingClassifier(max_iter=30, random_state=0))
    model.fit(train[CATEGORIES + NUMBERS][:6000], train.income[:6000])
    test = test[:4000].copy()
    test.loc[test.index[0], ["relationship", "marital_status"]] = ["Husband", "Divorced"]
    return model, test


def run(case: tuple[Any, pd.DataFrame], spec: Any, features: list[str], plan: Any = None, **options: Any) -> Record:
    model, frame = case
    dataset = audit.Dataset(frame, target="income", sensitive=["sex"], features=features, constraints=spec)
    checks = {"include": [CHECK], "options": {CHECK: {"rows": 80, "candidates": 16, "restarts": 0, **options}}}
    return audit.run(model, dataset, {"model": {"positive": ">50K"}, "checks": checks, **(plan or {})})


def tables(record: Record) -> dict[str, Any]:
    return {figure.title: figure for figure in record[CHECK].figures}


def account(record: Record) -> dict[str, Any]:
    return {str(row[0]): row[1] for row in tables(record)["The attack"].rows}


def test_incomes_with_realistic_constraints(incomes: Any) -> None:
    record = run(incomes, SPEC, NUMBERS + CATEGORIES)
    result = record[CHECK]
    robust, clean = result.estimate("robust_accuracy"), result.estimate("accuracy")
    assert robust.n == clean.n == 80
    assert robust.value is not None and clean.value is not None
    assert 0.2 < robust.value < clean.value - 0.1 and clean.value > 0.75
    assert {e.slice.get("sex") for e in result.estimates} == {None, "Male", "Female"}
    said = account(record)
    assert said["Rows attacked"] == 80
    assert said["of these decided rightly as they are"] == round(clean.value * 80)
    assert said["of these decided wrongly after a change"] == round((clean.value - robust.value) * 80)
    assert said["Rows attacked once more, with twice the effort"] > 0 == said["of these decided wrongly then"]
    assert said["Changes that a fresh look did not confirm, not counted"] == 0
    assert 0 < said["of these impossible or over budget, share"] < 0.2
    assert said["Calls of the model for them"] < 40 < said["Queries in all, proofs included"] / 100
    assert sum(key.startswith("Kept out") for key in said) == 1
    assert "of 3,999 that can be" in tables(record)["The attack"].note
    inputs = tables(record)["Inputs that the attack changed"]
    assert "marital_status" in inputs.note
    rows = {row[0]: row for row in inputs.rows}
    assert rows["relationship"][2:] == ["no", "", "", "", ""]
    assert rows["age"][1:3] == ["integer", "up"] and rows["occupation"][1:4] == ["categorical", "yes", "any change"]
    curve = tables(record)["Robust accuracy by the number of inputs that change"].series[0]
    assert curve.x == [0, 1, 2, 3] and curve.y == sorted(curve.y, reverse=True)
    assert curve.y[0] == clean.value and curve.y[-1] == robust.value


def test_the_same_seed_gives_the_same_record_and_constraints_may_stand_in_the_plan(incomes: Any) -> None:
    features = NUMBERS + CATEGORIES
    first = run(incomes, SPEC, features, rows=30)
    again = run(incomes, None, features, {"data": {"constraints": SPEC}}, rows=30)
    assert first[CHECK].estimates == again[CHECK].estimates
    assert first[CHECK].figures == again[CHECK].figures
    assert again.plan.document["data"]["constraints"]["relations"] == SPEC["relations"]


def test_a_requirement_on_a_model_of_decisions_only_does_not_pass(incomes: Any) -> None:
    model, frame = incomes
    plan = {"require": [{"check": CHECK, "metric": "robust_accuracy", "at_least": 0.001}]}
    features = NUMBERS + CATEGORIES
    assert run(incomes, SPEC, features, plan, rows=30).requirements[0].verdict == "pass"
    decisions = run((model.predict, frame), SPEC, features, plan, rows=30)
    assert decisions.requirements[0].verdict == "inconclusive"


def test_no_budget_is_clean_accuracy(incomes: Any) -> None:
    several: list[dict[str, Any]] = [{"most_features": 0}, {"eps": 0, "cost": 0}]
    for options in several:
        record = run(incomes, SPEC, NUMBERS + CATEGORIES, rows=40, **options)
        assert record[CHECK].estimate("robust_accuracy").value == record[CHECK].estimate("accuracy").value
        assert account(record)["Queries in all, proofs included"] == 0


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (None, "it is not said how inputs may change (data.constraints)"),
        ({"features": {"age": {"mutable": False}}}, "lets no input change"),
        ({"features": {"age": {"bounds": [200, 300]}}}, "no row is possible"),
    ],
)
def test_what_cannot_be_attacked_is_not_assessed(incomes: Any, spec: Any, reason: str) -> None:
    result = run(incomes, spec, NUMBERS + CATEGORIES)[CHECK]
    assert result.status == "not_assessed" and reason in result.reason


def test_a_repair_that_breaks_rows_is_an_error_and_no_result(incomes: Any) -> None:
    spec = {**SPEC, "repair": lambda rows: rows.iloc[:-1]}
    result = run(incomes, spec, NUMBERS + CATEGORIES, rows=20)[CHECK]
    assert result.status == "error" and "data.constraints.repair: expected" in result.reason


class Network:
    """scikit-learn's network with the gradient that it lacks."""

    classes_ = (0, 1)

    def __init__(self, fitted: MLPClassifier, mean: Any, spread: Any) -> None:
        (self.first, self.second), (self.one, self.two) = fitted.coefs_, fitted.intercepts_
        self.mean, self.spread = np.asarray(mean), np.asarray(spread)

    def logits(self, x: Any) -> Any:
        hidden = np.maximum((np.asarray(x, float) - self.mean) / self.spread @ self.first + self.one, 0)
        return (hidden @ self.second + self.two)[:, 0]

    def predict_proba(self, x: Any) -> Any:
        return 1 / (1 + np.exp(-self.logits(x)))

    def predict(self, x: Any) -> Any:
        return (self.predict_proba(x) >= 0.5).astype(int)


class WithGradient(Network):
    def pullback(self, x: Any, cotangent: Callable[[Any], Any]) -> tuple[Any, Any]:
        z = self.logits(x)
        on = ((np.asarray(x, float) - self.mean) / self.spread @ self.first + self.one) > 0
        back = np.asarray(cotangent(z)).reshape(-1, 1) * self.second[:, 0] * on
        return z, back @ self.first.T / self.spread


def test_a_gradient_makes_the_attack_on_tumours_as_strong_with_fewer_questions() -> None:
    x, y = load_breast_cancer(return_X_y=True, as_frame=True)
    mean, spread = x.mean(), x.std()
    fitted = MLPClassifier((16,), max_iter=300, random_state=0, tol=1e-3).fit(
        (x - mean).to_numpy() / spread.to_numpy(), y
    )
    frame = x.assign(income=y, sex=np.arange(len(y)) % 2)[::4].reset_index(drop=True)
    spec = {"features": {name: {"bounds": [0, float(2 * x[name].max())]} for name in x}}
    found = {}
    for kind in (Network, WithGradient):
        model = kind(fitted, mean, spread)
        dataset = audit.Dataset(frame, target="income", features=list(x), constraints=spec)
        options = {"eps": 0.6, "most_features": 4, "rows": 60, "candidates": 8, "restarts": 0}
        record = audit.run(model, dataset, {"checks": {"include": [CHECK], "options": {CHECK: options}}})
        found[kind] = record[CHECK].estimate("robust_accuracy").value, account(record)
    (blind, without), (seeing, with_) = found[Network], found[WithGradient]
    assert blind is not None and seeing is not None
    assert 0.1 < seeing <= blind < 0.9
    assert with_["Gradients of rows"] > 0 == without["Gradients of rows"]
    assert with_["Queries until a row fell, median"] < 0.1 * without["Queries until a row fell, median"]
