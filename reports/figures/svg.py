"""The little SVG that the figures need.

Colours are attributes, because style sheets do not reach into SVG in the PDF; classes let the screen
style sheet override them. Every figure is greyscale-safe: series differ by marker as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..text import visible

INK, SOFT, HAIR, PAPER, ACCENT = "#111111", "#444444", "#c9ced3", "#ffffff", "#0b4f7d"
WASH = "#e9edf0"
SERIES = (ACCENT, "#b34700", "#00725a", "#8a3a78")
SIZE = 11.0
"""Font size of labels in units of the drawing; 640 units are as wide as the text of an A4 page."""


def tag(name: str, text: str | None = None, /, **attributes: str | float) -> Markup:
    """One element; numbers get one decimal, ``text_anchor`` becomes ``text-anchor``, ``class_`` ``class``."""
    parts = [Markup("<{}").format(name)]
    for key, value in attributes.items():
        shown = value if isinstance(value, str) else f"{value:.1f}"
        parts.append(Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), shown))
    parts.append(Markup("/>") if text is None else Markup(">{}</{}>").format(visible(text), name))
    return Markup("").join(parts)


def drawing(width: float, height: float, alt: str, shapes: Iterable[Markup]) -> Markup:
    """The ``<svg>`` with its text alternative, which the PDF takes from a direct ``<title>`` child.

    Raises:
        ValueError: ``alt`` is empty.
    """
    if not alt.strip():
        raise ValueError("a figure needs a text alternative, got an empty one")
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" class="drawing" font-family="Report Sans" '
        'font-size="{}" fill="{}" viewBox="0 0 {:.0f} {:.0f}" width="{:.0f}" height="{:.0f}"><title>{}</title>'
    ).format(SIZE, INK, width, height, width, height, visible(alt))
    return head + Markup("").join(shapes) + Markup("</svg>")


def line(x1: float, y1: float, x2: float, y2: float, colour: str = INK, wide: float = 1.0, dash: str = "") -> Markup:
    """A straight line, dashed by ``dash`` such as ``4 2``."""
    more = {"stroke_dasharray": dash} if dash else {}
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=colour, stroke_width=wide, class_=_name(colour), **more)


def label(x: float, y: float, text: str, anchor: str = "start", colour: str = INK, size: float = SIZE) -> Markup:
    """Text at its base line, by ``anchor`` to the right of it, to the left, or around it."""
    return tag(
        "text", text, x=x, y=y, text_anchor=anchor, fill=colour, font_size=size, class_=f"t{_name(colour)}"
    )  # fmt: skip


def mark(kind: str, x: float, y: float, colour: str = ACCENT, r: float = 3.6) -> Markup:
    """A point: ``disc``, or open ``ring``, ``square``, ``triangle`` or ``diamond``."""
    filled = kind == "disc"
    more: dict[str, str | float] = {
        "fill": colour if filled else PAPER,
        "stroke": colour,
        "stroke_width": 1.4,
        "class_": f"{'disc' if filled else 'ring'} {_name(colour)}",
    }
    if kind == "triangle":
        points = f"{x:.1f},{y - r * 1.3:.1f} {x + r * 1.25:.1f},{y + r:.1f} {x - r * 1.25:.1f},{y + r:.1f}"
        return tag("polygon", points=points, **more)
    if kind == "diamond":
        points = (
            f"{x:.1f},{y - r * 1.4:.1f} {x + r * 1.4:.1f},{y:.1f} {x:.1f},{y + r * 1.4:.1f} {x - r * 1.4:.1f},{y:.1f}"
        )
        return tag("polygon", points=points, **more)
    if kind == "square":
        return tag("rect", x=x - r, y=y - r, width=2 * r, height=2 * r, **more)
    return tag("circle", cx=x, cy=y, r=r, **more)


def path(points: Sequence[tuple[float, float]], colour: str, wide: float = 1.2, dash: str = "") -> Markup:
    """An open line through ``points``, dashed by ``dash``."""
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    more = {"stroke_dasharray": dash} if dash else {}
    return tag("polyline", points=joined, fill="none", stroke=colour, stroke_width=wide, class_=_name(colour), **more)


def _name(colour: str) -> str:
    names = {INK: "ink", SOFT: "soft", HAIR: "hair", PAPER: "paper"}
    return names.get(colour) or (f"s{SERIES.index(colour)}" if colour in SERIES else "ink")


@dataclass(frozen=True)
class Axis:
    """A linear scale from data ``low``..``high`` to drawing ``start``..``end``."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Position of ``value``, held inside the axis."""
        part = (value - self.low) / (self.high - self.low)
        return self.start + min(1.0, max(0.0, part)) * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """About five round numbers on the axis."""
        return ticks(self.low, self.high)

    @property
    def places(self) -> int:
        """Decimals that tell neighbouring ticks apart."""
        at = self.ticks
        step = at[1] - at[0] if len(at) > 1 else 1.0
        return max(0, -math.floor(math.log10(step) + 1e-9))


def ticks(low: float, high: float) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten between ``low`` and ``high``, two to six of them."""
    raw = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if raw <= power * m * 1.0001)
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def axis(values: Iterable[float], start: float, end: float) -> Axis:
    """An axis around ``values`` with a little air."""
    known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(known), max(known)
    air = (high - low) * 0.06 or max(abs(low) * 0.1, 0.1)
    return Axis(low - air, high + air, start, end)
