"""The model as a search over tables sees it: candidate rows in, answers out, within a budget of queries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..answers import AuditedModel
from ..constraints.scale import Budget, Scale
from ..constraints.space import BoolArray, Space
from ..errors import NotAssessed
from ..slices import FloatArray, IntArray

Frame = Any
CELLS = 8_000_000
"""Values of candidate rows that are held, and asked about, at once."""


@dataclass(frozen=True)
class Answer:
    """What the model says about candidates that could be, ``N`` of them.

    ``row``: which row each is of; ``vectors``: what they are, ``(N, m)``; ``margin``: by how much the true class leads,
    ``(N,)``; ``fooled``: whether the decision is wrong; ``source``: which of the candidates asked about each was, ``(N,)``.
    """

    row: IntArray
    vectors: FloatArray
    margin: FloatArray
    fooled: BoolArray
    source: IntArray


class Asker:
    """Asks about candidates of ``n`` rows and keeps count.

    ``asked``: queries so far by row, ``(n,)``; ``first``: how many it took until the row fell, 0 where it stands; ``calls``: how
    often the model was called; ``tried`` and ``rejected``: candidates, and those that could not be or were over budget.
    """

    def __init__(
        self,
        model: AuditedModel,
        rows: Frame,
        labels: IntArray,
        space: Space,
        scale: Scale,
        budget: Budget,
        queries: int | None,
        rng: np.random.Generator,
    ) -> None:
        """Ask about the rows as they are, to find out in which way the model decides.

        Raises:
            NotAssessed: the same rows get two different answers.
        """
        import narwhals as nw

        self.model, self.labels, self.space, self.scale, self.budget = model, labels, space, scale, budget
        self.rows = nw.maybe_reset_index(rows)
        self.of = space.encode(rows)
        self.limit, self.rng = queries, rng
        n = len(labels)
        self.asked, self.first = np.zeros(n, np.int64), np.zeros(n, np.int64)
        self.calls = self.tried = self.rejected = 0
        self.clean = model.predict(self.rows)
        # Probabilities decide alone where on these rows they say what the decisions say.
        self.by_probability = model.has_probabilities and np.array_equal(
            model.decided(model.predict_proba(self.rows)), self.clean
        )
        if np.any(model.predict(self.rows) != self.clean):
            raise NotAssessed("asked twice about the same rows the model answers differently; no change can be blamed")

    @property
    def right(self) -> BoolArray:
        """Rows that the model decides rightly as they are, ``(n,)``."""
        return np.asarray(self.clean == self.labels)

    @property
    def most(self) -> int:
        """Candidates that fit into one call."""
        return int(max(1, CELLS // max(1, len(self.rows.columns) + self.of.shape[1])))

    def ask(self, row: IntArray, vectors: FloatArray) -> Answer:
        """What the model says about candidates; those that could not be, change nothing or exceed a budget are left out."""
        parts = []
        for i in range(0, max(1, len(row)), self.most):
            part = self._ask(row[i : i + self.most], vectors[i : i + self.most])
            parts.append(replace(part, source=part.source + i))
        return joined(parts)

    def _ask(self, row: IntArray, vectors: FloatArray) -> Answer:
        frame, row, vectors, source = self.possible(row, vectors)
        keep = self._within_limit(row)
        if len(keep) < len(row):
            frame, row, vectors, source = frame[keep], row[keep], vectors[keep], source[keep]
        if not len(row):
            return Answer(row, vectors, np.zeros(0), np.zeros(0, bool), source)
        self.asked += np.bincount(row, minlength=len(self.asked))
        margin, fooled = self._answers(frame, self.labels[row])
        fell = np.unique(row[fooled])
        self.first[fell] = np.where(self.first[fell] > 0, self.first[fell], self.asked[fell])
        return Answer(row, vectors, margin, fooled, source)

    def possible(self, row: IntArray, vectors: FloatArray) -> tuple[Frame, IntArray, FloatArray, IntArray]:
        """Candidates as rows that can be, each once, and which they were; what cannot be is counted and left out."""
        import narwhals as nw

        of = self.of[row]
        frame, vectors, good = self.space.realise(nw.maybe_reset_index(self.rows[row]), vectors, of)
        moved = (np.nan_to_num(vectors) != np.nan_to_num(of)).any(axis=1)
        good &= self.budget.keeps(self.scale.sizes(vectors, of), self.space.cost, self.space.ordered)
        self.tried += int(moved.sum())
        self.rejected += int((moved & ~good).sum())
        keep = np.flatnonzero(good & moved)
        keep = keep[_first_of_each(row[keep], vectors[keep])]
        return nw.maybe_reset_index(frame[keep]), row[keep], vectors[keep], keep

    def _within_limit(self, row: IntArray) -> IntArray:
        """Candidates that the rest of each row's queries is enough for, drawn at random; one query is kept for the proof."""
        if self.limit is None:
            return np.arange(len(row))
        shuffled = self.rng.permutation(len(row))
        order = shuffled[np.argsort(row[shuffled], kind="stable")]
        sorted_ = row[order]
        rank = np.arange(len(row)) - np.searchsorted(sorted_, sorted_)
        return np.sort(order[rank < (self.limit - 1 - self.asked)[sorted_]])

    def _answers(self, frame: Frame, labels: IntArray) -> tuple[FloatArray, BoolArray]:
        if not self.model.has_probabilities:
            self.calls += 1
            fooled = self.model.predict(frame) != labels
            return np.where(fooled, -1.0, 1.0), fooled
        self.calls += 1 if self.by_probability else len(self.model.methods)
        if self.by_probability:
            p = self.model.predict_proba(frame)
            decided = self.model.decided(p)
        else:
            decided, found = self.model.answer(frame)
            assert found is not None
            p = found
        at = np.arange(len(labels))
        others = p.copy()
        others[at, labels] = -np.inf
        return p[at, labels] - others.max(axis=1), decided != labels


def joined(parts: list[Answer]) -> Answer:
    """Answers about several lists of candidates as one."""
    if len(parts) == 1:
        return parts[0]
    return Answer(
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.vectors for part in parts]),
        np.concatenate([part.margin for part in parts]),
        np.concatenate([part.fooled for part in parts]),
        np.concatenate([part.source for part in parts]),
    )


def only(answer: Answer, chosen: IntArray) -> Answer:
    """The answer about some of the candidates."""
    return Answer(*(getattr(answer, name)[chosen] for name in ("row", "vectors", "margin", "fooled", "source")))


def _first_of_each(row: IntArray, vectors: FloatArray) -> IntArray:
    """Positions of candidates that none before is equal to, up to collisions of a 64-bit hash."""
    parts = np.column_stack([row.astype(np.float64), vectors]).view(np.uint64)
    odd = np.random.default_rng(0).integers(2**62, size=parts.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    mixed = (parts ^ (parts >> np.uint64(29))) * odd
    mixed ^= mixed >> np.uint64(32)
    return np.sort(np.unique((mixed * odd).sum(axis=1, dtype=np.uint64), return_index=True)[1])
