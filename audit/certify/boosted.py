"""Boosters of XGBoost and LightGBM as arrays, from the dumps that the libraries document."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..errors import NotAssessed
from ..model import imported
from .boxes import Tree, Trees
from .extracted import Link

Body = tuple[Trees, Link]


def booster(model: Any) -> Any:
    """The booster behind a scikit-learn face of one of the libraries, or the model itself."""
    if imported(model, "xgboost", "XGBModel"):
        return model.get_booster()
    return model.booster_ if imported(model, "lightgbm", "LGBMModel") else model


def body(model: Any) -> Body | None:
    """What a booster computes; None if it is none."""
    if imported(model, "xgboost", "Booster"):
        return _xgboost(model)
    return _lightgbm(model) if imported(model, "lightgbm", "Booster") else None


def _xgboost(model: Any) -> Body:
    learner = json.loads(model.save_raw("json"))["learner"]
    objective, trees = learner["objective"]["name"], learner["gradient_booster"]["model"]
    if learner["gradient_booster"]["name"] != "gbtree" or objective.split(":")[0] not in ("binary", "multi"):
        raise NotAssessed(f"XGBoost: exact distances are for trees and classification, this is {objective!r}")
    k = max(int(learner["learner_model_param"]["num_class"]), 1)
    base = np.array(json.loads(learner["learner_model_param"]["base_score"].replace("E", "e")), np.float64).reshape(-1)
    if objective in ("binary:logistic", "binary:logitraw"):
        base = np.log(base / (1 - base)) if objective == "binary:logistic" or (base > 0).all() else base
    read = []
    for tree, place in zip(trees["trees"], trees["tree_info"], strict=True):
        if tree["categories"]:
            raise NotAssessed("XGBoost: the trees split by categories")
        left = np.array(tree["left_children"])
        value = np.zeros((len(left), k))
        value[left < 0, place] = np.array(tree["split_conditions"])[left < 0]
        column = np.where(left < 0, -1, np.array(tree["split_indices"]))
        missing = np.array(tree["default_left"], dtype=bool)
        # The dump writes the shortest decimals that name the same single-precision number.
        threshold = np.array(tree["split_conditions"], np.float32).astype(np.float64)
        read.append(Tree(column, threshold, left, np.array(tree["right_children"]), value, missing, {}))
    return Trees(read, np.broadcast_to(base, k).copy(), single=True, strict=True), "logit"


def _lightgbm(model: Any) -> Body:
    dump = model.dump_model()
    objective, k = dump.get("objective", ""), int(dump["num_tree_per_iteration"])
    if objective.split(" ")[0] not in ("binary", "multiclass"):
        raise NotAssessed(f"LightGBM: exact distances are for objectives binary and multiclass, this is {objective!r}")
    read = [_nodes(one["tree_structure"], i % k, k) for i, one in enumerate(dump["tree_info"])]
    factor = float(objective.partition("sigmoid:")[2].split(" ")[0] or 1)
    if factor != 1:
        raise NotAssessed("LightGBM: exact distances are for sigmoid = 1")
    return Trees(read, np.zeros(k)), "logit"


def _nodes(root: dict[str, Any], place: int, k: int) -> Tree:
    """The nested nodes of a dump as arrays; LightGBM compares in double precision."""
    listed: list[dict[str, Any]] = []

    def number(node: dict[str, Any]) -> int:
        listed.append(node)
        at = len(listed) - 1
        if "split_feature" in node:
            if node["decision_type"] != "<=" or node["missing_type"] == "Zero":
                raise NotAssessed("LightGBM: the trees split by categories, or take zeros for missing values")
            node["_left"], node["_right"] = number(node["left_child"]), number(node["right_child"])
        return at

    number(root)
    value = np.zeros((len(listed), k))
    value[:, place] = [node.get("leaf_value", 0.0) for node in listed]

    def column(key: str, other: float) -> Any:
        return np.array([node.get(key, other) for node in listed])

    return Tree(
        column("split_feature", -1), column("threshold", 0.0).astype(np.float64), column("_left", -1), column("_right", -1),
        value, column("default_left", 0).astype(bool), {},
    )  # fmt: skip
