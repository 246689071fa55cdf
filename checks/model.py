"""Whether a model answers the same rows alike: asked again, in other batches, or through another framework."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field

from ..audit.answers import AuditedModel
from ..audit.registry import TASKS, check
from ..audit.shapes.base import BoolArray
from ..audit.shapes.figures import Table
from ..audit.shapes.ordered import Largest
from ..audit.shapes.rates import Proportion
from ..audit.shapes.rows import Outcomes
from ..audit.shapes.whole import Whole
from ..audit.slices import FloatArray, IntArray

EVIDENCE = ("eu-ai-act:15.1", "eu-ai-act:15.4", "nist-ai-rmf:measure-2.5")
BATCH, SINGLE = 64, 16
SIZES = (0.0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)

Cell = str | float | int | None
Tolerance = Annotated[float, Field(ge=0, le=1)]


class Answer(NamedTuple):
    """What a model says of some rows: decisions ``(n, ...)``, and probabilities, or values, as numbers ``(n, ...)``."""

    decisions: Any
    numbers: FloatArray

    def at(self, rows: Any) -> Answer:
        """The answer for some of its rows."""
        return Answer(self.decisions[rows], self.numbers[rows])


class Held(NamedTuple):
    """One way of asking held against the first: which rows are answered alike, the largest difference, kind of error."""

    same: BoolArray
    largest: float | None
    error: str


@check(
    "model.sanity",
    tasks=TASKS,
    metrics=["consistent", "reordered_columns", "inputs_kept"],
    better="higher",
    addresses=EVIDENCE,
)
def sanity(
    model: AuditedModel,
    inputs: Any,
    predictions: Any,
    classes: list[str],
    rng: np.random.Generator,
    *,
    rows: Annotated[int, Field(ge=10, le=100_000)] = 128,
    tolerance: Tolerance = 1e-5,
) -> dict[str, Whole | Table]:
    """Same rows, same answers.

    Some rows drawn at random (option 'rows') are asked about in one call, and then once more as they were, in another order,
    in batches of 64, and the first 16 of them one at a time. 'consistent' is the share of rows with the same decision, that
    of the audit, and the same probabilities or values each time; 'tolerance' is the difference that is let pass, of values as a share of
    the largest one. 'reordered_columns' is the same when inputs that have names come with their columns in reverse order,
    'inputs_kept' the share of rows that the model does not write into. If it raises an error, no row counts.

    Signs of trouble: any share below 1. Then the numbers of this report depend on how the rows were handed over: layers
    for training (dropout, batch normalisation) may be active, a seed may be missing, columns may be taken by position.
    Limits: few rows, on one machine. A server that keeps its answers is consistent whatever its model does.
    """
    chosen = np.sort(rng.permutation(len(inputs))[:rows])
    some, n = inputs[chosen], len(chosen)
    first = _answer(model, some)
    everyone, order, single = np.arange(n), rng.permutation(n), np.arange(min(n, SINGLE))
    ways: list[tuple[str, IntArray, Callable[[], Answer]]] = [
        ("among all rows of the data", everyone, lambda: _decided(predictions[chosen], first)),
        ("again", everyone, lambda: _answer(model, some)),
        ("in another order", order, lambda: _answer(model, some[order])),
        (f"in batches of {BATCH}", everyone, lambda: _in_batches(model, some, BATCH)),
        ("one row at a time", single, lambda: _in_batches(model, some[single], 1)),
    ]
    if model.takes_names and len(some.columns) > 1:
        turned = some.select(some.columns[::-1])
        ways.append(("with the columns in reverse order", everyone, lambda: _answer(model, turned)))
    scale = 1.0 if classes else _largest(first.numbers)
    held = [_held(ask, first.at(places), tolerance * scale) for _, places, ask in ways]
    same = np.ones(n, bool)
    for (_, places, _), one in zip(ways[:5], held, strict=False):
        same[places] &= one.same
    kept = _kept(model, some)
    return {
        "consistent": _share(same),
        **({"reordered_columns": _share(held[5].same)} if len(ways) > 5 else {}),
        "inputs_kept": _share(kept),
        "ways": _table([how for how, *_ in ways], held, bool(classes) and not model.has_probabilities),
    }


@check(
    "model.parity",
    tasks=TASKS,
    metrics=["agree", "greatest_difference"],
    better="higher",
    core=False,
    addresses=EVIDENCE,
)
def parity(
    outputs: FloatArray,
    baseline_outputs: FloatArray,
    predictions: Any,
    baseline_predictions: Any,
    classes: list[str],
    *,
    tolerance: Tolerance = 1e-4,
) -> dict[str, Outcomes | Largest | Table]:
    """Parity with the baseline.

    For a baseline that should be the same model: its export to another framework, the endpoint that serves it, the answers
    that it once gave. 'agree' is the share of rows with the same decision and with probabilities of all classes that differ
    by no more than 'tolerance' (without probabilities: the decision alone; values: the tolerance is a share of the
    largest value of the baseline). 'greatest_difference' is the greatest that was seen; nothing bounds it from above, but
    the methods appendix says how few rows can exceed it. To require parity, ask for at_least of 'agree'.

    Signs of trouble: decisions that differ, or differences far above 1e-6, to which float32 rounds: columns in another
    order, a step of the preparation that is missing, another version.
    Limits: on rows like these. Inputs that the data lack (missing values, unseen categories) can still part them.
    """
    scale = 1.0 if classes else _largest(baseline_outputs)
    gap, other = _gap(outputs, baseline_outputs), _differ(predictions, baseline_predictions)
    return {
        "agree": Outcomes((gap <= tolerance * scale) & ~other),
        "greatest_difference": Largest(gap, "difference"),
        "differences": _sizes(
            gap / scale, other, "" if classes else ", as a share of the largest value of the baseline"
        ),
    }


def _sizes(gap: FloatArray, other: BoolArray, of: str) -> Table:
    place = np.searchsorted(SIZES, gap)
    rows: list[list[Cell]] = []
    for k in range(len(SIZES) + 1):
        here = place == k
        name = "none" if k == 0 else f"up to {SIZES[k]:g}" if k < len(SIZES) else f"above {SIZES[-1]:g}"
        rows.append([name, int(here.sum()), int((here & other).sum())])
    return Table(
        "Rows by largest difference",
        ["Difference", "Rows", "With another decision"],
        rows,
        f"Difference of the answers{of}.",
    )


def _answer(model: AuditedModel, x: Any) -> Answer:
    decisions, probabilities = model.answer(x)
    return Answer(decisions, np.asarray(decisions, np.float64) if probabilities is None else probabilities)


def _decided(decisions: Any, first: Answer) -> Answer:
    """An answer of which the decisions, or values, are known, and no probabilities."""
    return Answer(decisions, np.asarray(decisions, np.float64) if decisions.dtype.kind == "f" else first.numbers)


def _in_batches(model: AuditedModel, x: Any, size: int) -> Answer:
    parts = [_answer(model, x[i : i + size]) for i in range(0, len(x), size)]
    return Answer(*(np.concatenate(of) for of in zip(*parts, strict=True)))


def _held(ask: Callable[[], Answer], first: Answer, tolerance: float) -> Held:
    try:
        found = ask()
    except Exception as error:  # how a model fails is up to the model
        return Held(np.zeros(len(first.decisions), bool), None, type(error).__name__)
    gap = _gap(found.numbers, first.numbers)
    return Held((gap <= tolerance) & ~_differ(found.decisions, first.decisions), _largest(gap), "")


def _table(ways: list[str], held: list[Held], labels: bool) -> Table:
    """Of labels alone there is no largest difference."""
    columns = ["Asked", "Rows", "Other answers", "Error", "Largest difference"]
    rows: list[list[Cell]] = [
        [how, len(one.same), int(np.sum(~one.same)), one.error or "none", one.largest]
        for how, one in zip(ways, held, strict=True)
    ]
    note = (
        "Compared with the answers to all of these rows in one call; among all rows of the data, decisions alone are."
    )
    return Table("The same rows asked in other ways", columns[: 5 - labels], [row[: 5 - labels] for row in rows], note)


def _kept(model: AuditedModel, x: Any) -> BoolArray:
    """Which rows the model leaves as they are."""
    given = model.native(x)
    before = deepcopy(given)
    model.bare(given)
    if not hasattr(given, "columns"):
        return _alike(given, before)
    import narwhals as nw

    one, two = (nw.from_native(frame, eager_only=True) for frame in (given, before))
    if one.columns != two.columns or len(one) != len(two):
        return np.zeros(len(two), bool)
    same = [_alike(one[name].to_list(), two[name].to_list()) for name in one.columns]
    return np.asarray(np.logical_and.reduce(same))


def _alike(one: Any, two: Any) -> BoolArray:
    """Row by row; what is missing equals what is missing."""
    if len(one) != len(two):
        return np.zeros(len(two), bool)
    if isinstance(one, np.ndarray):
        return np.asarray(((one == two) | ((one != one) & (two != two))).reshape(len(two), -1).all(axis=1))
    return np.array([a is b or a == b or (a != a and b != b) for a, b in zip(one, two, strict=True)], bool)


def _gap(one: FloatArray, two: FloatArray) -> FloatArray:
    """Largest difference of each row."""
    return np.asarray(np.abs(one - two).reshape(len(one), -1).max(axis=1, initial=0.0))


def _differ(one: Any, two: Any) -> BoolArray:
    """Which rows are decided differently; values have a difference and no decision."""
    if np.asarray(one).dtype.kind == "f":
        return np.zeros(len(one), bool)
    return np.asarray((one != two).reshape(len(one), -1).any(axis=1))


def _largest(values: FloatArray) -> float:
    return float(np.max(np.abs(values), initial=0.0))


def _share(same: BoolArray) -> Whole:
    return Whole(Proportion(np.array([float(same.sum())]), np.array([float(len(same))])))
