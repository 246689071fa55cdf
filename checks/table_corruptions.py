"""Corruptions of tables that happen in practice, at five severities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from ..audit.errors import NotAssessed
from ..audit.shapes.base import BoolArray
from ..audit.slices import FloatArray
from . import perturb
from .perturb import Bounds, Frame

Stale = Mapping[str, Mapping[str, str]]
"""By column, what a value was called before."""

Change = Callable[[Frame, int, np.random.Generator], Frame]

DEVIATIONS = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Noise of severity 1 to 5, in standard deviations of the column."""

ROWS_HIT = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Share of the rows with an error in one input."""

MISSING = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Share of the values that go missing."""

STEPS = (0.1, 0.25, 0.5, 1.0, 2.0)
"""What numbers are rounded to a multiple of, in standard deviations of the column."""

OUTLIER = 10.0
"""How far from the mean an outlier is, in standard deviations."""

UNSEEN = "unseen"


def corruptions(bounds: Bounds, stale: Stale) -> dict[str, tuple[str, Change]]:
    """Family and change by name; a change takes the severity, 1 to 5."""
    return {
        "noise": ("values", lambda x, s, rng: perturb.noisy(x, DEVIATIONS[s - 1], bounds, rng)),
        "rounding": ("values", _rounded),
        "outliers": ("values", _outliers),
        "missing_at_random": ("missing", lambda x, s, rng: perturb.blanked(x, MISSING[s - 1], rng)),
        "missing_largest": ("missing", _missing_largest),
        "unit_error_10": ("entry", partial(_unit_error, 10.0)),
        "unit_error_1000": ("entry", partial(_unit_error, 1000.0)),
        "swapped_columns": ("entry", _swapped),
        "stale_category": ("entry", partial(_stale, stale)),
    }


def _hit(x: Frame, severity: int, rng: np.random.Generator) -> BoolArray:
    return rng.random(len(x)) < ROWS_HIT[severity - 1]


def _unit_error(factor: float, x: Frame, severity: int, rng: np.random.Generator) -> Frame:
    """In the rows hit one quantity, drawn at random, times ``factor``."""
    hit, (changed, names, which) = _hit(x, severity, rng), perturb.rescaled(x, factor, rng)
    places = {name: hit & (which == k) for k, name in enumerate(names)}
    return perturb.changed(x, names, lambda name, v: np.where(places[name], _numbers(changed, name), v))


def _outliers(x: Frame, severity: int, rng: np.random.Generator) -> Frame:
    """In the rows hit one quantity, drawn at random, 10 standard deviations above or below its mean."""
    names, hit = perturb.quantities(x), _hit(x, severity, rng)
    which, side = rng.integers(len(names), size=len(x)), rng.choice([-OUTLIER, OUTLIER], len(x))

    def change(name: str, v: FloatArray) -> FloatArray:
        here = hit & (which == names.index(name))
        return np.where(here, np.nanmean(v) + side * np.nanstd(v), v)

    return perturb.changed(x, names, change, keep_whole=True)


def _rounded(x: Frame, severity: int, rng: np.random.Generator) -> Frame:
    """Every quantity rounded to a multiple of a step; of whole numbers the step is whole."""

    def change(name: str, v: FloatArray) -> FloatArray:
        step = STEPS[severity - 1] * float(np.nanstd(v))
        step = max(np.rint(step), 1.0) if x[name].dtype.is_integer() else step
        return np.rint(v / step) * step

    return perturb.changed(x, perturb.quantities(x), change)


def _missing_largest(x: Frame, severity: int, rng: np.random.Generator) -> Frame:
    """Of every quantity the largest values gone: who earns most does not say what; ties at random."""
    gone = {}
    for name in perturb.quantities(x):
        values = _numbers(x, name)
        order = np.lexsort((rng.random(len(values)), np.where(np.isnan(values), -np.inf, values)))
        gone[name] = np.zeros(len(values), dtype=bool)
        gone[name][order[len(order) - round(MISSING[severity - 1] * len(order)) :]] = True
    return perturb.without(x, gone)


def _swapped(x: Frame, severity: int, rng: np.random.Generator) -> Frame:
    """In the rows hit two quantities, drawn at random, in each other's place."""
    names, hit = perturb.quantities(x), _hit(x, severity, rng)
    if len(names) < 2:
        raise NotAssessed("there is one numeric input only, so that nothing can be swapped")
    values = np.column_stack([_numbers(x, name) for name in names])
    pair = np.argsort(rng.random(values.shape), axis=1)[:, :2]
    rows = np.arange(len(x))[:, None]
    values[rows, pair] = np.where(hit[:, None], values[rows, pair[:, ::-1]], values[rows, pair])
    return perturb.changed(x, names, lambda name, v: values[:, names.index(name)])


def _stale(stale: Stale, x: Frame, severity: int, rng: np.random.Generator) -> Frame:
    """In the rows hit one category, drawn at random, unknown to the model, or called as it was before."""
    import narwhals as nw

    names = [name for name in x.columns if _is_category(x[name])]
    names = [name for name in names if name in stale] if stale else names
    if not names:
        raise NotAssessed("no input holds categories" + (" that the option stale names" if stale else ""))
    hit, which = _hit(x, severity, rng), rng.integers(len(names), size=len(x))
    columns = []
    for k, name in enumerate(names):
        kind, values = x[name].dtype, x[name].to_numpy().astype(object)
        here = hit & (which == k)
        old = stale.get(name, {})
        values[here] = [old.get(str(value), value) if stale else UNSEEN for value in values[here]]
        texts = [value if isinstance(value, str) else None for value in values]
        made = nw.new_series(name, texts, nw.String, backend=x[name].implementation)
        columns.append(made.cast(kind) if kind == nw.Categorical else made)
    return x.with_columns(*columns)


def _is_category(series: Any) -> bool:
    import narwhals as nw

    return series.dtype in (nw.String, nw.Categorical, nw.Enum)


def _numbers(x: Frame, name: str) -> FloatArray:
    return np.asarray(x[name].to_numpy().astype(float))
