"""Repositories of the Hugging Face Hub: fetched only where an audit file names one, at one commit."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from .errors import ModelError

SCHEME = "hf://"


def fetched(url: str, key: str, *, space: bool = False) -> Path:
    """The folder of ``hf://owner/name@commit``, out of the cache or downloaded; ``HF_HUB_OFFLINE`` is respected.

    Args:
        url: the repository of a model, or of a ``space`` (where metrics are kept), and the 40 digits of its commit.
        key: who names it, for errors.
        space: which of both it is.

    Raises:
        ModelError: no commit is named, huggingface_hub is missing, or it is neither cached nor to be had.
    """
    found = re.fullmatch(rf"{SCHEME}([\w.-]+/[\w.-]+)@([0-9a-f]{{40}})", url)
    if not found:
        raise ModelError(
            f"{key} {url!r}: expected 'hf://owner/name@commit' with the 40 digits of a commit: a branch is another "
            "model tomorrow"
        )
    if importlib.util.find_spec("huggingface_hub") is None:
        raise ModelError(f"{key} {url!r}: fetching it needs huggingface_hub: pip install huggingface_hub")
    import huggingface_hub

    kinds = ["*.json", "*.safetensors", "*.txt", "*.model", "*.py"]  # no pickles
    try:
        return Path(
            huggingface_hub.snapshot_download(
                found[1], repo_type="space" if space else "model", revision=found[2], allow_patterns=kinds
            )
        )
    except Exception as error:  # of several libraries: of HTTP, of the hub, of the file system
        raise ModelError(f"{key} {url!r}: cannot be fetched: {type(error).__name__}: {error}") from error
