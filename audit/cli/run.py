"""``assay run`` and ``assay demo``, which is the same on files of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import AssayError, RegistryError, nearest
from ..files import writable_folder
from ..record import Record
from . import verdicts
from .screen import progress, say, say_path

Formats = Annotated[
    list[str], typer.Option("--format", help="Formats of the card, such as pdf,html,md. Can be given more than once.")
]


def run(
    plan: Annotated[Path, typer.Argument(metavar="AUDIT.TOML", help="The audit file.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for audit.json and card.pdf.")],
    format: Formats = ["pdf"],  # noqa: B006
) -> None:
    """Audit a model as an audit file says.

    Exit codes: 0 every requirement passed or is waived; 1 a requirement failed; 2 bad input, nothing was run;
    3 no requirement failed, but one is inconclusive or not assessed; 4 a check crashed.
    """
    code = _audited(plan, out, format).verdict.exit_code
    say(f"Exit code {code}: {verdicts.EXIT[code]}.")
    raise typer.Exit(code)


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for audit.json and card.pdf.")] = Path(
        "demo-report"
    ),
    format: Formats = ["pdf"],  # noqa: B006
) -> None:
    """See what assay does: fit a model on real data, audit it."""
    from importlib.resources import as_file, files

    say("A model is fitted on 32,561 people of the 1994 census and audited on 16,281 others.\n")
    with as_file(files("assay.templates") / "demo") as folder:
        record = _audited(folder / "audit.toml", out, format)
    _explained(record)


def _audited(plan: Path, out: Path, format: list[str]) -> Record:
    """The record of the audit, written to ``out`` with its cards, and shown. A card that fails does not cost the record."""
    writable_folder(out)
    wanted = _formats(format)
    failed: list[AssayError] = []
    with progress() as tell:
        from .. import outputs, runner

        record = runner.run(plan=plan, progress=tell)
        written = [record.save(out / "audit.json")]
        for number, name in enumerate(wanted):
            tell(f"Writing card.{name}", number, len(wanted))
            try:
                written.append(outputs.write(record, out / f"card.{name}"))
            except AssayError as error:
                failed.append(error)
    verdicts.show(record)
    for path in written:
        say_path(str(path))
    if failed:
        raise failed[0]
    return record


def _formats(given: list[str]) -> list[str]:
    """The formats, each once; every one is known."""
    from ..outputs import formats

    wanted = list(dict.fromkeys(name.strip().lower() for one in given for name in one.split(",") if name.strip()))
    for name in wanted:
        if name not in formats():
            raise RegistryError(f"--format: no renderer for {name!r}{nearest(name, formats())}")
    return wanted


def _explained(record: Record) -> None:
    code = record.verdict.exit_code
    say(f"\n`assay run` would have ended with exit code {code}: {verdicts.EXIT[code]}.")
    failed = [one for one in record.requirements if one.verdict == "fail"]
    if failed:
        ids = " and ".join(one.id for one in failed)
        say(
            f"That is the right answer: what is required was written down before the run, and the data rule out that "
            f"the bound holds for {ids}. A pipeline should stop here, and people should decide. The demo has done its work and ends with 0."
        )
