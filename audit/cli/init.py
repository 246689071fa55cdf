"""``assay init``: a first audit file and data schema for a table."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import DataError, OutputError, PlanError
from ..files import writable_folder, write_whole
from .screen import say, say_path

FILE = """\
# An audit file. Lines marked EDIT are guesses or examples: change what is wrong, then run
#   assay run {file} --out report

[audit]
name = {name}

[model]
{model}
task = "{task}"{positive}

[data]
path = {path}  # relative to this file
target = {target}
sensitive = {sensitive}
schema = "schema.json"  # EDIT: it was inferred from these rows; other rows must fit it too
{bins}{constraints}
# What you require, written down before the run. Until there is a requirement, the verdict is
# "not assessed": nothing was required, so nothing passed. These are examples of the form, and
# their numbers mean nothing for your model. `assay checks` lists what can be required. EDIT:
#
# [[require]]
# check = {check}
# at_least = 0.9
# because = "why this number, and who decided it"
{group_example}
[card]  # EDIT: only people can write these; what is empty is printed as a gap
owner = ""
intended_use = ""
out_of_scope = ""
training_data = ""
limitations = ""
human_oversight = ""
"""

GROUP_EXAMPLE = """\
#
# [[require]]
# check = {check}
# on = {attribute}  # every group must meet it
# at_least = 0.8
# because = {because}
"""

LOAD = """\
# EDIT: the import path of your model, or of a function that returns it; or, instead, columns of
# the data with what a model has already decided: prediction = "...", probability = "..."
# load = "my_model.py:load_model\""""

CONSTRAINTS = """\

# How inputs may change so that a row stays one that could exist, for the attack `robustness.constrained`, which
# runs where [checks] includes it. It was inferred: bounds and categories are those of these rows. EDIT: what cannot
# change (mutable = false), what only grows (direction = "up"), the order of categories (kind = "ordinal"), what a
# change costs (cost = 2), and what must hold in every row. Inputs that are not listed do not change.
[data.constraints]
relations = []  # such as "total == wages + interest", "pets != 'yes' or garden == 'yes'"

[data.constraints.features]
{features}
"""

MANY_INPUTS = 200
"""Inputs above which nobody would read a line for each."""
MANY = 20
"""Numeric attributes with more values than this are put into bins."""


def init(
    data: Annotated[Path, typer.Argument(metavar="DATA.CSV", help="The rows to audit on: csv, parquet or arrow.")],
    target: Annotated[
        str, typer.Option("--target", metavar="COLUMN", help="Column with the true labels; or several, A,B,C.")
    ],
    sensitive: Annotated[
        str, typer.Option("--sensitive", metavar="A,B", help="Columns that divide people into groups.")
    ] = "",
    prediction: Annotated[
        str | None, typer.Option("--prediction", metavar="COLUMN", help="Column with decisions that were made.")
    ] = None,
    probability: Annotated[
        str | None,
        typer.Option("--probability", metavar="COLUMN", help="Column with probabilities of the positive class."),
    ] = None,
    positive: Annotated[str | None, typer.Option("--positive", metavar="LABEL", help="The positive class.")] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for audit.toml and schema.json.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")] = False,
) -> None:
    """Write a first audit.toml and schema.json for a table."""
    writable_folder(out)
    files = [out / "audit.toml", out / "schema.json"]
    if (there := [str(path) for path in files if path.exists()]) and not force:
        raise OutputError(f"not overwritten: {', '.join(there)}; use --force to do so")
    from ..schema import infer
    from ..tables import read_table

    frame = read_table(data)
    attributes = [name.strip() for name in sensitive.split(",") if name.strip()]
    recorded = {"prediction": prediction, "probability": probability}
    document = _document(frame, data, out, target, attributes, {k: v for k, v in recorded.items() if v}, positive)
    tomllib.loads(document)  # a name that breaks the file is our error, found here
    write_whole(files[1], (json.dumps(json.loads(infer(frame).to_json()), indent=2) + "\n").encode())
    write_whole(files[0], document.encode())
    for path in files:
        say_path(str(path))
    say("Read audit.toml, edit the lines marked EDIT, and run it with `assay run`.")


