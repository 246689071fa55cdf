"""Whether the data changed over time, between batches or from a reference, and what that does to accuracy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ..audit.columns import Column
from ..audit.errors import DataError, NotAssessed
from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.base import BoolArray
from ..audit.shapes.excess import Excess
from ..audit.shapes.figures import Curve, Table
from ..audit.shapes.predictive import LowestRate
from ..audit.shapes.rows import Outcomes
from ..audit.shapes.whole import Whole
from ..audit.slices import IntArray, Slices
from ..audit.stats.multiple import holm
from ..audit.stats.proportion import proportion
from ..audit.stats.trend import cochran_armitage
from .corruption import EVIDENCE
from .limits import Cell, nothing_withheld, sampled, unweighted
from .periods import Periods, periods_of
from .reference import Reference, reference_of
from .two_samples import LEAST, differences, told_apart

Found = dict[str, Outcomes | Excess | LowestRate | Whole | Table | Curve]
SHOWN = 20


@check(
    "robustness.shift",
    metrics=["domain_auroc", "lowest_accuracy", "recent_accuracy", "recent_change"],
    better="higher",
    core=False,
    addresses=(*EVIDENCE, "nist-ai-rmf:measure-2.4"),
    cites=["arXiv:1610.06545"],
)
def shift(
    inputs: Any,
    labels: IntArray,
    predictions: IntArray,
    values: Callable[[str], Column],
    slices: Slices,
    folder: Path,
    rng: np.random.Generator,
    *,
    by: str = "",
    reference: str = "",
    periods: Annotated[int, Field(ge=2, le=50)] = 4,
    permutations: Annotated[int, Field(ge=99, le=99_999)] = 999,
    max_rows: Annotated[int, Field(ge=200)] = 20_000,
) -> Found:
    """Shift of the data.

    With 'by', a column of times, numbers or batches, rows are divided: at its values if they are few, else into
    'periods' of about as many rows. Accuracy is told for each, with a test of a trend (Cochran-Armitage) for times and
    numbers. 'lowest_accuracy' is that of the worst period, 'recent_accuracy' that of the last one and 'recent_change' its difference
    from all before. With 'reference', a file with the same inputs such as the training data, the rows audited are held against it.
    A classifier learns, on one half of the rows, to tell the rows of a period from the others, or the audited from the
    reference: 'domain_auroc' is its area under the ROC curve on the other half, for the last period or the reference. One half is
    no difference, and p is by permutation of the labels of that half. A table names the inputs that differ.

    Signs of trouble: accuracy that falls with time; an area far above one half together with lower accuracy.
    Limits: information about data, not a fault of the model: inputs may change where the model is right all the same, and the
    answer may change where inputs do not. A classifier may miss what it cannot learn from half of the rows. The test needs inputs that are columns.
    """
    unweighted(slices)
    nothing_withheld(slices)
    if not by and not reference:
        raise NotAssessed("name a column of times or batches in the option by, or a file in the option reference")
    found: Found = {}
    if reference:
        found |= _against(reference_of(folder, reference), inputs, permutations, max_rows, rng)
    if by:
        found |= _over(by, inputs, labels == predictions, values, periods, permutations, max_rows, rng, not reference)
    return found


def _against(other: Reference, inputs: Any, permutations: int, most: int, rng: np.random.Generator) -> Found:
    names = _columns(inputs)
    if not names:
        raise NotAssessed("option reference: the test is for inputs that are columns of a table")
    ours, note = sampled(len(inputs), most, rng)
    theirs, their_note = sampled(len(other), most, rng)
    inside = np.arange(len(ours) + len(theirs)) < len(ours)
    columns = {name: other.joined(name, inputs[name].to_numpy()[ours], theirs) for name in names}
    told = told_apart(columns, inside, permutations, rng)
    text = (
        f"Can a classifier tell the rows audited from those of {other}? Area under its ROC curve "
        f"{told.area.value[0]:.3f}, p = {told.p_value:.4g} by {permutations:,} permutations. {note} Of the reference: {their_note}"
    )
    return {"domain_auroc": Whole(told.area), "inputs": _inputs(columns, inside, text)}


def _over(
    by: str,
    inputs: Any,
    right: BoolArray,
    values: Callable[[str], Column],
    most: int,
    permutations: int,
    max_rows: int,
    rng: np.random.Generator,
    alone: bool,
) -> Found:
    try:
        parts = periods_of(by, values(by), most)
    except DataError as error:
        raise NotAssessed(f"option by: {error}") from error
    last = parts.of == len(parts.names) - 1
    found: Found = {
        "lowest_accuracy": LowestRate(right, parts.of, tuple(parts.names)),
        "periods": _table(parts, inputs, by, right, permutations, max_rows, rng),
    }
    if parts.ordered:
        found |= {
            "recent_accuracy": Outcomes(right, among=last),
            "recent_change": Excess(right, last, np.ones(len(last), dtype=bool)),
            "curve": _curve(parts, right, by),
        }
    names = [name for name in _columns(inputs) if name != by]
    if alone and names and parts.ordered and min(last.sum(), (~last).sum()) >= LEAST:
        rows, note = sampled(len(last), max_rows, rng)
        columns = {name: Column(inputs[name].to_numpy()[rows]) for name in names}
        told = told_apart(columns, last[rows], permutations, rng)
        text = f"Rows of the last period, {parts.names[-1]}, against all before. {note}"
        found |= {"domain_auroc": Whole(told.area), "inputs": _inputs(columns, last[rows], text)}
    return found


def _table(
    parts: Periods,
    inputs: Any,
    by: str,
    right: BoolArray,
    permutations: int,
    max_rows: int,
    rng: np.random.Generator,
) -> Table:
    rows: list[list[Cell]] = []
    names = [name for name in _columns(inputs) if name != by]
    chosen, note = sampled(len(right), max_rows, rng)
    columns = {name: Column(inputs[name].to_numpy()[chosen]) for name in names}
    hits = np.bincount(parts.of, right, len(parts.names))
    sizes = np.bincount(parts.of, minlength=len(parts.names))
    for k, name in enumerate(parts.names):
        low, high = proportion(hits[k], float(sizes[k]))
        here = parts.of[chosen] == k
        enough = names and min(here.sum(), (~here).sum()) >= LEAST
        told = told_apart(columns, here, permutations, rng).cells if enough else [None] * 4
        rows.append([name, int(sizes[k]), float(hits[k] / sizes[k]), float(low), float(high), *told])
    tested = [row for row in rows if row[-1] is not None]
    for row, p in zip(tested, holm(np.array([float(row[-1] or 0) for row in tested])), strict=True):
        row[-1] = float(p)
    columns_of = ["Period", "Rows", "Accuracy", "95 % from", "to", "Inputs told from the rest", "95 % from", "to", "p"]
    text = "In the last column p, that the inputs of the period are distributed as those of the rest, by permutation, after Holm. "
    return Table(
        f"Accuracy and inputs by {by}", columns_of, rows, text + _trend(parts, hits, sizes) + (note if names else "")
    )


def _trend(parts: Periods, hits: Any, sizes: Any) -> str:
    dated = [k for k in range(len(parts.names)) if parts.ordered and k != parts.missing]
    if len(dated) < 2:
        return ""
    z, p = cochran_armitage(hits[dated], sizes[dated], np.arange(len(dated)))
    return f"Trend of accuracy over the periods: z = {f'{z:.3g}'.replace('-', '−')}, p = {p:.4g} (Cochran-Armitage, two-sided). "


def _inputs(columns: Mapping[str, Column], inside: BoolArray, note: str) -> Table:
    text = f"{note} p of each input is after Holm; with missing values as a value."
    rows = differences(columns, inside)[:SHOWN]
    return Table("Inputs that differ", ["Input", "Difference", "Measure", "p"], rows, text)


def _curve(parts: Periods, right: BoolArray, by: str) -> Curve:
    k = len(parts.names) - (parts.missing is not None)
    hits, sizes = np.bincount(parts.of, right, k)[-k:], np.bincount(parts.of, minlength=k)[-k:]
    low, high = proportion(hits, sizes.astype(float))
    line = Series(
        name="accuracy",
        x=[float(place) for place in range(1, k + 1)],
        y=(hits / sizes).tolist(),
        low=np.asarray(low).tolist(),
        high=np.asarray(high).tolist(),
        n=sizes.tolist(),
    )
    return Curve("Accuracy by period", [line], f"period of {by}", "accuracy", note="Bars: 95 % intervals.")


def _columns(inputs: Any) -> list[str]:
    return [] if isinstance(inputs, np.ndarray) else list(inputs.columns)
