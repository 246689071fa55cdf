"""Which checks a plan asks for, with their options validated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import PlanError, RegistryError, nearest
from .plan import Plan
from .registry import CLASSIFICATION, CheckSpec, Task, checks, find

FAMILIES = (
    "data",
    "accuracy",
    "multilabel",
    "ranking",
    "comparison",
    "fairness",
    "rules",
    "calibration",
    "conformal",
    "forecast",
    "robustness",
    "model",
)
"""Order of the chapters; other families follow by name."""


@dataclass(frozen=True)
class Selected:
    """A check that will run, and its options with defaults filled in."""

    spec: CheckSpec
    options: dict[str, Any]


def selected(plan: Plan) -> list[Selected]:
    """The included checks and those that a requirement names, less the excluded ones, by family and id.

    A family brings in what is made for this kind of model (classifier, regression, ranking), no list at all the core
    of every family; a check that is named comes in anyway, and so does one that vouches for another.

    Raises:
        PlanError: an unknown check, family or option, or a required check that is excluded.
    """
    known = checks()
    core = [id for id, spec in known.items() if spec.core and _fits(spec, plan.model.task)]
    named = plan.checks.include
    include = core if named is None else _expand(named, "checks.include", plan.folder, plan.model.task)
    exclude = _expand(plan.checks.exclude, "checks.exclude", plan.folder)
    asked = set(include) - set(exclude)
    for position, require in enumerate(plan.require, 1):
        _found(require.check, f"require[{position}].check", plan.folder)
        if require.check in exclude:
            raise PlanError(f"require[{position}].check: {require.check!r} is required, and excluded by checks.exclude")
        asked.add(require.check)
    for id in plan.checks.options:
        _found(id, "checks.options", plan.folder)
    vouched = {spec.vouched_by: spec for id in sorted(asked) if (spec := find(id, plan.folder)).vouched_by}
    asked |= set(vouched) - set(exclude)
    specs = sorted((find(id, plan.folder) for id in asked), key=lambda spec: (_rank(spec.family), spec.id))
    return [Selected(spec, spec.configure(_options(plan, spec, vouched.get(spec.id)))) for spec in specs]


def _options(plan: Plan, spec: CheckSpec, vouched: CheckSpec | None) -> dict[str, Any]:
    """Those of the plan; a check that vouches for another takes over the options of the same name."""
    own = plan.checks.options.get(spec.id, {})
    other = plan.checks.options.get(vouched.id, {}) if vouched else {}
    return {**{name: value for name, value in other.items() if name in spec.options.model_fields}, **own}


def _found(id: str, key: str, folder: Path) -> CheckSpec:
    try:
        return find(id, folder)
    except RegistryError as error:
        raise PlanError(f"{key}: {error}") from error


def _fits(spec: CheckSpec, task: Task | None) -> bool:
    """Whether the check is for this kind of model. One for two classes fits many: that it says nothing is then said."""
    return task is None or task in spec.tasks or bool({task, *spec.tasks} <= set(CLASSIFICATION))


def _rank(family: str) -> tuple[int, str]:
    return (FAMILIES.index(family) if family in FAMILIES else len(FAMILIES), family)


def _expand(names: list[str], key: str, folder: Path, task: Task | None = None) -> list[str]:
    known = checks()
    families = {spec.family for spec in known.values()}
    found: list[str] = []
    for name in names:
        if name in known or ":" in name:
            found.append(_found(name, key, folder).id)
        elif name in families:
            found += [id for id, spec in known.items() if spec.family == name and _fits(spec, task)]
        else:
            raise PlanError(f"{key}: no check or family {name!r}{nearest(name, {*known, *families})}")
    return found
