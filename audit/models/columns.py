"""Predictions that a black box has already made, as columns of the data."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..errors import ModelError
from ..plan import ModelTable


class ColumnsModel:
    """Recorded decisions and probabilities. Not live: it cannot answer for inputs that were changed."""

    rank: ClassVar[int] = 10
    live: ClassVar[bool] = False
    offers: ClassVar[tuple[str, ...]] = ("predict", "predict_proba")
    about: ClassVar[str] = "recorded predictions: prediction and/or probability columns of the data"

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """``thing``: ``{"prediction": column, "probability": column}``, either may be None; of several labels a list each."""
        self._prediction, self._probability = thing.get("prediction"), thing.get("probability")
        if not self._prediction and not self._probability:
            raise ModelError("model: expected 'load', or the columns 'prediction' or 'probability'; got none of them")
        if self._probability:
            self.predict_proba = self._read_probability

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """The pair of column names that an audit file gives."""
        return isinstance(thing, dict) and set(thing) == {"prediction", "probability"}

    @property
    def columns(self) -> dict[str, str]:
        """Key of the audit file to column of the data."""
        named = {"model.prediction": self._prediction, "model.probability": self._probability}
        single = {key: column for key, column in named.items() if isinstance(column, str) and column}
        lists = {key: columns for key, columns in named.items() if isinstance(columns, list)}
        return single | {f"{key}[{k}]": name for key, names in lists.items() for k, name in enumerate(names, 1)}

    def predict(self, x: Any) -> Any:
        """The recorded decisions, or the recorded probabilities, from which decisions follow by the threshold."""
        return _read(x, self._prediction or self._probability)

    def _read_probability(self, x: Any) -> Any:
        return _read(x, self._probability)

    @property
    def decides(self) -> bool:
        """Whether decisions were recorded, and not only probabilities."""
        return bool(self._prediction)

    def identity(self) -> tuple[None, str]:
        """There is no model to take a digest of; the digest of the data covers what it decided."""
        return None, "no digest: the audit has the recorded predictions, not the model"


def _read(x: Any, columns: str | list[str]) -> Any:
    return x[columns] if isinstance(columns, str) else np.column_stack([x[column] for column in columns])
