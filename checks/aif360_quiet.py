"""aif360, imported without its warnings of what it does not find."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Any


def quietly_imported(module: str) -> Any:
    """A module of aif360; the root logger is left as it was, which the first such warning would add a handler to.

    Raises:
        ImportError: aif360 is not installed.
    """
    handlers, disabled = logging.root.handlers[:], logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        return import_module(module)
    finally:
        logging.disable(disabled)
        logging.root.handlers[:] = handlers
