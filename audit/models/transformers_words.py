"""Transformers that classify the words of sentences: named entities, parts of speech."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..errors import ModelError
from ..model import imported
from ..plan import ModelTable
from ..words import Sentence, Word
from .arrays import DeclaredModel
from .options import Options as AnyOptions
from .pytorch import asked
from .transformers_files import described, opened
from .transformers_parts import classes, content, is_pretrained, label_names

HEAD = "ForTokenClassification"


class WordOptions(AnyOptions):
    """Options of models that classify words."""

    batch: int = Field(32, ge=1)
    """Sentences that are answered at once."""
    device: str = "cpu"
    """Where it runs, such as ``cpu`` or ``cuda:0``; the model is moved there."""
    threads: int | None = None
    """Threads of one operation while it is asked; default: as torch is set."""


class TransformersWords(DeclaredModel):
    """A token-classification pipeline, or ``(model, tokenizer)``: one answer for each word, that of its first token.

    The data are of kind ``words``: a model sees the whole sentence whenever it is asked about one of its words. Classes are
    the tags in ``config.id2label``; ``model.classes`` names them anew, in their order.
    """

    rank: ClassVar[int] = 4
    decides: ClassVar[bool] = False
    about: ClassVar[str] = (
        "Transformers that tag words, as pipeline, (model, tokenizer) or folder; for data.kind = 'words'"
    )
    framework: ClassVar[str] = "transformers"
    Options: ClassVar[type[WordOptions]] = WordOptions

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Match its tags.

        Raises:
            ModelError: the tokenizer cannot tell which tokens are of which word.
        """
        super().__init__(None, table.model_copy(update={"output": "logits"}))
        self.thing, self._tokenizer = thing if isinstance(thing, tuple) else (thing.model, thing.tokenizer)
        if not self._tokenizer.is_fast:
            raise ModelError("model: expected a fast tokenizer, which knows the tokens of each word; this one is slow")
        self._names = label_names(self.thing.config)
        self.classes_ = classes(self._names, table)
        self.thing.to(self.options.device)

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Such pipelines, and such models in a tuple with their tokenizer."""
        if isinstance(thing, tuple) and len(thing) == 2 and is_pretrained(thing[0]):
            return type(thing[0]).__name__.endswith(HEAD)
        return imported(thing, "transformers.pipelines.token_classification", "TokenClassificationPipeline")

    @classmethod
    def opens(cls, path: Path) -> bool:
        """Folders with such a model."""
        return (described(path) or "").endswith(HEAD)

    @classmethod
    def open(cls, path: Path, table: ModelTable, factory: Any) -> Any:
        """The model of the folder, and its tokenizer; errors as in :func:`opened`."""
        return opened(path, table)

    def outputs(self, x: Any) -> npt.NDArray[Any]:
        """Logits, words by tags.

        Raises:
            ModelError: the data are no words, or a sentence is longer than what the model reads.
        """
        if not isinstance(x, list) or not all(isinstance(word, Word) for word in x):
            raise ModelError("model: it tags words; name their column in data.inputs, with data.kind = 'words'")
        sentences = iter(dict.fromkeys(word.sentence for word in x))
        found: dict[Sentence, npt.NDArray[Any]] = {}
        while batch := list(islice(sentences, self.options.batch)):
            found |= zip(batch, self._tagged(batch), strict=True)
        return np.stack([found[word.sentence][word.place] for word in x])

    def _tagged(self, sentences: list[Sentence]) -> list[npt.NDArray[Any]]:
        """For each sentence the logits of its words."""
        import torch

        given = self._tokenizer(list(map(list, sentences)), is_split_into_words=True, padding=True, return_tensors="pt")
        limit = getattr(self.thing.config, "max_position_embeddings", None) or self._tokenizer.model_max_length
        if given["input_ids"].shape[1] > limit:
            raise ModelError(f"model: a sentence is longer than the {limit} tokens that it reads; divide it")
        with asked(self.thing, self.options.threads), torch.inference_mode():
            logits = self.thing(**given.to(self.options.device)).logits.float().cpu().numpy()
        return [logits[k, _first(given.word_ids(k), len(words))] for k, words in enumerate(sentences)]

    def identity(self) -> tuple[str, str]:
        """Digest of class, weights, tags and of the vocabulary."""
        vocabulary = sorted(self._tokenizer.get_vocab().items())
        return content(self.thing, self._names, vocabulary), "class, weights, label names and vocabulary"


def _first(word_ids: list[int | None], words: int) -> list[int]:
    """The place of the first token of each word.

    Raises:
        ModelError: the tokenizer leaves a word out.
    """
    found: dict[int, int] = {}
    for place, word in enumerate(word_ids):
        if word is not None:
            found.setdefault(word, place)
    left_out = [word for word in range(words) if word not in found]
    if left_out:
        raise ModelError(f"model: the tokenizer makes nothing of word {left_out[0] + 1} of a sentence of {words}")
    return [found[word] for word in range(words)]
