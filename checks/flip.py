"""The flip test: the same rows with another value of a sensitive attribute. It is about the model, not about causes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

import numpy as np
from pydantic import Field

from ..audit.answers import AuditedModel
from ..audit.attributes import MISSING, Coded
from ..audit.columns import Column
from ..audit.errors import NotAssessed, nearest
from ..audit.registry import check
from ..audit.shapes.figures import Table
from ..audit.shapes.rows import Outcomes
from ..audit.slices import FloatArray, IntArray, Slices
from ..audit.stats.proportion import proportion
from .distances import points
from .groups_of_rows import in_order
from .perturb import Frame

COLUMNS = [
    "Attribute", "From", "To", "Rows", "To positive", "95 % from", "to", "To negative", "95 % from", "to"
]  # fmt: skip
NOTE = (
    "Share of the rows of the first group whose decision becomes positive, or negative, when they are given the "
    "attribute of the second (Wilson, or exact at the edges). "
)


@check(
    "fairness.flip",
    metrics=["changed", "changed_{attribute}", "to_positive_{attribute}", "to_negative_{attribute}"],
    better="lower",
    addresses=("eu-ai-act:10.2f", "nist-ai-rmf:measure-2.11"),
    cites=["doi:10.1145/3351095.3372845", "arXiv:1703.06856"],
)
def flip(
    model: AuditedModel,
    features: Frame,
    predictions: IntArray,
    attributes: dict[str, Coded],
    classes: list[str],
    slices: Slices,
    *,
    dependent: dict[str, list[str]] = {},  # noqa: B006  an option; pydantic copies it
    most_levels: Annotated[int, Field(ge=2, le=200)] = 20,
) -> dict[str, Outcomes | Table]:
    """Flip test.

    Each row is given every other value of a sensitive attribute, all else as it is, and the model is asked again.
    Counted are the rows whose decision changes for at least one of these values, and with two classes those that
    would become positive or negative. Inputs that the option 'dependent' names, such as
    dependent = { sex = ["title"] }, change along: they are taken from the row of the other group that is nearest in
    all other inputs (numbers by their standard deviations, categories at distance 1). Attributes are changed one at
    a time; 'changed' counts the rows that any of them changes.

    Signs of trouble: any change that nobody can justify; many more changes in one direction than in the other.
    Limits: this is not causal. It shows what the model does with the attribute itself and not what would happen to
    other inputs, had a person belonged to another group; a model that sees only proxies passes. Changed rows may be
    unlike any real person.
    """
    reasons = {key: _obstacle(key, coded, features, most_levels) for key, coded in attributes.items()}
    usable = {key: coded for key, coded in attributes.items() if not reasons[key]}
    others = "; ".join(filter(None, reasons.values()))
    if not usable:
        raise NotAssessed(others)
    _known(dependent, usable, features)
    _steady(model, features, predictions)
    every: dict[str, Outcomes] = {}
    rows: list[list[str | float | int | None]] = []
    any_change = np.zeros(len(predictions), dtype=bool)
    for key, coded in usable.items():
        answers = _answers(model, features, key, coded, dependent.get(key, []))
        changed = np.logical_or.reduce([answer != predictions for answer in answers.values()])
        any_change |= changed
        every[f"changed_{key}"] = Outcomes(changed)
        if len(classes) == 2:
            every[f"to_positive_{key}"] = Outcomes(changed & (predictions == 0))
            every[f"to_negative_{key}"] = Outcomes(changed & (predictions == 1))
        rows += [row for row in _directions(key, coded, answers, predictions) if {key: row[1]} not in slices.withheld]
    note = NOTE + (f"Not changed: {others}." if others else "")
    table = Table("Decisions that change with the attribute", COLUMNS, rows, note)
    return {"changed": Outcomes(any_change), **every, **({"directions": table} if len(classes) == 2 else {})}


def _obstacle(name: str, one: Coded, features: Frame, most: int) -> str:
    """Why this attribute cannot be changed; empty if it can."""
    if name not in features.columns:
        return f"{name!r} is no input of the model, so that no decision changes with it, by construction"
    if len(one.levels) > most:
        return f"{name!r} has {len(one.levels)} groups, more than the option most_levels = {most}"
    codes = Column(features[name]).factored[0]
    kinds = len(np.unique(codes * np.int64(len(one.levels)) + one.codes))
    if kinds > len(one.levels):
        return f"the groups of {name!r} are ranges of its values, so that no single value stands for a group"
    return ""


def _known(dependent: dict[str, list[str]], names: Collection[str], features: Frame) -> None:
    for key, columns in dependent.items():
        if key not in names:
            raise NotAssessed(f"option dependent: {key!r} is no attribute that can be changed{nearest(key, names)}")
        for name in columns:
            if name not in features.columns:
                raise NotAssessed(f"option dependent.{key}: no input {name!r}{nearest(name, features.columns)}")


def _steady(model: AuditedModel, features: Frame, predictions: IntArray) -> None:
    differ = int(np.sum(model.predict(features) != predictions))
    if differ:
        raise NotAssessed(
            f"asked twice about the same rows the model answers {differ} of {len(predictions)} differently, "
            "so that a change cannot be put down to the attribute"
        )


def _answers(model: AuditedModel, features: Frame, key: str, one: Coded, dependent: list[str]) -> dict[int, IntArray]:
    """Decisions with every row put into each of the groups; a missing attribute is no group to be put into."""
    moved = [key, *dependent]
    at = points(features, moved) if dependent else None
    order = in_order({name: Column(features[name]) for name in features.columns})  # which of equally near rows is taken
    found = {}
    for level, name in enumerate(one.levels):
        if name != MISSING:
            donors = order[one.codes[order] == level]
            other = one.codes != level
            of = np.arange(len(features))
            of[other] = donors[0] if at is None else donors[_nearest(at[donors], at[other])]
            found[level] = model.predict(_moved(features, moved, of))
    return found


def _moved(features: Frame, names: list[str], of: IntArray) -> Frame:
    """The frame with these columns taken from other rows, ``of`` ``(n,)``; types stay what they were."""
    import narwhals as nw

    index = nw.maybe_get_index(features)
    taken = [features[name][of.tolist()] for name in names]
    if index is not None:  # else pandas would put the values back to where they came from
        taken = [nw.maybe_set_index(series, index=index) for series in taken]
    return features.with_columns(*taken)


def _nearest(among: FloatArray, wanted: FloatArray) -> IntArray:
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=1).fit(among).kneighbors(wanted, return_distance=False)
    return np.asarray(found[:, 0], dtype=np.int64)


def _directions(
    key: str, one: Coded, answers: dict[int, IntArray], predictions: IntArray
) -> list[list[str | float | int | None]]:
    rows: list[list[str | float | int | None]] = []
    for start, name in enumerate(one.levels):
        here = one.codes == start
        for to, answer in answers.items():
            if to != start:
                n, before, after = int(here.sum()), predictions[here], answer[here]
                cells: list[float] = []
                for hits in (np.sum((before == 0) & (after == 1)), np.sum((before == 1) & (after == 0))):
                    low, high = proportion(float(hits), float(n), 0.95)
                    cells += [float(hits / n), float(low), float(high)]
                rows.append([key, name, one.levels[to], n, *cells])
    return rows
