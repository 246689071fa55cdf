"""Perturbations of texts one by one, WordNet files, and the attack on words against the exact answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.errors import NotAssessed
from assay.checks.text_edits import WORD, normalised, perturbations
from assay.checks.text_tables import HOMOGLYPHS, NEIGHBOURS
from assay.checks.word_attack import attack
from assay.checks.wordnet import synonyms, wordnet

TEXT = "The moon doesn't look bigger, in 1999 it is said: Émile saw him and she burned corn!"
ALL = {
    p.name: p for p in perturbations(lambda w: ["satellite"] * (w.lower() == "moon"), [["he", "she"], ["him", "her"]])
}


def apply(name: str, text: str = TEXT, rate: float = 1.0, seed: int = 0) -> str:
    return ALL[name].apply(text, np.random.default_rng(seed), rate)


@given(st.text(max_size=60), st.sampled_from(sorted(ALL)), st.integers(0, 9))
def test_any_text_survives_and_a_rate_of_zero_changes_nothing(text: str, name: str, seed: int) -> None:
    assert apply(name, text, 0.0, seed) == text
    assert apply(name, text, 0.5, seed) == apply(name, text, 0.5, seed)


@pytest.mark.parametrize("name", ["keyboard", "swap", "delete", "insert", "repeat", "zero width", "homoglyph"])
def test_a_share_of_the_words_is_changed_rounded_up(name: str) -> None:
    text = "seven rather ordinary english words stand here"
    for rate in (0.01, 0.3, 1.0):
        pairs = zip(text.split(), apply(name, text, rate).split(), strict=True)
        assert sum(a != b for a, b in pairs) == math.ceil(rate * 7)


def test_each_change_is_what_it_is_called() -> None:
    for word, other in zip(["moon", "said", "corn"], apply("keyboard", "moon said corn").split(), strict=True):
        (k,) = [k for k in range(4) if word[k] != other[k]]
        assert other[k] in NEIGHBOURS[word[k]] and k > 0
    assert NEIGHBOURS["s"] == "weadzx"
    swapped = apply("swap", "bigger")
    assert sorted(swapped) == sorted("bigger") and swapped != "bigger"
    assert len(apply("delete", "bigger")) == 5 and len(apply("repeat", "bigger")) == 7
    assert apply("ocr", "corn") in {"com", "c0rn", "ecrn", "eorn"}
    assert apply("case", "moon") in {"MOON", "Moon"}
    assert apply("double space", "a b") == "a  b" and apply("no-break space", "a b") == "a\u00a0b"
    assert apply("accents", "Émile") == "Emile" and apply("accents", "moon") == "moon"
    assert apply("punctuation", "a, b!") == "a b"
    assert HOMOGLYPHS["a"] != "a" and apply("homoglyph", "aaa") != "aaa"
    assert apply("synonym", "Moon and moon") == "Satellite and satellite"
    assert apply("identity", "She saw him") == "He saw her"
    assert int(apply("number", "in 1999").removeprefix("in ")) != 1999


def test_contractions_go_both_ways() -> None:
    assert apply("contraction", "It is said that he doesn't and I’m") == "It's said that he does not and I am"
    assert apply("contraction", "IT IS") == "IT'S"


def test_negation() -> None:
    assert apply("negation", "it is good") == "it is not good"
    assert apply("negation", "it is not good") == "it is good"
    assert apply("negation", "it is never good") == "it is never good"
    assert not ALL["negation"].keeps_label and not ALL["number"].keeps_label and ALL["identity"].keeps_label


def test_the_normal_form_mends_what_unicode_can_mend() -> None:
    plain = TEXT.replace("É", "E")
    for name in ("zero width", "full width", "no-break space"):
        assert apply(name, plain) != plain
        assert normalised(apply(name, plain)) == plain
    assert normalised(apply("homoglyph", plain)) != plain  # a Cyrillic letter is no variant of a Latin one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of WordNet's form with a licence in front, as wndb(5WN) has it."""
    licence = "  1 This software and database is being provided to you\n"
    data = {
        "noun": [("00", ["film", "movie", "moving_picture"], "n"), ("01", ["run"], "n")],
        "verb": [("00", ["run", "scat", "turn_tail"], "v")],
        "adj": [("00", ["galore(ip)", "abundant"], "a")],
        "adv": [("00", ["fast"], "r")],
    }
    senses = {
        "noun": {"film": 9, "movie": 9, "run": 1},
        "verb": {"run": 40, "scat": 0},
        "adj": {"abundant": 1},
        "adv": {},
    }
    for part, synsets in data.items():
        text, at = licence, {}
        for number, words, kind in synsets:
            offset = len(text)
            at.update(dict.fromkeys(words, offset))
            pairs = " ".join(f"{word} 0" for word in words)
            text += f"{offset:08d} {number} {kind} {len(words):02x} {pairs} 001 @ 00000001 n 0000 | gloss\n"
        (tmp_path / f"data.{part}").write_text(text)
        entries = [f"{word} {part[0]} 1 1 @ 1 {tagged} {at[word]:08d}  \n" for word, tagged in senses[part].items()]
        (tmp_path / f"index.{part}").write_text(licence + "".join(entries))
    return tmp_path


