"""Tables in print: two ends make one interval."""

from __future__ import annotations

from assay.audit.record import Figure
from assay.reports.columns import printed


def test_ends_are_joined_and_rounded_as_the_interval_supports() -> None:
    table = Figure(
        title="t",
        kind="table",
        columns=["Group", "Ratio", "95 % from", "to", "p", "from", "to"],
        rows=[
            ["a", 0.73712, 0.67931, 0.78756, 0.2, "x", "y"],
            ["b", -0.01, -0.05, 0.031, None, "x", "y"],
            ["c", None, None, None, None, "x", "y"],
            ["d", 2.0, 1.5, None, 1, "x", "y"],
        ],
    )
    columns, rows = printed(table)
    assert columns == ["Group", "Ratio", "95 % interval", "p", "from", "to"]
    assert [row[1:4] for row in rows] == [
        ["0.74", "0.68–0.79", "0.2"],
        ["−0.01", "−0.05 to 0.03", "–"],
        ["–", "–", "–"],
        ["2", "1.5–∞", "1"],
    ]
