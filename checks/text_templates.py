"""Tests of a model of texts that people write down: what it must know, what must not matter, and which way it must go."""

from __future__ import annotations

import string
from itertools import product
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..audit.answers import AuditedModel
from ..audit.errors import NotAssessed, nearest
from ..audit.registry import check
from ..audit.shapes.figures import Table
from ..audit.shapes.rates import Exact
from ..audit.shapes.whole import Whole
from ..audit.stats.proportion import clopper_pearson
from .corruption import EVIDENCE
from .limits import Cell

MOST = 20_000
"""Texts of one test."""
SHOWN = 3


class Template(BaseModel):
    """One test. ``template``: text with slots such as ``I {verb} it``; ``fill``: words for each slot.

    Either ``expect``, a class (what the model must know); or ``vary``, slots whose words must not matter; or ``to``, a second text, for which
    the probability of class ``of`` must be ``direction`` than for the first, by ``by`` at least.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, pattern="^[^{}]+$")
    template: str = Field(min_length=1)
    fill: dict[str, list[str]] = Field(default_factory=dict)
    expect: str | None = None
    vary: list[str] = Field(default_factory=list)
    to: str | None = None
    of: str | None = None
    direction: Literal["higher", "lower"] = "lower"
    by: float = Field(0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _one_kind(self) -> Template:
        if sum((self.expect is not None, bool(self.vary), self.to is not None)) != 1:
            raise ValueError(f"test {self.name!r}: expected exactly one of 'expect', 'vary', 'to'")
        if (self.to is None) != (self.of is None):
            raise ValueError(f"test {self.name!r}: 'to' and 'of', the class whose probability moves, go together")
        used = {
            name for text in (self.template, self.to or "") for _, name, _, _ in string.Formatter().parse(text) if name
        }
        for slot in sorted(used ^ set(self.fill)) + [slot for slot in self.vary if slot not in used]:
            raise ValueError(f"test {self.name!r}: slot {slot!r} is not both in the template and in 'fill'")
        if empty := [slot for slot, words in self.fill.items() if not words]:
            raise ValueError(f"test {self.name!r}: slot {empty[0]!r} has no words")
        return self

    @property
    def kind(self) -> str:
        """As Ribeiro et al. (2020) call it."""
        return "minimum functionality" if self.expect is not None else "invariance" if self.vary else "direction"

    def groups(self) -> list[list[str]]:
        """Texts of each case."""
        fixed = [slot for slot in self.fill if slot not in self.vary]
        cases = [dict(zip(fixed, words, strict=True)) for words in product(*(self.fill[slot] for slot in fixed))]
        if self.to is not None:
            return [[self.template.format(**case), self.to.format(**case)] for case in cases]
        others = [dict(zip(self.vary, words, strict=True)) for words in product(*(self.fill[s] for s in self.vary))]
        return [[self.template.format(**case, **other) for other in others] for case in cases]


@check(
    "robustness.text_templates",
    metrics=["failures", "failures_*"],
    better="lower",
    core=False,
    addresses=EVIDENCE,
    cites=["arXiv:2005.04118"],
)
def text_templates(
    model: AuditedModel,
    classes: list[str],
    *,
    tests: Annotated[list[Template], Field(max_length=100)] = [],  # noqa: B006  an option; pydantic copies it
) -> dict[str, Whole | Table]:
    """Behavioural tests.

    Texts are made from templates of the option 'tests', each a table with name, template = "I {verb} this film" and fill = { verb =
    ["love", "like"] }. With expect = "pos" each text must get this class (minimum functionality); with vary = ["name"]
    the decision must be the same whatever stands in these slots (invariance); with to = "I {verb} this film not",
    of = "pos", direction = "lower" and by = 0.1 the probability of the class must be that much lower for the second text (direction).
    'failures' is the share of cases of all tests that fail, 'failures_NAME' that of one test; intervals are exact (Clopper-Pearson).

    Signs of trouble: any failure that a reader would not forgive.
    Limits: cases are made and not drawn, so that the interval speaks of cases like these and not of texts as they come in. Words of
    one list resemble each other, so that cases are less independent than the interval takes them to be.
    """
    if model.kind != "text":
        raise NotAssessed(f"for models of texts; the inputs here are of kind {model.kind}")
    given = [Template.model_validate(test if isinstance(test, dict) else test.model_dump()) for test in tests]
    if not given:
        raise NotAssessed("no test is given; write some under the option tests")
    names = [test.name for test in given]
    if twice := [name for name in names if names.count(name) > 1]:
        raise NotAssessed(f"option tests: two are called {twice[0]!r}")
    found: dict[str, Whole | Table] = {}
    rows: list[list[Cell]] = []
    total = np.zeros(2)
    for test in given:
        failed, shown = _failed(model, test, classes)
        hits, n = int(failed.sum()), len(failed)
        total += hits, n
        low, high = clopper_pearson(hits, n)
        examples = [shown[k] for k in np.flatnonzero(failed)[:SHOWN]]
        rows.append([test.name, test.kind, n, hits, hits / n, float(low), float(high), "; ".join(examples)])
        found[f"failures_{test.name}"] = _share(hits, n)
    columns = ["Test", "Kind", "Cases", "Failed", "Share", "95 % from", "to", "Some that failed"]
    note = "Intervals: Clopper-Pearson. The texts are made from the templates and are none of the data."
    return {"failures": _share(*total), **found, "tests": Table("Behavioural tests", columns, rows, note)}


def _share(hits: float, n: float) -> Whole:
    return Whole(Exact(np.array([float(hits)]), np.array([float(n)])))


def _failed(model: AuditedModel, test: Template, classes: list[str]) -> tuple[Any, list[str]]:
    """Which cases fail, and how each reads: its text, or its first and the first that is decided otherwise."""
    groups = test.groups()
    size = len(groups[0])
    if len(groups) * size > MOST:
        raise NotAssessed(f"test {test.name!r}: makes {len(groups) * size:,} texts, expected at most {MOST:,}")
    made = np.array([text for group in groups for text in group], dtype=object)
    if test.to is not None:
        if not model.has_probabilities:
            raise NotAssessed(f"test {test.name!r}: the model offers no probabilities, which a direction needs")
        p = model.predict_proba(made)[:, _position(test.of, classes, test)].reshape(-1, 2)
        moved = p[:, 1] - p[:, 0] if test.direction == "higher" else p[:, 0] - p[:, 1]
        return (moved < test.by) | (moved <= 0), [" / ".join(group) for group in groups]
    decided = model.predict(made).reshape(-1, size)
    if test.expect is not None:
        return (decided != _position(test.expect, classes, test)).any(axis=1), [group[0] for group in groups]
    differs = decided != decided[:, :1]
    return differs.any(axis=1), [
        f"{group[0]} / {group[k]}" for group, k in zip(groups, differs.argmax(axis=1), strict=True)
    ]


def _position(name: str | None, classes: list[str], test: Template) -> int:
    if name not in classes:
        raise NotAssessed(f"test {test.name!r}: no class {name!r}{nearest(str(name), classes)}")
    return classes.index(name)
