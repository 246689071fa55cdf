"""``assay report``: documents from a record that exists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .screen import say_path


def report(
    record: Annotated[Path, typer.Argument(metavar="AUDIT.JSON", help="The record of an audit.")],
    cards: Annotated[
        list[Path], typer.Argument(metavar="CARD.PDF ...", help="Files to write; the suffix is the format.")
    ],
) -> None:
    """Make documents from the record of an audit."""
    from .. import outputs
    from ..record import load

    found = load(record)
    for card in cards:
        say_path(str(outputs.write(found, card)))
