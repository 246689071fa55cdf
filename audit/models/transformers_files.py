"""Folders of Transformers models: weights, configuration, and the tokenizer or image processor beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import ModelError
from ..opening import needs, trusted
from ..plan import ModelTable

HEADS = {
    "ForSequenceClassification": "text-classification",
    "ForImageClassification": "image-classification",
    "ForTokenClassification": "token-classification",
}
"""How the class of a model ends, and the pipeline for it."""


def described(path: Path) -> str | None:
    """The class of the model in a folder; None if it is no such folder, empty if that is not told."""
    config = path / "config.json"
    if not config.is_file() or b'"model_type"' not in config.read_bytes():
        return None
    return str((json.loads(config.read_text()).get("architectures") or [""])[0])


def opened(path: Path, table: ModelTable, prepare: Path | None = None) -> Any:
    """The model of the folder, and its tokenizer or image processor; code of the folder is never run.

    ``prepare``: where the latter lies; default: in the same folder.

    Raises:
        ModelError: another kind of model, weights that are missing, or a pickle that is not trusted.
    """
    needs("transformers", path)
    where = f"model.path {path.name!r}"
    kind = head(described(path) or "nothing", where)
    safe = any(path.glob("*.safetensors"))
    for pickle in [] if safe else sorted(path.glob("pytorch_model*.bin")):
        trusted(pickle, table.trust)
    network, before = _classes(kind)
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        with _quiet():
            model, report = network.from_pretrained(path, output_loading_info=True, use_safetensors=safe, **local)
            pair = model, before.from_pretrained(prepare or path, **local)
    except Exception as error:  # whatever the files make it raise
        raise ModelError(f"{where}: cannot be opened: {type(error).__name__}: {error}") from error
    if report["missing_keys"]:
        raise ModelError(
            f"{where}: it has no weights for {', '.join(sorted(report['missing_keys'])[:4])}; the answers would be random"
        )
    return pair


def head(name: str, where: str) -> str:
    """The pipeline for a class of models, by its name.

    Raises:
        ModelError: there is none.
    """
    for end, kind in HEADS.items():
        if name.endswith(end):
            return kind
    raise ModelError(f"{where}: expected a model {', '.join(HEADS)}, got {name}")


def _classes(kind: str) -> tuple[Any, Any]:
    """The class of the network, and of what prepares its inputs."""
    import transformers as t

    return {
        "text-classification": (t.AutoModelForSequenceClassification, t.AutoTokenizer),
        "image-classification": (t.AutoModelForImageClassification, t.AutoImageProcessor),
        "token-classification": (t.AutoModelForTokenClassification, t.AutoTokenizer),
    }[kind]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the progress bars of Transformers, which would mix with our own lines."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
