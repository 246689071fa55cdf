"""Checks: how they are declared, and where they are found.

The signature is the contract. Positional parameters name what a check needs (:data:`NEEDS`),
keyword-only ones are its options; everything else about a check follows from the declaration.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from .errors import CheckDefinitionError, PlanError, RegistryError, nearest
from .plugins import names, plugin

GROUP = "assay.checks"
SOURCES = "assay.check_sources"
"""Plug-ins that make a check from its name in another library: ``sklearn`` gives ``sklearn:f1_macro`` and so on.

A plug-in is called with the name, and, if it has a parameter ``folder``, with the folder where relative paths start.
"""

Task = Literal["binary", "multiclass", "multilabel", "regression", "ranking"]
TASKS: tuple[Task, ...] = ("binary", "multiclass", "multilabel", "regression", "ranking")
CLASSIFICATION: tuple[Task, ...] = ("binary", "multiclass")
Better = Literal["higher", "lower", "zero", "one"]
"""Where the good values lie; ``zero`` and ``one`` are parity of a difference and of a ratio."""

NEEDS: dict[str, str] = {
    "counts": "confusion counts of every slice (labels and predicted classes)",
    "favorable_counts": "as counts, of two classes: the favourable outcome against all others (model.favorable)",
    "favorable_labels": "1 where the true class is the favourable outcome, else 0",
    "favorable_predictions": "1 where the predicted class is the favourable outcome, else 0",
    "favorable_scores": "predicted probability of the favourable outcome",
    "ratings": "by what rows are ranked: probability of the favourable outcome, or the predicted value; more is better",
    "attributes": "the sensitive attributes, coded: by name the level of each row and the names of the levels",
    "columns": "a function from the name of any column of the data to its levels, coded likewise",
    "labels": "true class of each row, as a position among the classes; in regression the true value; with several labels "
    "0 or 1, rows by labels",
    "predictions": "predicted class of each row, as a position among the classes; in regression the predicted value; with "
    "several labels 0 or 1, rows by labels",
    "probabilities": "predicted probability of each class or label, rows by classes",
    "scores": "predicted probability of the positive class (two classes)",
    "baseline_predictions": "predictions of the model that the audited one is compared with",
    "baseline_probabilities": "probabilities of the model that the audited one is compared with",
    "baseline_scores": "scores of the model that the audited one is compared with",
    "outputs": "what the model says of each row: probabilities if it and the baseline give them, else 1 for the predicted "
    "class and 0 for the others; in regression the predicted value",
    "baseline_outputs": "outputs of the model that the audited one is compared with",
    "deviations": "standard deviation of the predictive distribution of each row (model.deviation)",
    "lower": "lower limit of the prediction interval of each row (model.lower)",
    "upper": "upper limit of the prediction interval of each row (model.upper)",
    "prediction_sets": "whether each class is in the prediction set of each row, rows by classes (model.sets)",
    "queries": "the query that each row belongs to, as a number from 0 (data.query)",
    "slices": "the groups that the rows are divided into, for tables that print one row per group",
    "classes": "names of the classes or labels, in order of their position",
    "features": "the model's inputs where they are columns of a table, a data frame",
    "feature_columns": "the columns of features, each coded once for all who ask",
    "inputs": "the model's inputs of any kind: a data frame, or an array with the rows first",
    "bounds": "limits of numeric inputs by feature, as the audit file gives them",
    "box": "lower and upper limits of inputs that are no columns, two arrays that broadcast against one input; or None",
    "values": "a function from the name of any column of the data to its values",
    "folder": "the folder where relative paths of the audit file start",
    "constraints": "how inputs may change so that a row stays one that could exist (data.constraints)",
    "model": "a live model that can be called on changed inputs",
    "baseline_model": "likewise the model that the audited one is compared with",
    "rng": "a random generator seeded for this check alone",
    "row_order": "all rows in a random order, the same for every check of the run: those that use some rows use the first",
    "schema_report": "what the data schema asked for and found",
}

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class CheckSpec:
    """All that is known of a check, read from its declaration."""

    id: str
    function: Callable[..., Any]
    tasks: tuple[Task, ...]
    better: Better
    addresses: tuple[str, ...]
    cites: tuple[str, ...]
    needs: tuple[str, ...]
    options: type[BaseModel]
    returns: Any
    core: bool = True
    metrics: tuple[str, ...] = ()
    vouched_by: str = ""

    def names(self, classes: Sequence[str] | None, groups: Mapping[str, Sequence[str]] | None) -> list[str] | None:
        """Names that its metrics can have with these classes, and groups of each attribute; None where a run must tell."""
        declared = self.metrics or (() if _is_mapping(self.returns) else (self.name,))
        if any("*" in name for name in declared):
            return None
        places = {
            "{k}": None if classes is None else [str(k) for k in range(len(classes))],
            "{class}": classes,
            "{attribute}": groups,
            "{group}": None if groups is None else [f"{name}={level}" for name in groups for level in groups[name]],
        }
        found: list[str] = []
        for name in declared:
            place = next((place for place in places if place in name), "")
            texts = places[place] if place else ("",)
            if texts is None:
                return None
            found += [name.replace(place, text) for text in texts] if place else [name]
        return found or None

    @property
    def family(self) -> str:
        """The part of the id before the dot, or the library before the colon."""
        return re.split("[.:]", self.id)[0]

    @property
    def name(self) -> str:
        """The part of the id after that, and the name of its first metric."""
        return re.split("[.:]", self.id, maxsplit=1)[1]

    @property
    def compares(self) -> bool:
        """Whether it compares groups, and so says nothing about the whole."""
        from .shapes.compare import Comparison
        from .shapes.doubts import Doubts
        from .shapes.figures import Curve, Table

        kinds = set(_leaves(self.returns)) - {str}
        return Comparison in kinds and kinds <= {Comparison, Curve, Table, Doubts}

    @property
    def judgeable(self) -> bool:
        """Whether it gives an estimate, and not only figures; a requirement needs one."""
        from .shapes.doubts import Doubts
        from .shapes.figures import Curve, Table

        kinds = set(_leaves(self.returns)) - {str, type(None)}
        return not kinds or not kinds <= {Curve, Table, Doubts}

    @property
    def title(self) -> str:
        """First line of the docstring."""
        return self._doc.partition("\n")[0].rstrip(".")

    @property
    def about(self) -> str:
        """The docstring after its first line: what is measured, signs of trouble, limits."""
        return self._doc.partition("\n")[2].strip()

    @property
    def _doc(self) -> str:
        return inspect.getdoc(self.function) or ""

    def configure(self, options: dict[str, Any]) -> dict[str, Any]:
        """Validated options, defaults filled in.

        Raises:
            PlanError: an option is unknown or has a wrong value; the message names the check and the option.
        """
        try:
            return self.options.model_validate(options).model_dump()
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(step) for step in first["loc"])
            hint = nearest(key, self.options.model_fields) if first["type"] == "extra_forbidden" else ""
            reason = "unknown option" if hint else f"{first['msg']}, got {first['input']!r}"
            raise PlanError(f"checks.options.{self.id!r}: {key}: {reason}{hint}") from error


def check(
    id: str,
    *,
    tasks: Sequence[Task] = CLASSIFICATION,
    better: Better,
    addresses: Sequence[str] = (),
    cites: Sequence[str] = (),
    core: bool = True,
    metrics: Sequence[str] = (),
    vouched_by: str = "",
) -> Callable[[F], F]:
    """Declare a function as a check.

    Args:
        id: ``family.name``; never renamed, since records and audit files refer to it.
        tasks: the kinds of model it applies to.
        better: where good values lie: ``higher``, ``lower``, or at ``zero`` or ``one`` (parity).
        addresses: clauses that it gives evidence for, such as ``eu-ai-act:15.1``.
        cites: where its definition comes from, such as ``doi:10.1145/...``.
        core: whether it runs where an audit file names no checks; others run when their id or family is named.
        metrics: names of its estimates, if it returns a dictionary, so that a requirement on a misspelt one is refused
            before anything runs; ``{k}`` stands for the number of each class,
            ``{class}`` for its name, ``{attribute}`` for each sensitive attribute and ``{group}`` for each of its groups; ``*`` for what
            options say, which is not looked at before the run.
        vouched_by: id of a check that runs with this one and takes over its options of the same name; where it finds
            :class:`Doubts`, or does not run, a requirement on this check is inconclusive instead of passed.

    The function is returned unchanged; it is found through the ``assay.checks`` entry point of its module.

    Raises:
        CheckDefinitionError: the declaration is wrong; the message names function, file and line.
    """

    def mark(function: F) -> F:
        if ":" in id:
            raise CheckDefinitionError(f"check {id!r} ({_where(function)}): a colon is for checks of {SOURCES}")
        function.__assay_check__ = declare(  # type: ignore[attr-defined]
            id,
            function,
            tasks=tasks,
            better=better,
            addresses=addresses,
            cites=cites,
            core=core,
            metrics=metrics,
            vouched_by=vouched_by,
        )
        return function

    return mark


@cache
def checks() -> dict[str, CheckSpec]:
    """Every installed check by id, in the order of families and ids.

    Raises:
        RegistryError: a plug-in cannot be imported, declares no check, or repeats an id.
    """
    specs: dict[str, CheckSpec] = {}
    for name in names(GROUP):
        target = plugin(GROUP, name)
        declared = _declared(target)
        if not declared:
            raise RegistryError(f"plug-in {name!r} of {GROUP} declares no check; expected functions marked with @check")
        for spec in declared:
            if spec.id in specs:
                raise RegistryError(
                    f"check {spec.id!r} is declared twice: {_where(specs[spec.id].function)} and {_where(spec.function)}"
                )
            specs[spec.id] = spec
    return dict(sorted(specs.items()))


def find(id: str, folder: Path = Path()) -> CheckSpec:
    """The check with this id; ``source:name`` is made by the source, a plug-in in ``assay.check_sources``.

    ``folder``: where a name that is a path starts, which is the folder of the audit file.

    Raises:
        RegistryError: there is none; the nearest id is suggested.
    """
    source, colon, name = id.partition(":")
    if colon:
        return _from_source(source, name, folder)
    if id not in checks():
        raise RegistryError(f"no check {id!r}{nearest(id, checks())}")
    return checks()[id]


@cache
def _from_source(source: str, name: str, folder: Path) -> CheckSpec:
    make = plugin(SOURCES, source)
    spec: CheckSpec = make(name, folder) if "folder" in inspect.signature(make).parameters else make(name)
    return spec


def _declared(target: Any) -> list[CheckSpec]:
    members = vars(target).values() if isinstance(target, ModuleType) else [target]
    return [m.__assay_check__ for m in members if callable(m) and hasattr(m, "__assay_check__")]


def declare(
    id: str,
    function: Callable[..., Any],
    *,
    tasks: Sequence[Task],
    better: Better,
    addresses: Sequence[str] = (),
    cites: Sequence[str] = (),
    core: bool = True,
    metrics: Sequence[str] = (),
    vouched_by: str = "",
) -> CheckSpec:
    """What :func:`check` marks a function with; sources of checks call it. Arguments and errors are the same."""

    def refuse(problem: str) -> CheckDefinitionError:
        return CheckDefinitionError(f"check {id!r} ({_where(function)}): {problem}")

    if not re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*|:\S+)", id):
        raise refuse("expected an id 'family.name' in lower case, digits and underscores")
    if unknown := [task for task in tasks if task not in TASKS]:
        raise refuse(f"tasks: expected some of {list(TASKS)}, got {unknown}")
    if better not in ("higher", "lower", "zero", "one"):
        raise refuse(f"better: expected 'higher', 'lower', 'zero' or 'one', got {better!r}")
    if not (inspect.getdoc(function) or "").strip():
        raise refuse("expected a docstring; its first line is the title, the rest the text of the report")
    try:
        hints = get_type_hints(function, include_extras=True)
    except Exception as error:
        raise refuse(f"its annotations cannot be resolved: {error}") from error
    needs: list[str] = []
    options: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise refuse(f"*{parameter.name}: expected named parameters only")
        if parameter.kind is parameter.KEYWORD_ONLY:
            if parameter.default is parameter.empty or parameter.name not in hints:
                raise refuse(f"option {parameter.name!r}: expected a type and a default")
            options[parameter.name] = (hints[parameter.name], Field(parameter.default, validate_default=True))
        elif parameter.name in NEEDS:
            needs.append(parameter.name)
        else:
            raise refuse(
                f"parameter {parameter.name!r} is nothing that an audit offers{nearest(parameter.name, NEEDS)}"
            )
    if "return" not in hints:
        raise refuse("expected a return annotation that names the statistic, such as '-> Proportion'")
    if metrics and not _is_mapping(hints["return"]):
        raise refuse("metrics: only a check that returns a dictionary names its metrics")
    model = create_model(id, __config__=ConfigDict(extra="forbid"), **options)
    try:
        model()
    except ValidationError as error:
        raise refuse(f"a default does not fit its type: {error.errors()[0]['msg']}") from error
    return CheckSpec(
        id, function, tuple(tasks), better, tuple(addresses), tuple(cites), tuple(needs), model, hints["return"], core,
        tuple(metrics), vouched_by,
    )  # fmt: skip


def _is_mapping(annotation: Any) -> bool:
    kind = get_origin(annotation) or annotation
    return annotation is Any or (isinstance(kind, type) and issubclass(kind, Mapping))


def _leaves(annotation: Any) -> list[Any]:
    """The types that an annotation is made of: ``dict[str, A | B]`` gives str, A and B."""
    inner = get_args(annotation)
    return [leaf for one in inner for leaf in _leaves(one)] if inner else [annotation]


def _where(function: Callable[..., Any]) -> str:
    code = getattr(function, "__code__", None)
    place = f"{code.co_filename}:{code.co_firstlineno}" if code else "unknown place"
    return f"{function.__module__}.{function.__qualname__}, {place}"
