"""Objects that an audit file names by import path."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

from .errors import ModelError


def named(path: str, folder: Path, key: str) -> Any:
    """The object behind ``package.module:name`` or ``file.py:name``.

    ``folder`` is importable meanwhile and after, as the folder of a script is for Python itself.

    Raises:
        ModelError: not such a path, the import fails, or there is no such name; ``key`` says who named it.
    """
    module, colon, attribute = path.rpartition(":")
    if not colon or not module or not attribute:
        raise ModelError(f"{key}: expected 'module:name' or 'file.py:name', got {path!r}")
    found = _file(folder / module, key) if module.endswith(".py") else _module(module, folder, key)
    try:
        for step in attribute.split("."):
            found = getattr(found, step)
    except AttributeError as error:
        raise ModelError(f"{key}: {path!r}: {error}") from error
    return found


def _module(name: str, folder: Path, key: str) -> Any:
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise ModelError(f"{key}: importing {name!r} failed: {type(error).__name__}: {error}") from error
    finally:
        # Moved to the end: late imports of the model still work, and nothing installed is shadowed by the folder.
        sys.path.remove(str(folder))
        if str(folder) not in sys.path:
            sys.path.append(str(folder))


def _file(path: Path, key: str) -> Any:
    if not path.is_file():
        raise ModelError(f"{key}: no file {path}")
    spec = importlib.util.spec_from_file_location(f"_assay_{path.stem}", path)
    assert spec and spec.loader  # it ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise ModelError(f"{key}: importing {path} failed: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(str(path.parent))
        if str(path.parent) not in sys.path:
            sys.path.append(str(path.parent))
    return module
