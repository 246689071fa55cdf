"""Reliability diagram: stated probability against what came true, with how many rows stand behind each bin."""

from __future__ import annotations

from markupsafe import Markup

from ...audit.record import Series
from .svg import ACCENT, HAIR, INK, SIZE, SOFT, Axis, drawing, label, line, mark, path, tag

SIDE, LEFT, TOP, STRIP = 236.0, 40.0, 8.0, 46.0
WIDTH, HEIGHT = LEFT + SIDE + 10, TOP + SIDE + STRIP + 48


def reliability(series: Series, band: Series | None = None, *, alt: str, x_label: str, y_label: str) -> Markup:
    """One panel; axes run from 0 to 1 on both sides, counts are bars below. ``band``: where a calibrated model has them."""
    x, y = Axis(0.0, 1.0, LEFT, LEFT + SIDE), Axis(0.0, 1.0, TOP + SIDE, TOP)
    shapes = [*_frame(x, y), *_bars(series, x), *_band(band, x, y), *_points(series, x, y)]
    middle = LEFT + SIDE / 2
    shapes.append(label(middle, HEIGHT - 6, x_label or "predicted probability", "middle", SOFT, SIZE - 1))
    turned = tag("text", y_label or "observed share", x=0.0, y=0.0, text_anchor="middle", fill=SOFT, class_="tsoft",
                 font_size=SIZE - 1, transform=f"translate(10 {TOP + SIDE / 2:.1f}) rotate(-90)")  # fmt: skip
    return drawing(WIDTH, HEIGHT, alt, [*shapes, turned])


def _frame(x: Axis, y: Axis) -> list[Markup]:
    shapes = []
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        shapes.append(line(x.at(value), y.start, x.at(value), y.end, HAIR, 0.6))
        shapes.append(line(x.start, y.at(value), x.end, y.at(value), HAIR, 0.6))
        shapes.append(label(LEFT - 5, y.at(value) + 4, f"{value:g}", "end", SOFT, SIZE - 1))
        shapes.append(label(x.at(value), HEIGHT - 21, f"{value:g}", "middle", SOFT, SIZE - 1))
    return [*shapes, line(x.start, y.start, x.end, y.end, INK, 0.9, "4 2.5")]


def _band(band: Series | None, x: Axis, y: Axis) -> list[Markup]:
    if band is None:
        return []
    limits = zip(band.x, band.low or (), band.high or (), strict=False)
    return [line(x.at(a), y.at(low), x.at(a), y.at(high), HAIR, 6.0) for a, low, high in limits]


def _points(series: Series, x: Axis, y: Axis) -> list[Markup]:
    shapes = [path([(x.at(a), y.at(b)) for a, b in zip(series.x, series.y, strict=True)], ACCENT, 0.8)]
    for a, low, high in zip(series.x, series.low or (), series.high or (), strict=False):
        shapes.append(line(x.at(a), y.at(low), x.at(a), y.at(high), ACCENT, 1.4))
    return shapes + [mark("disc", x.at(a), y.at(b), ACCENT, 2.8) for a, b in zip(series.x, series.y, strict=True)]


def _bars(series: Series, x: Axis) -> list[Markup]:
    """Counts below the diagram, on their own scale whose top is printed."""
    base, most = TOP + SIDE + 8 + STRIP - 14, max(series.n or [0])
    if most == 0 or series.n is None:
        return []
    wide = min(12.0, SIDE / len(series.x) * 0.6)
    shapes = [line(x.start, base, x.end, base, HAIR, 0.6)]
    for a, n in zip(series.x, series.n, strict=True):
        tall = (STRIP - 14) * n / most
        shapes.append(
            tag("rect", x=x.at(a) - wide / 2, y=base - tall, width=wide, height=tall, fill=SOFT, class_="bar")
        )
    shapes.append(label(LEFT - 5, base - STRIP + 24, f"{most:,}", "end", SOFT, SIZE - 2))
    return [*shapes, label(LEFT - 5, base, "rows", "end", SOFT, SIZE - 2)]
