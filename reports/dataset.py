"""The data read for print: where they come from, how often they were used, and how their values are spread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from ..audit.record import Attribute, DataInfo, Record
from .numbers import percent

Count = TypeVar("Count", int, int | None)

AGAIN = (
    "Whoever changes a model after seeing its verdicts fits it to these rows a little, and then the intervals are too "
    "short: confirm the final model on rows that no audit has used."
)


def facts(record: Record) -> list[tuple[str, str]]:
    """Pairs of a name and a text."""
    data = record.data
    found = [
        ("Name", data.name),
        ("Source", data.source),
        ("Rows", f"{data.rows:,}"),
        *_target(record),
        ("Weights", _weights(_asked(record, "data", "weight"))),
        ("Clusters", _clusters(_asked(record, "data", "cluster"))),
        ("Design", data.design),
        ("Audits so far", _uses(record)),
        ("Spending", _spending(record)),
        ("Suppression", _suppression(data)),
        ("Digest", data.digest),
    ]
    return [(name, text) for name, text in found if text]


def tallies(record: Record) -> list[tuple[str, Mapping[str, int | None]]]:
    """Caption and rows by value: of the label, then of each sensitive attribute."""
    labels = ordered(record.data.labels, record.model.classes)
    found: list[tuple[str, Mapping[str, int | None]]] = [
        ("Rows with each label" if _several(record) else f"Labels in {record.data.target}", labels)
    ]
    for attribute in record.data.sensitive:
        reference = f", reference {attribute.reference}" if attribute.reference is not None else ""
        levels = ordered(attribute.levels, _order(record, attribute))
        found.append((f"Sensitive attribute {attribute.name}{reference}", levels))
    return found


def ordered(counts: Mapping[str, Count], order: Iterable[str]) -> dict[str, Count]:
    """``counts`` in the given order, what it does not name last: a record keeps the keys of a mapping by spelling only."""
    rank = {name: place for place, name in enumerate(order)}
    return dict(sorted(counts.items(), key=lambda item: rank.get(item[0], len(rank))))


def _order(record: Record, attribute: Attribute) -> list[str]:
    """Levels as the results list them, which is the order of bins; the longest list, because comparisons skip a level."""
    lists = [
        [e.slice[attribute.name] for e in result.estimates if set(e.slice) == {attribute.name}]
        for result in record.results
    ]
    return list(dict.fromkeys(max(lists, key=lambda levels: len(set(levels)), default=[])))


def _several(record: Record) -> bool:
    return record.model.task == "multilabel"


def _target(record: Record) -> list[tuple[str, str]]:
    data = record.data
    if not _several(record):
        return [("Label column", data.target)]
    total, kinds = sum(data.labels.values()), len(data.labels)
    mean, density = total / data.rows, total / (data.rows * kinds)
    return [
        ("Label columns", data.target),
        ("Labels per row", f"{mean:.2f} of {kinds} on average, a share of {density:.3g}"),
    ]


def _asked(record: Record, table: str, key: str) -> Any:
    """What the plan says; a plan made elsewhere may lack the table."""
    found = record.plan.document.get(table)
    return found.get(key) if isinstance(found, dict) else None


def _suppression(data: DataInfo) -> str:
    if not data.suppress:
        return ""
    rule = (
        f"Groups with fewer than {data.suppress} rows, with fewer than {data.suppress} rows of some label, or with one label only "
        "are not shown, nor are others that would give them away by subtraction"
    )
    return f"{rule}: {data.withheld:,} groups and intersections are suppressed."


def _weights(column: Any) -> str:
    return f"Column {column} says how many people a row stands for; rates and intervals allow for it." if column else ""


def _clusters(column: Any) -> str:
    return f"Rows with the same {column} are not independent; intervals allow for it." if column else ""


def _uses(record: Record) -> str:
    uses, ledger = record.data.uses, _asked(record, "audit", "ledger")
    if uses is None:
        return ""
    counted = f", counted in {ledger}" if ledger else ""
    return f"This is audit number {uses:,} of these data{counted}.{f' {AGAIN}' if uses > 1 else ''}"


def _spending(record: Record) -> str:
    levels = {judged.level for requirement in record.requirements for judged in requirement.estimates}
    if not _asked(record, "audit", "spend") or len(levels) != 1:
        return ""
    spent, whole = percent(round(levels.pop(), 4)), percent(record.audit.confidence)
    return f"Verdicts use {spent} intervals, so that all audits of these data together keep to {whole}."
