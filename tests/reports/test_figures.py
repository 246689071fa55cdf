"""Drawings: a text alternative each, well-formed, inside their frame."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.record import Estimate, Figure, Series
from assay.reports.figures import curve, draw, panel, svg, whisker

from . import records

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    "figure", [records.reliability(), records.curve(), records.curve(10_000)], ids=lambda f: f.title
)
def test_drawing_has_a_title_first_and_is_well_formed(figure: Figure) -> None:
    drawn = ElementTree.fromstring(draw.draw(figure, 0 if figure.kind == "reliability" else None, "<b>Title"))
    assert drawn[0].tag == f"{SVG}title"
    assert "<b>Title" in (drawn[0].text or "")


def test_a_drawing_without_alternative_is_refused() -> None:
    with pytest.raises(ValueError, match="text alternative"):
        svg.drawing(1, 1, " ", [])


def test_long_curves_are_thinned_to_their_ends() -> None:
    series = Series(x=[float(k) for k in range(10_000)], y=[0.0] * 10_000)
    thin = curve.thin(series)
    assert len(thin.x) <= curve.DRAWN + 1
    assert (thin.x[0], thin.x[-1]) == (0.0, 9999.0)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_few_even_and_inside(low: float, wide: float) -> None:
    at = svg.ticks(low, low + wide)
    assert 2 <= len(at) <= 6
    assert low - wide * 1e-6 <= at[0] <= at[-1] <= low + wide * (1 + 1e-6)


def estimate(value: float | None, low: float | None, high: float | None) -> Estimate:
    return Estimate(metric="m", value=value, low=low, high=high, level=0.95, method="", n=9)


def test_whiskers_share_a_scale_that_shows_points_and_bound() -> None:
    items = [estimate(0.3, 0.2, 0.4), estimate(0.9, 0.85, 0.95)]
    plot = whisker.whiskers(items, [0.8])
    at = [plot.scale.at(v) for v in (0.3, 0.8, 0.9)]
    assert 3 <= at[0] < at[1] < at[2] <= 97
    assert ("0.8", True) in [(text, bound) for _, text, bound in plot.labels]


def test_an_open_interval_runs_to_the_edge_and_a_missing_value_draws_no_point() -> None:
    plot = whisker.whiskers([estimate(0.3, 0.2, 0.4), estimate(0.5, 0.4, None)], [])
    assert 'x2="100.0%"' in plot.cell(estimate(0.5, 0.4, None))
    assert "circle" not in plot.cell(estimate(None, 0.0, 1.0))


def test_failing_and_inconclusive_points_differ_in_shape() -> None:
    plot = whisker.whiskers([estimate(0.3, 0.2, 0.4)], [0.8])
    shapes = {plot.cell(estimate(0.3, 0.2, 0.4), verdict) for verdict in ("pass", "fail", "inconclusive")}
    assert len(shapes) == 3


def test_panels_are_drawn_over_the_first_series_and_leave_names_to_the_page() -> None:
    lines = [Series(name=name, x=[0.0, 1.0], y=[1.0, y], low=[0.9, 0.0], high=[1.0, 1.0], n=[50, 50])
             for name, y in (("all rows", 0.5), ("\u05d0\u05d1", 0.2), ("b" * 80, 0.9))]  # fmt: skip
    found = panel.panels(Figure(kind="panels", title="Scores", series=lines), "Scores")
    assert [(name, rows) for name, rows, _ in found] == [("\u05d0\u05d1", "50 rows"), ("b" * 80, "50 rows")]
    for name, _, drawn in found:
        root = ElementTree.fromstring(drawn)
        assert name in (root[0].text or "") and "Furthest from all rows" in (root[0].text or "")
        assert all(name not in (text.text or "") for text in root.iter(f"{SVG}text"))
        assert len(list(root.iter(f"{SVG}polyline"))) == 2


def test_a_flat_panel_has_a_scale() -> None:
    flat = Series(name="all rows", x=[0.0], y=[0.5])
    ((_, rows, drawn),) = panel.panels(Figure(kind="panels", title="t", series=[flat, flat]), "t")
    assert rows == "" and "nan" not in drawn
