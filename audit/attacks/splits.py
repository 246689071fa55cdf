"""Models that are constant between thresholds: how they are known, and where the thresholds are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..slices import FloatArray

TREES = (
    "DecisionTree",
    "ExtraTree",
    "RandomForest",
    "GradientBoosting",
    "HistGradientBoosting",
    "IsolationForest",
    "KNeighbors",
    "RadiusNeighbors",
)
"""Beginnings of the names of classes of scikit-learn whose answers are constant almost everywhere."""


def piecewise_constant(thing: Any) -> str:
    """Which part of a model makes its answers constant almost everywhere; empty where none is known to.

    Finite differences of such a model are exactly zero, so that an attack which estimates gradients from them stays where it
    is and calls the model robust. Looks into pipelines, searches, votes, bags and calibrations of scikit-learn.
    """
    name, module = type(thing).__name__, type(thing).__module__.split(".")[0]
    if module == "sklearn" and name.startswith(TREES):
        return name
    if module in ("xgboost", "lightgbm", "catboost") and "linear" not in str(getattr(thing, "booster", "")):
        return f"{module} {name}"
    inner = [piecewise_constant(part) for part in _inner(thing)]
    return inner[0] if inner and all(inner) else ""


def flat(answers: Callable[[FloatArray], FloatArray], inputs: FloatArray, rng: np.random.Generator) -> float:
    """Share of rows whose answer stays exactly the same when every number of them moves by about 1e-4 of its spread.

    Says for any model, of known make or not, whether finite differences can tell anything: 1 for a piecewise-constant model,
    and for one that is saturated.

    Args:
        answers: from inputs to answers, rows first.
        inputs: ``(n, ...)``, numbers.
        rng: for the moves.
    """
    spread = inputs.std(axis=0)
    moved = inputs + rng.choice([-1e-4, 1e-4], inputs.shape) * np.where(spread > 0, spread, 1.0)
    same = np.asarray(answers(inputs)) == np.asarray(answers(moved))
    return float(np.mean(same.reshape(len(inputs), -1).all(axis=1)))


def thresholds(thing: Any, frame: Any) -> dict[str, FloatArray]:
    """Values of inputs at which trees split, by the name of a column, ascending; empty where none can be read.

    Reads trees and ensembles of scikit-learn (not HistGradientBoosting, which does not show its trees), XGBoost and LightGBM, also at
    the end of a pipeline that takes numbers as they are or rescales them.

    Args:
        thing: the model.
        frame: rows of its inputs, a pandas frame or an array, from which the scale of a pipeline is found.
    """
    names = getattr(thing, "feature_names_in_", None)
    if names is not None and hasattr(frame, "columns"):  # the model's own, in its order
        frame = frame[list(names)]
    found: dict[str, list[FloatArray]] = {}
    for part in _parts(thing):
        splits = _splits(part)
        if splits:
            for column, slope, offset, of in _origins(thing, part, frame, sorted(splits)):
                found.setdefault(column, []).append((splits[of] - offset) / slope)
    return {name: np.unique(np.concatenate(values)) for name, values in found.items()}


def _parts(thing: Any) -> list[Any]:
    """The model, and all models in it."""
    return [thing, *(part for one in _inner(thing) for part in _parts(one))]


def _inner(thing: Any) -> list[Any]:
    """The models in a model that decide for it."""
    if hasattr(thing, "best_estimator_"):
        return [thing.best_estimator_]
    if type(thing).__name__ == "Pipeline":
        return [thing.steps[-1][1]]
    if type(thing).__name__ in ("VotingClassifier", "BaggingClassifier", "AdaBoostClassifier"):
        return list(thing.estimators_)
    return [one.estimator for one in getattr(thing, "calibrated_classifiers_", [])]


def _splits(part: Any) -> dict[int, FloatArray]:
    """Thresholds by the position of the feature that a tree or ensemble was fitted with."""
    module = type(part).__module__.split(".")[0]
    if module == "sklearn":
        trees = [part] if hasattr(part, "tree_") else list(np.ravel(getattr(part, "estimators_", [])))
        trees = [one.tree_ for one in trees if hasattr(one, "tree_")]
        if not trees or type(part).__name__.startswith(("AdaBoost", "Bagging", "Voting")):
            return {}
        at = np.concatenate([tree.feature for tree in trees])
        values = np.concatenate([tree.threshold for tree in trees])
    elif module in ("xgboost", "lightgbm"):
        at, values = _boosted(part)
    else:
        return {}
    return {int(k): np.unique(values[at == k]) for k in np.unique(at[at >= 0])}


def _boosted(part: Any) -> tuple[Any, FloatArray]:
    booster: Any = part.get_booster() if hasattr(part, "get_booster") else getattr(part, "booster_", part)
    if not hasattr(booster, "trees_to_dataframe") or "linear" in str(getattr(part, "booster", "")):
        return np.zeros(0, np.int64), np.zeros(0)
    nodes = booster.trees_to_dataframe()
    named, value = ("Feature", "Split") if "Split" in nodes else ("split_feature", "threshold")
    names = booster.feature_names if named == "Feature" else booster.feature_name()
    nodes = nodes[[named, value]].dropna()
    import pandas as pd

    values = pd.to_numeric(nodes[value], errors="coerce").to_numpy(float)
    places = {name: i for i, name in enumerate(names or [f"f{i}" for i in range(booster.num_features())])}
    at = np.array([places.get(name, -1) for name in nodes[named]], dtype=np.int64)
    return at[np.isfinite(values)], values[np.isfinite(values)]


def _origins(thing: Any, part: Any, frame: Any, features: list[int]) -> list[tuple[str, float, float, int]]:
    """Column, slope and offset that each feature of a part is made of, where it is one number of the data, rescaled."""
    columns = list(getattr(frame, "columns", [f"x{i}" for i in range(np.shape(frame)[1])]))
    pipeline = next((p for p in _parts(thing) if type(p).__name__ == "Pipeline"), None)
    if pipeline is None or len(pipeline.steps) < 2 or pipeline is part:
        own = list(getattr(part, "feature_names_in_", columns))
        own = own if set(own) <= set(columns) else columns
        return [(own[k], 1.0, 0.0, k) for k in features if k < len(own)]
    given = pipeline[:-1].transform(frame)
    given = given.toarray() if hasattr(given, "toarray") else np.asarray(given)
    return [found for k in features if (found := _made_of(given[:, k].astype(float), frame, columns, k))]


def _made_of(values: FloatArray, frame: Any, columns: list[str], k: int) -> tuple[str, float, float, int] | None:
    for place, name in enumerate(columns):
        raw = frame[name].to_numpy() if hasattr(frame, "columns") else frame[:, place]
        if raw.dtype.kind not in "iuf":
            continue
        x = raw.astype(float)
        low, high = int(np.argmin(x)), int(np.argmax(x))
        if x[high] > x[low] and values[high] != values[low]:
            slope = (values[high] - values[low]) / (x[high] - x[low])
            offset = values[low] - slope * x[low]
            if np.allclose(slope * x + offset, values, rtol=1e-9, atol=1e-9 * (1 + np.abs(values).max())):
                return name, float(slope), float(offset), k
    return None
