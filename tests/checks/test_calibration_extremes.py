"""Probabilities and labels at the edge: every check comes to an end, and its record and documents can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from assay import reports

if TYPE_CHECKING:
    from pathlib import Path

    from tests.checks.conftest import Measure


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: d.assign(y=1), id="one class"),
        pytest.param(lambda d: d.assign(y=[*[0] * 199, 1]), id="a single positive"),
        pytest.param(lambda d: d.assign(p=0.3), id="constant probability"),
        pytest.param(lambda d: d.assign(p=0.5), id="probability of a half"),
        pytest.param(lambda d: d.assign(p=0.0), id="never, but it happens"),
        pytest.param(lambda d: d.assign(p=d.y.astype(float)), id="certain and right"),
        pytest.param(lambda d: d.assign(p=1.0 - d.y), id="certain and wrong"),
        pytest.param(lambda d: d.assign(p=np.where(np.arange(200) < 3, 1 - d.y, d.y)), id="certain and wrong three times"),
        pytest.param(lambda d: d.assign(p=d.p.round(1)), id="ties"),
        pytest.param(lambda d: d.assign(p=np.where(d.p < 0.5, 1e-310, d.p)), id="a tiny probability"),
        pytest.param(lambda d: d.assign(sex=["f", *["m"] * 199]), id="a group of one"),
        pytest.param(lambda d: d.assign(sex=d.y), id="groups of one class each"),
        pytest.param(lambda d: d.head(1), id="one row"),
        pytest.param(lambda d: d.head(2), id="two rows"),
    ],
)  # fmt: skip
def test_the_edge_has_an_answer(
    change: Callable[[pd.DataFrame], pd.DataFrame], measured: Measure, tmp_path: Path
) -> None:
    rng = np.random.default_rng(9)
    p = rng.random(200)
    frame = pd.DataFrame({"y": (rng.random(200) < p).astype(int), "p": p, "sex": rng.choice(["f", "m"], 200)})
    frame = change(frame)
    frame["decided"] = (frame.p >= 0.5).astype(int)
    include = {"checks": {"include": ["calibration"]}, "model": {"positive": 1}}
    record = measured(frame, ["sex"] if len(frame) > 2 else [], **include)
    assert [(r.check, r.traceback) for r in record.results if r.status == "error"] == []
    for result in record.results:
        for e in result.estimates:
            low, high = -np.inf if e.low is None else e.low, np.inf if e.high is None else e.high
            assert low < high, (result.check, e)
            assert e.value is None or low - 1e-9 <= e.value <= high + 1e-9, (result.check, e)
    for suffix in ("json", "md", "html"):
        assert reports.write(record, tmp_path / f"card.{suffix}").stat().st_size
