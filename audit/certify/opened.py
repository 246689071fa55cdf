"""An audited model taken apart into arrays, which then give the answers that the model itself gave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..answers import AuditedModel
from ..errors import NotAssessed
from ..model import imported
from ..slices import FloatArray, IntArray
from . import boosted, scikit
from .boxes import Tree, Trees, boxed
from .columns import behind
from .extracted import Extracted, Layers, of_moved
from .forest import Forest
from .moved import Moved
from .networks import Network
from .results import BoolArray

TOLERANCE = 1e-4
"""How far probabilities may be off: what single precision makes of a deep sum."""


@dataclass(frozen=True)
class Opened:
    """Of the audited rows: ``network`` (a linear model has no hidden layer), or ``forest`` with the leaves that are open."""

    kind: str
    network: Network | None = None
    forest: Forest | None = None
    leaves: BoolArray | None = None


def opened(model: AuditedModel, moved: Moved, predictions: IntArray) -> Opened:
    """The model as a function of what is moved, verified.

    Raises:
        NotAssessed: the model is of no kind that is known, or what was read does not answer as the model does.
    """
    found = _extracted(model, moved)
    order = np.array(model.order)
    if isinstance(found.body, Trees):
        trees = _two_scores_of_trees(found.body)
        trees = Trees([_ordered(tree, order) for tree in trees.trees], trees.base[order], trees.single, trees.strict)
        forest, leaves = boxed(trees, found.columns, found.inputs, moved.points.shape[1], order)
        inside = ((moved.points[:, None] >= forest.lower) & (moved.points[:, None] <= forest.upper)).all(
            axis=2
        ) & leaves
        scores = inside @ forest.value + forest.base
        shifted = forest if not model.shift else _shifted(forest, model.shift)
        _verify(model, moved, predictions, scores, shifted.decide(inside @ forest.value + shifted.base), found)
        return Opened("tree", forest=shifted, leaves=leaves)
    body = of_moved(_two_scores(found.body), found.columns, found.inputs, moved.points)
    body = Layers([*body.weights[:-1], body.weights[-1][order]], [*body.biases[:-1], body.biases[-1][..., order]])
    network = Network(body.weights, body.biases)
    scores = network.before(moved.points)[-1]
    shift = np.array([model.shift, 0.0])[: scores.shape[1]] if model.shift else 0.0
    network = Network(body.weights, [*body.biases[:-1], body.biases[-1] + shift])
    _verify(model, moved, predictions, scores, np.argmax(scores + shift, axis=1), found)
    return Opened(found.kind, network=network)


def _extracted(model: AuditedModel, moved: Moved) -> Extracted:
    thing = model.thing
    if imported(thing, "torch.nn", "Module"):
        from ..models.torch_layers import layers

        native = np.asarray(moved.native, dtype=np.float64)
        weights, biases = layers(thing, list(native.shape[1:]))
        return Extracted(Layers(weights, biases), moved.columns, native.reshape(len(native), -1), "logit")
    last, columns, inputs = boosted.booster(thing), moved.columns, moved.native
    if imported(thing, "sklearn.pipeline", "Pipeline"):
        before = thing[:-1]
        last, columns = boosted.booster(thing[-1]), behind(before, columns, moved.names) if len(before) else columns
        inputs = before.transform(moved.native) if len(before) else moved.native
    given = inputs
    try:
        inputs = np.asarray(given.toarray() if hasattr(given, "toarray") else given, dtype=np.float64)
    except (TypeError, ValueError):
        raise NotAssessed("the model takes inputs that are no numbers; encode them in a pipeline before it") from None
    if mixed := len(columns) != inputs.shape[1]:
        raise NotAssessed(f"{mixed} inputs could not be followed through the preprocessing")
    body = boosted.body(last) or scikit.body(last, inputs, given)
    if body is None:
        raise NotAssessed(
            f"{type(last).__name__} is neither linear, nor trees, nor a ReLU network that is known here; use method = 'smoothing'"
        )
    return Extracted(body[0], columns, inputs, body[1])


def _verify(
    model: AuditedModel, moved: Moved, predictions: IntArray, scores: FloatArray, decided: IntArray, found: Extracted
) -> None:
    wrong = int(np.sum(decided != predictions))
    if wrong:
        raise NotAssessed(
            f"what was read from the model decides {wrong} of {len(decided)} rows otherwise than the model, so that nothing "
            "can be proven with it"
        )
    if not found.link or not model.has_probabilities:
        return
    from scipy.special import softmax

    mine = softmax(scores, axis=1) if found.link == "logit" else scores / scores.sum(axis=1, keepdims=True)
    off = float(np.abs(mine - model.predict_proba(moved.data(moved.points, np.arange(len(moved.points))))).max())
    if off > TOLERANCE:
        raise NotAssessed(f"what was read from the model gives probabilities that are up to {off:.2g} off the model's")


def _two_scores(body: Layers) -> Layers:
    """With a score of 0 of the first class, where there is one only."""
    weights, biases = body.weights[-1], body.biases[-1]
    if len(weights) > 1:
        return body
    zeros = np.zeros_like(biases)
    return Layers(
        [*body.weights[:-1], np.concatenate([0 * weights, weights])],
        [*body.biases[:-1], np.concatenate([zeros, biases], axis=-1)],
    )


def _two_scores_of_trees(body: Trees) -> Trees:
    if len(body.base) > 1:
        return body
    trees = [
        Tree(**{**vars(tree), "value": np.concatenate([0 * tree.value, tree.value], axis=1)}) for tree in body.trees
    ]
    return Trees(trees, np.concatenate([0 * body.base, body.base]), body.single, body.strict)


def _ordered(tree: Tree, order: IntArray) -> Tree:
    return Tree(**{**vars(tree), "value": tree.value[:, order]})


def _shifted(forest: Forest, shift: float) -> Forest:
    """With the threshold of the audit; at the threshold itself the second class is decided."""
    base = forest.base + np.array([shift, 0.0])
    return Forest(forest.tree, forest.lower, forest.upper, forest.value, base, np.array([1, 0]), 0.0)
