"""Any fairlearn metric as a check: ``fairlearn:demographic_parity_difference``, ``fairlearn:selection_rate`` ..."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..audit.attributes import Coded
from ..audit.errors import RegistryError, nearest
from ..audit.registry import Better, CheckSpec, declare
from ..audit.shapes.bridged import of_all_groups, of_all_rows
from ..audit.shapes.confusion import Confusion
from ..audit.shapes.tabulated import Tabulated
from ..audit.shapes.whole import Whole
from ..audit.slices import FloatArray, IntArray, Slices
from .bridges import NO_TEST, Array, OfCounts, Replicates, by_attribute, page, quietly
from .limits import unweighted

Attributes = dict[str, Coded]

OF_VALUES = re.compile("mean_squared_error|mean_absolute_error|r2_score|mean_prediction")
OF_SCORES = re.compile("roc_auc_score|log_loss")
OF_DECISIONS_ALONE = re.compile("selection_rate|demographic_parity|accuracy_score|zero_one_loss|mean_prediction")
"""Metrics that mean something in a group without one of the labels; fairlearn gives 0 for the others."""


def metric(name: str) -> CheckSpec:
    """Any metric function of fairlearn.

    Raises:
        RegistryError: fairlearn is not installed, or has no such function of labels and predictions.
    """
    known = _known()
    if name not in known:
        raise RegistryError(f"fairlearn has no metric {name!r}{nearest(name, known)}")
    function, grouped = known[name], "sensitive_features" in inspect.signature(known[name]).parameters
    values = bool(OF_VALUES.match(name))
    make = _of_rows if values or OF_SCORES.match(name) else _of_groups if grouped else _of_slices
    if values and not grouped:
        raise RegistryError(f"fairlearn's {name!r} does not look at the labels of a regression; take accuracy.bias")
    made = make(name, function)
    made.__doc__ = page(function, f"{name} (fairlearn)", GROUPS if grouped else SLICES, NO_TEST if grouped else GENERAL)
    tasks = ["regression"] if values else ["binary"]
    return declare(f"fairlearn:{name}", made, tasks=tasks, better=_better(name), cites=[CITE], core=False)  # type: ignore[arg-type]


CITE = "https://jmlr.org/papers/v24/23-0389.html"
GROUPS = (
    "As fairlearn has it, once for each sensitive attribute: over all of its groups, without a reference group and "
    "without a sign. The positive class is 1. Undefined where a group has no rows of a label that the metric needs; "
    "fairlearn takes the rate to be 0 there."
)
SLICES = (
    "As fairlearn has it; the values of the groups are those of MetricFrame.by_group. The positive class is 1. "
    "Undefined without rows of a label that the metric needs; fairlearn gives 0 there."
)
GENERAL = "the interval (ABC) is a general one. Where a check of our own measures the same, its interval is better."


def _known() -> dict[str, Any]:
    try:
        from fairlearn import metrics
    except ImportError as error:
        raise RegistryError("fairlearn is not installed; pip install 'assay[fairness]' brings it") from error
    found = {name: of for name, of in vars(metrics).items() if callable(of) and not name.startswith(("_", "plot"))}
    first = {name: list(inspect.signature(of).parameters)[:2] for name, of in found.items() if not isinstance(of, type)}
    return {name: found[name] for name, two in first.items() if two == ["y_true", "y_pred"] and name != "count"}


def _better(name: str) -> Better:
    if name.endswith(("difference", "ratio")):
        return "zero" if name.endswith("difference") else "one"
    return "lower" if re.search("false|error|loss", name) else "higher"


def _of_slices(name: str, function: Any) -> Callable[..., Tabulated]:
    score = OfCounts(lambda y, f, group, w: function(y, f, sample_weight=w))

    def of_slices(counts: Confusion) -> Tabulated:
        def each(tables: FloatArray) -> FloatArray:
            return np.array([score(one[None]) if _complete(name, one) else np.nan for one in tables])

        return Tabulated(each, counts.cells)

    return of_slices


def _of_groups(name: str, function: Any) -> Callable[..., dict[str, Whole]]:
    plain = OfCounts(lambda y, f, group, w: function(y, f, sensitive_features=group, sample_weight=w))

    def score(tables: FloatArray) -> float:
        return plain(tables) if all(_complete(name, one) for one in tables) else float("nan")

    def of_groups(counts: Confusion, attributes: Attributes, slices: Slices) -> dict[str, Whole]:
        unweighted(slices)
        tables = by_attribute(slices, counts)
        return {key: of_all_groups(score, table) for key, table in tables.items()}

    return of_groups


def _of_rows(name: str, function: Any) -> Callable[..., dict[str, Whole]]:
    def found(
        labels: Array, answers: Array, slices: Slices, attributes: Attributes, rng: np.random.Generator, replicates: int
    ) -> dict[str, Whole]:
        unweighted(slices)
        every = {}
        for key, one in attributes.items():
            score = partial(_score, function, labels, answers, one.codes)
            every[key] = of_all_rows(score, [labels, answers, one.codes], replicates, rng)
        return every

    def of_values(
        labels: Array,
        predictions: Array,
        slices: Slices,
        attributes: Attributes,
        rng: np.random.Generator,
        *,
        replicates: Replicates = 200,
    ) -> dict[str, Whole]:
        return found(labels, predictions, slices, attributes, rng, replicates)

    def of_scores(
        labels: Array,
        scores: Array,
        slices: Slices,
        attributes: Attributes,
        rng: np.random.Generator,
        *,
        replicates: Replicates = 200,
    ) -> dict[str, Whole]:
        return found(labels, scores, slices, attributes, rng, replicates)

    return of_scores if OF_SCORES.match(name) else of_values


def _score(function: Any, labels: Array, answers: Array, of: IntArray, rows: IntArray) -> float:
    if len(np.unique(of[rows])) < len(np.unique(of)):  # a group that was not drawn
        return float("nan")
    return quietly(lambda: function(labels[rows], answers[rows], sensitive_features=of[rows]))


def _complete(name: str, table: FloatArray) -> bool:
    """Whether a group has rows, and of both labels where the metric needs them."""
    return bool(table.sum() > 0 if OF_DECISIONS_ALONE.match(name) else (table.sum(axis=1) > 0).all())
