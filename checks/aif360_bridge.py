"""Any aif360 metric as a check: ``aif360:average_odds_difference``, ``aif360:theil_index`` ...

Functions of ``aif360.sklearn.metrics`` come first, then methods of ``ClassificationMetric`` without arguments. What
a function is for it is asked: called on a few made-up counts.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..audit.attributes import Coded
from ..audit.errors import RegistryError, nearest
from ..audit.registry import Better, CheckSpec, declare
from ..audit.shapes.bridged import PairedGroups, of_all_groups, of_all_rows
from ..audit.shapes.compare import Comparison
from ..audit.shapes.confusion import Confusion
from ..audit.shapes.resampled import ResampledRows
from ..audit.shapes.tabulated import Tabulated
from ..audit.shapes.whole import Whole
from ..audit.slices import FloatArray, IntArray, Slices
from .aif360_quiet import quietly_imported
from .bridges import Metric, OfCounts, Replicates, by_attribute, page
from .limits import at_most, unweighted

MOST_REPEATED = 20_000
"""Rows up to which a metric that cannot weigh them is called on all of them, hundreds of times."""

CITE = "arXiv:1810.01943"
NO_RATE = re.compile("_|num_|power|generalized_(?!entropy)")
"""Counts, which say nothing without their rows, and metrics of scores."""

PAIRS = (
    "Label 1 is the favourable outcome. As aif360 has it, with each group in the place of the unprivileged and its reference (data.reference) in that of "
    "the privileged one: a difference is group minus reference, a ratio is group over reference, as everywhere here; "
    "other groups do not enter. Against the most selected group that one is chosen once, by the data."
)
GROUPS = "As aif360 has it, once for each sensitive attribute, over all of its groups."
PLAIN = "As aif360 has it, for all rows and for each group by itself."
LIMITS = "the interval is a general one (ABC, or resampled rows where aif360 cannot weigh rows); where a check of our own measures the same, its interval is better. Undefined where aif360 divides by zero."


class Kind(NamedTuple):
    """A metric as a function of rows; whether it compares two groups or all, and whether shares of rows are enough."""

    call: Metric
    about: Any
    groups: str
    weighs: bool


def metric(name: str) -> CheckSpec:
    """Any metric of aif360 for two classes that is one number.

    Raises:
        RegistryError: aif360 is not installed, has no such metric, or it gives no single number for decisions.
    """
    kind = _kind(name)
    score = OfCounts(kind.call, repeated=not kind.weighs)
    if kind.groups == "pair" and not kind.weighs:
        raise RegistryError(
            f"aif360's {name!r} cannot weigh rows, which comparisons need; see fairness.inequality_between_groups"
        )
    by_counts = {"pair": _of_pairs, "all": _of_groups, "": _of_slices}[kind.groups]
    make = by_counts if kind.weighs else _of_all if kind.groups else _of_rows
    function = make(name, score)
    how = {"pair": PAIRS, "all": GROUPS, "": PLAIN}[kind.groups]
    function.__doc__ = page(kind.about, f"{name} (aif360)", how, LIMITS)
    return declare(f"aif360:{name}", function, tasks=["binary"], better=_better(name), cites=[CITE], core=False)


def _better(name: str) -> Better:
    if re.search("ratio|disparate_impact", name):
        return "one"
    if re.search("difference|average_odds_error|bias|divergence|imbalance", name):
        return "zero"
    return "lower" if re.search("error|entropy|theil|variation|false|edf", name) else "higher"


def _of_pairs(name: str, score: OfCounts) -> Callable[..., Comparison]:
    def of_pairs(favorable_counts: Confusion, slices: Slices) -> Comparison:
        unweighted(slices)
        unit = "ratio" if _better(name) == "one" else "difference"
        return PairedGroups(score, favorable_counts.cells, unit)

    return of_pairs


def _of_groups(name: str, score: OfCounts) -> Callable[..., dict[str, Whole]]:
    def of_groups(favorable_counts: Confusion, attributes: dict[str, Coded], slices: Slices) -> dict[str, Whole]:
        unweighted(slices)
        tables = by_attribute(slices, favorable_counts)
        return {key: of_all_groups(score, table) for key, table in tables.items()}

    return of_groups


def _of_slices(name: str, score: OfCounts) -> Callable[..., Tabulated]:
    def of_slices(favorable_counts: Confusion) -> Tabulated:
        return Tabulated(lambda tables: np.array([score(one[None]) for one in tables]), favorable_counts.cells)

    return of_slices


def _of_rows(name: str, score: OfCounts) -> Callable[..., ResampledRows]:
    def of_rows(
        favorable_labels: IntArray,
        labels: IntArray,
        predictions: IntArray,
        slices: Slices,
        *,
        replicates: Replicates = 200,
    ) -> ResampledRows:
        _feasible(name, slices)
        code = _pairs(favorable_labels, labels, predictions)
        return ResampledRows(lambda rows, _: score(_table(code[rows], 1)), [code], replicates, weighs=False)

    return of_rows


def _of_all(name: str, score: OfCounts) -> Callable[..., dict[str, Whole]]:
    def of_all(
        favorable_labels: IntArray,
        labels: IntArray,
        predictions: IntArray,
        attributes: dict[str, Coded],
        slices: Slices,
        rng: np.random.Generator,
        *,
        replicates: Replicates = 200,
    ) -> dict[str, Whole]:
        _feasible(name, slices)
        code = _pairs(favorable_labels, labels, predictions)
        found = {}
        for key, (of, levels) in attributes.items():
            at = partial(_at, score, of * 4 + code, len(levels))
            found[key] = of_all_rows(at, [code, of], replicates, rng)
        return found

    return of_all


def _at(score: OfCounts, code: IntArray, groups: int, rows: IntArray) -> float:
    return score(_table(code[rows], groups))


def _pairs(favorable_labels: IntArray, labels: IntArray, predictions: IntArray) -> IntArray:
    """Favourable label and decision of two classes in one number; which class is favourable the labels tell."""
    flipped = bool(np.any(favorable_labels != labels))
    return favorable_labels * 2 + (1 - predictions if flipped else predictions)


def _table(code: IntArray, groups: int) -> FloatArray:
    return np.bincount(code, minlength=groups * 4).reshape(groups, 2, 2).astype(np.float64)


def _feasible(name: str, slices: Slices) -> None:
    unweighted(slices)
    at_most(int(slices.rows.max()), MOST_REPEATED, f"aif360:{name}")


def _kind(name: str) -> Kind:
    functions, methods = _known()
    if name not in functions and name not in methods:
        raise RegistryError(f"aif360 has no metric {name!r}{nearest(name, [*functions, *methods])}")
    kind = _of_function(functions[name]) if name in functions else _of_method(name, methods[name])
    weighted, repeated = (OfCounts(kind.call, repeated=again)(EXAMPLE) for again in (False, True))
    shares = OfCounts(kind.call)(EXAMPLE / EXAMPLE.sum())
    if np.isnan(repeated):
        raise RegistryError(f"aif360's {name!r} gives no single number for labels, decisions and groups")
    if not kind.groups and name in methods:
        other = OfCounts(kind.call, repeated=True)(OTHER)
        kind = kind._replace(groups="pair" if abs(other - repeated) > 1e-9 else "")
    return kind._replace(weighs=bool(abs(weighted - repeated) < 1e-9 and abs(weighted - shares) < 1e-9))


EXAMPLE = np.array([[[7.0, 2.0], [3.0, 9.0]], [[11.0, 5.0], [4.0, 6.0]]])
"""Counts of two groups, the unprivileged one first; and others with the same sums."""
OTHER = EXAMPLE + np.array([[[3.0, 2.0], [-1.0, -2.0]], [[-3.0, -2.0], [1.0, 2.0]]])


def _of_function(function: Any) -> Kind:
    parameters = inspect.signature(function).parameters
    given: dict[str, Any] = {"pos_label": 1} if "pos_label" in parameters else {}
    grouped, paired = "prot_attr" in parameters, "priv_group" in parameters

    def call(true: IntArray, predicted: IntArray, group: IntArray, weight: FloatArray) -> float:
        extra = dict(given)
        if grouped:
            extra["prot_attr"] = pd.Series(group)
        if paired:
            extra["priv_group"] = 1
        if "sample_weight" in parameters:
            extra["sample_weight"] = weight
        return float(function(pd.Series(true, index=group), predicted, **extra))

    groups = "" if not grouped else "pair" if paired else "all"
    return Kind(call, function, groups, weighs=False)


def _of_method(name: str, method: Any) -> Kind:
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import ClassificationMetric

    def call(true: IntArray, predicted: IntArray, group: IntArray, weight: FloatArray) -> float:
        frame = pd.DataFrame({"group": group, "label": true, "weight": weight}, dtype=np.float64)
        truth = BinaryLabelDataset(
            df=frame, label_names=["label"], protected_attribute_names=["group"], instance_weights_name="weight"
        )
        decided = truth.copy()
        decided.labels = predicted[:, None].astype(np.float64)
        found = ClassificationMetric(
            truth, decided, unprivileged_groups=[{"group": 0}], privileged_groups=[{"group": 1}]
        )
        return float(getattr(found, name)())

    return Kind(call, method, "", weighs=False)


def _known() -> tuple[dict[str, Any], dict[str, Any]]:
    """Functions of labels and decisions, and methods without arguments, by name."""
    try:
        of_classes = quietly_imported("aif360.metrics").ClassificationMetric
        metrics = quietly_imported("aif360.sklearn.metrics")
    except ImportError as error:
        raise RegistryError("aif360 is not installed; pip install 'assay[fairness]' brings it") from error
    functions = {
        name: of
        for name, of in vars(metrics).items()
        if inspect.isfunction(of)
        and list(inspect.signature(of).parameters)[:2] == ["y_true", "y_pred"]
        and not NO_RATE.match(name)
    }
    methods = {
        name: of for name, of in inspect.getmembers(of_classes, callable) if not NO_RATE.match(name) and _bare(of)
    }
    return functions, methods


def _bare(method: Any) -> bool:
    first, *rest = inspect.signature(method).parameters.values()
    return first.name == "self" and all(one.default is not one.empty for one in rest)
