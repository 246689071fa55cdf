"""What goes to the terminal. Names from data and plug-ins are printed as they are, never as markup or control codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

Tell = Callable[[str, int, int], None]
"""Called with what starts now, its number from 0, and how many there are."""


def plain(text: str) -> str:
    """``text`` without control codes, which could rewrite what the terminal shows."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def console(*, stderr: bool = False) -> Console:
    """A console that takes text literally."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)


def say(text: str = "") -> None:
    """Print lines to stdout, wrapped between words to the width of the terminal."""
    console().print(plain(text))


def say_path(text: str) -> None:
    """Print a line that must stay in one piece."""
    console().print(plain(text), soft_wrap=True)


def say_json(document: Any) -> None:
    """Print JSON to stdout."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


@contextmanager
def progress() -> Iterator[Tell]:
    """A progress bar on stderr while the work lasts; nothing where stderr is no terminal."""
    screen = console(stderr=True)
    if not screen.is_terminal:
        yield lambda what, number, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.table import Column

    what = TextColumn(
        "{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
    )
    with Progress(what, BarColumn(16), MofNCompleteColumn(), console=screen, transient=True, expand=True) as bar:
        task = bar.add_task("Loading data and model", total=None)
        yield lambda what, number, total: bar.update(task, description=plain(what), completed=number, total=total)
