"""Requirements: from what the plan says to what became of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .data import Dataset
from .errors import PlanError, nearest
from .measure import Measured, number
from .plan import Plan, Require, Waive
from .policy import Bound, Judgement, Kind, adjusted, bound, claim, judge, kind
from .record import SUPPRESSED, Judged, Requirement, Result, Slice, Waiver, slice_name
from .registry import CheckSpec
from .select import Selected
from .shapes.doubts import Doubts


@dataclass(frozen=True)
class Required:
    """One requirement on one partition. ``id`` is ``check[attributes]``, as in the pytest plug-in."""

    id: str
    require: Require
    attributes: tuple[str, ...]
    limit: Bound
    waive: Waive | None
    kind: Kind = "goal"


def required(
    plan: Plan, chosen: Sequence[Selected], dataset: Dataset | None, classes: Sequence[str] | None = None
) -> list[Required]:
    """The requirements of a plan, those of comparisons without ``on`` once per sensitive attribute.

    Without a ``dataset`` attributes are taken from the plan alone; without the ``classes`` metrics of one class are not
    looked at.

    Raises:
        PlanError: a bound that does not fit the check, an unknown attribute or metric, or a waiver that waives nothing.
    """
    specs = {one.spec.id: one.spec for one in chosen}
    sensitive = list(plan.data.sensitive if dataset is None else dataset.attributes)
    found: list[Required] = []
    for position, require in enumerate(plan.require, 1):
        where = f"require[{position}] ({require.check})"
        spec = specs[require.check]
        if not spec.judgeable:
            raise PlanError(f"{where}: it gives tables and curves only, nothing that a bound could be held against")
        try:
            limit = bound(require, spec.better)
        except ValueError as error:
            raise PlanError(f"{where}: {error}") from error
        depth = plan.data.intersections if dataset is None else dataset.intersections
        _known_attributes(require, where, sensitive, depth)
        _known_metric(require, where, spec.names(classes, None if dataset is None else dataset.levels))
        wanted = [require.attributes or ()]
        if spec.compares and require.attributes is None:
            wanted = [(name,) for name in sensitive]
            if not wanted:
                raise PlanError(f"{where}: it compares groups, but data.sensitive names no attribute")
        found += [
            Required(_name(require, one, found), require, one, limit, _waiver(plan, require, one), kind(spec, limit))
            for one in wanted
        ]
    _no_idle_waiver(plan, found)
    return found


def settle(
    requirements: Sequence[Required],
    results: Sequence[Result],
    measured: dict[str, list[Measured]],
    level: float,
    today: datetime.date,
    withheld: Sequence[Slice] = (),
    seed: int = 0,
    doubts: Mapping[str, Doubts] | None = None,
) -> list[Requirement]:
    """What became of each requirement; on slices that are withheld for privacy nothing can.

    ``doubts``: of each check, also those of the check that vouches for it.
    """
    by_check = {result.check: result for result in results}
    family = sum(one.require.judge == "interval" for one in requirements)
    alone = [
        _with_withheld(
            _judged(one, by_check[one.require.check], measured[one.require.check], level, family, seed),
            one,
            level,
            withheld,
        )
        for one in requirements
    ]
    return [
        _settled(one, by_check[one.require.check], _doubted(judgement, (doubts or {}).get(one.require.check)), today)
        for one, judgement in zip(requirements, adjusted(alone, level, family), strict=True)
    ]


def vouching(spec: CheckSpec, results: Sequence[Result], found: Mapping[str, Doubts]) -> Doubts:
    """The doubts about a check: its own, and those of the check that vouches for it, which may not have run."""
    own = found.get(spec.id, Doubts())
    if not spec.vouched_by:
        return own
    voucher = next((result for result in results if result.check == spec.vouched_by), None)
    if voucher is None:
        return Doubts([*own.weak, f"{spec.vouched_by}, which vouches for it, was excluded"], own.invalid)
    if voucher.status != "ok":
        why = f"{spec.vouched_by}, which vouches for it, gave no result: {voucher.reason}"
        return Doubts([*own.weak, why], own.invalid)
    other = found[spec.vouched_by]
    return Doubts([*own.weak, *other.weak], [*own.invalid, *other.invalid])


def _doubted(found: Judgement, doubts: Doubts | None) -> Judgement:
    """A pass that is doubted is inconclusive, and so is a fail where the measurement may be wrong either way."""
    reasons = [] if doubts is None else [*doubts.invalid, *(doubts.weak if found.verdict == "pass" else [])]
    if not reasons or found.verdict not in ("pass", "fail"):
        return found
    said = f"it would {found.verdict}, but the measurement is in doubt: {'; '.join(reasons[:3])}"
    slices = [
        one.model_copy(update={"verdict": "inconclusive", "reason": "the measurement is in doubt"})
        if one.verdict == found.verdict
        else one
        for one in found.slices
    ]
    return replace(found, verdict="inconclusive", reason=said, slices=slices, adjusted_p=None, needs_n=None)


def _settled(one: Required, result: Result, judgement: Judgement, today: datetime.date) -> Requirement:
    waiver = _applied(one.waive, judgement, today)
    waived = waiver is not None and waiver.state == "active"
    return Requirement(
        id=one.id,
        check=one.require.check,
        title=result.title,
        metric=one.require.metric or "",
        on=list(one.attributes),
        at_least=one.require.at_least,
        at_most=one.require.at_most,
        between=one.require.between,
        judge=one.require.judge,
        because=one.require.because,
        bound=str(one.limit),
        lower=number(one.limit.lower),
        upper=number(one.limit.upper),
        verdict="waived" if waived else judgement.verdict,
        reason=f"{judgement.verdict}, waived by {one.waive.owner}: {judgement.reason}"
        if waived and one.waive
        else judgement.reason,
        evidence=result.id,
        estimates=judgement.slices,
        adjusted_p=judgement.adjusted_p,
        needs_n=judgement.needs_n,
        waiver=waiver,
    )


def _judged(one: Required, result: Result, measured: list[Measured], level: float, family: int, seed: int) -> Judgement:
    if result.status != "ok":
        return Judgement(result.status, result.reason, [], None, None)
    key = frozenset(one.attributes)
    metric = one.require.metric or (measured[0].metric if measured else "")
    for candidate in measured:
        if candidate.metric == metric and key in candidate.places:
            point = one.require.judge == "point"
            found = judge(
                candidate, key, one.limit,
                level=level, point=point, family=family, adjust=one.require.adjust, seed=seed,
            )  # fmt: skip
            said = "" if point else claim(one.kind, one.limit, found)
            return replace(found, reason="; ".join(filter(None, (said, found.reason))))
    metrics = sorted({m.metric for m in measured})
    if metric in metrics or not metrics:
        by = f"by {', '.join(one.attributes)}" if one.attributes else "over all rows"
        return Judgement("not_assessed", f"it says nothing {by}: no two groups there can be compared", [], None, None)
    reason = f"{one.require.check} has no metric {metric!r} on {one.id}{nearest(metric, metrics)}"
    return Judgement("not_assessed", reason, [], None, None)


def _with_withheld(found: Judgement, one: Required, level: float, withheld: Sequence[Slice]) -> Judgement:
    """``found``, and the slices of the requirement that are withheld for privacy as inconclusive."""
    gone = [slice for slice in withheld if set(slice) == set(one.attributes)]
    if not gone or found.verdict == "error":
        return found
    metric = found.slices[0].metric if found.slices else one.require.metric or one.require.check.split(".")[-1]
    slices = [
        Judged(slice=s, metric=metric, value=None, low=None, high=None, level=level, n=0, verdict="inconclusive", reason=SUPPRESSED)
        for s in gone
    ]  # fmt: skip
    said = f"{slice_name(gone[0])}{f' and {len(gone) - 1} more' if len(gone) > 1 else ''}: {SUPPRESSED}"
    if found.verdict in ("pass", "not_assessed"):
        return replace(found, verdict="inconclusive", reason=said, slices=[*found.slices, *slices], adjusted_p=None)
    return replace(found, reason=f"{found.reason}; {said}", slices=[*found.slices, *slices])


def _applied(waive: Waive | None, judgement: Judgement, today: datetime.date) -> Waiver | None:
    if waive is None:
        return None
    state: Literal["active", "expired", "not needed"]
    state = "expired" if today > waive.until else "not needed" if judgement.verdict == "pass" else "active"
    return Waiver(owner=waive.owner, because=waive.because, until=waive.until.isoformat(), state=state)


def _known_attributes(require: Require, where: str, sensitive: list[str], most: int) -> None:
    for name in require.attributes or ():
        if name not in sensitive:
            raise PlanError(f"{where}: on: {name!r} is not a sensitive attribute{nearest(name, sensitive)}")
    depth = len(require.attributes or ())
    if depth != len(set(require.attributes or ())) or depth > most:
        raise PlanError(f"{where}: on: expected at most {most} different attributes (data.intersections), got {depth}")


def _known_metric(require: Require, where: str, names: list[str] | None) -> None:
    if names is not None and require.metric is not None and require.metric not in names:
        raise PlanError(
            f"{where}: metric: it has {', '.join(names)}; got {require.metric!r}{nearest(require.metric, names)}"
        )


def _name(require: Require, attributes: tuple[str, ...], before: Sequence[Required]) -> str:
    inside = ",".join((*attributes, *([require.metric] if require.metric else [])))
    name = f"{require.check}[{inside}]" if inside else require.check
    count = sum(one.id.split("#")[0] == name for one in before)
    return f"{name}#{count + 1}" if count else name


def _waiver(plan: Plan, require: Require, attributes: tuple[str, ...]) -> Waive | None:
    for waive in plan.waive:
        if waive.check == require.check and (waive.attributes is None or set(waive.attributes) == set(attributes)):
            return waive
    return None


def _no_idle_waiver(plan: Plan, found: Sequence[Required]) -> None:
    for position, waive in enumerate(plan.waive, 1):
        if not any(one.waive is waive for one in found):
            ids = [one.id for one in found]
            raise PlanError(f"waive[{position}]: no requirement on {waive.check!r} to waive{nearest(waive.check, ids)}")
