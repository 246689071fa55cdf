"""The whole catalogue for two classes, core or not, on data as bad as data get: each number has a state and a width."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay import audit, reports
from assay.audit import Record

N = 200
CHECKS = [id for id, spec in audit.checks().items() if "binary" in spec.tasks and "model" not in spec.needs]
DRAWN = {"calibration.corp": {"replicates": 99}}


def rows(**columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    p, other = rng.random(N).round(3), rng.random(N).round(3)
    y = (rng.random(N) < p).astype(int)
    sex = np.tile(["f", "m"], N // 2)
    frame = pd.DataFrame({"y": y, "p": p, "other": other, "sex": sex}).assign(**columns)
    return frame.assign(decided=(frame.p >= 0.5).astype(int))


Y, P = rows().y.to_numpy(), rows().p.to_numpy()
NASTY: dict[str, pd.DataFrame] = {
    "constant scores": rows(p=0.3),
    "all scores a half": rows(y=np.arange(N) % 2, p=0.5, other=0.5),
    "two distinct scores": rows(p=np.where(P > 0.5, 0.9, 0.1)),
    "certain and right": rows(p=Y.astype(float)),
    "certain and wrong": rows(p=1.0 - Y),
    "certain, and wrong three times": rows(p=np.where(np.arange(N) < 3, 1 - Y, Y)),
    "never, but it happens": rows(p=0.0),
    "a tiny probability": rows(p=np.where(P < 0.5, 1e-310, P)),
    "one class": rows(y=1),
    "a single positive": rows(y=np.arange(N) == N - 1),
    "all called positive": rows(p=np.linspace(0.5, 1, N)),
    "the same as the baseline": rows(other=P),
    "a group of one": rows(sex=["f"] + ["m"] * (N - 1)),
    "a group without positives": rows(y=np.where(rows().sex == "f", 0, Y)),
    "groups of one class each": rows(sex=np.where(Y == 1, "m", "f")),
    "one row": rows(y=1, p=0.2).head(1),
    "two rows": rows(y=np.arange(N) % 2).head(2),
}


def measured(frame: pd.DataFrame, **design: Any) -> Record:
    dataset = audit.Dataset(frame, target="y", sensitive=["sex"] if len(frame) > 2 else [], **design)
    tables = {"include": CHECKS, "options": DRAWN}
    columns = {"probability": "p", "prediction": "decided", "positive": 1}
    plan = {"model": columns, "baseline": {"probability": "other"}, "checks": tables}
    return audit.run(None, dataset, plan)


def sound(record: Record) -> None:
    """Nothing crashed, nothing is without width, and what has no value says so."""
    assert [(result.check, result.traceback) for result in record.results if result.status == "error"] == []
    for result in record.results:
        assert result.reason or result.status == "ok", result.check
        assert all(math.isfinite(cell) for cell in _cells(result)), result.check
        for one in result.estimates:
            low = -math.inf if one.low is None else one.low
            high = math.inf if one.high is None else one.high
            assert low < high or _is_the_reference(one), (result.check, one)
            if one.value is None:
                assert one.state == "undefined" or one.note == "infinite", (result.check, one)
            else:
                assert low - 1e-9 <= one.value <= high + 1e-9, (result.check, one)


def _is_the_reference(one: Any) -> bool:
    """A group that is, beyond doubt, the one that groups are compared with."""
    return (one.low, one.high) == (
        one.value,
        one.value,
    ) and f"({', '.join(map('='.join, one.slice.items()))})" in one.against


def _cells(result: Any) -> Iterator[float]:
    for figure in result.figures:
        yield from (cell for row in figure.rows for cell in row if isinstance(cell, float))
        for series in figure.series:
            yield from (*series.x, *series.y, *(series.low or ()), *(series.high or ()))


@pytest.mark.parametrize("name", NASTY)
def test_every_number_has_a_state_and_a_width(name: str, tmp_path: Path) -> None:
    record = measured(NASTY[name])
    sound(record)
    assert record.to_json()
    assert reports.write(record, tmp_path / "card.md").stat().st_size
    assert reports.write(record, tmp_path / "card.html").stat().st_size
    if len(NASTY[name]) < 10:
        states = {one.state for result in record.results for one in result.estimates}
        assert states <= {"insufficient", "undefined"}


@pytest.mark.parametrize(
    "column",
    [
        pytest.param({"weight": np.ones(N)}, id="equal weights"),
        pytest.param({"weight": np.where(np.arange(N) < 2, 1e6, 1e-6)}, id="two rows weigh all"),
        pytest.param({"weight": (np.arange(N) % 7 > 0).astype(float)}, id="weights of zero"),
        pytest.param({"cluster": np.arange(N)}, id="clusters of one"),
        pytest.param(
            {"cluster": np.repeat([0, 1], N // 2), "weight": np.linspace(0, 2, N)}, id="two clusters, weighted"
        ),
    ],
)
def test_weights_and_clusters(column: dict[str, Any]) -> None:
    sound(measured(rows(**column), **{key: key for key in column}))


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1, 1.1])
def test_what_is_no_probability_is_refused_before_work_starts(value: float) -> None:
    with pytest.raises(audit.InputError, match=r"model.probability 'p'.* the first in row 1"):
        measured(rows(p=np.where(np.arange(N) == 0, value, P)))


def test_one_cluster_is_refused() -> None:
    with pytest.raises(audit.InputError, match=r"data.cluster .* expected two or more different values, got one"):
        measured(rows(one=0), cluster="one")


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_what_is_no_weight_is_refused(value: float) -> None:
    with pytest.raises(audit.InputError, match=r"expected finite weights of 0 or more, got .* in row 1"):
        measured(rows(w=np.where(np.arange(N) == 0, value, 1.0)), weight="w")
