"""The commands and the options that hold for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from . import catalogue, init, report, run

app = typer.Typer(
    name="assay", add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)  # fmt: skip


@dataclass
class Settings:
    """What the options before the command say."""

    debug: bool = False


settings = Settings()


@app.callback()
def assay(
    version: Annotated[
        bool, typer.Option("--version", callback=catalogue.version, is_eager=True, help="Print the version and stop.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where in the code an error came from.")] = False,
) -> None:
    """Audit machine-learning models: written requirements, statistical verdicts, a record, a model card."""
    settings.debug = debug


for command in (
    run.demo,
    run.run,
    init.init,
    report.report,
    catalogue.checks,
    catalogue.explain,
    catalogue.models,
    catalogue.schema,
):
    app.command()(command)