def test_wordnet_gives_single_words_of_the_commonest_sense(folder: Path) -> None:
    found = wordnet(folder)
    assert found("film") == ("movie",) and found("run") == ("scat",) and found("abundant") == ("galore",)
    assert found("nothing") == ()


def test_words_of_the_user_come_before_those_of_wordnet(folder: Path) -> None:
    both = synonyms({"Film": ["flick"]}, folder)
    assert both is not None and both("film") == ["flick"] and both("run") == ("scat",)
    assert synonyms({}, None) is None


def test_a_folder_without_wordnet_is_named(folder: Path) -> None:
    with pytest.raises(NotAssessed, match=r"option wordnet: cannot read .*index.noun: No such file"):
        wordnet(folder / "elsewhere")
    (folder / "index.verb").write_text("run and more\n")
    with pytest.raises(NotAssessed, match=r"index.verb has a line that is none of WordNet's: 'run and more'"):
        wordnet(folder)


# The attack on words, against a model in which every word adds to a sum


class Bag:
    """Right while the sum of the weights of the words is above 0."""

    def __init__(self, weights: dict[str, float]) -> None:
        self.weights, self.asked = weights, 0

    def total(self, text: str) -> float:
        return sum(self.weights.get(word, 0.0) for word in WORD.findall(text))

    def ask(self, of: Sequence[int], texts: Sequence[str]) -> tuple[Any, Any]:
        self.asked += len(texts)
        totals = np.array([self.total(text) for text in texts])
        return 1 / (1 + np.exp(-totals)), (totals <= 0).astype(np.int64)


def best(bag: Bag, text: str, substitutes: dict[str, list[str]], words: int) -> float:
    """The lowest sum that so many words can bring about, by trying everything."""
    tokens = WORD.findall(text)
    found = [bag.total(text)]
    for places in combinations(range(len(tokens)), words):
        for chosen in product(*([*substitutes.get(tokens[k], []), tokens[k]] for k in places)):
            changed = list(tokens)
            for k, word in zip(places, chosen, strict=True):
                changed[k] = word
            found.append(bag.total(" ".join(changed)))
    return min(found)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("by_substitute", [False, True])
def test_of_a_sum_over_words_the_greedy_attack_is_exact(seed: int, by_substitute: bool) -> None:
    rng = np.random.default_rng(seed)
    words = [f"w{k}" for k in range(6)]
    weights = {word: float(w) for word, w in zip(words, rng.normal(0.4, 1, 6), strict=True)}
    # By deletion the order is right if what is put in has no weight; by substitute it always is.
    weights |= {f"v{k}": float(w) for k, w in enumerate(rng.normal(-0.2, 1, 6))} if by_substitute else {}
    substitutes = {word: [f"v{k}", f"v{(k + 1) % 6}"] for k, word in enumerate(words)}
    bag = Bag({**weights, "base": 2.0})
    text = "base " + " ".join(rng.choice(words, 4, replace=False))
    if bag.total(text) <= 0:
        bag.weights["base"] = 0.1 - bag.total(text) + bag.weights["base"]
    for limit in (1, 2, 3):
        (found,) = attack(
            [text],
            bag.ask,
            lambda word: substitutes.get(word, []),
            kept=lambda word: word == "base",
            share=limit / 5,
            queries=1000,
            by_substitute=by_substitute,
        )
        lowest = best(bag, text, substitutes, limit)
        assert found.broken == (lowest <= 0)
        assert len(found.changed) <= limit
        if not found.broken:
            assert bag.total(found.text) == pytest.approx(lowest)


def test_no_text_costs_more_than_its_queries_and_kept_words_stay() -> None:
    bag = Bag({"good": 1.0, "fine": 1.0, "she": 0.2})
    texts = ["she is good, fine good", "good", ""]
    for queries in (1, 3, 5, 50):
        bag.asked = 0
        found = attack(
            texts, bag.ask, lambda w: ["x", "y"], kept=lambda w: w in ("she", "is"), share=1, queries=queries
        )
        assert all(one.queries <= queries for one in found) and bag.asked == sum(one.queries for one in found)
        assert all("she is" in one.text for one in found[:1])
    assert found[1].broken and found[1].text in ("x", "y")
    assert not found[0].broken  # what stays is worth 0.2
    assert found[0].text == "she is x, x x"
