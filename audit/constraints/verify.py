"""A second look at changed rows that shares no code with the search: it reads the tables and counts for itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from .scale import Budget, Scale
from .space import Space

Frame = Any
TINY = 1e-9


class ConstraintViolation(RuntimeError):
    """A changed row that could not be, or that costs more than allowed; the result that it is part of is refused."""


def verified(space: Space, scale: Scale, budget: Budget, before: Frame, after: Frame) -> None:
    """Hold changed rows against the specification and the budget.

    Args:
        space: the specification.
        scale: units of the budget.
        budget: what a change may be at most.
        before: the rows.
        after: the changed rows, in the same order.

    Raises:
        ConstraintViolation: a row that breaks any of it; the message names the rule and how many rows break it.
    """
    if list(before.columns) != list(after.columns) or len(before) != len(after):
        raise ConstraintViolation("the changed rows have other columns, or are more or fewer")
    for name in space.kept:
        _none(_differ(before[name].to_numpy(), after[name].to_numpy()), f"{name}: is no feature that may change")
    count, spent = np.zeros(len(before)), np.zeros(len(before))
    for place, feature in enumerate(space.features):
        size = _size(scale, place, before, after, feature)
        count += size > 0
        spent += size * feature.cost
        if feature.ordered and budget.eps is not None:
            _none(size > budget.eps * (1 + 2e-6), f"{feature.name}: changed by more than eps = {budget.eps:g} units")
    if budget.features is not None:
        _none(count > budget.features, f"more than {budget.features} features changed")
    if budget.cost is not None:
        _none(spent > budget.cost * (1 + 2e-6), f"a cost above {budget.cost:g}")
    for text, holds in space.related(after):
        _none(~holds, text)


def _size(scale: Scale, place: int, before: Frame, after: Frame, feature: Any) -> Any:
    old = {name: before[name].to_numpy() for name in feature.columns}
    new = {name: after[name].to_numpy() for name in feature.columns}
    changed = np.logical_or.reduce([_differ(old[name], new[name]) for name in feature.columns])
    if not feature.mutable:
        _none(changed, f"{feature.name}: must not change")
    if feature.kind == "one_hot":
        total = sum(values.astype(float) for values in new.values())
        proper = np.logical_and.reduce([np.isin(values.astype(float), (0, 1)) for values in new.values()])
        allowed = (0, 1) if feature.empty else (1,)
        _none(changed & ~(proper & np.isin(total, allowed)), f"{feature.name}: expected one column set")
        return changed.astype(float)
    x, y = old[feature.name], new[feature.name]
    if feature.values:
        known = list(feature.values)
        _none(
            np.array([c and v not in known for c, v in zip(changed, y.tolist(), strict=True)]),
            f"{feature.name}: not one of its values",
        )
        if feature.kind == "categorical":
            return changed.astype(float)
        x, y = (np.array([known.index(v) if v in known else -1 for v in values.tolist()]) for values in (x, y))
    x, y = np.where(changed, x, 0).astype(float), np.where(changed, y, 0).astype(float)
    room = TINY * np.maximum(1, np.abs(y))
    _none(changed & ~np.isfinite(y), f"{feature.name}: became missing or infinite")
    _none(changed & ((y < feature.low - room) | (y > feature.high + room)), f"{feature.name}: out of its bounds")
    _none(changed & ((y - x) * feature.way < 0), f"{feature.name}: changed in the wrong direction")
    if feature.kind == "integer":
        _none(changed & (y != np.floor(y)), f"{feature.name}: not a whole number")
    if feature.step:
        steps = (y - x) / feature.step
        _none(
            changed & (np.abs(steps - np.round(steps)) > 1e-6 * np.maximum(1, np.abs(steps))),
            f"{feature.name}: no whole steps",
        )
    knots, units = scale.knots[place]
    return np.where(changed, np.abs(_unit(y, knots, units) - _unit(x, knots, units)), 0.0)


def _unit(values: Any, knots: Any, units: Any) -> Any:
    slope = (units[-1] - units[0]) / (knots[-1] - knots[0])
    beyond = np.minimum(values - knots[0], 0) + np.maximum(values - knots[-1], 0)
    return np.interp(values, knots, units) + beyond * slope


def _differ(a: Any, b: Any) -> Any:
    import pandas as pd

    return ~((a == b) | (pd.isna(a) & pd.isna(b)))


def _none(bad: Any, rule: str) -> None:
    if np.any(bad):
        raise ConstraintViolation(f"{int(np.sum(bad))} of {len(bad)} changed rows break a constraint: {rule}")
