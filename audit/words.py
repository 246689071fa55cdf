"""Words as inputs: one row each, and with it the sentence that a model must see to answer for the word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .errors import DataError
from .slices import IntArray

Sentence = tuple[str, ...]
KEY = "data.kind 'words'"


class Word(NamedTuple):
    """A word by its place in its sentence, from 0."""

    sentence: Sentence
    place: int


def one_row_each(frame: Any, inputs: Any, target: Any, source: str) -> tuple[Any, IntArray | None]:
    """The frame with a row for each word, and the sentence of each; as it is, and None, where it has such rows.

    Where a row holds the list of words of a sentence and the list of their tags, its other values are those of each word.

    Raises:
        DataError: inputs or target are no columns, or a row has more words than tags or the other way around.
    """
    import narwhals as nw

    if not isinstance(inputs, str) or not isinstance(target, str):
        raise DataError(f"{KEY}: expected the names of two columns, of words as data.inputs and of tags as data.target")
    rows = nw.from_native(frame, eager_only=True)
    for name in (inputs, target):
        if name not in rows.columns:
            return frame, None  # told where columns are looked up
    table = rows.to_pandas().reset_index(drop=True)
    if not len(table) or isinstance(table[inputs].iloc[0], str):
        return frame, None
    sizes = {name: np.array([_size(value) for value in table[name]]) for name in (inputs, target)}
    wrong = np.flatnonzero((sizes[inputs] != sizes[target]) | (sizes[inputs] < 0))
    if len(wrong):
        first = wrong[0]
        raise DataError(
            f"{KEY} in {source}: {len(wrong)} rows have no tag for each word, the first is row {first + 1}: "
            f"expected two lists of one length, got {_told(sizes[inputs][first])} in {inputs!r} and "
            f"{_told(sizes[target][first])} in {target!r}"
        )
    found = table[sizes[inputs] > 0].explode([inputs, target])
    sentence = np.asarray(found.index, dtype=np.int64)
    found[target] = found[target].infer_objects()
    return found.reset_index(drop=True), sentence


def in_sentences(words: npt.NDArray[Any], sentence: IntArray) -> npt.NDArray[Any]:
    """Each word with its sentence, which has its words in the order of the rows: :class:`Word` objects, ``(n,)``."""
    order = np.argsort(sentence, kind="stable")
    bounds = np.flatnonzero(np.diff(sentence[order])) + 1
    found = np.empty(len(words), dtype=object)
    for rows in np.split(order, bounds):
        whole = tuple(str(words[row]) for row in rows)
        for place, row in enumerate(rows):
            found[row] = Word(whole, place)
    return found


def _size(value: Any) -> int:
    return len(value) if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str) else -1


def _told(size: int) -> str:
    return "no list" if size < 0 else str(size)
