"""Dot and whisker in a table cell: the estimate, its interval and the bound, beside the numbers they draw.

Coordinates are per cent of the cell, so that lines of neighbouring rows meet however tall a row is. A
cell repeats what its row says in numbers; assistive technology skips it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ...audit.record import Estimate, Judged
from ..numbers import fixed
from .svg import ACCENT, HAIR, INK, SOFT, WASH, Axis, axis, tag

Measured = Estimate | Judged


@dataclass(frozen=True)
class Whiskers:
    """The common scale of one table: its bounds, and where they and the round numbers are labelled."""

    scale: Axis
    bounds: tuple[float, ...]
    good: tuple[float, float] | None = None
    """From where to where the requirement holds, in per cent; None where nothing is required, or too much is."""

    @property
    def grid(self) -> list[float]:
        """Places of the round numbers, in per cent."""
        return [self.scale.at(value) for value in self.scale.ticks]

    @property
    def parity(self) -> list[float]:
        """Place of 0 or 1, in per cent, if the bounds lie around it."""
        if len(self.bounds) != 2:
            return []
        return [self.scale.at(value) for value in (0.0, 1.0) if self.bounds[0] < value < self.bounds[1]]

    @property
    def labels(self) -> list[tuple[str, str, bool]]:
        """Place in per cent, number, and whether it is a bound. Round numbers too close to another one are left out."""
        taken = [(self.scale.at(bound), f"{bound:.4g}", True) for bound in self.bounds]
        if len(taken) == 2 and taken[1][0] - taken[0][0] < 24:
            taken = [((taken[0][0] + taken[1][0]) / 2, f"{taken[0][1]} | {taken[1][1]}", True)]
        for value in self.scale.ticks:
            at = self.scale.at(value)
            if 8 < at < 92 and all(abs(at - other) > 24 for other, _, _ in taken):
                taken.append((at, fixed(value, self.scale.places), False))
        return [(f"{at:.1f}", text, bound) for at, text, bound in taken]

    def cell(self, measured: Measured | None, verdict: str = "") -> Markup:
        """The drawing for one row; without a measurement the grid only."""
        shapes = [] if self.good is None else [_zone(*self.good)]
        shapes += [_upright(at, HAIR, 0.7) for at in self.grid] + [_upright(at, SOFT, 0.9) for at in self.parity]
        shapes += [_upright(self.scale.at(bound), INK, 1.0, "3 2") for bound in self.bounds]
        if measured is not None and measured.value is not None:
            shapes += self._whisker(measured, verdict)
        head = '<svg xmlns="http://www.w3.org/2000/svg" class="whisker" aria-hidden="true" width="100%" height="100%">'
        return Markup("").join([Markup(head), *shapes, Markup("</svg>")])

    def ends(self, measured: Measured) -> tuple[float, float]:
        """Ends of the interval, in per cent; one that is open or leaves the scale runs to the edge."""
        low, high = measured.low, measured.high
        left = 0.0 if low is None or low < self.scale.low else self.scale.at(low)
        right = 100.0 if high is None or high > self.scale.high else self.scale.at(high)
        return left, right

    def _whisker(self, measured: Measured, verdict: str) -> list[Markup]:
        colour = INK if verdict in ("fail", "inconclusive") else ACCENT
        left, right = self.ends(measured)
        bar = tag("line", x1=f"{left:.1f}%", x2=f"{right:.1f}%", y1="50%", y2="50%", stroke=colour, stroke_width=1.5,
                  class_=_name(colour))  # fmt: skip
        return [bar, _dot(self.scale.at(measured.value or 0.0), verdict, colour)]


def whiskers(
    measured: Iterable[Measured], bounds: Sequence[float], good: tuple[float | None, float | None] | None = None
) -> Whiskers:
    """A scale that shows all estimates and bounds; a whisker much wider than the others may leave it.

    ``good``: the ends of the bound of the one requirement, None where it is open.
    """
    items = list(measured)
    points = [*(m.value for m in items if m.value is not None), *bounds] or [0.0, 1.0]
    widths = sorted(m.high - m.low for m in items if m.low is not None and m.high is not None)
    room = max(max(points) - min(points), 1.5 * widths[len(widths) // 2] if widths else 0.0)
    low, high = min(points) - room, max(points) + room
    ends = [end for m in items if m.value is not None for end in (m.low, m.high) if end is not None]
    scale = axis([*points, *(min(max(end, low), high) for end in ends)], 3.0, 97.0)
    return Whiskers(scale, tuple(bounds), None if good is None else _percent(scale, *good))


def _percent(scale: Axis, low: float | None, high: float | None) -> tuple[float, float]:
    return 0.0 if low is None else scale.at(low), 100.0 if high is None else scale.at(high)


def _zone(start: float, end: float) -> Markup:
    return tag("rect", x=f"{start:.1f}%", y="0", width=f"{end - start:.1f}%", height="100%", fill=WASH, class_="wash")


def _upright(at: float, colour: str, wide: float, dash: str = "") -> Markup:
    more = {"stroke_dasharray": dash} if dash else {}
    return tag("line", x1=f"{at:.1f}%", x2=f"{at:.1f}%", y1="0", y2="100%", stroke=colour, stroke_width=wide,
               class_=_name(colour), **more)  # fmt: skip


def _dot(at: float, verdict: str, colour: str) -> Markup:
    """Disc; filled square where it fails; ring where it is inconclusive."""
    if verdict == "fail":
        return tag("rect", x=f"{at:.1f}%", y="50%", width="8", height="8", transform="translate(-4 -4)", fill=colour,
                   class_="disc ink")  # fmt: skip
    shape = "ring" if verdict == "inconclusive" else "disc"
    fill = "#ffffff" if shape == "ring" else colour
    return tag("circle", cx=f"{at:.1f}%", cy="50%", r=3.3, fill=fill, stroke=colour, stroke_width=1.4,
               class_=f"{shape} {_name(colour)}")  # fmt: skip


def _name(colour: str) -> str:
    return {INK: "ink", HAIR: "hair", SOFT: "soft"}.get(colour, "s0")
