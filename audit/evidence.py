"""Evidence: what model and data offer together, computed lazily and once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .answers import Answers, AuditedModel
from .attributes import Coded, printable
from .classes import Target, target_of
from .columns import Column
from .data import Dataset
from .errors import DataError
from .model import Wrapper
from .plan import ModelTable
from .recorded import Recorded
from .registry import CLASSIFICATION
from .slices import FloatArray, IntArray, Slices

ABSENT = {
    "schema_report": "no data schema was given",
    "deviations": "no column of predictive standard deviations was named (model.deviation)",
    "lower": "no columns of prediction intervals were named (model.lower, model.upper)",
    "upper": "no columns of prediction intervals were named (model.lower, model.upper)",
    "prediction_sets": "no columns of prediction sets were named (model.sets)",
    "queries": "no column of queries was named (data.query)",
    "constraints": "it is not said how inputs may change (data.constraints); `assay init` writes a first specification",
}
"""Why something is not offered that only the audit file can give."""


class Evidence:
    """Everything that a check can ask for, by the names in ``registry.NEEDS``."""

    schema_report: Any = None
    folder = Path()

    def __init__(
        self, model: Wrapper, dataset: Dataset, table: ModelTable, baseline: tuple[Wrapper, ModelTable] | None = None
    ) -> None:
        """Settle what is predicted and hold recorded predictions against the contract; no model is called.

        Raises:
            InputError: labels that the model does not know, or recorded predictions that cannot be right.
        """
        self.dataset = dataset
        self.target: Target = target_of(model, dataset, table)
        self.labels: Any = self.target.code(
            dataset.labels, f"data.target {dataset.target!r} in {dataset.source}", DataError
        )
        self.dataset = dataset = dataset.suppressed(self.labels if table.task in CLASSIFICATION else None)
        self.recorded = Recorded(table, dataset, self.target.names)
        self.answers = Answers(model, table, self.target, dataset)
        self.baseline = None if baseline is None else Answers(*baseline, self.target, dataset, "baseline")
        self._answered = {column for pair in ((model, table), baseline) if pair for column in answer_columns(*pair)}

    @property
    def model(self) -> AuditedModel:
        """The audited model, live."""
        return self.answers.model

    @property
    def baseline_model(self) -> AuditedModel:
        """The model that the audited one is compared with, live."""
        assert self.baseline is not None  # lacks() said so before
        return self.baseline.model

    @property
    def slices(self) -> Slices:
        """The whole, every group and every intersection."""
        return self.dataset.slices

    @property
    def classes(self) -> list[str]:
        """Names of the classes or labels as they are printed, in order of their position."""
        return [printable(name) for name in self.target.names]

    @property
    def features(self) -> Any:
        """The model's inputs, a narwhals frame; where answers were recorded, their columns are none of them."""
        inputs = self.dataset.inputs()
        if self.answers.live or self.dataset.kind != "table":  # a model that will be called gets what it got before
            return inputs
        return inputs.select([name for name in inputs.columns if name not in self._answered])

    @property
    def feature_columns(self) -> dict[str, Column]:
        """The columns of :attr:`features`, each coded once for all who ask.

        Where small groups are withheld, sensitive attributes are left out: no check can find those groups again.
        """
        private = self.dataset.attributes if self.slices.withheld else []
        return {name: self.dataset.coded_column(name) for name in self.features.columns if name not in private}

    @property
    def inputs(self) -> Any:
        """What the model is given, whatever its kind: a narwhals frame, or an array with the rows first."""
        return self.dataset.inputs()

    @property
    def bounds(self) -> dict[str, tuple[float, float]]:
        """Limits of numeric inputs by feature."""
        return self.dataset.bounds

    @property
    def box(self) -> tuple[FloatArray, FloatArray] | None:
        """Limits of inputs that are no columns; None where none are declared."""
        return self.dataset.box

    @property
    def constraints(self) -> Any:
        """How inputs may change so that a row stays one that could exist."""
        return self.dataset.constraints

    @property
    def predictions(self) -> Any:
        """Predicted class (as a position), value, or labels of each row."""
        return self.answers.predictions

    @property
    def probabilities(self) -> FloatArray:
        """Probability of each class or label, ``(n, K)``."""
        return self.answers.probabilities

    @property
    def scores(self) -> FloatArray:
        """Probability of the positive class, ``(n,)``."""
        return self.answers.scores

    @property
    def baseline_predictions(self) -> Any:
        """As ``predictions``, of the model that the audited one is compared with."""
        assert self.baseline is not None  # lacks() said so before
        return self.baseline.predictions

    @property
    def baseline_probabilities(self) -> FloatArray:
        """As ``probabilities``, of the model that the audited one is compared with."""
        assert self.baseline is not None
        return self.baseline.probabilities

    @property
    def baseline_scores(self) -> FloatArray:
        """As ``scores``, of the model that the audited one is compared with."""
        assert self.baseline is not None
        return self.baseline.scores

    @property
    def outputs(self) -> FloatArray:
        """What the model says of each row, in a form in which two models can be held against each other."""
        return self._outputs(self.answers)

    @property
    def baseline_outputs(self) -> FloatArray:
        """As ``outputs``, of the model that the audited one is compared with."""
        assert self.baseline is not None
        return self._outputs(self.baseline)

    def _outputs(self, answers: Answers) -> FloatArray:
        both = [one for one in (self.answers, self.baseline) if one is not None]
        if all(one.model.has_probabilities for one in both):
            return answers.probabilities
        found = np.asarray(answers.predictions)
        several = found.ndim == 2 or not self.target.names
        return found.astype(np.float64) if several else np.eye(len(self.target.names))[found]

    @cached_property
    def counts(self) -> FloatArray:
        """Confusion counts of each cell of the slices, ``(C, K, K)``."""
        k = len(self.target.names)
        design = self.dataset.design
        found = self.dataset.slices.count(self.pairs, k * k, design.weight if design else None)
        return found.reshape(-1, k, k)

    @property
    def favorable_labels(self) -> IntArray:
        """1 where the true class is the favourable one, else 0, ``(n,)``."""
        return np.asarray(self.labels == self.target.favorable, dtype=np.int64)

    @property
    def favorable_predictions(self) -> IntArray:
        """1 where the predicted class is the favourable one, else 0, ``(n,)``."""
        return np.asarray(self.predictions == self.target.favorable, dtype=np.int64)

    @cached_property
    def favorable_scores(self) -> FloatArray:
        """Probability of the favourable class, ``(n,)``."""
        assert self.target.favorable is not None  # lacks() said so before
        if self.target.positive is not None and self.target.favorable == 1:
            return self.scores
        return np.ascontiguousarray(self.probabilities[:, self.target.favorable])

    @property
    def ratings(self) -> FloatArray:
        """What rows are ranked by, ``(n,)``: probability of the favourable class, or the predicted value."""
        return self.favorable_scores if self.target.names else np.asarray(self.predictions, np.float64)

    @property
    def attributes(self) -> dict[str, Coded]:
        """The sensitive attributes by name, coded; missing values are a level of their own."""
        return self.dataset.coded

    @property
    def columns(self) -> Callable[[str], Coded]:
        """Any column of the data, coded as a sensitive attribute is, by its name."""
        return self.dataset.coded_as_levels

    @property
    def values(self) -> Callable[[str], Column]:
        """Any column of the data by its name, each coded once for all who ask."""
        return lambda name: self.dataset.coded_column(self.dataset.known(name, "column"))

    @property
    def pairs(self) -> IntArray:
        """True and predicted class of each row in one number, ``true * K + predicted``."""
        found: IntArray = self.labels * len(self.target.names) + self.predictions
        return found

    @property
    def deviations(self) -> Any:
        """Predictive standard deviation of each row."""
        return self.recorded.deviations

    @property
    def lower(self) -> Any:
        """Lower limit of the prediction interval of each row."""
        return self.recorded.lower

    @property
    def upper(self) -> Any:
        """Upper limit of the prediction interval of each row."""
        return self.recorded.upper

    @property
    def prediction_sets(self) -> Any:
        """Whether each class is in the prediction set of each row, ``(n, K)``."""
        return self.recorded.prediction_sets

    @property
    def queries(self) -> Any:
        """The query of each row, ``(n,)``."""
        return self.dataset.queries

    def lacks(self, need: str) -> str:
        """Why ``need`` is not offered; empty if it is."""
        of = "baseline" if need.startswith("baseline") else "model"
        answers = self.baseline if of == "baseline" else self.answers
        if answers is None:
            return "no baseline to compare with was named"
        if need.endswith(("probabilities", "scores")) and not answers.model.has_probabilities:
            return f"the {of} offers no probabilities"
        if need in ("features", "feature_columns") and self.dataset.kind != "table":
            return f"for tables; the inputs here are of kind {self.dataset.kind}"
        if need.startswith("favorable") and self.target.favorable is None:
            return "the plan does not say which class is the favourable outcome (model.favorable)"
        if need == "ratings" and self.target.names:
            return self.lacks("favorable_scores")
        if need == "attributes" and not self.dataset.coded:
            return "no sensitive attribute is named"
        if need in ("model", "baseline_model") and not answers.live:
            return "the audit has recorded predictions only; changing inputs needs a model that can be called"
        if need in ABSENT and getattr(self, need) is None:
            return ABSENT[need]
        return ""

    def probe(self) -> None:
        """Ask each model for a few rows first; see :meth:`Answers.probe`."""
        for answers in (self.answers, self.baseline):
            if answers is not None:
                answers.probe()


def answer_columns(model: Wrapper, table: ModelTable) -> list[str]:
    """Columns of the data that hold what a model has answered."""
    named = [table.deviation, table.lower, table.upper, *(table.sets or {}).values()]
    return [*getattr(model, "columns", {}).values(), *(name for name in named if name is not None)]
