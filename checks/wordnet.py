"""Synonyms from a folder with the files of WordNet, as `apt install wordnet-base` puts them in /usr/share/wordnet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from ..audit.errors import NotAssessed

PARTS = ("noun", "verb", "adj", "adv")


def synonyms(mapping: Mapping[str, Sequence[str]], folder: Path | None) -> Callable[[str], Sequence[str]] | None:
    """Words that may stand for a word: those of the user's mapping, else of WordNet; None where neither is given."""
    if not mapping and folder is None:
        return None
    own = {word.lower(): others for word, others in mapping.items()}
    net = None if folder is None else wordnet(folder)
    return lambda word: own.get(word.lower()) or (net(word.lower()) if net else ())


def wordnet(folder: Path) -> Callable[[str], Sequence[str]]:
    """The single words in the first sense of a word, of the part of speech with most tagged senses; of base forms only.

    Files: index.POS has ``lemma pos synsets pointers [pointer ...] senses tagged offset ...``, and data.POS at that offset
    ``offset file type words(hex) word id ...``; see wndb(5WN).

    Raises:
        NotAssessed: a file is missing or has another format.
    """
    first: dict[str, tuple[int, str, int]] = {}
    files: dict[str, bytes] = {}
    for part in PARTS:
        try:
            lines = (folder / f"index.{part}").read_text("utf-8").splitlines()
            files[part] = (folder / f"data.{part}").read_bytes()
        except OSError as error:
            raise NotAssessed(f"option wordnet: cannot read {error.filename}: {error.strerror}") from error
        for line in lines:
            if not line.startswith(" ") and line:
                lemma, tagged, offset = _entry(line, part)
                if lemma not in first or tagged > first[lemma][0]:
                    first[lemma] = tagged, part, offset
        _check(files[part], part)

    @cache
    def found(word: str) -> tuple[str, ...]:
        if word not in first:
            return ()
        _, part, offset = first[word]
        fields = files[part][offset : files[part].index(b"\n", offset)].decode().split()
        words = fields[4 : 4 + 2 * int(fields[3], 16) : 2]
        plain = [other.partition("(")[0] for other in words]  # adjectives say where they stand, such as "galore(ip)"
        return tuple(other for other in plain if "_" not in other and other.lower() != word)

    return found


def _entry(line: str, part: str) -> tuple[str, int, int]:
    fields = line.split()
    try:
        pointers = int(fields[3])
        return fields[0], int(fields[5 + pointers]), int(fields[6 + pointers])
    except (IndexError, ValueError) as error:
        raise NotAssessed(
            f"option wordnet: index.{part} has a line that is none of WordNet's: {line[:60]!r}"
        ) from error


def _check(data: bytes, part: str) -> None:
    start = next((line for line in data.splitlines() if line and not line.startswith(b" ")), b"").split()
    if len(start) < 6 or not start[0].isdigit():
        raise NotAssessed(f"option wordnet: data.{part} is no file of WordNet's")
