"""A curve, or several: labelled at their ends in place of a legend, with bars where points have intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from ...audit.record import Figure, Series
from ..numbers import fixed
from ..text import shorten
from .svg import HAIR, SERIES, SIZE, SOFT, Axis, axis, drawing, label, line, mark, path

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640.0, 250.0, 52.0, 500.0, 24.0, 208.0
KINDS = ("disc", "square", "triangle", "ring")
MARKED = 40
"""Curves of more points are drawn without markers and bars."""
DRAWN = 400
"""Curves of more points are thinned; the record holds them all."""


def curve(figure: Figure, *, alt: str) -> Markup:
    """Draw the series of ``figure`` on common axes."""
    lines = [thin(series) for series in figure.series if series.x]
    x = axis([v for s in lines for v in s.x], LEFT, RIGHT)
    y = axis([v for s in lines for v in (*s.y, *(s.low or ()), *(s.high or ()))], BOTTOM, TOP)
    shapes = _frame(figure, x, y)
    for index, series in enumerate(lines):
        shapes += _series(series, index, x, y)
    if len(lines) > 1:
        shapes += _names(lines, y)
    return drawing(WIDTH, HEIGHT, alt, shapes)


def thin(series: Series) -> Series:
    """At most :data:`DRAWN` points, evenly picked, the last one kept."""
    step = math.ceil(len(series.x) / DRAWN)
    if step == 1:
        return series
    keep = sorted({*range(0, len(series.x), step), len(series.x) - 1})
    return Series(name=series.name, x=[series.x[i] for i in keep], y=[series.y[i] for i in keep])


def _frame(figure: Figure, x: Axis, y: Axis) -> list[Markup]:
    shapes = []
    for value in y.ticks:
        shapes.append(line(LEFT, y.at(value), RIGHT, y.at(value), HAIR, 0.6))
        shapes.append(label(LEFT - 6, y.at(value) + 4, fixed(value, y.places), "end", SOFT, SIZE - 1))
    for value in x.ticks:
        shapes.append(line(x.at(value), BOTTOM, x.at(value), BOTTOM + 4, HAIR, 0.8))
        shapes.append(label(x.at(value), BOTTOM + 16, fixed(value, x.places), "middle", SOFT, SIZE - 1))
    shapes.append(label((LEFT + RIGHT) / 2, HEIGHT - 6, shorten(figure.x_label, 50), "middle", SOFT, SIZE - 1))
    shapes.append(label(0, 12, shorten(figure.y_label, 60), "start", SOFT, SIZE - 1))
    return shapes


def _series(series: Series, index: int, x: Axis, y: Axis) -> list[Markup]:
    colour, kind = SERIES[index % len(SERIES)], KINDS[index % len(KINDS)]
    points = [(x.at(a), y.at(b)) for a, b in zip(series.x, series.y, strict=True)]
    shapes = [path(points, colour)]
    if len(points) > MARKED:
        return shapes
    for (at, _), low, high in zip(points, series.low or (), series.high or (), strict=False):
        shapes.append(line(at, y.at(low), at, y.at(high), colour, 1.2))
    return shapes + [mark(kind, a, b, colour, 3.0) for a, b in points]


def _names(lines: Sequence[Series], y: Axis) -> list[Markup]:
    """Names at the ends of the curves, pushed apart where they would overlap."""
    shapes, free = [], -math.inf
    for index in sorted(range(len(lines)), key=lambda i: y.at(lines[i].y[-1])):
        at = max(y.at(lines[index].y[-1]) + 4, free)
        free = at + SIZE + 3
        colour = SERIES[index % len(SERIES)]
        shapes.append(mark(KINDS[index % len(KINDS)], RIGHT + 14, at - 4, colour, 3.0))
        shapes.append(label(RIGHT + 22, at, shorten(lines[index].name, 10.4), colour=colour))
    return shapes
