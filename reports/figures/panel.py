"""Small multiples: one series each on common axes, with its band, over the first series of the figure."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from ...audit.record import Figure, Series
from ..numbers import fixed
from .svg import ACCENT, HAIR, INK, SIZE, SOFT, Axis, drawing, label, line, path, tag

BAND = "#cddbe5"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 150.0, 104.0, 24.0, 144.0, 5.0, 88.0


def panels(figure: Figure, title: str) -> list[tuple[str, str, Markup]]:
    """Name, rows and drawing of each series but the first. Names are set by the page, in whatever script they are."""
    first, *others = figure.series
    x = _scale([v for s in figure.series for v in s.x], LEFT, RIGHT)
    y = _scale([v for s in figure.series for v in (*s.y, *(s.low or ()), *(s.high or ()))], BOTTOM, TOP)
    return [(one.name, _rows(one), _panel(one, first, x, y, title)) for one in others]


def _scale(values: Sequence[float], start: float, end: float) -> Axis:
    low, high = min(values), max(values)
    return Axis(low, high if high > low else low + 1.0, start, end)


def _rows(series: Series) -> str:
    return f"{max(series.n):,} rows" if series.n else ""


def _panel(one: Series, first: Series, x: Axis, y: Axis, title: str) -> Markup:
    lines = [path(_points(first, x, y), INK, 1.0, "3 2"), path(_points(one, x, y), ACCENT, 1.7)]
    shapes = [*_band(one, x, y), *_frame(x, y), *lines]
    return drawing(WIDTH, HEIGHT, f"{title}: {one.name}. {_furthest(one, first)}", shapes)


def _points(series: Series, x: Axis, y: Axis) -> list[tuple[float, float]]:
    return [(x.at(a), y.at(b)) for a, b in zip(series.x, series.y, strict=True)]


def _frame(x: Axis, y: Axis) -> list[Markup]:
    shapes = []
    for value in _three(y):
        shapes.append(line(LEFT, y.at(value), RIGHT, y.at(value), HAIR, 0.6))
        shapes.append(label(LEFT - 4, y.at(value) + 3.5, f"{value:.3g}", "end", SOFT, SIZE - 2))
    for value in _three(x):
        shapes.append(line(x.at(value), BOTTOM, x.at(value), TOP, HAIR, 0.6))
        shapes.append(label(x.at(value), BOTTOM + 12, f"{value:.3g}", "middle", SOFT, SIZE - 2))
    return shapes


def _three(scale: Axis) -> Sequence[float]:
    return scale.low, (scale.low + scale.high) / 2, scale.high


def _band(series: Series, x: Axis, y: Axis) -> list[Markup]:
    if series.low is None or series.high is None:
        return []
    there = [(x.at(a), y.at(b)) for a, b in zip(series.x, series.high, strict=True)]
    back = [(x.at(a), y.at(b)) for a, b in zip(series.x, series.low, strict=True)][::-1]
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in there + back)
    return [tag("polygon", points=points, fill=BAND, class_="band")]


def _furthest(one: Series, first: Series) -> str:
    """Where the series lies furthest from the first one, if both have the same points."""
    if one.x != first.x:
        return ""
    at = max(range(len(one.x)), key=lambda k: abs(one.y[k] - first.y[k]))
    apart = f"{fixed(one.y[at], 2)} against {fixed(first.y[at], 2)} at {fixed(one.x[at], 2)}"
    return f"Furthest from {first.name}: {apart}."
