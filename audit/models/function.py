"""Plain callables."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..plan import ModelTable
from .arrays import probabilities


class FunctionModel:
    """A function of the inputs that returns labels, or probabilities if ``model.output`` says so."""

    rank: ClassVar[int] = 90
    live: ClassVar[bool] = True
    offers: ClassVar[tuple[str, ...]] = ("predict", "predict_proba", "logits")
    about: ClassVar[str] = "any function f(x); returns labels, or what model.output says"

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Take the function; what it returns is declared in ``table.output``, never guessed."""
        self.predict, self._task = thing, table.task
        if table.output == "probability":
            self.predict_proba = thing
        elif table.output == "logits":
            self.logits = thing
            self.predict_proba = self._probabilities

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Callables that are not classes."""
        return callable(thing) and not isinstance(thing, type)

    def _probabilities(self, x: Any) -> Any:
        return probabilities(np.asarray(self.logits(x), dtype=np.float64), self._task)
