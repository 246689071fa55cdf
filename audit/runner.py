"""An audit from start to end: plan, data, model, checks, verdicts, record."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import clock, digest, ledger
from .attributes import printable
from .data import Dataset
from .environment import environment, installed
from .errors import DataError, NotAssessed, PlanError
from .evidence import Evidence
from .explore import explored
from .measure import Measured, measure
from .model import Loaded, Wrapper, capabilities, identity, load, wrap
from .outcome import verdict
from .plan import ModelTable, Plan
from .record import Audit, ModelInfo, PlanInfo, Record, Result
from .redact import without_values
from .registry import CheckSpec
from .requirements import required, settle, vouching
from .schema import enforce
from .select import Selected, selected
from .shapes.doubts import Doubts
from .stats.sequential import spent_level

Progress = Callable[[str, int, int], None]
"""Called with the title of the check that starts, its number, and how many there are."""


@dataclass(frozen=True)
class Subject:
    """A model of the audit: the object, where it came from, and how it is wrapped."""

    thing: Any
    source: str
    wrapper: str
    wrapped: Wrapper
    table: ModelTable
    content: str | None = None
    """Digest of the files that it was opened from."""
    content_of: str = ""

    @property
    def inner(self) -> Any:
        """The model proper, where the object holds it beside other things."""
        return getattr(self.wrapped, "thing", self.thing)


def run(
    model: Any = None,
    dataset: Dataset | None = None,
    plan: Any = None,
    *,
    baseline: Any = None,
    progress: Progress | None = None,
) -> Record:
    """Audit a model.

    Args:
        model: any supported object (an estimator, a function ...); None takes the one that the plan names.
        dataset: the rows to audit on; None takes those that the plan names.
        plan: path of an audit file, a dict with its tables, a :class:`Plan`, or None for the core
            checks and no requirement.
        baseline: a model to compare with on the same rows; None takes the one that the plan names, if it does.
        progress: told which check starts.

    Returns:
        The record. A check or model that raises is an ``error`` in it, and the rest goes on.

    Raises:
        InputError: bad input or configuration, before any check has run.
    """
    started = clock.stamp()
    plan = as_plan(plan)
    chosen = selected(plan)
    dataset = Dataset.read(plan.data, plan.folder) if dataset is None else dataset
    if not isinstance(dataset, Dataset):
        raise DataError(f"dataset: expected an audit.Dataset, got {type(dataset).__name__}; write audit.Dataset(...)")
    dataset = dataset.suppressing(plan.data.suppress).constrained(plan.data.constraints, plan.folder)
    required(plan, chosen, dataset)  # what is wrong without a model is said without one
    report = enforce(plan.data.data_schema, plan.folder, dataset)
    dataset.slices  # noqa: B018  too many of them are an error, and no model is called before it
    fixed = _fixed(plan)
    subject = _subject(model, plan.model, plan)
    rival = None
    if baseline is not None or plan.baseline is not None:
        table = (plan.baseline or ModelTable()).model_copy(update={"task": plan.model.task})
        rival = _subject(baseline, table, plan)
    evidence = Evidence(subject.wrapped, dataset, plan.model, (rival.wrapped, rival.table) if rival else None)
    evidence.schema_report, evidence.folder = report, plan.folder
    requirements = required(plan, chosen, dataset, evidence.classes)
    evidence.probe()
    uses = ledger.use(plan.folder / plan.audit.ledger, dataset.digest) if plan.audit.ledger else None
    level = spent_level(uses, plan.audit.confidence) if uses and plan.audit.spend else plan.audit.confidence
    outcomes = [_carry_out(one, evidence, plan, level, progress, k, len(chosen)) for k, one in enumerate(chosen)]
    measured = {one.spec.id: found for one, (_, found, _) in zip(chosen, outcomes, strict=True)}
    results = [result for result, _, _ in outcomes]
    doubts = {one.spec.id: found for one, (_, _, found) in zip(chosen, outcomes, strict=True)}
    withheld = evidence.dataset.slices.withheld
    vouched = {one.spec.id: vouching(one.spec, results, doubts) for one in chosen}
    settled = settle(requirements, results, measured, level, clock.now().date(), withheld, plan.audit.seed, vouched)
    record = Record(
        assay={"version": installed("assay") or "unknown"},
        audit=Audit(
            name=plan.audit.name,
            seed=plan.audit.seed,
            confidence=plan.audit.confidence,
            started=started,
            finished=clock.stamp(),
        ),
        model=_model_info(subject, evidence, rival),
        data=evidence.dataset.info(evidence.target.names, evidence.labels, uses),
        environment=environment(plan.folder, _framework(subject.inner)),
        plan=fixed,
        results=explored(results, settled),
        requirements=settled,
        verdict=verdict(results, settled),
        card={key: text for key, text in plan.card.model_dump().items() if text},
    )
    return record.reread()


def _subject(model: Any, table: ModelTable, plan: Plan) -> Subject:
    found = (
        load(table, plan.folder)
        if model is None
        else Loaded(model, f"{type(model).__module__}.{type(model).__qualname__} in memory")
    )
    name, wrapped = wrap(found.thing, table)
    return Subject(found.thing, found.source, name, wrapped, table, found.content, found.content_of)


def _fixed(plan: Plan) -> PlanInfo:
    document = plan.document()
    try:
        return PlanInfo(digest=digest.of_json(document), fixed=clock.stamp(), source=plan.source, document=document)
    except ValueError as error:  # a number that is not finite or a lone surrogate, in an option for instance
        raise PlanError(f"{plan.source or 'plan'}: holds a value that JSON cannot: {error}") from error


def as_plan(plan: Any) -> Plan:
    """A plan from a path, a mapping of tables, a :class:`Plan`, or None.

    Raises:
        PlanError: it is none of these, or cannot be used.
    """
    if plan is None:
        return Plan()
    if isinstance(plan, Plan):
        return plan
    if isinstance(plan, Mapping):
        return Plan.parse(dict(plan))
    if isinstance(plan, str | Path):
        return Plan.read(plan)
    raise PlanError(
        f"plan: expected a path, a dict with the tables of an audit file, or a Plan; got {type(plan).__name__}"
    )


def _carry_out(
    one: Selected,
    evidence: Evidence,
    plan: Plan,
    level: float,
    progress: Progress | None,
    position: int,
    total: int,
) -> tuple[Result, list[Measured], Doubts]:
    if progress:
        progress(one.spec.title, position, total)
    began = time.perf_counter()
    about = _described(one.spec, one.options, position)
    reason = _not_assessed(one.spec, evidence, plan.model)
    if reason:
        return Result(**about, status="not_assessed", reason=reason), [], Doubts()
    try:
        found = measure(one.spec, one.options, evidence, plan.audit.seed)
        estimates = found.estimates(plan.audit.confidence, level)
        return (
            Result(
                **about,
                status="ok",
                estimates=estimates,
                figures=found.figures,
                doubts=[*found.doubts.invalid, *found.doubts.weak],
                seconds=clock.seconds(began),
            ),
            found.measured,
            found.doubts,
        )
    except NotAssessed as absent:
        return (
            Result(
                **about,
                status="not_assessed",
                reason=without_values(str(absent), evidence.dataset.texts),
                seconds=clock.seconds(began),
            ),
            [],
            Doubts(),
        )
    except Exception as error:
        texts = evidence.dataset.texts
        text = without_values("".join(traceback.format_exception(error, limit=-20)), texts)
        return (
            Result(
                **about,
                status="error",
                reason=without_values(f"{type(error).__name__}: {error}", texts),
                traceback=text,
                seconds=clock.seconds(began),
            ),
            [],
            Doubts(),
        )


def _described(spec: CheckSpec, options: dict[str, Any], position: int) -> dict[str, Any]:
    return {
        "id": f"EV-{position + 1:03d}",
        "check": spec.id,
        "title": spec.title,
        "family": spec.family,
        "about": spec.about,
        "addresses": list(spec.addresses),
        "cites": list(spec.cites),
        "options": options,
    }


def _not_assessed(spec: CheckSpec, evidence: Evidence, table: ModelTable) -> str:
    if table.task not in spec.tasks:
        return f"for {' and '.join(spec.tasks)} models; this one is {table.task}"
    if spec.compares and not evidence.dataset.attributes:
        return "no sensitive attribute is named, so there are no groups to compare"
    if (
        evidence.dataset.slices.withheld
        and "model" not in spec.needs
        and {"features", "inputs", "attributes", "columns"} & set(spec.needs)
    ):
        return "it makes groups of its own, which data.suppress does not look at"
    return next((reason for need in spec.needs if (reason := evidence.lacks(need))), "")


def _model_info(subject: Subject, evidence: Evidence, rival: Subject | None = None) -> ModelInfo:
    content, of = (subject.content, subject.content_of) if subject.content else identity(subject.thing, subject.wrapped)
    favorable = evidence.target.favorable
    return ModelInfo(
        name=subject.table.name or _name(subject),
        wrapper=subject.wrapper,
        source=subject.source,
        task=subject.table.task,
        classes=[printable(c) for c in evidence.target.names],
        positive=evidence.target.positive,
        favorable=None if favorable is None else printable(evidence.target.names[favorable]),
        capabilities=capabilities(subject.wrapped) if subject.wrapped.live else ["recorded predictions"],
        digest=content,
        digest_of=of,
        baseline=_model_info(rival, evidence) if rival else None,
        notes=list(getattr(subject.wrapped, "notes", list)()),
    )


def _name(subject: Subject) -> str:
    if isinstance(subject.thing, dict):
        return "recorded predictions"
    return subject.source if subject.source == subject.table.url else type(subject.inner).__name__


def _framework(thing: Any) -> tuple[str, ...]:
    package = type(thing).__module__.split(".")[0]
    return () if package in ("builtins", "__main__", "sklearn") else (package,)
