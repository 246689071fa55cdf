"""Perturbations of texts: of a share of their words, at random. Nothing is changed at a rate of 0."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .text_tables import CONTRACTIONS, HOMOGLYPHS, NEGATIONS, NEIGHBOURS, OCR, VERBS

WORD = re.compile(r"\w+(?:['’]\w+)*")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ZERO_WIDTH = "\u200b"

Random = np.random.Generator
Change = Callable[[str, Random], "str | None"]
"""Another word for a word, or None where there is none."""
Synonyms = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Perturbation:
    """``apply`` takes a text, a generator and the share of its words, or places, that are to be changed."""

    name: str
    apply: Callable[[str, Random, float], str]
    keeps_label: bool = True
    """False where the right answer may change with the text, so that a change of the decision is no fault."""


def perturbations(synonyms: Synonyms | None, identity: Sequence[Sequence[str]]) -> list[Perturbation]:
    """All of them; synonyms and identity terms where there are some. ``identity``: lists of terms that stand in for each other."""
    found = [Perturbation(name, _on(WORD, change)) for name, change in WORDS.items()]
    found += [
        Perturbation("double space", _on(re.compile(" "), lambda space, rng: "  ")),
        Perturbation("no-break space", _on(re.compile(" "), lambda space, rng: "\u00a0")),
        Perturbation("punctuation", _on(re.compile(r"[.,;:!?]"), lambda mark, rng: "")),
        Perturbation("contraction", _contracted),
    ]
    if synonyms is not None:
        found.append(Perturbation("synonym", _on(WORD, lambda word, rng: _chosen(synonyms(word), word, rng))))
    if identity:
        found.append(Perturbation("identity", _swapped(identity)))
    return [
        *found,
        Perturbation("number", _on(re.compile(r"\d+"), _number), keeps_label=False),
        Perturbation("negation", _negated, keeps_label=False),
    ]


def normalised(text: str) -> str:
    """NFKC without characters that have no width: what a careful service does to its inputs."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")


def like(word: str, other: str) -> str:
    """``other`` in capitals as ``word`` is."""
    if word.isupper() and len(word) > 1:
        return other.upper()
    return other[:1].upper() + other[1:] if word[:1].isupper() else other


def _on(pattern: re.Pattern[str], change: Change) -> Callable[[str, Random, float], str]:
    """Change a share of the places that can be changed, rounded up."""

    def apply(text: str, rng: Random, rate: float) -> str:
        if rate <= 0:
            return text
        places = [(match.span(), change(match.group(), rng)) for match in pattern.finditer(text)]
        usable = [(span, new) for span, new in places if new is not None]
        wanted = math.ceil(rate * len(usable))
        for k in sorted(rng.choice(len(usable), wanted, replace=False), reverse=True) if wanted else ():
            (start, end), new = usable[k]
            text = text[:start] + str(new) + text[end:]
        return text

    return apply


def _letter(change: Callable[[str, Random], str | None], least: int = 3) -> Change:
    """Change one letter of a word of at least so many; the first stays, as people rarely get it wrong."""

    def apply(word: str, rng: Random) -> str | None:
        if len(word) < least or not word.isalpha():
            return None
        k = int(rng.integers(1, len(word)))
        new = change(word[k], rng)
        return None if new is None else word[:k] + new + word[k + 1 :]

    return apply


def _key(letter: str, rng: Random) -> str | None:
    keys = NEIGHBOURS.get(letter.lower())
    return None if not keys else like(letter, keys[rng.integers(len(keys))])


def _swap(word: str, rng: Random) -> str | None:
    places = [k for k in range(1, len(word) - 1) if word[k] != word[k + 1]]
    if not places or not word.isalpha():
        return None
    k = places[rng.integers(len(places))]
    return word[:k] + word[k + 1] + word[k] + word[k + 2 :]


