"""What is installed: checks, model wrappers, schemas, the version."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .screen import console, plain, say, say_json

if TYPE_CHECKING:
    from ..model import Wrapper
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


def models(
    name: Annotated[str | None, typer.Argument(help="One of them, to see its options.")] = None, as_json: AsJson = False
) -> None:
    """List the kinds of models that can be audited, or say what can be set for one."""
    from ..model import CAPABILITIES, wrappers

    found = {each: _kind(each, wrapper) for each, wrapper in wrappers().items()}
    if name is not None:
        return _one_kind(name, found, as_json)
    if as_json:
        return say_json({"models": list(found.values()), "capabilities": list(CAPABILITIES)})
    _list([(each, "\n".join([kind["about"], *_abilities(kind), ""])) for each, kind in found.items()])
    return say(
        "The first kind that accepts a model is used. What a model can do is asked of the model itself; what it cannot is "
        "'not assessed'. `assay models NAME` shows what can be set in [model.options]."
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


def _kind(name: str, wrapper: type[Wrapper]) -> dict[str, Any]:
    from ..model import Connects, Opens, offers
    from ..models.options import Options
    from ..opening import command, installed

    framework = getattr(wrapper, "framework", "")
    return {
        "name": name,
        "live": wrapper.live,
        "about": wrapper.about,
        "capabilities": offers(wrapper),
        "opens_files": isinstance(wrapper, Opens),
        "connects": isinstance(wrapper, Connects),
        "framework": framework,
        "installed": installed(framework),
        "install": command(framework) if framework else "",
        "options": getattr(wrapper, "Options", Options).model_json_schema(),
    }


def _abilities(kind: dict[str, Any]) -> list[str]:
    """Lines on what models of a kind can do, and whether its framework is there."""
    can = f"Can: {', '.join(kind['capabilities'])}"
    lines = [can if kind["live"] else f"{can}; not live: cannot be asked about changed inputs"]
    if kind["framework"]:
        missing = f"not installed: {kind['install']}"
        lines.append(f"{kind['framework']}: {'installed' if kind['installed'] else missing}")
    return lines


def _one_kind(name: str, kinds: dict[str, dict[str, Any]], as_json: bool) -> None:
    from ..errors import RegistryError, nearest

    if name not in kinds:
        raise RegistryError(f"no kind of model {name!r}{nearest(name, kinds)}")
    kind = kinds[name]
    if as_json:
        return say_json(kind)
    say("\n".join([name, "", kind["about"], *_abilities(kind), ""]))
    options = kind["options"].get("properties", {})
    _section("Options, in [model.options]", [_option(key, about) for key, about in options.items()])
    return None if options else say("It has no options.")


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
    text = about.get("description", "").replace("\n", " ").replace("``", "")
    return f"{name} = {json.dumps(about.get('default'))}  ({', '.join(limits)})" + (f"\n    {text}" if text else "")
