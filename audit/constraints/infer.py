"""A first specification of how inputs may change, from the rows; people correct it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_VALUES = 50
"""Categories that are listed; a column with more of them is left out."""
FIXED = {
    "sex", "gender", "race", "ethnic", "ethnicity", "birth", "born", "birthplace", "birthdate", "dob", "nationality",
    "origin", "native", "caste", "id", "uuid",
}  # fmt: skip
"""Words in the names of columns that nobody can change."""


@dataclass(frozen=True)
class Guess:
    """One feature: its name, the keys of its table (:class:`~.table.FeatureTable`), and why; no keys if it is left out."""

    name: str
    table: dict[str, Any]
    why: str = ""


def guesses(frame: Any, sensitive: Collection[str]) -> list[Guess]:
    """Kinds, bounds and categories as they occur in a pandas frame of inputs, one-hot groups put together.

    Sensitive attributes, names such as ``birth``, constants, identifiers, and columns that say the same may not change; ages
    may only grow.
    """
    groups = _one_hot(frame)
    grouped = {name for columns, _ in groups.values() for name in columns}
    alone = [name for name in frame.columns if name not in grouped]
    same = _same(frame[alone])
    found = [_column(frame[name], name, _fixed(name, name in sensitive) or same.get(name, "")) for name in alone]
    for name, (columns, empty) in groups.items():
        table: dict[str, Any] = {"kind": "one_hot", "columns": columns} | ({"empty": True} if empty else {})
        why = _fixed(name, bool(set(columns) & set(sensitive)))
        found.append(Guess(name, table | ({"mutable": False} if why else {}), why))
    return found


def _column(series: Any, name: str, why: str) -> Guess:
    given = series.dropna()
    distinct = given.nunique()
    if series.dtype.kind in "mM" or not len(given):
        return Guess(name, {}, "times cannot be changed" if len(given) else "no row has a value")
    table = _numbers(given) if series.dtype.kind in "iuf" and set(given.unique()) != {0, 1} else _categories(given)
    if not table:
        return Guess(name, {}, f"{distinct:,} different texts")
    if not why and distinct == 1:
        why = "the same in all rows"
    if not why and table["kind"] == "integer" and distinct == len(series) > 50:
        why = "differs in every row; an identifier?"
    if why:
        return Guess(name, {"mutable": False}, why)
    if "age" in _words(name) and table["kind"] in ("integer", "continuous"):
        return Guess(name, table | {"direction": "up"}, "nobody gets younger")
    return Guess(name, table)


def _numbers(given: Any) -> dict[str, Any]:
    values = given.to_numpy().astype(float)
    values = values[np.isfinite(values)]
    if not len(values):
        return {}
    whole = bool((values == np.rint(values)).all())
    low, high = values.min(), values.max()
    bounds = [int(low), int(high)] if whole else [_short(low), _short(high)]
    return {"kind": "integer" if whole else "continuous", "bounds": bounds}


def _same(frame: Any) -> dict[str, str]:
    """Columns of which each value goes with one value of another, and what is to be said of that."""
    import pandas as pd

    codes = {name: pd.factorize(frame[name], use_na_sentinel=False)[0] for name in frame.columns}
    kinds = {name: int(found.max(initial=-1)) + 1 for name, found in codes.items()}
    said: dict[str, str] = {}
    for name, other in itertools.combinations(codes, 2):
        if 1 < kinds[name] == kinds[other] < len(frame):
            pairs = codes[name].astype(np.int64) * kinds[other] + codes[other]
            if len(np.unique(pairs)) == kinds[name]:
                said.setdefault(name, f"says the same as {other}; neither can change alone")
                said.setdefault(other, f"says the same as {name}; neither can change alone")
    return said


def _short(value: Any) -> float:
    return float(f"{value:.9g}") if float(np.float32(value)) == value else float(value)


def _categories(given: Any) -> dict[str, Any]:
    values = [value.item() if hasattr(value, "item") else value for value in given.unique()]
    if len(values) > MOST_VALUES:
        return {}
    return {"kind": "categorical", "values": sorted(values, key=lambda value: (isinstance(value, str), value))}


def _fixed(name: str, sensitive: bool) -> str:
    return "sensitive" if sensitive else "nobody can change it" if _words(name) & FIXED else ""


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()))


def _one_hot(frame: Any) -> dict[str, tuple[list[str], bool]]:
    """Columns with a common beginning of which never two are 1 in one row, and whether none of them may be."""
    parts: dict[str, list[str]] = {}
    for name in frame.columns:
        series = frame[name]
        if series.dtype.kind in "biuf" and set(series.unique()) == {0, 1}:
            cuts = {name[: match.start()].rstrip("_=:.-") for match in re.finditer(r"[_=:.-]", name)} - {""}
            for beginning in cuts:
                parts.setdefault(beginning, []).append(name)
    found: dict[str, tuple[list[str], bool]] = {}
    taken: set[str] = set()
    for beginning, columns in sorted(parts.items(), key=lambda item: (-len(item[1]), -len(item[0]))):
        columns = [name for name in columns if name not in taken]
        if len(columns) < 2:
            continue
        set_ = frame[columns].to_numpy().astype(float)
        total = set_.sum(axis=1)
        # Together by chance how often? Where that is rare, their never being together says nothing.
        share = set_.mean(axis=0)
        chance = len(set_) * (share.sum() ** 2 - (share**2).sum()) / 2
        if total.max() <= 1 and (total.min() == 1 or chance >= 10):
            name = beginning if beginning not in frame.columns else f"{beginning} (one-hot)"
            found[name] = (columns, bool(total.min() == 0))
            taken |= set(columns)
    return found
