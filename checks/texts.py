"""Texts that a model can be asked about: inputs of their own, or a column of a table beside the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..audit.answers import AuditedModel
from ..audit.errors import NotAssessed, nearest
from ..audit.slices import FloatArray, IntArray

AT_ONCE = 20_000
"""Texts that are asked about together."""


@dataclass(frozen=True)
class Texts:
    """Texts ``(m,)`` of some rows, and the model that takes them; ``column`` is "" where they are the inputs."""

    model: AuditedModel
    inputs: Any
    column: str
    texts: list[str]

    def decided(self, of: Sequence[int] | IntArray, texts: Sequence[str]) -> IntArray:
        """Decisions about other texts for the rows at these places, ``(k,)``; each pair is asked about once."""
        return self._asked(of, texts, lambda x: (self.model.predict(x), None))[0]

    def answered(self, of: Sequence[int] | IntArray, texts: Sequence[str]) -> tuple[IntArray, FloatArray | None]:
        """Decisions, and probabilities where there are some."""
        return self._asked(of, texts, self.model.answer)

    def _asked(
        self, of: Sequence[int] | IntArray, texts: Sequence[str], ask: Any
    ) -> tuple[IntArray, FloatArray | None]:
        pairs = list(zip((int(k) if self.column else 0 for k in of), texts, strict=True))
        place = {pair: k for k, pair in enumerate(dict.fromkeys(pairs))}
        wanted = list(place)
        found = [ask(self._inputs(wanted[k : k + AT_ONCE])) for k in range(0, len(wanted), AT_ONCE)]
        at = np.array([place[pair] for pair in pairs], dtype=np.int64)
        if not found:
            return np.zeros(0, dtype=np.int64), None
        decisions = np.concatenate([one for one, _ in found])[at]
        return decisions, None if found[0][1] is None else np.concatenate([one for _, one in found])[at]

    def _inputs(self, pairs: list[tuple[int, str]]) -> Any:
        texts = [text for _, text in pairs]
        if not self.column:
            return np.array(texts, dtype=object)
        import narwhals as nw

        frame = nw.maybe_reset_index(self.inputs[[row for row, _ in pairs]])
        kind = frame[self.column].dtype
        return frame.with_columns(nw.new_series(self.column, texts, kind, backend=frame.implementation))


def texts(model: AuditedModel, inputs: Any, chosen: IntArray, column: str) -> Texts:
    """The texts of the chosen rows.

    Raises:
        NotAssessed: the inputs are no texts, and no column of texts is named.
    """
    if model.kind == "text":
        return Texts(model, inputs, "", list(inputs[chosen]))
    if model.kind != "table":
        raise NotAssessed(f"for texts; the inputs here are of kind {model.kind}")
    if not column:
        raise NotAssessed("for texts; which input of the table is one, the option 'column' has to say")
    if column not in inputs.columns:
        raise NotAssessed(f"option column: no input {column!r}{nearest(column, inputs.columns)}")
    some = inputs[chosen.tolist()]
    values = some[column].to_list()
    if not all(isinstance(value, str) for value in values):
        raise NotAssessed(f"option column: expected texts, {column!r} holds other or missing values")
    return Texts(model, some, column, values)
