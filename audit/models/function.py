"""Plain callables."""

from __future__ import annotations

from typing import Any, ClassVar

from ..plan import ModelTable


class FunctionModel:
    """A function of the inputs that returns labels, or probabilities if ``model.output`` says so."""

    rank: ClassVar[int] = 90
    live: ClassVar[bool] = True
    about: ClassVar[str] = 'any function f(x); returns labels, or probabilities with output = "probability"'

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Take the function; what it returns is declared in ``table.output``, never guessed."""
        self.predict = thing
        if table.output == "probability":
            self.predict_proba = thing

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Callables that are not classes."""
        return callable(thing) and not isinstance(thing, type)
