"""Models from files, folders and addresses: who opens them, what is refused, and what they are known by."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from . import digest
from .errors import ModelError

PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt")
"""Suffixes of files that run code when they are opened."""


def trusted(path: Path, trust: str | None, why: str = "a file of this kind can run code when it is opened") -> None:
    """Let a file or folder that runs code when it is opened pass only if ``trust`` names its digest.

    Raises:
        ModelError: it is not named, or the file is another one by now.
    """
    found = digest.of_path(path)
    if trust is None:
        raise ModelError(
            f"model.path {path.name!r}: {why}, so it is opened only if the audit file "
            f"vouches for it; if you know where it came from, add trust = {found!r} to [model]"
        )
    if trust != found:
        kind = "folder" if path.is_dir() else "file"
        raise ModelError(
            f"model.path {path.name!r}: model.trust is {trust}, the {kind} is {found}; it is not the {kind} you meant"
        )


def present(path: Path, key: str = "model.path") -> Path:
    """``path`` if there is something; ``key``: who names it, for errors.

    Raises:
        ModelError: there is nothing, or an empty file.
    """
    if not path.exists():
        raise ModelError(f"{key} {path}: no such file or folder")
    if path.is_file() and not path.stat().st_size:
        raise ModelError(f"{key} {path}: the file is empty")
    return path


EXTRAS = {
    "catboost": "catboost",
    "httpx": "http",
    "jax": "jax",
    "keras": "keras",
    "lightgbm": "lightgbm",
    "mlflow": "mlflow",
    "model_signing": "signing",
    "onnxruntime": "onnx",
    "skops": "skops",
    "tensorflow": "tensorflow",
    "torch": "torch",
    "transformers": "text",
    "xgboost": "xgboost",
    "yaml": "mlflow",
}
"""Import name of a framework to the extra that installs it."""


def installed(framework: str) -> bool:
    """Whether a framework can be imported; it is not."""
    return not framework or importlib.util.find_spec(framework) is not None


def command(framework: str) -> str:
    """What installs a framework, by its import name."""
    return f"pip install 'assay[{EXTRAS[framework]}]'" if framework in EXTRAS else f"pip install {framework}"


def needs(framework: str, path: Path) -> None:
    """Make sure that the framework of a file is there; errors as in :func:`available`."""
    available(framework, f"model.path {path.name!r}: opening it")


def available(framework: str, what: str) -> None:
    """Make sure that the framework which ``what`` needs is there.

    Raises:
        ModelError: it is not; the message has the command that installs it.
    """
    if not installed(framework):
        raise ModelError(f"{what} needs {framework}, which is not installed: {command(framework)}")


def unpickled(path: Path, trust: str | None) -> Any:
    """The object in a pickle or joblib file, if it is trusted."""
    trusted(path, trust)
    import joblib

    try:
        return joblib.load(path)  # reads plain pickles too
    except Exception as error:
        raise ModelError(f"model.path {path.name!r}: cannot be opened: {type(error).__name__}: {error}") from error


def from_skops(path: Path, trust: str | None) -> Any:
    """The object in a ``.skops`` file; types that skops does not know to be safe need trust.

    Raises:
        ModelError: it holds such types and is not trusted, skops is missing, or it is no such file.
    """
    needs("skops", path)
    import skops.io

    try:
        unknown = skops.io.get_untrusted_types(file=path)
        if unknown or trust:
            listed = ", ".join(unknown[:8]) + (" ..." if len(unknown) > 8 else "")
            trusted(path, trust, f"it holds types that skops does not know to be safe ({listed})")
        return skops.io.load(path, trusted=unknown)
    except ModelError:
        raise
    except Exception as error:  # whatever the file makes it raise
        raise ModelError(f"model.path {path.name!r}: cannot be opened: {type(error).__name__}: {error}") from error
