"""A greedy attack on the words of texts, all texts at once: which words count, then the worst of a few other words for each.

Importance by deletion and one word after the other: Gao et al. (2018), arXiv:1801.04354; the best substitute first: the
order of Ren et al. (2019), doi:10.18653/v1/P19-1103, without its weight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..audit.slices import FloatArray, IntArray
from .text_edits import WORD

Ask = Callable[[Sequence[int], Sequence[str]], tuple[FloatArray, IntArray]]
"""Places of texts and other texts for them, to the score of the true class and whether the decision is wrong (0, 1)."""

Candidates = Callable[[str], Sequence[str]]


@dataclass
class Attacked:
    """One text: its words, what they were changed to, and how it ended."""

    gaps: list[str]
    words: list[str]
    open: list[int]
    """Positions that may be changed, most important first."""
    score: float = 1.0
    changed: list[int] = field(default_factory=list)
    queries: int = 0
    broken: bool = False

    def with_word(self, position: int, word: str) -> str:
        """The text with another word at one position."""
        words = [*self.words[:position], word, *self.words[position + 1 :]]
        return "".join(gap + one for gap, one in zip(self.gaps, [*words, ""], strict=True))

    @property
    def text(self) -> str:
        """As it stands."""
        return "".join(gap + one for gap, one in zip(self.gaps, [*self.words, ""], strict=True))


def attack(
    texts: Sequence[str],
    ask: Ask,
    candidates: Candidates,
    *,
    kept: Callable[[str], bool],
    share: float,
    queries: int,
    by_substitute: bool = False,
) -> list[Attacked]:
    """Change words of each text until its decision is wrong.

    Args:
        texts: that the model gets right.
        ask: the model.
        candidates: for a word, what may stand in its place.
        kept: whether a word must stay.
        share: of the words of a text that may be changed, at least one.
        queries: that one text may cost.
        by_substitute: order words by what their best substitute takes from the score and not by what their deletion does.
    """
    found = [_split(text, kept) for text in texts]
    limits = [max(1, int(share * len(one.words))) for one in found]

    def start(k: int, scores: FloatArray, wrong: IntArray) -> None:
        found[k].score = float(scores[0])

    _ask(ask, found, {k: [one.text] for k, one in enumerate(found)}, queries, start)
    _order(ask, found, candidates if by_substitute else None, queries)
    while True:
        tries: dict[int, list[str]] = {}
        places: dict[int, int] = {}
        for k, one in enumerate(found):
            if not one.broken and one.open and len(one.changed) < limits[k] and one.queries < queries:
                places[k] = one.open.pop(0)
                tries[k] = [one.with_word(places[k], word) for word in candidates(one.words[places[k]])]
        if not tries:
            return _held(found, texts, limits, kept)
        words = {k: candidates(found[k].words[place]) for k, place in places.items()}

        def take(k: int, scores: FloatArray, wrong: IntArray) -> None:
            best = int(np.lexsort((scores, -wrong))[0])
            if wrong[best] or scores[best] < found[k].score:
                found[k].words[places[k]] = words[k][best]  # noqa: B023  called before the next turn
                found[k].changed.append(places[k])  # noqa: B023
                found[k].score, found[k].broken = float(scores[best]), bool(wrong[best])

        _ask(ask, found, tries, queries, take)


def _split(text: str, kept: Callable[[str], bool]) -> Attacked:
    spans = [match.span() for match in WORD.finditer(text)]
    edges = [0, *(end for _, end in spans)]
    gaps = [text[end:start] for end, (start, _) in zip(edges, spans, strict=False)] + [text[edges[-1] :]]
    words = [text[start:end] for start, end in spans]
    return Attacked(gaps, words, [k for k, word in enumerate(words) if not kept(word)])


def _held(
    found: list[Attacked], texts: Sequence[str], limits: Sequence[int], kept: Callable[[str], bool]
) -> list[Attacked]:
    """``found``, after a look whether every text keeps to the rules; one that does not is a fault of the attack."""
    for one, text, limit in zip(found, texts, limits, strict=True):
        before = _split(text, kept)
        touched = [k for k, pair in enumerate(zip(before.words, one.words, strict=True)) if pair[0] != pair[1]]
        if one.gaps != before.gaps or len(touched) > limit or not set(touched) <= set(before.open):
            raise RuntimeError("the attack on words changed more than it may")
    return found


def _order(ask: Ask, found: list[Attacked], candidates: Candidates | None, queries: int) -> None:
    """Positions by how much of the score is lost without the word, or with the best substitute for it."""
    tries: dict[int, list[str]] = {}
    places: dict[int, list[int]] = {}
    for k, one in enumerate(found):
        pairs = [(p, w) for p in one.open for w in (candidates(one.words[p]) if candidates else [""])]
        tries[k] = [one.with_word(place, word) for place, word in pairs]
        places[k] = [place for place, _ in pairs]

    def sort(k: int, scores: FloatArray, wrong: IntArray) -> None:
        lowest: dict[int, float] = {}
        for place, score in zip(places[k], scores, strict=False):  # fewer scores where queries ran out
            lowest[place] = min(lowest.get(place, np.inf), float(score))
        found[k].open.sort(key=lambda place: lowest.get(place, np.inf))

    _ask(ask, found, tries, queries, sort)


def _ask(
    ask: Ask,
    found: list[Attacked],
    tries: dict[int, list[str]],
    queries: int,
    then: Callable[[int, FloatArray, IntArray], None],
) -> None:
    """Ask about all texts in one call, none beyond its queries; then hand each its answers."""
    tries = {k: several[: max(queries - found[k].queries, 0)] for k, several in tries.items()}
    pairs = [(k, text) for k, several in tries.items() for text in several]
    if not pairs:
        return
    scores, wrong = ask([k for k, _ in pairs], [text for _, text in pairs])
    start = 0
    for k, several in tries.items():
        end = start + len(several)
        found[k].queries += len(several)
        if several:
            then(k, scores[start:end], wrong[start:end])
        start = end
