"""Shapes that are drawn and not judged."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..record import Figure, Series


@dataclass(frozen=True)
class Curve:
    """Points of one or more lines, for a figure."""

    title: str
    series: list[Series]
    x_label: str = ""
    y_label: str = ""
    kind: str = "curve"
    note: str = ""

    def figure(self) -> Figure:
        """As it stands in the record."""
        return Figure.model_validate(vars(self))


@dataclass(frozen=True)
class Table:
    """Columns and rows, for a table."""

    title: str
    columns: list[str]
    rows: list[list[str | float | int | None]] = field(default_factory=list)
    note: str = ""

    def figure(self) -> Figure:
        """As it stands in the record."""
        return Figure(kind="table", **vars(self))
