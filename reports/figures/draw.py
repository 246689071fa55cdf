"""From a figure of the record to its drawing and its text alternative."""

from __future__ import annotations

from markupsafe import Markup

from ...audit.record import Figure, Series
from ..numbers import fixed
from .curve import curve
from .reliability import reliability


def draw(figure: Figure, series: int | None, title: str) -> Markup:
    """Draw a curve, or one series of a reliability diagram over its band, the next series if that counts no rows."""
    if series is None:
        return curve(figure, alt=f"Curve: {title}. {_ends(figure)}")
    one = figure.series[series]
    band = next((other for other in figure.series[series + 1 : series + 2] if other.n is None), None)
    return reliability(
        one, band, alt=f"Reliability diagram: {title}. {_gap(one)}", x_label=figure.x_label, y_label=figure.y_label
    )


def _ends(figure: Figure) -> str:
    said = [
        f"{s.name or figure.y_label or 'Value'} goes from {fixed(s.y[0], 3)} at {fixed(s.x[0], 3)} "
        f"to {fixed(s.y[-1], 3)} at {fixed(s.x[-1], 3)}."
        for s in figure.series
        if s.x
    ]
    return " ".join(said)


def _gap(series: Series) -> str:
    """Where the points lie furthest from the diagonal."""
    x, y = max(zip(series.x, series.y, strict=True), key=lambda point: abs(point[0] - point[1]))
    return f"{len(series.x)} bins; furthest from the diagonal: predicted {fixed(x, 2)}, observed {fixed(y, 2)}."
