"""Answers kept in a folder, one file per request, under the digest of what was asked."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ..files import write_whole


class AnswerCache:
    """Answers by content. Neither rows nor headers are written, only answers.

    A server does not tell when its model changes: a new model needs a new folder.
    """

    def __init__(self, folder: Path | None, *about: str) -> None:
        """Keep answers in ``folder``, or nowhere; ``about``: what else they depend on."""
        self.folder = folder
        self._about = hashlib.sha256(json.dumps(about).encode())

    def get(self, body: bytes) -> list[Any] | None:
        """The answers to a request, or None; a damaged file is as good as none."""
        if self.folder is None:
            return None
        try:
            found = json.loads(self._path(body).read_bytes())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, list) else None

    def put(self, body: bytes, answers: list[Any]) -> None:
        """Keep the answers to a request."""
        if self.folder is not None:
            write_whole(self._path(body), json.dumps(answers).encode())

    def _path(self, body: bytes) -> Path:
        whole = self._about.copy()
        whole.update(body)
        assert self.folder is not None
        return self.folder / f"{whole.hexdigest()}.json"
