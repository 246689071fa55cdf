"""The record as a short GitHub-flavoured card: verdict, findings, requirements, estimates per family."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..audit.record import ModelInfo, Record
from . import numbers
from .crosswalk import Crosswalk
from .evidence import Block, Drawn, Row
from .text import visible
from .view import Chapter, View, view
from .words import VERDICTS

MARKS = {"fail": "❌", "error": "💥", "inconclusive": "❔", "not_assessed": "⬜", "waived": "📝", "pass": "✅"}
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$])")


def render(record: Record) -> bytes:
    """The card as UTF-8 Markdown."""
    card = view(record)
    parts = [
        _head(card),
        _findings(card),
        _requirements(card),
        *map(_family, card.chapters),
        _absent(card),
        *map(_crosswalk, card.crosswalks),
        _people(card),
    ]
    return ("\n\n".join(part for part in [*parts, _foot(card)] if part) + "\n").encode()


def cell(text: str) -> str:
    """Text that no renderer reads as markup or as the end of a table cell; line breaks become spaces."""
    plain = " ".join(visible(text).split())
    return SPECIAL.sub(r"\\\1", plain.replace("&", "&amp;")).replace("://", ":\u200b//").replace("@", "@\u200b")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A pipe table; ``right`` are the positions of right-aligned columns. Cells are Markdown already."""
    ruler = ["---:" if at in right else "---" for at in range(len(columns))]
    return "\n".join("| " + " | ".join(row) + " |" for row in [columns, ruler, *rows])


def _verdict(outcome: str) -> str:
    return f"{MARKS[outcome]} {VERDICTS[outcome].word}" if outcome else ""


def _head(card: View) -> str:
    record = card.record
    status = _verdict(record.verdict.status) if record.requirements else "Nothing judged"
    baseline, uses = record.model.baseline, record.data.uses
    used = f", audit number {uses:,} of these data" if uses else ""
    facts = [
        ("Model", _model(record.model)),
        *([("Baseline", _model(baseline))] if baseline else []),
        ("Data", f"{cell(record.data.name)}, {record.data.rows:,} rows{used}, `{record.data.digest[:23]}`"),
        ("Requirements", f"fixed {cell(record.plan.fixed)}, before the first prediction, `{record.plan.digest[:23]}`"),
        ("Record", f"`{card.digest}`"),
    ]
    lines = "\n".join(f"- **{name}**: {text}" for name, text in facts)
    return f"# {cell(record.audit.name)}\n\n## {status}\n\n{cell(card.label.reason)}\n\n{lines}"


def _model(model: ModelInfo) -> str:
    return f"{cell(model.name)}, {cell(model.task)}, `{(model.digest or 'no digest')[:23]}`"


def _findings(card: View) -> str:
    found = "\n".join(f"{at}. {cell(text)}" for at, text in enumerate(card.label.findings, 1))
    limits = "\n".join(f"- {cell(text)}" for text in card.label.limits)
    return "\n\n".join(
        part for part in (found and f"## What did not pass\n\n{found}", f"## Limits\n\n{limits}") if part
    )


def _requirements(card: View) -> str:
    if not card.label.rows:
        return ""
    columns = ["Verdict", "Requirement", "Deciding slice", "Estimate (interval)", "Bound", "Evidence"]
    rows = [
        [
            _verdict(r.verdict),
            *(cell(text) for text in (r.title, r.slice or "all rows", r.estimate, r.bound, r.evidence)),
        ]
        for r in card.label.rows
    ]
    more = f"\n\nAnd {card.label.more} more in the record." if card.label.more else ""
    return "## Requirements\n\n" + table(columns, rows, [3]) + more


def _family(chapter: Chapter) -> str:
    parts = [f"## {cell(chapter.title)}"]
    for item in chapter.evidence:
        parts.append(f"### {cell(item.result.id)} {cell(item.result.title)}")
        parts += [cell(text) for text in item.standing]
        parts += [
            f"**Doubt:** {cell(doubt)}. No requirement that rests on this passes." for doubt in item.result.doubts
        ]
        parts += [f"{cell(block.caption)}\n\n{_block(block)}" for block in item.blocks]
        parts += [f"{cell(drawn.caption)}\n\n{_table(drawn)}" for drawn in item.figures if drawn.table]
    return "\n\n".join(parts)


def _block(block: Block) -> str:
    rows, heading = [], ""
    for row in block.rows:
        heading = row.name if row.heading else heading
        if not row.heading:
            rows.append(_line(row, heading))
    return table(["Slice", "Rows", "Estimate", "Interval", "Note"], rows, [1, 2, 3])


def _table(drawn: Drawn) -> str:
    assert drawn.table is not None
    columns, rows = drawn.printed
    right = [at for at, numeric in enumerate(drawn.numeric) if numeric]
    return table([cell(column) for column in columns], [[cell(text) for text in row] for row in rows], right)


def _line(row: Row, heading: str) -> list[str]:
    name = f"{heading}: {row.name}" if heading else row.name
    return [cell(name), row.n, cell(row.value), cell(row.interval), cell(row.note)]


def _absent(card: View) -> str:
    if not card.absent:
        return ""
    rows = [[cell(r.id), cell(r.title), _verdict(r.status), cell(r.reason)] for r in card.absent]
    return "## Not assessed and errors\n\n" + table(["Evidence", "Check", "State", "Reason"], rows)


def _crosswalk(crosswalk: Crosswalk) -> str:
    rows = [
        [
            cell(row.clause.id) + ("" if row.clause.confirmed else " †"),
            cell(row.clause.text),
            row.state,
            cell(", ".join([*(one if one == two else f"{one} to {two}" for one, two in row.runs), *row.parts])),
            cell("; ".join(row.missing)),
        ]
        for row in crosswalk.rows
    ]
    columns = ["Clause", "What it asks", "State", "Evidence here", "Missing here"]
    note = "\n\n† not held against the text." if crosswalk.unconfirmed else ""
    title = f"## Regulatory crosswalk: {cell(crosswalk.framework.name)}"
    return f"{title}\n\n{cell(crosswalk.framework.standing)}\n\n{table(columns, rows)}{note}"


def _people(card: View) -> str:
    lines = [f"- **{cell(heading)}**: {cell(text) or '*Not provided.*'}" for heading, text in card.people]
    return "## What people have to say\n\n" + "\n".join(lines)


def _foot(card: View) -> str:
    version = card.record.assay.get("version", "")
    level = numbers.percent(card.record.audit.confidence)
    return (
        f"Self-run audit by assay {cell(version)}, intervals at {level}. Not a legal opinion. "
        f"Every number is in the record under its evidence id."
    )
