"""Less discriminatory alternatives: what other thresholds on the same scores would cost and bring. Nothing is refitted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..audit.attributes import Coded
from ..audit.errors import NotAssessed
from ..audit.record import Series
from ..audit.registry import check
from ..audit.shapes.base import MINIMUM_ROWS
from ..audit.shapes.figures import Curve, Table
from ..audit.slices import FloatArray, IntArray, Slices
from ..audit.stats.combine import maximum_absolute
from ..audit.stats.content import by_content
from ..audit.stats.difference import newcombe, newcombe_paired
from ..audit.stats.proportion import proportion
from .limits import unweighted

BoolArray = npt.NDArray[np.bool_]
Cells = list[Any]
Constraint = Literal[
    "demographic_parity", "equalized_odds", "true_positive_rate_parity", "false_positive_rate_parity"
]  # fmt: skip

COLUMNS = [
    "Decisions",
    "Accuracy", "95 % from", "to",
    "Change", "95 % from", "to",
    "Selection rates differ by", "95 % from", "to",
    "True-positive rates differ by", "95 % from", "to",
]  # fmt: skip
NOTE = (
    "Thresholds were chosen on one random half of the rows; every number here is of the other half. Differ by: the "
    "greatest difference of any two groups with 10 rows or more; its interval allows for the choice among pairs, and "
    "may reach 0. Change: of the accuracy, on the same rows (Newcombe). A threshold per group decides by group "
    "membership, which some laws treat as unlawful disparate treatment, whatever its effect; take legal advice."
)


@check(
    "fairness.alternatives",
    core=False,
    tasks=["binary"],
    better="lower",
    addresses=("eu-ai-act:10.2f", "nist-ai-rmf:measure-2.11"),
    cites=["arXiv:1610.02413", "arXiv:1803.02453"],
)
def alternatives(
    labels: IntArray,
    scores: FloatArray,
    predictions: IntArray,
    attributes: dict[str, Coded],
    slices: Slices,
    rng: np.random.Generator,
    *,
    constraints: list[Constraint] = ["demographic_parity", "equalized_odds"],  # noqa: B006  pydantic copies it
    thresholds: Annotated[int, Field(ge=5, le=40)] = 19,
    price: Annotated[float, Field(ge=0, le=1)] = 0.01,
) -> dict[str, Table | Curve]:
    """Less discriminatory alternatives.

    For each sensitive attribute, what other thresholds on the model's scores would cost in accuracy, and what they would
    bring: one common threshold, swept over the quantiles of the scores and chosen for the smallest difference of
    selection rates at a loss of accuracy of at most 'price'; and a threshold per group, by fairlearn's
    ThresholdOptimizer for each of the 'constraints'. They are chosen on one random half of the rows and measured on the
    other. The figure shows the frontier of accuracy and the difference of selection rates. Information only: the audited model is
    neither refitted nor changed.

    Signs of trouble: an alternative with a much smaller difference at a price within its interval of 0.
    Limits: thresholds only; another model may do better than any of them. ThresholdOptimizer decides some rows by chance.
    Thresholds by group use the attribute when deciding, which may be unlawful disparate treatment where the law forbids it.
    """
    unweighted(slices)
    order = by_content(scores, labels, predictions, *(coded.codes for coded in attributes.values()))
    labels, scores, predictions = labels[order], scores[order], predictions[order]
    first = rng.random(len(labels)) < 0.5
    found: dict[str, Table | Curve] = {}
    for name, coded in attributes.items():
        of = coded.codes[order]
        half = _Half(labels[~first], predictions[~first], of[~first])
        grid = np.unique(np.quantile(scores[first], np.linspace(0.02, 0.98, thresholds)))
        cells = [half.row("as audited", predictions[~first])]
        learnt = _Half(labels[first], predictions[first], of[first])
        swept = [half.row("", scores[~first] >= at) for at in _frontier(learnt, scores[first], grid)]
        best = _cheapest(learnt, scores[first], grid, price)
        if best is not None:
            cells.append(half.row(f"one threshold for all, {best:.3g}", scores[~first] >= best))
        for constraint in constraints:
            decide = _optimised(constraint, labels[first], scores[first], of[first])
            title = f"threshold per group, {constraint.replace('_', ' ')}"
            decided = None if decide is None else decide(scores[~first], of[~first], int(rng.integers(2**31)))
            cells.append([f"{title}: not feasible", *[None] * 12] if decided is None else half.row(title, decided))
        ways = [row for row in cells if not row[0].startswith("one threshold")]  # that one is a point of the sweep
        lines = [_line("one threshold", swept)] + [_line(_short(row[0]), [row]) for row in ways]
        found[f"decisions_{name}"] = Table(f"Alternatives to the decisions, by {name}", COLUMNS, cells, NOTE)
        found[f"frontier_{name}"] = Curve(
            f"Accuracy and the difference of selection rates, by {name}",
            [line for line in lines if line.x],
            "greatest difference of selection rates",
            "accuracy",
            note="Each point is one way to decide, measured on the held-out half; of common thresholds those that no other "
            "beat in both on the first half.",
        )
    return found


class _Half:
    """Rows on which decisions are measured."""

    def __init__(self, labels: IntArray, audited: IntArray, of: IntArray) -> None:
        self._labels, self._audited, self._of = labels, audited, of

    def row(self, name: str, decided: Any) -> Cells:
        """Cells of the table for decisions ``(n,)``."""
        right, before = decided == self._labels, self._audited == self._labels
        n, hits = float(len(right)), float(right.sum())
        pairs = [float(np.sum(part)) for part in (right & before, right & ~before, before & ~right, ~before & ~right)]
        change = newcombe_paired(*pairs)
        return [
            name,
            *_rounded(hits / n, *proportion(hits, n)),
            *_rounded((pairs[1] - pairs[2]) / n, *change),
            *_rounded(*self.gap(decided.astype(bool), np.ones(len(right), dtype=bool))),
            *_rounded(*self.gap(decided.astype(bool), self._labels == 1)),
        ]

    def gap(self, decided: BoolArray, among: BoolArray) -> tuple[float | None, float | None, float | None]:
        """The greatest difference of the rates of any two groups, with its interval."""
        kinds = int(self._of.max()) + 1
        n = np.bincount(self._of[among], minlength=kinds).astype(float)
        hits = np.bincount(self._of[among & decided], minlength=kinds).astype(float)
        use = np.flatnonzero(n >= MINIMUM_ROWS)
        if len(use) < 2:
            return None, None, None
        one, two = (use[side] for side in np.triu_indices(len(use), 1))
        low, high = maximum_absolute(lambda level: newcombe(hits[one], n[one], hits[two], n[two], level))
        rates = hits[use] / n[use]
        return float(np.ptp(rates)), float(low), float(high)


def _frontier(half: _Half, scores: FloatArray, grid: FloatArray) -> list[float]:
    """Thresholds of which no other has both a smaller difference of selection rates and a higher accuracy."""
    rows = [half.row("", scores >= at) for at in grid]
    points = sorted((row[7], -row[1], float(at)) for row, at in zip(rows, grid, strict=True) if row[7] is not None)
    kept: list[float] = []
    best = np.inf
    for _, loss, at in points:
        if loss < best:
            best = loss
            kept.append(at)
    return kept


def _cheapest(half: _Half, scores: FloatArray, grid: FloatArray, price: float) -> float | None:
    """The common threshold with the smallest difference of selection rates among those that cost no more."""
    rows = [half.row("", scores >= at) for at in grid]
    usable = [(row[7], at) for row, at in zip(rows, grid, strict=True) if row[7] is not None and row[4] >= -price]
    return float(min(usable)[1]) if usable else None


def _optimised(
    constraint: str, labels: IntArray, scores: FloatArray, of: IntArray
) -> Callable[[FloatArray, IntArray, int], IntArray] | None:
    """Decisions by fairlearn's optimiser; None where a group lacks a label, so that it has none.

    Raises:
        NotAssessed: fairlearn is not installed.
    """
    try:
        from fairlearn.postprocessing import ThresholdOptimizer
    except ImportError as error:
        raise NotAssessed("fairlearn is not installed; pip install 'assay[fairness]' brings it") from error
    import warnings

    from .scored import Scored

    optimiser = ThresholdOptimizer(
        estimator=Scored(), constraints=constraint, prefit=True, predict_method="predict_proba"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            optimiser.fit(scores[:, None], labels, sensitive_features=of)
        except ValueError:
            return None

    def decide(scores: FloatArray, of: IntArray, seed: int) -> IntArray:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(optimiser.predict(scores[:, None], sensitive_features=of, random_state=seed))

    return decide


def _line(name: str, rows: list[Cells]) -> Series:
    """Accuracy over the difference of selection rates, in the order of the latter."""
    rows = sorted((row for row in rows if row[7] is not None), key=lambda row: row[7])
    low, high = [row[2] for row in rows], [row[3] for row in rows]
    return Series(name=name, x=[row[7] for row in rows], y=[row[1] for row in rows], low=low, high=high)


def _short(name: str) -> str:
    return name.removeprefix("threshold per group, ")


def _rounded(*numbers: Any) -> list[float | None]:
    return [None if number is None else round(float(number), 4) for number in numbers]
