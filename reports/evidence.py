"""Results read for print: a table of estimates per metric, and the figures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple

from markupsafe import Markup

from ..audit.record import Estimate, Figure, Outcome, Record, Result
from . import judged, numbers, slices
from .columns import printed
from .figures.draw import draw
from .figures.panel import panels
from .figures.whisker import Whiskers, whiskers
from .frameworks import addressed
from .methods import short
from .text import sentence, shorten
from .words import STATES

NOTHING = "\N{EN DASH}"
"""Stands in a table where there is nothing to say."""

PROSE = 32
"""Characters (in a table) or em (of an option) above which a text is too long to stand among numbers."""


@dataclass(frozen=True)
class Row:
    """A line of a table of estimates, ready to print; a heading has a name and the grid of the plot."""

    name: str
    n: str = ""
    counts: str = ""
    value: str = ""
    interval: str = ""
    note: str = ""
    verdict: str = ""
    heading: bool = False
    plot: str = ""


@dataclass(frozen=True)
class Drawn:
    """A figure: number, drawing (or a table or ``panels`` in place of it) and caption.

    ``panels``: name, rows and drawing of each.
    """

    number: int
    caption: str
    svg: Markup | None = None
    table: Figure | None = None
    small: bool = False
    panels: list[tuple[str, str, Markup]] = field(default_factory=list)

    @cached_property
    def printed(self) -> tuple[list[str], list[list[str]]]:
        """Titles and cells of a table."""
        return printed(self.table) if self.table else ([], [])

    @property
    def numeric(self) -> list[bool]:
        """Of a table: which columns are neither mostly words nor prose, and so stand to the right."""
        titles, rows = self.printed
        return [_numeric([row[at] for row in rows]) for at in range(len(titles))]


@dataclass(frozen=True)
class Block:
    """All estimates of one metric. ``counted``: there is a column of counts; ``last``: title of the last one, if any."""

    number: int
    metric: str
    caption: str
    said: str
    rows: list[Row]
    counted: bool
    last: str
    axis: Whiskers


@dataclass(frozen=True)
class Evidence:
    """A result with its blocks and its own figures."""

    result: Result
    blocks: list[Block]
    figures: list[Drawn]
    standing: list[str] = field(default_factory=list)
    """Of a rule: whether it is in force, what was audited when, and until when that serves."""

    @property
    def options(self) -> list[tuple[str, str]]:
        """Options in words; texts that were left empty say nothing."""
        return [(name, _option(value)) for name, value in self.result.options.items() if value not in ("", [], {})]

    @property
    def about(self) -> list[str]:
        """Paragraphs of what the check measures, its signs of trouble and its limits."""
        return [" ".join(paragraph.split()) for paragraph in self.result.about.split("\n\n") if paragraph.strip()]


def _numeric(cells: list[str]) -> bool:
    texts = [cell for cell in cells if cell not in (NOTHING, "")]
    return (
        bool(texts)
        and 2 * sum(text[:1].isalpha() for text in texts) <= len(texts)
        and all(len(text) <= PROSE for text in texts)
    )


def _option(value: Any) -> str:
    if isinstance(value, dict):
        return shorten("; ".join(f"{key}: {_option(of)}" for key, of in value.items()), PROSE)
    return shorten(", ".join(map(str, value)) if isinstance(value, list) else numbers.plain(value), PROSE)


class Numbering:
    """Running numbers of tables and figures."""

    def __init__(self) -> None:
        self._tables, self._figures = count(1), count(1)

    def table(self) -> int:
        return next(self._tables)

    def figure(self) -> int:
        return next(self._figures)


def evidence(record: Record, result: Result, number: Numbering) -> Evidence:
    """Read one result."""
    by_metric: dict[str, list[Estimate]] = {}
    for estimate in result.estimates:
        by_metric.setdefault(estimate.metric, []).append(estimate)
    several = len(by_metric) > 1
    blocks = [_block(record, result, metric, found, number, several) for metric, found in by_metric.items()]
    figures = [_figure(result, figure, series, number) for figure, series in _panels(result)]
    return Evidence(result, blocks, figures, _standing(record, result))


def _standing(record: Record, result: Result) -> list[str]:
    day = date.fromisoformat(record.audit.finished[:10])
    text = f"Audited on {day}: {record.model.name}, on {record.data.name}."
    if "nyc-ll144:301a" in result.addresses:
        last = day.replace(year=day.year + 1, day=min(day.day, 28) if day.month == 2 else day.day)
        text += f" The tool may not be used when its audit is more than a year old (5-301(a)): this one serves until {last}."
    return [f"{one.standing} {text}" for one in addressed(result.addresses)] if result.family == "rules" else []


def _block(
    record: Record, result: Result, metric: str, estimates: list[Estimate], number: Numbering, several: bool
) -> Block:
    verdicts, bounds = judged.verdicts(record, result), judged.lines(record, result, metric)
    name = slices.spoken(metric) if several else result.title
    axis = whiskers(estimates, bounds)
    shown = [e for e in estimates if e.state != "suppressed"]
    method = Counter(e.method for e in shown).most_common(1)[0][0]
    usual = Usual(method, _shared([e.against for e in shown]))
    rows: list[Row] = []
    for heading, group in slices.grouped(estimates):
        against = _shared([e.against for e in group if e.state != "suppressed"])
        named = f"{heading}, against {against}" if against and against != usual.against else heading
        rows += [Row(named, heading=True, plot=axis.cell(None))] if heading else []
        common = usual._replace(against=against or usual.against)
        rows += [_row(estimate, verdicts.get(judged.key(metric, estimate.slice)), axis, common) for estimate in group]
    return Block(
        number=number.table(),
        metric=name if several else "",
        caption=_caption(name, shown, usual),
        said=_range(estimates),
        rows=rows,
        counted=any(row.counts for row in rows),
        last=", ".join(word for word in ("verdict", "note") if any(getattr(row, word) for row in rows)).capitalize(),
        axis=axis,
    )


class Usual(NamedTuple):
    """The most frequent method, and the reference if all rows share it: the caption says them, rows note what differs."""

    method: str
    against: str


def _shared(texts: Sequence[str]) -> str:
    """The text that all have in common, or nothing."""
    return texts[0] if len(set(texts)) == 1 else ""


def _row(estimate: Estimate, verdict: Outcome | None, axis: Whiskers, usual: Usual) -> Row:
    if numbers.suppressed(estimate):
        return Row(slices.name(estimate.slice), note=STATES["suppressed"], verdict=verdict or "", plot=axis.cell(None))
    bounds = axis.bounds if verdict else ()
    against = f"against {estimate.against or 'nobody'}" if estimate.against != usual.against else ""
    method = short(estimate.method) if estimate.method != usual.method else ""
    note = "" if numbers.infinite(estimate) else estimate.note
    return Row(
        name=slices.name(estimate.slice),
        n=f"{estimate.n:,}",
        counts=numbers.counts(estimate),
        value=numbers.point(estimate, bounds),
        interval=numbers.span(estimate, bounds),
        note="; ".join(part for part in (STATES[estimate.state], method, against, note, differs(estimate)) if part),
        verdict=verdict or "",
        plot=axis.cell(estimate, verdict or ""),
    )


def differs(estimate: Estimate) -> str:
    """Whether an exploratory test found another rate than in the rest of the rows, at the error level of the intervals."""
    found = estimate.differs_p is not None and estimate.differs_p <= 1 - estimate.level
    return "differs from the rest" if found else ""


def _caption(name: str, estimates: Sequence[Estimate], usual: Usual) -> str:
    """Name, level, method and reference."""
    by = f", {short(usual.method)}" if usual.method else ""
    by += " unless noted" if len({e.method for e in estimates}) > 1 else ""
    versus = f"; compared with {usual.against}" if usual.against else ""
    levels = " and ".join(numbers.percent(level) for level in sorted({e.level for e in estimates}))
    meanings = {numbers.COUNTS_MEAN.get(numbers.counts_form(e), "") for e in estimates} - {""}
    counts = f"; counts are {min(meanings)}" if len(meanings) == 1 else ""
    return f"{name}: estimates with {levels} intervals{by}{versus}{counts}."


def _range(estimates: Sequence[Estimate]) -> str:
    """``Lowest: Female, 0.31 (0.28–0.34). Highest: …`` where there is something to compare."""
    known = [
        (math.inf if e.value is None else e.value, e)
        for e in estimates
        if e.state != "insufficient" and (e.value is not None or numbers.infinite(e))
    ]
    if len(known) < 3:
        return ""
    ends = (("Lowest", min(known, key=lambda pair: pair[0])[1]), ("Highest", max(known, key=lambda pair: pair[0])[1]))
    return " ".join(f"{word}: {shorten(slices.name(e.slice), 30)}, {numbers.both(e)}." for word, e in ends)


def _panels(result: Result) -> Iterator[tuple[Figure, int | None]]:
    """Each figure once; a reliability diagram once per series, because panels compare better than overlaid lines."""
    for figure in result.figures:
        if figure.kind == "reliability":
            yield from ((figure, index) for index, series in enumerate(figure.series) if series.x and series.n)
        elif figure.kind == "table" or any(series.x for series in figure.series):
            yield figure, None


def _figure(result: Result, figure: Figure, series: int | None, number: Numbering) -> Drawn:
    name = figure.series[series].name if series is not None else ""
    title = f"{figure.title}: {name}" if name else figure.title
    caption = " ".join(part for part in (sentence(title), sentence(figure.note)) if part)
    if figure.kind == "table":
        return Drawn(number.table(), caption, table=figure)
    if figure.kind == "panels":
        read = f"Across: {figure.x_label}. Up: {figure.y_label}. Dashed: {figure.series[0].name}."
        return Drawn(number.figure(), f"{caption} {read}", panels=panels(figure, title))
    return Drawn(number.figure(), caption, draw(figure, series, title or result.title), small=series is not None)
