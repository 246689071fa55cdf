"""Transformers: pipelines that classify texts or images, and models with their tokenizer or image processor."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..errors import ModelError
from ..hub import SCHEME, fetched
from ..inputs import Layout
from ..model import imported
from ..plan import ModelTable
from .arrays import DeclaredModel
from .options import Options as AnyOptions
from .pytorch import asked
from .transformers_files import described, head, opened
from .transformers_parts import classes, content, is_pretrained, label_names, unnamed

PIPELINES = ("text-classification", "image-classification")


class TransformersOptions(AnyOptions):
    """Options of Transformers pipelines."""

    batch: int = Field(32, ge=1)
    """Rows that are answered at once."""
    device: str | None = None
    """Where it runs, such as ``cpu`` or ``cuda:0``; default: where it is."""
    threads: int | None = None
    """Threads of one operation while it is asked; default: as torch is set."""
    max_length: int | None = Field(None, ge=1)
    """Tokens of a text that are read; default: as many as the model takes."""
    truncation: bool | None = None
    """Whether longer texts are cut; default: they are, and a pipeline does what it was made to do."""


class TransformersModel(DeclaredModel):
    """A pipeline, or ``(model, tokenizer)``, asked in eval mode for the logits of all classes.

    Classes are the names in ``config.id2label``; ``model.classes`` names them anew, in their order.
    """

    rank: ClassVar[int] = 5
    about: ClassVar[str] = (
        "Transformers pipelines for text and image classification, or (model, tokenizer); opens folders with a "
        "config.json, and model.url = 'hf://owner/name@commit'"
    )
    framework: ClassVar[str] = "transformers"
    Options: ClassVar[type[TransformersOptions]] = TransformersOptions

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Put the pipeline together if need be, and match its labels."""
        self.decides = table.task == "regression"
        super().__init__(None, table.model_copy(update={"output": "label" if self.decides else "logits"}))
        self._pipe = _pipeline(*thing) if isinstance(thing, tuple) else _supported(thing)
        self.thing = self._pipe.model
        self._own = isinstance(thing, tuple)
        self._names = label_names(self.thing.config)
        if table.task in ("binary", "multiclass") and len(self._names) > 1:
            self.classes_ = classes(self._names, table)
        self.layout: Layout | None = None if self._pipe.tokenizer else "NHWC"
        if self.options.device:
            import torch

            self._pipe.device = torch.device(self.options.device)
            self.thing.to(self._pipe.device)
        self._seen: set[int] = set()
        self._cut: set[int] = set()

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Pipelines, and models in a tuple with what prepares their inputs."""
        pair = isinstance(thing, tuple) and len(thing) == 2 and is_pretrained(thing[0])
        return pair or imported(thing, "transformers.pipelines.base", "Pipeline")

    @classmethod
    def opens(cls, path: Path) -> bool:
        """Folders with the configuration of a model."""
        return described(path) is not None

    @classmethod
    def open(cls, path: Path, table: ModelTable, factory: Any) -> Any:
        """The model of the folder, and its tokenizer or image processor; code of the folder is never run.

        Raises:
            ModelError: another kind of model, weights that are missing, or a pickle that is not trusted.
        """
        return opened(path, table)

    @classmethod
    def connects(cls, url: str) -> bool:
        """Models on the Hugging Face Hub."""
        return url.startswith(SCHEME)

    @classmethod
    def connect(cls, url: str, table: ModelTable, folder: Path) -> Any:
        """The model of a repository at one commit."""
        return cls.open(fetched(url, "model.url"), table, None)

    def outputs(self, x: Any) -> npt.NDArray[Any]:
        """Logits, rows by classes; values in regression."""
        rows, size = self._prepared(x), self.options.batch
        return np.concatenate([self._answered(rows[i : i + size]) for i in range(0, len(rows), size)])

    def _answered(self, batch: list[Any]) -> npt.NDArray[Any]:
        settings: dict[str, Any] = {"top_k": len(self._names), "function_to_apply": "none"}
        if self._pipe.tokenizer:
            settings |= self._shortened(batch)
        try:
            with asked(self.thing, self.options.threads):
                answers = self._pipe(batch, batch_size=self.options.batch, **settings)
        except (RuntimeError, IndexError) as error:
            raise ModelError(
                f"model: the pipeline raised {type(error).__name__}: {error}; if texts are too long for it, set "
                "truncation = true in model.options"
            ) from error
        scores = [{one["label"]: one["score"] for one in answer} for answer in answers]
        return np.array([[row[name] for name in self._names] for row in scores])

    def _prepared(self, x: Any) -> list[Any]:
        """Texts as a list; images as PIL has them."""
        if self._pipe.tokenizer:
            if isinstance(x, list) and all(isinstance(text, str) for text in x):
                return x
            raise ModelError("model: it reads texts; name their column in data.inputs")
        if not isinstance(x, np.ndarray) or x.ndim != 4:
            raise ModelError("model: it looks at images; name them in data.inputs, with data.layout")
        return [_picture(image) for image in x]

    def _predict_proba(self, x: Any) -> Any:
        found = super()._predict_proba(x)
        if self._table.task != "multilabel" or self._table.classes or unnamed(self._names):
            return found
        import pandas as pd

        return pd.DataFrame(found, columns=self._names)  # with names, so that they are matched

    def _shortened(self, texts: list[str]) -> dict[str, Any]:
        """Settings of the tokenizer; the texts that it cuts are counted."""
        asked_for, limit = self.options.truncation, self.options.max_length or self._limit
        cut = asked_for if asked_for is not None else self._own or self.options.max_length is not None
        if limit is None or (not cut and asked_for is None):
            return {}
        lengths = [len(ids) for ids in self._pipe.tokenizer(texts, verbose=False)["input_ids"]]
        long = [text for text, length in zip(texts, lengths, strict=True) if length > limit]
        if long and not cut:
            raise ModelError(
                f"model: {len(long)} of {len(texts)} texts are longer than the {limit} tokens that it reads; "
                "truncation = true in model.options cuts them"
            )
        self._seen.update(map(hash, texts))
        self._cut.update(map(hash, long))
        return {"truncation": True, "max_length": limit} if cut else {}

    @property
    def _limit(self) -> int | None:
        """Tokens that tokenizer and model take; a tokenizer that knows no limit has a huge number."""
        positions = getattr(self.thing.config, "max_position_embeddings", None)
        found = min(self._pipe.tokenizer.model_max_length, positions or 10**9)
        return found if found < 10**9 else None

    def notes(self) -> list[str]:
        """What happened to the inputs."""
        if not self._cut:
            return []
        limit = self.options.max_length or self._limit
        return [f"{len(self._cut)} of {len(self._seen)} different texts were longer than {limit} tokens and cut there"]

    def identity(self) -> tuple[str, str]:
        """Digest of class, weights, label names and of what prepares the inputs."""
        tokenizer, processor = self._pipe.tokenizer, self._pipe.image_processor
        before = sorted(tokenizer.get_vocab().items()) if tokenizer else processor.to_json_string()
        return content(self.thing, self._names, before), "class, weights, label names and vocabulary or image processor"


def _pipeline(model: Any, prepare: Any) -> Any:
    import transformers

    kind = head(type(model).__name__, "model")
    name = "tokenizer" if kind == "text-classification" else "image_processor"
    return transformers.pipeline(kind, model=model, **{name: prepare})


def _supported(pipe: Any) -> Any:
    if pipe.task not in PIPELINES:
        raise ModelError(
            f"model: expected a pipeline for {', '.join(PIPELINES)} or token-classification, got {pipe.task}"
        )
    return pipe


def _picture(image: npt.NDArray[Any]) -> Any:
    """Bytes as they are; numbers from 0 to 1 are rounded to bytes, as a file would have them."""
    from PIL import Image

    if image.dtype != np.uint8:
        if image.dtype.kind != "f" or image.min() < 0 or image.max() > 1:
            raise ModelError(
                f"model: expected images of uint8, or numbers from 0 to 1; got {image.dtype} from {image.min()} to "
                f"{image.max()}"
            )
        image = np.round(image * 255).astype(np.uint8)
    return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).convert("RGB")
