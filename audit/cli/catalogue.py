"""What is installed: checks, model wrappers, schemas, the version."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .screen import console, plain, say, say_json

if TYPE_CHECKING:
    from ..registry import CheckSpec

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Format(StrEnum):
    """File formats that have a JSON Schema."""

    record = "record"
    plan = "plan"


def version(wanted: bool) -> None:
    """``--version``."""
    if wanted:
        from ..environment import installed

        say(f"assay {installed('assay')}")
        raise typer.Exit


def checks(as_json: AsJson = False) -> None:
    """List the checks."""
    from ..plugins import names
    from ..registry import SOURCES
    from ..registry import checks as installed

    if as_json:
        return say_json([_check(spec) for spec in installed().values()])
    _list([(spec.id + ("" if spec.core else " *"), spec.title) for spec in installed().values()])
    say("\n* runs where it, or its family, is named in checks.include; the others run without being named.")
    return say("\n".join(f"{name}:NAME is the check that {name} calls NAME." for name in names(SOURCES)))


def models(as_json: AsJson = False) -> None:
    """List the kinds of models that can be audited."""
    from ..model import CAPABILITIES, wrappers

    found = wrappers()
    if as_json:
        kinds = [{"name": name, "live": kind.live, "about": kind.about} for name, kind in found.items()]
        return say_json({"models": kinds, "capabilities": list(CAPABILITIES)})
    _list([(name, kind.about if kind.live else f"{kind.about} (not live)") for name, kind in found.items()])
    return say(
        "\nThe first kind that accepts a model is used. A model that is not live cannot be asked about changed inputs, "
        f"as robustness checks do. What a model can do is asked of the model itself: {', '.join(CAPABILITIES)}."
    )


def explain(
    id: Annotated[str, typer.Argument(metavar="CHECK", help="Id of a check, such as fairness.impact_ratio.")],
) -> None:
    """Say what a check measures, what it needs and what can be set."""
    from ..registry import NEEDS, find

    spec = find(id)
    say(f"{spec.title}\n{spec.id}\n\n{_flowing(spec.about)}\n")
    say(f"For: {', '.join(spec.tasks)} models.")
    say("Runs by itself." if spec.core else "Runs where it, or its family, is named in checks.include.")
    say(f"Good values: {_GOOD[spec.better]}.")
    _section("Needs", [f"{need}: {NEEDS[need]}" for need in spec.needs])
    _section(
        "Options", [_option(name, about) for name, about in spec.options.model_json_schema()["properties"].items()]
    )
    _section("Evidence for", list(spec.addresses))
    _section("Sources", list(spec.cites))


def schema(of: Annotated[Format, typer.Argument(help="File format.")] = Format.record) -> None:
    """Print the JSON Schema of audit.json or audit.toml."""
    from ..plan import Plan
    from ..record import json_schema

    say_json(json_schema() if of is Format.record else Plan.model_json_schema())


_GOOD = {"higher": "high", "lower": "low", "zero": "0, which is parity", "one": "1, which is parity"}


def _check(spec: CheckSpec) -> dict[str, Any]:
    return {
        "id": spec.id,
        "title": spec.title,
        "family": spec.family,
        "about": spec.about,
        "tasks": spec.tasks,
        "better": spec.better,
        "needs": spec.needs,
        "options": spec.options.model_json_schema(),
        "addresses": spec.addresses,
        "cites": spec.cites,
        "core": spec.core,
    }


def _list(rows: list[tuple[str, str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    table.columns[0].no_wrap = True
    console().print(table)


def _flowing(text: str) -> str:
    """Lines joined to paragraphs, for the terminal to wrap; headings and indented lines stay lines."""
    return re.sub(r"(?<!\n)\n(?![A-Z][a-z ]+:|\s)", " ", text)


def _section(heading: str, lines: list[str]) -> None:
    if lines:
        say("\n".join([f"{heading}:", *(f"  {line}" for line in lines)]))


def _option(name: str, about: dict[str, Any]) -> str:
    limits = [
        f"{key} {json.dumps(value)}" for key, value in about.items() if key not in ("title", "default", "description")
    ]
    return f"{name} = {json.dumps(about.get('default'))}  ({', '.join(limits)})"
