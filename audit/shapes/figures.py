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
    designed: bool = False
    """Whether it allows for weights and clusters of the rows."""

    def figure(self) -> Figure:
        """As it stands in the record."""
        return Figure.model_validate({key: value for key, value in vars(self).items() if key != "designed"})


@dataclass(frozen=True)
class Table:
    """Columns and rows, for a table."""

    title: str
    columns: list[str]
    rows: list[list[str | float | int | None]] = field(default_factory=list)
    note: str = ""
    designed: bool = False
    """Whether it allows for weights and clusters of the rows."""

    def figure(self) -> Figure:
        """As it stands in the record."""
        return Figure(kind="table", **{key: value for key, value in vars(self).items() if key != "designed"})
