"""What can go wrong, one class per kind. Every message names culprit, place, expected and got."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AssayError(Exception):
    """Base of all errors that assay raises on purpose."""


class InputError(AssayError):
    """Bad input or configuration. Nothing was run; the command line exits with 2."""


class PlanError(InputError):
    """The audit file (or the dict in its place) cannot be used."""


class DataError(InputError):
    """The data set cannot be used."""


class ModelError(InputError):
    """The model cannot be loaded, or breaks its contract."""


class ModelTimeout(ModelError):
    """The model gave no answer within ``model.timeout``."""


class OutputError(InputError):
    """A result cannot be written where it was asked for."""


class RecordError(InputError):
    """A record file is damaged, altered, or of an unknown version."""


class RegistryError(InputError):
    """A check, model wrapper or renderer is unknown, or a plug-in declares one twice."""


class NotAssessed(AssayError):
    """Raised by a check that finds that it cannot measure; the message becomes the printed reason."""


class CheckDefinitionError(AssayError):
    """A check is declared wrongly. Raised at import, so that it cannot be overlooked."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, or list the known ones.

    Returns a sentence to append to a message: ``"; did you mean 'recall'?"``.
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(names)}" if names else "; none is known"