def _document(
    frame: Any, data: Path, out: Path, names: str, sensitive: list[str], answers: dict[str, str], positive: str | None
) -> str:  # fmt: skip
    from ..data import Dataset

    target, recorded = _columns(frame, names), {key: _columns(frame, of) for key, of in answers.items()}
    bins = {name: edges for name in sensitive if (edges := _edges(frame, name))}
    dataset = Dataset(frame, target=target, sensitive=sensitive, bins=bins, source=str(data))
    for key, columns in recorded.items():
        for column in [columns] if isinstance(columns, str) else columns:
            dataset.column(column, f"--{key}")
    values = {_native(label) for label in dataset.labels.ravel()}
    labels = sorted(values, key=lambda label: (isinstance(label, str), label))
    task = "multilabel" if isinstance(target, list) else "binary" if len(labels) <= 2 else "multiclass"
    return FILE.format(
        file=_literal(str(out / "audit.toml"))[1:-1],
        name=_literal(f"Audit on {data.name}"),
        model="\n".join(f"{key} = {_literal(column)}" for key, column in recorded.items()) or LOAD,
        task=task,
        check=_literal("multilabel.subset_accuracy" if task == "multilabel" else "accuracy.accuracy"),
        positive=_positive(labels, positive) if task == "binary" else "",
        path=_literal(_relative(data, out)),
        target=_literal(target),
        sensitive=_literal(sensitive),
        bins=_bins(bins),
        constraints=_constraints(frame, dataset.features, recorded, sensitive),
        group_example=_example(sensitive, task),
    )


def _columns(frame: Any, names: str) -> str | list[str]:
    """The name of a column, or of several that commas part."""
    parts = [name.strip() for name in names.split(",")]
    return names if names in frame or len(parts) == 1 else parts


def _relative(data: Path, out: Path) -> str:
    try:
        return Path(os.path.relpath(data.resolve(), out.resolve())).as_posix()
    except ValueError:  # on another drive
        return data.resolve().as_posix()


def _edges(frame: Any, name: str) -> list[float]:
    """Quartiles of a numeric attribute with many values."""
    if name not in frame or frame[name].dtype.kind not in "iuf" or frame[name].nunique() <= MANY:
        return []
    return sorted({float(edge) for edge in frame[name].quantile([0.25, 0.5, 0.75])})


def _bins(bins: dict[str, list[float]]) -> str:
    if not bins:
        return ""
    lines = [f"{_literal(name)} = {_literal(edges)}  # EDIT: quartiles of these rows" for name, edges in bins.items()]
    return "\n".join(["", "[data.bins]", *lines, ""])


def _constraints(frame: Any, features: list[str], recorded: dict[str, Any], sensitive: list[str]) -> str:
    from ..constraints.infer import guesses

    answers = {name for of in recorded.values() for name in ([of] if isinstance(of, str) else of)}
    inputs = [name for name in features if name not in answers]
    if not inputs or len(inputs) > MANY_INPUTS:
        return ""
    lines = []
    for guess in guesses(frame[inputs], sensitive):
        key = guess.name if re.fullmatch("[A-Za-z0-9_-]+", guess.name) else _literal(guess.name)
        keys = ", ".join(f"{name} = {_literal(value)}" for name, value in guess.table.items())
        why = f"  # EDIT: {guess.why}" if guess.why and guess.table else ""
        lines.append(f"{key} = {{ {keys} }}{why}" if keys else f"# {_literal(guess.name)} is left out: {guess.why}")
    return CONSTRAINTS.format(features="\n".join(lines))


def _positive(labels: list[Any], wanted: str | None) -> str:
    if wanted is None and set(labels) == {0, 1}:
        return "\npositive = 1"
    if wanted is None:
        return f"\npositive = {_literal(labels[-1])}  # EDIT: a guess; it should be the class that the model looks for"
    found = [label for label in labels if str(label) == wanted]
    if not found:
        raise PlanError(f"--positive: {wanted!r} is not among the labels {labels}")
    return f"\npositive = {_literal(found[0])}"


def _example(sensitive: list[str], task: str) -> str:
    if not sensitive:
        return ""
    worse = "no group is to be worse off"
    check, because = {
        "binary": ("fairness.impact_ratio", "four-fifths rule of thumb"),
        "multiclass": ("accuracy.accuracy", worse),
        "multilabel": ("multilabel.samples", worse),
    }[task]
    return GROUP_EXAMPLE.format(check=_literal(check), attribute=_literal(sensitive[0]), because=_literal(because))


def _native(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _literal(value: Any) -> str:
    """A TOML value; strings, numbers, truth values and lists are written in TOML as in JSON, but for one control code."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007f")
    except (TypeError, ValueError) as error:
        raise DataError(f"{value!r}: expected text, a number or a truth value, which TOML can hold") from error