def _ocr(word: str, rng: Random) -> str | None:
    usable = [(old, new, match.start()) for old, new in OCR for match in re.finditer(old, word)]
    if not usable:
        return None
    old, new, k = usable[rng.integers(len(usable))]
    return word[:k] + new + word[k + len(old) :]


def _case(word: str, rng: Random) -> str | None:
    others = sorted({word.upper(), word.lower(), word.title(), word.swapcase()} - {word})
    return others[rng.integers(len(others))] if others else None


def _zero_width(word: str, rng: Random) -> str | None:
    if len(word) < 2:
        return None
    k = int(rng.integers(1, len(word)))
    return word[:k] + ZERO_WIDTH + word[k:]


def _homoglyph(word: str, rng: Random) -> str | None:
    places = [k for k, letter in enumerate(word) if letter in HOMOGLYPHS]
    if not places:
        return None
    k = places[rng.integers(len(places))]
    return word[:k] + HOMOGLYPHS[word[k]] + word[k + 1 :]


def _wide(word: str, rng: Random) -> str | None:
    return "".join(chr(ord(c) + 0xFEE0) for c in word) if word.isascii() and word.isalnum() else None


def _no_accents(word: str, rng: Random) -> str | None:
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return None if plain == word else plain


WORDS: Mapping[str, Change] = {
    "keyboard": _letter(_key),
    "swap": _swap,
    "delete": _letter(lambda letter, rng: ""),
    "insert": _letter(lambda letter, rng: LETTERS[rng.integers(26)] + letter),
    "repeat": _letter(lambda letter, rng: letter * 2),
    "ocr": _ocr,
    "case": _case,
    "zero width": _zero_width,
    "homoglyph": _homoglyph,
    "full width": _wide,
    "accents": _no_accents,
}
"""Changes of one word by name."""

CHARACTERS = ("keyboard", "swap", "delete", "insert", "repeat", "homoglyph")
"""Those that attacks on words use."""


def _contracted(text: str, rng: Random, rate: float) -> str:
    """Short forms in full and full forms short."""
    forms = {**dict(CONTRACTIONS), **{short: full for full, short in CONTRACTIONS}}
    words = "|".join(sorted(map(re.escape, forms), key=len, reverse=True))
    plain = text.replace("’", "'") if rate > 0 else text
    return _on(re.compile(rf"\b(?:{words})\b", re.I), lambda found, rng: like(found, forms[found.lower()]))(
        plain, rng, rate
    )


def _chosen(others: Sequence[str], word: str, rng: Random) -> str | None:
    others = [other for other in others if other.lower() != word.lower()]
    return like(word, others[rng.integers(len(others))]) if others else None


def _swapped(groups: Sequence[Sequence[str]]) -> Callable[[str, Random, float], str]:
    """Identity terms for others of their list."""
    others = {term.lower(): [other for other in group if other != term] for group in groups for term in group}
    words = "|".join(sorted(map(re.escape, others), key=len, reverse=True))
    return _on(re.compile(rf"\b(?:{words})\b", re.I), lambda found, rng: _chosen(others[found.lower()], found, rng))


def _number(digits: str, rng: Random) -> str | None:
    number = int(digits[:15])
    return str(number + int(rng.integers(1, max(number, 9) + 1)))


def _negated(text: str, rng: Random, rate: float) -> str:
    """A "not" taken out, or put in after a verb such as "is"."""
    if rate <= 0:
        return text
    there = [match for match in WORD.finditer(text) if match.group().lower() == "not"]
    if there:
        one = there[rng.integers(len(there))]
        return text[: one.start()] + text[one.end() :].lstrip(" ")
    verbs = [match for match in WORD.finditer(text) if match.group().lower() in VERBS]
    if not verbs or any(match.group().lower() in NEGATIONS for match in WORD.finditer(text)):
        return text
    one = verbs[rng.integers(len(verbs))]
    return text[: one.end()] + " not" + text[one.end() :]
