"""Which models are constant between thresholds, and where these are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from assay.audit.attacks.splits import flat, piecewise_constant, thresholds

TREE = DecisionTreeClassifier(max_depth=3, random_state=0)


@pytest.fixture
def rows() -> tuple[pd.DataFrame, Any]:
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"a": rng.normal(size=200), "b": rng.normal(50, 9, 200), "word": rng.choice(["x", "y"], 200)})
    return x, np.asarray((x.a * 9 + x.b + 5 * (x.word == "x") > 52).astype(int))


def scaled(model: Any) -> Any:
    inputs = make_column_transformer((StandardScaler(), ["b"]), ("passthrough", ["a"]), (OneHotEncoder(), ["word"]))
    return make_pipeline(inputs, model)


FLAT = [
    TREE,
    RandomForestClassifier(5, max_depth=3, random_state=0),
    ExtraTreesClassifier(5, max_depth=3, random_state=0),
    GradientBoostingClassifier(n_estimators=5, random_state=0),
    HistGradientBoostingClassifier(max_iter=5),
    AdaBoostClassifier(n_estimators=3, random_state=0),
    BaggingClassifier(TREE, 3, random_state=0),
    KNeighborsClassifier(3),
    VotingClassifier([("t", TREE), ("k", KNeighborsClassifier(3))], voting="soft"),
    GridSearchCV(TREE, {"max_depth": [2, 3]}, cv=2),
    CalibratedClassifierCV(TREE, cv=2),
    make_pipeline(StandardScaler(), TREE),
]
SMOOTH = [
    LogisticRegression(),
    MLPClassifier(5, max_iter=2000, random_state=0),
    make_pipeline(StandardScaler(), LogisticRegression()),
]


@pytest.mark.parametrize("model", [*FLAT, *SMOOTH], ids=lambda model: type(model).__name__)
def test_what_is_known_of_a_model_is_what_its_answers_show(model: Any, rows: Any) -> None:
    x, y = rows[0][["a", "b"]].to_numpy(), rows[1]
    model.fit(x, y)
    share = flat(model.predict_proba, x, np.random.default_rng(0))
    if any(model is one for one in SMOOTH):
        assert not piecewise_constant(model) and share == 0
    else:
        assert piecewise_constant(model)
        assert share > 0.9


@pytest.mark.parametrize("model", FLAT[:4], ids=lambda m: type(m).__name__)
def test_answers_change_at_the_thresholds_and_nowhere_else(model: Any, rows: Any) -> None:
    x, y = rows
    for inner, wrapped in ((model, x[["a", "b"]]), (scaled(model), x)):
        inner.fit(wrapped, y)
        found = thresholds(inner, wrapped)
        assert set(found) == {"a", "b"}
        row = wrapped.iloc[[0]]
        for name, values in found.items():
            line = np.sort(
                np.concatenate(
                    [np.linspace(wrapped[name].min(), wrapped[name].max(), 400), values - 1e-5, values + 1e-5]
                )
            )
            moved = pd.concat([row] * len(line), ignore_index=True).assign(**{name: line})
            answers = inner.predict_proba(moved)[:, 1]
            jumps = np.flatnonzero(np.diff(answers))
            assert len(jumps)
            for jump in jumps:
                assert ((values > line[jump]) & (values < line[jump + 1])).any()


def test_columns_that_the_model_does_not_know_and_another_order_do_not_matter(rows: Any) -> None:
    x, y = rows
    model = make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=3, random_state=0)).fit(x[["b", "a"]], y)
    found = thresholds(model, x)
    assert set(found) == {"a", "b"}
    tree = model[-1].tree_
    expected = np.sort(tree.threshold[tree.feature == 0] * model[0].scale_[0] + model[0].mean_[0])
    np.testing.assert_allclose(found["b"], expected)


@pytest.mark.frameworks
@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_boosters_of_other_libraries(library: str, rows: Any) -> None:
    module = pytest.importorskip(library)
    kind = module.XGBClassifier if library == "xgboost" else module.LGBMClassifier
    quiet = {} if library == "xgboost" else {"verbose": -1}
    x, y = rows[0][["a", "b"]], rows[1]
    model = kind(n_estimators=4, max_depth=2, n_jobs=1, **quiet).fit(x, y)
    booster = model.get_booster() if library == "xgboost" else model.booster_
    assert library in piecewise_constant(model) and library in piecewise_constant(booster)
    found = thresholds(model, x)
    assert {name: values.tolist() for name, values in thresholds(booster, x).items()} == {
        name: values.tolist() for name, values in found.items()
    }
    for name, values in found.items():
        line = np.sort(np.concatenate([values - 1e-4, values + 1e-4]))
        moved = pd.concat([x.iloc[[0]]] * len(line), ignore_index=True).assign(**{name: line})
        answers = model.predict_proba(moved)[:, 1]
        for jump in np.flatnonzero(np.diff(answers)):
            assert ((values > line[jump]) & (values < line[jump + 1])).any()
    if library == "xgboost":
        linear = kind(booster="gblinear", n_estimators=4, n_jobs=1).fit(x, y)
        assert not piecewise_constant(linear) and not thresholds(linear, x)
