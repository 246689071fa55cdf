"""Evidence: what model and data offer together, computed lazily and once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from types import TracebackType
from typing import Any, TypeVar

from .answers import AuditedModel, valid_probabilities
from .classes import Classes, class_names
from .data import Dataset
from .errors import DataError, ModelError, ModelTimeout, PlanError
from .model import Wrapper
from .plan import ModelTable
from .slices import FloatArray, IntArray

T = TypeVar("T")


class Evidence:
    """Everything that a check can ask for, by the names in ``registry.NEEDS``."""

    def __init__(self, model: Wrapper, dataset: Dataset, table: ModelTable) -> None:
        """Settle the classes and hold recorded predictions against the contract; the model is not called.

        Raises:
            InputError: labels that the model does not know, or recorded predictions that cannot be right.
        """
        self.dataset, self.table, self.live = dataset, table, model.live
        self._failed: dict[str, tuple[Exception, TracebackType | None]] = {}
        self.classes = Classes(class_names(model, dataset), table.positive, table.task)
        self.labels = self.classes.code(
            dataset.labels, f"data.target {dataset.target!r} in {dataset.source}", DataError
        )
        self.model = AuditedModel(model, table, self.classes, dataset)
        if not model.live:
            self._check_recorded(model)

    @property
    def features(self) -> Any:
        """The model's inputs, a narwhals frame."""
        return self.dataset.inputs()

    @property
    def bounds(self) -> dict[str, tuple[float, float]]:
        """Limits of numeric inputs by feature."""
        return self.dataset.bounds

    @cached_property
    def predictions(self) -> IntArray:
        """Predicted class of each row."""
        return self._once("predictions", self.model.predict)

    @cached_property
    def probabilities(self) -> FloatArray:
        """Probability of each class, ``(n, K)``."""
        return self._once("probabilities", self.model.predict_proba)

    @property
    def scores(self) -> FloatArray:
        """Probability of the positive class, ``(n,)``."""
        return self.probabilities[:, 1]

    @cached_property
    def counts(self) -> FloatArray:
        """Confusion counts of each cell of the slices, ``(C, K, K)``."""
        k = len(self.classes.names)
        return self.dataset.slices.count(self.labels * k + self.predictions, k * k).reshape(-1, k, k)

    def lacks(self, need: str) -> str:
        """Why ``need`` is not offered; empty if it is."""
        if need in ("probabilities", "scores") and not self.model.has_probabilities:
            return "the model offers no probabilities"
        if need == "model" and not self.live:
            return "the audit has recorded predictions only; changing inputs needs a model that can be called"
        if need == "schema_report" and self.schema_report is None:
            return "no data schema was given"
        return ""

    schema_report: Any = None

    def probe(self, rows: int = 64) -> None:
        """Ask for a few rows first, so that a model that breaks the contract is refused before the work starts.

        A model that raises or gives no answer is not refused: the checks that need the answer end in that error.

        Raises:
            ModelError: an answer breaks the contract.
        """
        asked: dict[str, Callable[[Any], Any]] = {"predictions": self.model.predict} if self.live else {}
        if asked and self.model.has_probabilities:
            asked["probabilities"] = self.model.predict_proba
        for name, ask in asked.items():
            try:
                ask(self._rows.head(rows))
            except Exception as error:
                if isinstance(error, ModelError) and not isinstance(error, ModelTimeout):
                    raise
                self._failed[name] = error, error.__traceback__

    def _once(self, name: str, ask: Callable[[Any], T]) -> T:
        """The answer for all rows; a failure is remembered and raised again, so that no model fails twice."""
        if name in self._failed:
            error, trace = self._failed[name]
            raise error.with_traceback(trace)
        try:
            return ask(self._rows)
        except Exception as error:
            self._failed[name] = error, error.__traceback__
            raise

    @property
    def _rows(self) -> Any:
        return self.features if self.live else self.dataset.frame

    def _check_recorded(self, model: Wrapper) -> None:
        for key, column in getattr(model, "columns", {}).items():
            values = self.dataset.column(column, key)
            where = f"{key} {column!r} in {self.dataset.source}"
            if key == "model.prediction":
                self.classes.code(values, where, DataError)
            else:
                if self.table.task != "binary":
                    raise PlanError("model.probability: one column of probabilities needs task 'binary'")
                if values.dtype.kind not in "iuf":
                    raise DataError(f"{where}: expected numbers from 0 to 1, got values such as {values[0]!r}")
                valid_probabilities(values.astype(float), where, DataError)
