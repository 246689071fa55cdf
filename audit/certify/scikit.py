"""Linear models, trees and networks of scikit-learn as arrays, from their fitted attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import NotAssessed
from ..model import imported
from ..slices import FloatArray
from .boxes import Tree, Trees
from .extracted import Layers, Link

Body = tuple[Layers | Trees, Link]


def body(model: Any, inputs: FloatArray, given: Any) -> Body | None:
    """What the last step of a pipeline computes; None if it is none of those that are known.

    ``inputs``: of some rows, ``(n, p)``; ``given``: the same as the step takes them, which may be a frame.
    """
    for (module, name), (read, link) in KNOWN.items():
        if imported(model, module, name):
            body = read(model)
            return (_based(body, model, inputs, given) if isinstance(body, Trees) and link == "logit" else body), link
    return None


def _linear(model: Any) -> Layers:
    weights = np.atleast_2d(np.asarray(_dense(model.coef_), np.float64))
    return Layers([weights], [np.broadcast_to(np.asarray(model.intercept_, np.float64), len(weights)).copy()])


def _network(model: Any) -> Layers:
    if model.activation != "relu" and model.n_layers_ > 2:
        raise NotAssessed(f"the network's activation is {model.activation!r}; exact distances are for 'relu'")
    return Layers(
        [np.asarray(w, np.float64).T for w in model.coefs_], [np.asarray(b, np.float64) for b in model.intercepts_]
    )


def _tree(model: Any) -> Trees:
    return Trees([_of(model.tree_, _shares(model.tree_))], np.zeros(model.tree_.value.shape[2]), single=True)


def _forest(model: Any) -> Trees:
    trees = [_of(one.tree_, _shares(one.tree_)) for one in model.estimators_]
    return Trees(trees, np.zeros(len(model.classes_)), single=True)


def _boosting(model: Any) -> Trees:
    stages, k = np.asarray(model.estimators_, dtype=object), model.estimators_.shape[1]
    trees = []
    for stage in stages:
        for place, one in enumerate(stage):
            value = np.zeros((one.tree_.node_count, k))
            value[:, place] = model.learning_rate * one.tree_.value[:, 0, 0]
            trees.append(_of(one.tree_, value))
    return Trees(trees, np.zeros(k), single=True)


def _histogram(model: Any) -> Trees:
    """There is no public form of these trees; what is read here is held against the model's answers like all else."""
    predictors = getattr(model, "_predictors", None)
    if not predictors or getattr(model, "_preprocessor", None) is not None:
        raise NotAssessed("its categorical inputs are encoded within the model; encode them before it")
    k, trees = len(predictors[0]), []
    for stage in predictors:
        for place, one in enumerate(stage):
            nodes = one.nodes
            if nodes["is_categorical"].any():
                raise NotAssessed("the trees split by categories")
            leaf = nodes["is_leaf"].astype(bool)
            value = np.zeros((len(nodes), k))
            value[leaf, place] = nodes["value"][leaf]
            trees.append(
                Tree(
                    np.where(leaf, -1, nodes["feature_idx"].astype(np.int64)),
                    nodes["num_threshold"].astype(np.float64),
                    nodes["left"].astype(np.int64),
                    nodes["right"].astype(np.int64),
                    value,
                    nodes["missing_go_to_left"].astype(bool),
                    {},
                )
            )
    return Trees(trees, np.zeros(k))


def _of(tree: Any, value: FloatArray) -> Tree:
    leaf = tree.children_left < 0
    missing = getattr(tree, "missing_go_to_left", np.zeros(len(leaf)))
    return Tree(
        np.where(leaf, -1, tree.feature), tree.threshold, tree.children_left, tree.children_right, value,
        np.asarray(missing, dtype=bool), {},
    )  # fmt: skip


def _shares(tree: Any) -> FloatArray:
    value = np.asarray(tree.value[:, 0, :], np.float64)
    return np.asarray(value / value.sum(axis=1, keepdims=True))


def _based(trees: Trees, model: Any, inputs: FloatArray, given: Any) -> Trees:
    """With the scores before any tree, which are what the model's own scores have beside the trees'."""
    scores = np.asarray(model.decision_function(given), np.float64).reshape(len(inputs), -1)
    mine = sum(tree.value[_leaves(trees, tree, inputs)] for tree in trees.trees)
    base = scores - mine
    if np.ptp(base, axis=0).max() > 1e-6 * max(1.0, float(np.abs(scores).max())):
        raise NotAssessed("the model adds something to its trees that depends on the row (init)")
    return Trees(trees.trees, np.median(base, axis=0), trees.single, trees.strict)


def _leaves(trees: Trees, tree: Tree, inputs: FloatArray) -> Any:
    """The leaf of each row."""
    at = np.zeros(len(inputs), dtype=np.int64)
    while (inner := tree.column[at] >= 0).any():
        rows = np.flatnonzero(inner)
        node = at[rows]
        z = inputs[rows, tree.column[node]]
        goes = np.where(np.isnan(z), tree.left_missing[node], trees.goes_left(z, tree.threshold[node]))
        at[rows] = np.where(goes, tree.left[node], tree.right[node])
    return at


def _dense(values: Any) -> Any:
    return values.toarray() if hasattr(values, "toarray") else values


LINEAR, ENSEMBLE, TREE = "sklearn.linear_model", "sklearn.ensemble", "sklearn.tree"
KNOWN: dict[tuple[str, str], tuple[Callable[[Any], Layers | Trees], Link]] = {
    (LINEAR, "LogisticRegression"): (_linear, "logit"),
    (LINEAR, "LogisticRegressionCV"): (_linear, "logit"),
    (LINEAR, "RidgeClassifier"): (_linear, ""),
    (LINEAR, "RidgeClassifierCV"): (_linear, ""),
    (LINEAR, "Perceptron"): (_linear, ""),
    (LINEAR, "SGDClassifier"): (_linear, ""),
    (LINEAR, "PassiveAggressiveClassifier"): (_linear, ""),
    ("sklearn.svm", "LinearSVC"): (_linear, ""),
    ("sklearn.discriminant_analysis", "LinearDiscriminantAnalysis"): (_linear, "logit"),
    ("sklearn.neural_network", "MLPClassifier"): (_network, "logit"),
    (TREE, "DecisionTreeClassifier"): (_tree, "share"),
    (ENSEMBLE, "RandomForestClassifier"): (_forest, "share"),
    (ENSEMBLE, "ExtraTreesClassifier"): (_forest, "share"),
    (ENSEMBLE, "GradientBoostingClassifier"): (_boosting, "logit"),
    (ENSEMBLE, "HistGradientBoostingClassifier"): (_histogram, "logit"),
}
